"""Ingest: every kind of file, every kind of bad input, nothing lost in silence."""

import csv
import gzip
import json
import random
import tracemalloc
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa
import pytest

from dedup.config import Config
from dedup.intake import ingest, readers, rows
from dedup.schemas import ARTICLES, REJECTS
from dedup.store import disk

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the labelled press texts are not here")

TEXT = "La fanfare de Bourg-l’Étang a joué « sans répit » dimanche.\r\nLe maire, ravi, a dansé.\x00\n"


def read(*inputs, config=None, **options):
    """(articles as rows, rejects as rows) of all batches."""
    articles, rejects = [], []
    for batch, refused in ingest.read(inputs, config, **options):
        assert batch.schema.equals(rows.PLACED, check_metadata=True)
        assert refused.schema.equals(REJECTS, check_metadata=True)
        articles += batch.select(rows.SCHEMA.names).to_pylist()
        rejects += refused.to_pylist()
    return articles, rejects


def lines(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with (gzip.open if path.suffix == ".gz" else open)(path, "wb") as file:
        for row in rows:
            file.write((row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode()) + b"\n")
    return path


def one(tmp_path, config=None, **row):
    """The article and the rejects of a single row."""
    articles, rejects = read(lines(tmp_path / "one.jsonl", {"text": TEXT, **row}), config=config)
    return articles[0], rejects


def reasons(rejects):
    return [(Path(row["file"]).name, row["position"], row["article_id"], row["reason"], row["kept"]) for row in rejects]


# What is read


def test_the_schema_is_articles_and_the_text():
    assert rows.SCHEMA.names == [*ARTICLES.names, "text"]


def test_every_column_of_the_contract_is_read(tmp_path):
    article, rejects = one(
        tmp_path, id="a1", outlet="Le Figaro", title="La fanfare", url="https://www.lefigaro.fr/1",
        published_at="2024-06-19T13:16", language="fr", is_wire=False, section="éco", tags=["x", 1], empty=None,
    )  # fmt: skip
    assert rejects == []
    assert article == {
        "article_id": "a1", "outlet": "Le Figaro", "owner_group": "Groupe Figaro (Dassault)", "country": "FR",
        "url": "https://www.lefigaro.fr/1", "title": "La fanfare", "lang": "fr",
        "published_at": datetime(2024, 6, 19, 11, 16, tzinfo=UTC), "date_precision": "minute", "date_source": "input",
        "seen_at": None, "n_words": 0, "is_wire": False, "agency": None, "wire_id": None, "revision": None,
        "digest": blake2b(TEXT.strip().encode(), digest_size=16).hexdigest(),
        "extra": '{"section":"éco","tags":["x",1]}',
        "text": TEXT,
    }  # fmt: skip


def test_other_names_of_a_column_mean_the_same(tmp_path):
    path = lines(tmp_path / "x.jsonl", {"doc_id": 7, "body": TEXT, "series": "La DH", "date": "2024-06", "lang": "fr"})
    article = read(path)[0][0]
    assert (article["article_id"], article["text"], article["outlet"]) == ("7", TEXT, "La DH")
    assert (article["date_precision"], article["lang"], article["extra"]) == ("month", "fr", None)


def test_of_two_names_the_first_counts_and_the_other_passes_through(tmp_path):
    article, _ = one(tmp_path, id="a", doc_id="b", body="autre", date="2020-01-01", published_at="2021-01-01")
    assert (article["article_id"], article["text"]) == ("a", TEXT)
    assert json.loads(article["extra"]) == {"doc_id": "b", "body": "autre", "date": "2020-01-01"}
    assert one(tmp_path, id=None, doc_id="b", published_at="", date="2020-01-01")[0]["article_id"] == "b"


def test_the_same_articles_are_read_from_every_kind_of_file(tmp_path):
    rows = [
        {"id": f"a{n}", "text": f'{TEXT}Numéro {n}, "guillemets"; virgules, retours\nà la ligne.', "outlet": "Le Soir",
         "published_at": "2024-06-19T13:16:00", "is_wire": "true", "wire_id": "w1", "revision": "2", "section": "éco"}
        for n in range(7)
    ]  # fmt: skip
    lines(tmp_path / "1" / "x.jsonl", *rows)
    lines(tmp_path / "2" / "x.ndjson.gz", *rows)
    disk.write_table(tmp_path / "3" / "x.parquet", pa.Table.from_pylist(rows))
    for number, mark in ((4, ","), (5, ";"), (6, "\t")):
        (tmp_path / str(number)).mkdir()
        with open(tmp_path / str(number) / "x.csv", "w", newline="", encoding="utf-8-sig") as file:
            table = csv.DictWriter(file, list(rows[0]), delimiter=mark)
            table.writeheader()
            table.writerows(rows)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "x.csv.gz").write_bytes(gzip.compress((tmp_path / "4" / "x.csv").read_bytes()))
    expected = read(tmp_path / "1")
    assert [row["revision"] for row in expected[0]] == [2] * 7 and expected[1] == []
    for number in range(2, 8):
        assert read(tmp_path / str(number)) == expected, number


