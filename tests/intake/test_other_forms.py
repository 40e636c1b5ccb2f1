"""Other forms of the kinds that are read: languages of an interface, older pages, other names, marks and encodings."""

# ruff: noqa: E501

from __future__ import annotations

import json
import os

import pytest
from pdfs import pdf_of
from readings import read, when

from dedup.config import Config
from dedup.intake import ingest

ONE = "La fanfare de Bourg-l’Étang a joué sans répit dimanche devant huit cents personnes venues des vallées voisines."
TWO = "Le maire, ravi, a dansé sur la place avec la doyenne du village, âgée de cent deux ans et coiffée d’un béret."
BOTH = f"{ONE}\n{TWO}"


# Tables


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "^", "~", ":", "#", "¤", "¦", "§", "\x1f", "\x01"])
def test_a_table_is_read_whatever_stands_between_its_cells(tmp_path, mark):
    body = ONE.replace(mark, " ")
    names = ["Identifiant", "Titre de l'article", "Support", "Date de parution", "Corps de l'article"]
    lines = [names, *([f"n{n}", "La fanfare", "Le Fanal", "12/03/2025", body] for n in range(3))]
    rows, rejects = read(tmp_path / "a.csv", "\n".join(mark.join(line) for line in lines) + "\n")
    assert [(row["article_id"], row["title"], row["outlet"], row["text"]) for row in rows] == [
        (f"n{n}", "La fanfare", "Le Fanal", body) for n in range(3)
    ]
    assert rejects == [] and when(rows[0])


def test_a_table_of_one_column_holds_any_letter(tmp_path):
    rows, rejects = read(tmp_path / "a.csv", f"texte\n{ONE}, oui; non | peut-être ~ 12:30 #a\n{TWO}\n")
    assert [row["text"][:20] for row in rows] == [ONE[:20], TWO[:20]] and rejects == []


@pytest.mark.parametrize(
    "names",
    [
        ("Article ID", "Headline", "Newspaper", "Publication Date", "Full Text"),
        ("ID", "articleTitle", "mediaName", "publicationDate", "articleBody"),
        ("identifiant", "intitulé", "Nom du journal", "Date parution", "TEXTE INTÉGRAL"),
        ("doc.id", "Titre", "Titre de presse", "Publié le", "Contenu de l’article"),
        ("guid", "webTitle", "publisher", "pub_date", "raw text"),
    ],
)
def test_columns_are_known_however_they_are_called(tmp_path, names):
    row = dict(zip(names, ("n1", "La fanfare", "Le Fanal", "2025-03-12T14:05:00+01:00", ONE), strict=True))
    ((found,), _) = read(tmp_path / "a.jsonl", json.dumps(row))
    assert (found["article_id"], found["title"], found["outlet"], found["text"]) == (
        "n1",
        "La fanfare",
        "Le Fanal",
        ONE,
    )
    assert when(found) == "2025-03-12 13:05"


@pytest.mark.parametrize(
    ("day", "hour", "expected", "precision"),
    [
        ("12/03/2025", "14h05", "2025-03-12 13:05", "minute"),
        ("2025-03-12", "9:05", "2025-03-12 08:05", "minute"),
        ("12 mars 2025", "14:05:00", "2025-03-12 13:05", "minute"),
        ("2025-03-12", "", "2025-03-12 00:00", "day"),
        ("2025-03-12", "à midi", "2025-03-12 00:00", "day"),
        ("2025-03-12T10:00:00Z", "14h05", "2025-03-12 10:00", "second"),
    ],
)
def test_the_hour_may_stand_in_a_column_of_its_own(tmp_path, day, hour, expected, precision):
    ((row,), _) = read(tmp_path / "a.jsonl", json.dumps({"text": ONE, "Date": day, "Heure": hour}))
    assert (when(row), row["date_precision"]) == (expected, precision)


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
def test_what_is_only_called_a_spreadsheet_is_read_as_what_it_is(tmp_path, name):
    cells = "".join(f"<tr><td>{title}</td><td>{text}</td></tr>" for title, text in (("Titre", "Texte"), ("T", ONE)))
    for content in (f"<html><body><table>{cells}</table></body></html>", f"Titre\tTexte\nT\t{ONE}\n"):
        ((row,), rejects) = read(tmp_path / name, content)
        assert (row["title"], row["text"], rejects) == ("T", ONE, [])


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-32", "UTF-32"), ("mac_roman", "mac_roman"),
        ("cp850", "cp850"), ("iso8859-15", "iso8859_15"), ("cp1252", "cp1252"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["csv", "txt"])
