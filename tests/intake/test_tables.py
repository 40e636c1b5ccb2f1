"""Tables as they come: no row is lost in silence, whatever marks and names they use."""

import csv
import gzip
import io
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import at_least

from dedup.config import Config
from dedup.intake import ingest
from dedup.intake.columns import parse_columns
from dedup.store import disk


def read(*inputs, **settings):
    articles, rejects = [], []
    for batch, refused in ingest.read(inputs, Config(**settings)):
        articles += batch.to_pylist()
        rejects += refused.to_pylist()
    return articles, rejects


def table(tmp_path, content, name="x.csv", **settings):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(tmp_path / name, **settings)


def texts(articles):
    return [(row["article_id"], row["text"]) for row in articles]


def test_a_stray_quotation_mark_in_an_unquoted_table_swallows_nothing(tmp_path):
    articles, rejects = table(tmp_path, 'id\ttext\n1\tUn.\n2\t"Deux, dit-il.\n3\tTrois.\n4\tQuatre "mots".\n5\tFin."\n')
    assert texts(articles) == [
        ("1", "Un."), ("2", '"Deux, dit-il.'), ("3", "Trois."), ("4", 'Quatre "mots".'), ("5", 'Fin."')
    ]  # fmt: skip
    assert rejects == []


@pytest.mark.parametrize("mark", [",", ";", "|"])
def test_a_quotation_mark_that_is_never_closed_costs_its_own_row_only(tmp_path, mark):
    rows = ["id;date;text", 'a;2025-03-01;"Un."', 'b;2025-03-02;"Deux', "suite", 'c;2025-03-03;"Trois."',
            'd;2025-03-04;"Quatre\nlignes."']  # fmt: skip
    articles, rejects = table(tmp_path, "\n".join(rows).replace(";", mark))
    assert texts(articles) == [("a", "Un."), ("c", "Trois."), ("d", "Quatre\nlignes.")]
    assert [(row["position"], row["kept"]) for row in rejects] == [(3, False)]
    assert "quotation mark" in rejects[0]["reason"] and "lines 3 to 4" in rejects[0]["reason"]


def test_a_cell_that_would_swallow_rows_up_to_a_later_mark_is_seen(tmp_path):
    articles, rejects = table(tmp_path, 'id\ttext\n1\t"Un\n2\tDeux.\n3\tTrois."\n4\tQuatre.\n')
    assert [row["article_id"] for row in articles] == ["1", "2", "3", "4"] and rejects == []
    content = 'id,url,text\n1,https://a.example/1,"Un\n2,https://a.example/2,Deux."\n3,https://a.example/3,Trois.\n'
    articles, rejects = table(tmp_path, content)
    assert ("3", "Trois.") in texts(articles)
    assert {row["article_id"] for row in articles} | {str(row["position"] - 1) for row in rejects} == {"1", "2", "3"}


def test_quotation_marks_escaped_with_a_backslash_are_letters(tmp_path):
    articles, rejects = table(tmp_path, 'id,text\n1,"Un \\"non\\" net.\nSuite, ici."\n2,"Deux ""oui""."\n')
    assert texts(articles) == [("1", 'Un "non" net.\nSuite, ici.'), ("2", 'Deux "oui".')]
    assert rejects == []


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '\ufeff"sep=;"\n', ""])
def test_the_mark_is_tried_not_counted(tmp_path, first):
    articles, _ = table(tmp_path, first + 'id;"titre, chapô, surtitre";text\nf;Piscine;"Un, deux, trois."\n')
    assert texts(articles) == [("f", "Un, deux, trois.")]


def test_a_header_that_comes_again_is_no_article(tmp_path):
    articles, rejects = table(tmp_path, "id,text\n1,Un.\nid,text\n2,Deux.\n")
    assert texts(articles) == [("1", "Un."), ("2", "Deux.")]
    assert [(row["position"], row["kept"]) for row in rejects] == [(3, True)]


def test_names_of_columns_are_known_in_any_case_and_in_french(tmp_path):
    articles, _ = table(
        tmp_path,
        "Identifiant;Date de publication;Journal;Titre;AUTEUR;Contenu\n7;12/03/2025;Le Fanal;Le pont;AFP;Un.\n",
    )
    (row,) = articles
    assert (row["article_id"], row["outlet"], row["title"], row["text"]) == ("7", "Le Fanal", "Le pont", "Un.")
    assert row["date_precision"] == "day" and row["extra"] == '{"auteur":"AFP"}'