def test_a_text_file_is_one_article_named_by_its_stem(tmp_path):
    (tmp_path / "2024-06-19.brève.txt").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    (tmp_path / "autre.txt.gz").write_bytes(gzip.compress(b"Un autre texte."))
    articles, rejects = read(tmp_path)
    assert [(row["article_id"], row["text"]) for row in articles] == [
        ("2024-06-19.brève", TEXT), ("autre", "Un autre texte.")
    ]  # fmt: skip
    assert rejects == [] and articles[0]["date_precision"] == articles[0]["date_source"] == "none"


def test_folders_globs_and_files_are_read_once_each_in_order(tmp_path, monkeypatch):
    for name in ("b/2.txt", "b/1.txt", "a.txt", "c/d/3.txt", ".hidden/4.txt", "b/.5.txt", "b/_6.txt"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Texte {name}.")
    (tmp_path / "in" / "c" / "loop").symlink_to(tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    articles, rejects = read("in/b/*.txt", "in", Path("in") / "a.txt", "in/**/3.txt")
    assert [row["article_id"] for row in articles] == ["1", "2", "_6", "a", "3"]
    assert rejects == []


def test_batches_have_the_asked_size_and_the_same_rows(tmp_path):
    path = lines(tmp_path / "x.jsonl", *({"id": n, "text": f"{TEXT}{n}"} for n in range(25)))
    sizes = [articles.num_rows for articles, _ in ingest.read([path], Config(), batch_articles=10)]
    assert sizes == [10, 10, 5]
    assert read(path, batch_articles=10) == read(path)


def test_long_texts_end_a_batch_early(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH_CHARACTERS", 100)
    path = lines(tmp_path / "x.jsonl", *({"id": n, "text": TEXT} for n in range(4)))
    assert [articles.num_rows for articles, _ in ingest.read([path])] == [2, 2]


def test_nothing_given_gives_nothing():
    assert list(ingest.read([])) == []


# Ids


def test_an_article_without_id_gets_one_that_does_not_depend_on_the_kind_of_file(tmp_path):
    row = {"text": TEXT, "outlet": "Le Soir", "published_at": "2024-06-19"}
    path = lines(tmp_path / "x.jsonl", row)
    table = pa.Table.from_pylist([{**row, "published_at": date(2024, 6, 19)}])
    disk.write_table(tmp_path / "x.parquet", table)
    first, second = read(path)[0][0], read(tmp_path / "x.parquet")[0][0]
    assert first == second and first["article_id"].startswith("h-") and len(first["article_id"]) == 18
    other, _ = one(tmp_path, outlet="La Meuse", published_at="2024-06-19")
    assert other["article_id"] != first["article_id"]


def test_an_article_has_one_id_whether_its_marks_are_typed_or_set(tmp_path):
    typed, _ = one(tmp_path, text="L'abbé a dit \"non\" - d'un ton ferme...")
    printed, _ = one(tmp_path, text="L’abbé a dit «\u00a0non\u00a0» – d’un ton ferme…\n")
    assert printed["article_id"] == typed["article_id"]


# Dispatches


@pytest.mark.parametrize("yes", [True, 1, "true", "True", "1", "oui", 1.0])
def test_a_dispatch_is_the_default_agency_s_at_its_local_time(tmp_path, yes):
    article, _ = one(
        tmp_path, is_wire=yes, outlet="Le Point", published_at="2018-12-12", wire_timestamp="2018-12-11T16:43:25",
        wire_id="afp-1", revision=1,
    )  # fmt: skip
    assert (article["is_wire"], article["agency"], article["wire_id"], article["revision"]) == (True, "AFP", "afp-1", 1)
    assert article["published_at"] == datetime(2018, 12, 11, 15, 43, 25, tzinfo=UTC)
    assert (article["date_precision"], article["date_source"]) == ("second", "wire")
    assert json.loads(article["extra"]) == {"published_at": "2018-12-12"}


@pytest.mark.parametrize("no", [False, 0, "false", "0", "non", "", None, float("nan")])
def test_what_is_no_dispatch_has_no_agency_and_its_agency_column_passes_through(tmp_path, no):
    article, _ = one(tmp_path, is_wire=no, agency="AFP", wire_timestamp="2018-12-11T16:43:25", revision=3)
    assert article["is_wire"] is False and article["agency"] is None and article["revision"] is None
    assert article["date_source"] == "none"
    assert json.loads(article["extra"])["agency"] == "AFP"


@pytest.mark.parametrize(
    ("agency", "hour"), [("ATS", 15), ("Belga", 15), ("PC", 21), ("AP", 21), ("Inconnue", 15), (None, 15)]
)
def test_an_agency_s_clock_is_its_own(tmp_path, agency, hour):
    article, _ = one(tmp_path, is_wire=True, agency=agency, wire_timestamp="2018-12-11 16:43:25")
    assert article["published_at"].hour == hour


def test_the_default_agency_is_a_setting(tmp_path):
    article, _ = one(tmp_path, config=Config(agency="PC"), is_wire=True, wire_timestamp="2018-12-11 16:43:25")
    assert article["agency"] == "PC" and article["published_at"].hour == 21


def test_a_dispatch_without_time_stamp_takes_the_date_of_the_input(tmp_path):
    article, rejects = one(tmp_path, is_wire=1, published_at="2018-12-11", wire_timestamp=None)
    assert (article["date_precision"], article["date_source"], rejects) == ("day", "input", [])


# Dates and owners


@pytest.mark.parametrize(
    ("outlet", "name"),
    [
        ("Journal de Québec", "Le Journal de Québec"),
        ("lemonde.fr", "Le Monde"),
        ("L’HUMANITE", "L'Humanité"),
        ("Une feuille du coin", "Une feuille du coin"),
        ("Gazette", "Gazette"),
    ],
)
def test_an_outlet_has_one_name_however_the_input_spells_it(tmp_path, outlet, name):
    assert one(tmp_path, outlet=outlet, url="https://www.lefigaro.fr/1")[0]["outlet"] == name


def test_a_time_without_zone_is_local_in_the_outlet_s_country(tmp_path):
    article, _ = one(tmp_path, outlet="La Presse", published_at="2018-12-11T16:43")
    assert (article["country"], article["published_at"].hour) == ("CA", 21)
    article, _ = one(tmp_path, outlet="La Presse", published_at="2018-12-11T16:43+01:00")
    assert article["published_at"].hour == 15


def test_a_printed_date_is_used_when_the_input_gives_none(tmp_path):
    text = "Titre\nPublié: 19.06.2024 à 13:16 heures\n" + TEXT
    article, _ = one(tmp_path, text=text)
    assert article["published_at"] == datetime(2024, 6, 19, 11, 16, tzinfo=UTC) and article["date_source"] == "printed"
    assert one(tmp_path, text=text, published_at="2024-06-20")[0]["date_source"] == "input"
    assert one(tmp_path, text="PARIS, 19 juin 2024 (AFP) - " + TEXT)[0]["date_source"] == "dateline"


def test_an_impossible_date_is_dropped_and_told_and_the_article_stays(tmp_path):
    article, rejects = one(tmp_path, id="a", published_at="2024-02-30")
    assert (article["published_at"], article["date_precision"], article["date_source"]) == (None, "none", "none")
    assert reasons(rejects) == [
        ("one.jsonl", 1, "a",
         "impossible date '2024-02-30': day is out of range for month; the article is kept without it", True),
    ]  # fmt: skip
    article, rejects = one(tmp_path, is_wire=True, wire_timestamp="soir", published_at="2024-06-19")
    assert article["date_source"] == "input" and len(rejects) == 1


def test_owner_and_country_of_the_input_count_before_the_shipped_ones(tmp_path):
    article, _ = one(tmp_path, outlet="Le Point", owner="Moi", country="be")
    assert (article["owner_group"], article["country"]) == ("Moi", "BE")
    article, _ = one(tmp_path, url="https://www.dhnet.be/1")
    assert (article["outlet"], article["owner_group"], article["country"]) == ("La DH", "IPM Group", "BE")
    mine = tmp_path / "mine.csv"
    mine.write_text("outlet,domain,owner,country\nGazette,gazette.example,Nous,CH\n")
    assert one(tmp_path, config=Config(outlets_file=mine), outlet="La Gazette")[0]["owner_group"] == "Nous"


# Bad input


def test_every_bad_line_is_rejected_with_its_place_and_the_run_goes_on(tmp_path):
    path = lines(
        tmp_path / "x.jsonl",
        b"\xef\xbb\xbf" + json.dumps({"id": "first", "text": "Un."}).encode(),
        b'{"id": "broken", "text": "Un',
        b"",
        b'["a"]',
        b'"not a thing"',
        b"null",
        {"id": "no-text"},
        {"id": "null-text", "text": None},
        {"id": "blank", "text": " \n\t "},
        {"id": "number", "text": 12},
        {"id": "list", "text": ["Un."]},
        b'{"id": "latin", "text": "\xe9t\xe9"}',
        {"id": "last", "text": "Deux."},
    )
    articles, rejects = read(path)
    assert [row["article_id"] for row in articles] == ["first", "last"]
    found = reasons(rejects)
    assert [row[1] for row in found] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert [row[2] for row in found[4:9]] == ["no-text", "null-text", "blank", "number", "list"]
    assert {row[2] for row in found[:4] + found[9:]} == {None}
    assert [row[3].split(":")[0] for row in found] == [
        "not JSON",
        "not a JSON object but an array; expected one article a line",
        "not a JSON object but a string; expected one article a line",
        "not a JSON object but null; expected one article a line",
        "the text is missing",
        "the text is missing",
        "the text is empty",
        "the text is a number; expected a string",
        "the text is an array; expected a string",
        "not UTF-8",
    ]
    assert "byte 0xE9 at byte 26 of the line" in found[-1][3]
    assert not any(row[4] for row in found)


def test_what_orjson_refuses_and_exports_contain_is_still_read(tmp_path):
    path = lines(
        tmp_path / "x.jsonl",
        b'{"id": "a", "text": "Un.", "score": NaN, "big": 123456789012345678901234567890}',
        b'{"id": "b", "text": "Demi \\ud83d emoji", "title": "\\udc00"}',
        b'{"id": "c", "text": "Entier \\ud83d\\ude00"}',
    )
    articles, rejects = read(path)
    assert rejects == []
    assert [row["text"] for row in articles] == ["Un.", "Demi \ufffd emoji", "Entier \U0001f600"]
    assert json.loads(articles[0]["extra"])["big"] == 123456789012345678901234567890


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.txt", b"", "the file is empty"),
        ("x.txt", b" \n", "the file is empty"),
        ("x.jsonl", b"", "the file is empty"),
        ("x.jsonl", b"\n \n", "the file is empty"),
        ("x.csv", b"id,text\n", "the file is empty: a header and no row"),
        ("x.csv", b"id,prose\n1,Un.\n", "no column for the text ('text', 'body', 'texte', 'contenu' or another); "
         "the columns are id, prose; name it with --columns text=NAME"),
        ("x.csv.gz", b"not compressed",
         "the compressed file is damaged: Not a gzipped file (b'no'); what came before was read"),
        ("x.xyz", b"all:", f"unknown kind of file '.xyz'; expected {readers.EXPECTED}"),
        ("Makefile", b"all:",
         "unknown kind of file '(no suffix)': give its name an ending that says what it is, such as .txt or .csv"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "unknown kind of file '.doc': save it as .docx, .odt or .pdf"),
        ("a.rar", b"Rar!", "unknown kind of file '.rar': unpack it"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_rejected_whole(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    articles, rejects = read(tmp_path / name)
    assert articles == [] and reasons(rejects) == [(name, None, None, reason, False)]
    assert rejects[0]["file"] == str(tmp_path / name)


def test_a_damaged_parquet_file_is_rejected(tmp_path):
    path = disk.write_table(tmp_path / "x.parquet", pa.table({"text": ["Un."]}))
    path.write_bytes(path.read_bytes()[:-10])
    disk.write_table(tmp_path / "y.parquet", pa.table({"prose": ["Un."]}))
    disk.write_table(tmp_path / "z.parquet", pa.table({"text": pa.array([], pa.string())}))
    articles, rejects = read(tmp_path)
    assert articles == []
    assert [row[3][:13] for row in reasons(rejects)] == ["Parquet magic", "no column for", "the file is e"]


def test_a_compressed_file_that_breaks_off_keeps_what_came_before(tmp_path):
    path = lines(tmp_path / "x.jsonl.gz", *({"id": n, "text": f"{n} {random.Random(n).random()}"} for n in range(5000)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    articles, rejects = read(path)
    assert 1000 < len(articles) < 4000
    assert len(rejects) == 1 and rejects[0]["position"] == len(articles) + 1 and "damaged" in rejects[0]["reason"]


def test_what_does_not_exist_is_rejected(tmp_path):
    assert [row[3] for row in reasons(read(tmp_path / "x.txt", str(tmp_path / "*.txt"))[1])] == [
        "the file does not exist", "no file matches the pattern",
    ]  # fmt: skip


def test_other_files_of_a_folder_are_counted_by_kind(tmp_path):
    for name in ("a.md", "b.md", "LISEZMOI", "x.txt", ".DS_Store", "_SUCCESS", "sub/c.MD"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Un.")
    articles, rejects = read(tmp_path)
    assert len(articles) == 1
    assert [(row["file"], row["reason"].split(";")[0]) for row in rejects] == [
        (str(tmp_path), "passed over: 1 file without a suffix"),
        (str(tmp_path), "passed over: 2 files of kind .md"),
        (str(tmp_path / "sub"), "passed over: 1 file of kind .md"),
    ]


def test_a_csv_position_is_the_line_where_the_row_starts(tmp_path):
    (tmp_path / "x.csv").write_bytes(
        b'id,text,title\na,"Un\ndeux\ntrois",t\nb,,t\nc,Un.\nd,"\xe9t\xe9\xc3\xa9",t\ne,"Deux ""mots"".",t\n'
    )
    articles, rejects = read(tmp_path / "x.csv")
    assert [(row["article_id"], row["text"]) for row in articles] == [("a", "Un\ndeux\ntrois"), ("e", 'Deux "mots".')]
    assert reasons(rejects) == [
        ("x.csv", 5, "b", "the text is missing", False),
        ("x.csv", 6, None, "2 cells in the row, 3 columns in the header", False),
        ("x.csv", 7, None, "not UTF-8: byte 0xE9 at byte 1 of column 'text'; save the file as UTF-8", False),
    ]


def test_a_csv_cell_may_be_as_long_as_an_article(tmp_path):
    (tmp_path / "x.csv").write_text("text\n" + "mot " * 100_000)
    assert len(read(tmp_path)[0][0]["text"]) == 400_000


def test_values_of_parquet_that_are_no_text_are_read_as_what_they_are(tmp_path):
    table = pa.table(
        {
            "id": [1.0, 2.0, None],
            "text": pa.array([b"Un.", b"\xe9", b"Trois."], pa.binary()),
            "published_at": pa.array([1718795760123456789, None, 0], pa.timestamp("ns", tz="UTC")),
            "outlet": pa.array(["Le Soir", None, "Le Soir"]).dictionary_encode(),
            "when": pa.array([datetime(2024, 6, 19), None, None]),
            "nested": [{"a": 1}, None, None],
        }
    )
    path = disk.write_table(tmp_path / "x.parquet", table)
    articles, rejects = read(path)
    assert [(row["article_id"][:2], row["text"]) for row in articles] == [("1", "Un."), ("h-", "Trois.")]
    assert articles[0]["published_at"] == datetime(2024, 6, 19, 11, 16, 0, 123456, tzinfo=UTC)
    assert json.loads(articles[0]["extra"]) == {"nested": {"a": 1}, "when": "2024-06-19T00:00:00"}
    assert reasons(rejects) == [
        ("x.parquet", 2, "2", "not UTF-8: byte 0xE9 at byte 1 of the text; save the file as UTF-8", False)
    ]


def test_one_unreadable_value_of_parquet_spoils_its_own_row_only(tmp_path):
    spoilt = pa.Array.from_buffers(pa.string(), 3, pa.array([b"Un.", b"\xe9t", b"Deux."], pa.binary()).buffers())
    path = disk.write_table(tmp_path / "x.parquet", pa.table({"text": spoilt}))
    articles, rejects = read(path)
    assert [row["text"] for row in articles] == ["Un.", "Deux."]
    assert [(row["position"], row["reason"][:9]) for row in rejects] == [(2, "not UTF-8")]


def test_the_shuffled_rows_give_the_same_articles(tmp_path):
    rows = [{"id": n, "text": f"{TEXT}{n}", "outlet": "Le Soir"} for n in range(50)]

    def in_order(**options):
        articles, _ = read(lines(tmp_path / "x.jsonl", *rows), **options)
        return sorted(articles, key=lambda row: row["article_id"])

    expected = in_order()
    random.Random(1).shuffle(rows)
    assert in_order(batch_articles=7) == expected


def test_memory_does_not_grow_with_the_file(tmp_path):
    def peak(n):
        path = lines(tmp_path / f"{n}.jsonl", *({"id": i, "text": f"{i} " + "mot " * 500} for i in range(n)))
        tracemalloc.start()
        before = pa.total_allocated_bytes()
        arrow = 0
        for batch, _ in ingest.read([path], batch_articles=200):
            arrow = max(arrow, pa.total_allocated_bytes() - before)
            del batch
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak + arrow

    peak(200)
    assert peak(4000) < 1.5 * peak(800)


@needs_data
def test_the_real_articles_are_all_read(tmp_path):
    articles, rejects = read(DATA / "pyongyang2024" / "articles")
    assert [row["article_id"] for row in articles] == ["000", "001", "002", "003", "004"] and rejects == []
    assert [row["date_precision"] for row in articles] == ["none", "none", "minute", "month", "none"]
    articles, rejects = read(DATA / "gilets_jaunes" / "articles.jsonl")
    assert len(articles) == 2691 and rejects == []
    assert sum(row["is_wire"] for row in articles) == sum(row["date_source"] == "wire" for row in articles) == 200
    assert all(row["owner_group"] for row in articles)
    assert not any(row["date_source"] in ("printed", "dateline") for row in articles)


# Reading again


def test_what_was_kept_of_a_row_is_enough_to_read_it_again(tmp_path):
    lines(
        tmp_path / "1.jsonl",
        {
            "doc_id": 7,
            "body": TEXT,
            "text": "",
            "series": "Le Soir",
            "date": "2024-06-19",
            "pages": [1, {"a": None}],
            "n": 1.5,
        },
        {"text": TEXT, "body": "Passe.", "url": "https://www.lesoir.be/1", "published_at": "2024-02-31", "x": 2**70},
        {
            "id": " a ",
            "text": TEXT,
            "is_wire": "oui",
            "wire_timestamp": "2024-06-19 12:00",
            "revision": "2",
            "owner": "Moi",
        },
    )
    with open(tmp_path / "2.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "outlet", "text", "date"), ("1", "La Meuse", TEXT, "19/06/2024")])
    (tmp_path / "3.txt").write_text(TEXT, "utf-8")
    times = [datetime(2024, 6, 19, 12, tzinfo=UTC), None]
    table = pa.table({"text": [TEXT, TEXT + "."], "date": times, "day": [date(2024, 6, 19), None], "b": [b"x", None]})
    disk.write_table(tmp_path / "4.parquet", table)
    kept, rejects = (pa.concat_tables(tables) for tables in zip(*ingest.read([tmp_path]), strict=True))
    again, refused = rows.read_again(kept, Config())
    assert again.equals(kept) and kept.num_rows == 7
    assert refused.equals(rejects) and refused.num_rows == 1
    french, _ = rows.read_again(kept, Config(agency="Belga"))
    assert french["agency"].to_pylist().count("Belga") == 1


def test_a_row_that_comes_twice_in_a_row_is_read_twice_with_what_is_told_of_it(tmp_path):
    row = {"text": "La pluie <b>et</b> le <i>vent</i> ont fermé le pont.", "date": "32 mars 2025", "place": "1"}
    articles, rejects = read(lines(tmp_path / "a.jsonl", row, row, {**row, "place": 1}, {**row, "place": True}, row))
    assert len({article["article_id"] for article in articles}) == 1
    assert [json.loads(article["extra"])["place"] for article in articles] == ["1", "1", 1, True, "1"]
    told = [(reject["position"], reject["reason"].split(";")[0]) for reject in rejects]
    assert told == [(position, reason) for position in range(1, 6) for _, reason in told[:2]]