def test_other_encodings_are_read_and_told(tmp_path, encoding, named, kind):
    text = ONE.replace("’", "'") + (" Le billet coûte 12 €, au cœur du bourg." if encoding == "iso8859-15" else "")
    content = f"id;texte\n1;{text}\n" if kind == "csv" else text
    ((row,), (told,)) = read(tmp_path / f"a.{kind}", content, encoding)
    assert row["text"] == text and told["kept"] and named in told["reason"]


def test_bytes_that_are_no_letters_in_names_of_columns_and_files_stop_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    for name, content in ((b"caf\xe9.txt", ONE.encode()), (b"b.csv", b"id,caf\x80,prose\n1,x,y\n"),
                          (b"c.csv", b"id,text,l\xc3\xa9gende \x80\n1,\"" + ONE.encode() + b"\",z\n")):  # fmt: skip
        with open(os.path.join(os.fsencode(tmp_path / "in"), name), "wb") as file:
            file.write(content)
    (batch,) = list(ingest.read([tmp_path / "in"], Config()))
    assert [row["text"] for row in batch[0].to_pylist()] == [ONE, ONE]
    assert sorted(row["article_id"] for row in batch[0].to_pylist()) == ["1", "caf?"]
    assert any("no column for the text" in reject["reason"] for reject in batch[1].to_pylist())


@pytest.mark.parametrize("content", ["<table><tr><td>Texte</td></tr></table>", "Texte\tTitre\n"])
def test_a_header_without_rows_is_told(tmp_path, content):
    articles, (reject,) = read(tmp_path / "a.xls", content)
    assert articles == [] and "a header and no row" in reject["reason"]


# JSON


def test_the_text_may_stand_in_an_object_inside_the_article(tmp_path):
    item = {"webTitle": "La fanfare", "webPublicationDate": "2025-03-12T14:05:00Z", "fields": {"bodyText": ONE}}
    for name, value in (("a.json", {"response": {"status": "ok", "results": [item]}}), ("a.jsonl", item)):
        ((row,), _) = read(tmp_path / name, json.dumps(value))
        assert (row["title"], row["text"], when(row)) == ("La fanfare", ONE, "2025-03-12 14:05")


def test_agency_items_may_come_one_a_line(tmp_path):
    items = [{"uri": f"urn:{n}", "type": "text", "versioncreated": "2025-03-12T14:05:00Z", "headline": "La fanfare",
              "body_text": f"{ONE}\n\n{TWO}", "provider": "AFP"} for n in (1, 2)]  # fmt: skip
    rows, _ = read(tmp_path / "a.jsonl", "\n".join(map(json.dumps, items)))
    assert [(row["wire_id"], row["agency"], row["text"]) for row in rows] == [(f"urn:{n}", "AFP", BOTH) for n in (1, 2)]


# Exports


def lexis(first, end, names):
    auteur, rubrique, longueur, corps, chargement = names
    after = f"\n\n{first}" if first else ""
    parts = []
    for n in (1, 2):
        start = first.format(n) if first else ""
        head = f"{start}\n\nLe Fanal\n\n12 mars 2025 mercredi\n\nÉdition nationale\n\nTitre {n}" if after else (
            f"Titre {n}\nLe Fanal\n12 mars 2025 mercredi\n\nCopyright 2025 Le Fanal")  # fmt: skip
        parts.append(
            f"{head}\n\n{auteur}: Anne Leroux\n\n{rubrique}: Région; p. 4\n\n{longueur}: 345 mots\n\n{corps}\n\n{ONE}\n\n"
            f"{TWO}\n\n{chargement}: 13 mars 2025\n\n{end}\n"
        )
    return "\n".join(parts)


FRENCH = ("AUTEUR", "RUBRIQUE", "LONGUEUR", "", "DATE-CHARGEMENT")
ENGLISH = ("Byline", "Section", "Length", "Body", "Load-Date")