def test_columns_are_what_the_user_says(tmp_path):
    columns = parse_columns("text=Prose,journal=Chez")
    assert columns == {"text": "Prose", "outlet": "Chez"}
    articles, _ = table(tmp_path, "id,Prose,Chez,text\n1,Un.,Le Fanal,non\n", columns=columns)
    assert (articles[0]["text"], articles[0]["outlet"]) == ("Un.", "Le Fanal")
    with pytest.raises(ValueError, match="there are id, text"):
        parse_columns("prose=text")


def test_source_names_the_outlet_but_an_agency_there_is_none(tmp_path):
    articles, _ = table(tmp_path, "id,source,text\n1,Le Fanal,Un.\n2,AFP,Deux.\n3,AFP,Trois.\n")
    assert [row["outlet"] for row in articles] == ["Le Fanal", None, None]
    assert articles[1]["extra"] == '{"source":"AFP"}'


@pytest.mark.parametrize("word", ["NA", "N/A", "NULL", "nan", "None", "\\N", ""])
def test_a_word_for_nothing_is_nothing(tmp_path, word):
    articles, rejects = table(
        tmp_path, f"id,outlet,owner,date,text\n1,{word},{word},{word},Un.\n2,x,y,2025-01-01,{word}\n"
    )
    (row,) = articles
    assert (row["outlet"], row["owner_group"], row["published_at"]) == (None, None, None)
    assert [row["article_id"] for row in rejects] == ["2"]


def test_values_in_objects_are_taken_out(tmp_path):
    (tmp_path / "x.jsonl").write_text(
        '{"_id": {"$oid": "5f"}, "source": {"id": null, "name": "Le Fanal"}, "publishedAt": '
        '{"$date": "2025-03-12T10:00:00Z"}, "title": {"rendered": "Le pont"}, "content": "Un."}'
    )
    ((row,), rejects) = read(tmp_path)
    assert (row["article_id"], row["outlet"], row["title"], rejects) == ("5f", "Le Fanal", "Le pont", [])
    assert row["published_at"].hour == 10


def test_folders_of_a_partition_are_columns(tmp_path):
    folder = tmp_path / "outlet=Le%20Fanal" / "year=2025"
    folder.mkdir(parents=True)
    disk.write_table(folder / "x.parquet", pa.table({"id": ["1"], "text": ["Un."]}))
    ((row,), _) = read(tmp_path)
    assert (row["outlet"], row["extra"]) == ("Le Fanal", '{"year":"2025"}')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_another_encoding_is_read_and_told(tmp_path, encoding):
    prose = "L'été à Marneville fut très sec : les élèves, déçus, ont préféré la forêt où coule une source."
    articles, rejects = table(tmp_path, f"id;texte\n1;{prose}\n".encode(encoding))
    assert texts(articles) == [("1", prose)]
    assert [row["kept"] for row in rejects] == ([] if encoding == "utf-8-sig" else [True])


def test_a_table_of_addresses_says_what_to_do_next(tmp_path):
    _, rejects = table(
        tmp_path, "stories_id,publish_date,title,url,media_name\n1,2025-03-01,Un,https://a.example/1,A\n"
    )
    assert "dedup fetch" in rejects[0]["reason"]


CELLS = st.text(st.sampled_from('ab ,;\t"\n\\é'), max_size=12)


@at_least(80)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), mark=st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_as_it_was(tmp_path_factory, rows, mark):
    rows = [(title, f"{text}.") for title, text in rows]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "title", "text"), *((n, *row) for n, row in enumerate(rows))])
    path = tmp_path_factory.mktemp("csv") / "x.csv.gz"
    path.write_bytes(gzip.compress(out.getvalue().encode()))
    articles, rejects = read(path)
    assert texts(articles) == [(str(n), text) for n, (_, text) in enumerate(rows)]
    assert rejects == []


def test_cells_without_an_end_cost_time_linear_in_the_file(tmp_path):
    """Each line opens a cell that no later line closes: every row is looked for up to the end of the file."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n" + b'1""","\n' * 20_000)
    start = time.process_time()
    articles, _ = read(path)
    assert time.process_time() - start < 2
    assert len(articles) == 20_000