@pytest.mark.parametrize(
    ("first", "end", "names"),
    [
        ("{} de 2 DOCUMENTS", "", FRENCH),
        ("Dokument {} von 2", "", ("AUTOR", "RUBRIK", "LÄNGE", "", "UPDATE")),
        ("{} of 2 DOCUMENTS", "", ("BYLINE", "SECTION", "LENGTH", "", "LOAD-DATE")),
        ("", "Fin du document", ("Auteur", "Section", "Longueur", "Corps", "Date de chargement")),
        ("", "End of Document", ENGLISH),
    ],
)
def test_lexisnexis_is_read_in_the_languages_of_its_interface(tmp_path, first, end, names):
    rows, rejects = read(tmp_path / "a.txt", lexis(first, end, names))
    assert [(row["title"], row["outlet"], when(row), row["text"]) for row in rows] == [
        (f"Titre {n}", "Le Fanal", when(rows[0]), BOTH) for n in (1, 2)
    ]
    assert rejects == [] and json.loads(rows[0]["extra"])["author"] == "Anne Leroux"


@pytest.mark.parametrize(
    ("hour", "expected"), [("14:05", "13:05"), ("02:05 PM GMT", "13:05"), ("9:05 AM", "08:05"), ("", "00:00")]
)
@pytest.mark.parametrize("rights", ["Copyright 2025 Le Fanal Tous droits réservés\n", "(c) 2025 Le Fanal\n", ""])
def test_factivas_plain_display_is_read_with_and_without_its_lines(tmp_path, hour, expected, rights):
    clock = f"{hour}\n" if hour else ""
    text = "".join(
        f"La fanfare {n}\n\nPar Anne Leroux\n1 345 mots\n12 mars 2025\n{clock}Le Fanal\nLFANAL\nUne\n4\nFrançais\n"
        f"{rights}\n{ONE}\n\n{TWO}\n\nDocument LFANAL0020250312el3c0012{n}\n\n"
        for n in "xy"
    )
    rows, _ = read(tmp_path / "a.txt", text)
    assert [(row["title"], row["outlet"], row["text"]) for row in rows] == [
        (f"La fanfare {n}", "Le Fanal", BOTH) for n in "xy"
    ]
    assert when(rows[0])[11:] == expected


def test_the_newer_pages_of_europresse_are_read(tmp_path):
    articles = "".join(
        f'<article><div class="rdp__DocPublicationName">Le Fanal</div><div class="rdp__DocHeader">12 mars 2025</div>'
        f'<div class="rdp__articletitle">La fanfare {n}</div><div class="rdp__articletext"><p>{ONE}</p><p>{TWO}</p>'
        f"</div></article>" for n in (1, 2)
    )  # fmt: skip
    rows, _ = read(tmp_path / "a.html", f"<html><body>{articles}</body></html>")
    assert [(row["title"], row["outlet"], row["text"]) for row in rows] == [
        (f"La fanfare {n}", "Le Fanal", BOTH) for n in (1, 2)
    ]


def test_a_nitf_file_of_a_newspaper_is_its_article_and_no_dispatch(tmp_path):
    nitf = (
        '<nitf><head><pubdata name="Le Fanal" date.publication="20250312"/></head><body><body.head><byline>Par '
        f"<person>Anne Leroux</person><byttl>Le Fanal</byttl></byline></body.head><body.content><p>{ONE}</p>"
        "</body.content></body></nitf>"
    )
    ((row,), _) = read(tmp_path / "a.nitf", nitf)
    assert (row["is_wire"], row["agency"], row["outlet"], row["date_precision"]) == (False, None, "Le Fanal", "day")
    assert json.loads(row["extra"])["author"] == "Par Anne Leroux Le Fanal"


# Spreadsheets and PDF, made here


def test_an_opendocument_spreadsheet_is_a_table(tmp_path):
    import io
    import zipfile

    def line(cells):
        return "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
        )

    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    rows = "".join(f"<table:table-row>{line(cells)}</table:table-row>" for cells in (
        ("Titre", "Texte", "Journal", "Date"), ("La fanfare", ONE, "Le Fanal", "12/03/2025")))  # fmt: skip
    content = f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="F">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", content)
    ((row,), rejects) = read(tmp_path / "a.ods", out.getvalue())
    assert (row["title"], row["text"], row["outlet"], row["published_at"].day) == ("La fanfare", ONE, "Le Fanal", 12)
    assert rejects == []


def pdf(lines):
    """A PDF of one page with a text layer; no lines make a page without text, as a scan is."""
    shown = b" ".join(
        b"(%b) Tj T*" % line.encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)") for line in lines
    )
    return pdf_of(b"BT /F1 10 Tf 14 TL 40 800 Td " + shown + b" ET", 900)


def test_a_pdf_with_a_text_layer_is_an_article_and_a_scan_is_refused(tmp_path):
    ((row,), rejects) = read(tmp_path / "fanfare.pdf", pdf([ONE, TWO]))
    assert (row["article_id"], row["text"], rejects) == ("fanfare", BOTH, [])
    articles, (reject,) = read(tmp_path / "scan.pdf", pdf([]))
    assert articles == [] and "a scan, without a text layer" in reject["reason"]
    export = "Certificat émis le 12 mars 2025 à Bibliothèque du Bourg à des fins de visualisation personnelle."
    articles, (reject,) = read(tmp_path / "europresse.pdf", pdf([ONE, TWO, export]))
    assert articles == [] and "export it as HTML" in reject["reason"]


# Pages and telexes


def test_what_a_page_prints_around_an_article_is_no_text_of_it(tmp_path):
    lines = ["Temps de lecture : 4 min", "Ajouter à mes favoris", ONE, "Lire aussi : La doyenne du village", TWO,
             "Les abonnés de la piscine ont lu aussi le règlement.", "Il vous reste 63% à découvrir.",
             "Repousser les limites du brouhaha, c’est encore de la musique.", "Déjà abonné ? Connectez-vous"]  # fmt: skip
    page = "".join(f"<p>{line}</p>" for line in lines)
    ((row,), _) = read(
        tmp_path / "a.html", f"<!doctype html><html><body><article><h1>T</h1>{page}</article></body></html>"
    )
    assert row["text"].split("\n") == [ONE, TWO, "Les abonnés de la piscine ont lu aussi le règlement."]


def test_an_article_that_goes_on_after_such_a_line_is_whole(tmp_path):
    lines = ["Cet article est réservé aux abonnés.", *(f"{ONE} {n}" for n in range(6))]
    page = "".join(f"<p>{line}</p>" for line in lines)
    ((row,), _) = read(tmp_path / "a.html", f"<!doctype html><html><body><article>{page}</article></body></html>")
    assert row["text"].split("\n") == lines[1:]


@pytest.mark.parametrize(
    ("tail", "agency", "expected"),
    [
        ("121115 mar 25", "ats", "2025-03-12 11:15"),
        ("071341 GMT Okt 15", "dpa", "2015-10-07 13:41"),
        ("151341 GMT Déc 24", "afp", "2024-12-15 13:41"),
        ("KWS-21:37-09-12-18", "Kyodo", "2018-12-09 12:37"),
    ],
)
def test_a_telex_says_at_its_end_when_it_was_sent(tmp_path, tail, agency, expected):
    telex = f"\x01bsf025 3 ec 121\r\n\r\n\x02La fanfare joue =\r\n \r\n   Paris ({agency}) {ONE}\r\n\r\n* * * *\r\nNot for publication\r\n\x03{tail}\r\n\x04"
    ((row,), _) = read(tmp_path / "a.txt", telex)
    assert when(row) == expected and row["text"] == f"Paris ({agency}) {ONE}"


# Bombs


@pytest.mark.parametrize(
    "name", ["a.txt.gz", "a.jsonl.gz", "a.csv.bz2", "a.json.xz", "a.html.gz", "a.xml.gz", "a.warc.gz"]
)
def test_a_file_that_grows_as_a_bomb_does_is_refused_before_it_has_grown(tmp_path, name):
    import bz2
    import gzip
    import lzma

    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[name.rsplit(".", 1)[1]]
    start = {
        "jsonl": '{"text":"',
        "json": '{"text":"',
        "csv": 'id,text\n1,"',
        "html": "<html><body><p>",
        "xml": "<nitf>",
    }
    start["warc"] = "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 30000000\r\n\r\n"
    content = start.get(name.split(".")[1], "").encode() + b"mot " * 1_000_000
    articles, rejects = read(tmp_path / name, pack(content))
    assert articles == [] and any("as bombs are" in reject["reason"] for reject in rejects)
