"""Every kind of file with invented articles: what becomes of each field, and what is refused with its reason."""

# ruff: noqa: E501

import gzip
import io
import json
import os
import random
import re
import tarfile
import time
import zipfile
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searching import at_least

from dedup.config import Config
from dedup.intake import ingest

ONE = "La fanfare de Bourg-l’Étang a joué sans répit dimanche devant huit cents personnes venues des vallées voisines."
TWO = "Le maire, ravi, a dansé sur la place avec la doyenne du village, âgée de cent deux ans et coiffée d’un béret."
PAGE = f"<!doctype html><html><body><article><h1>La fanfare</h1><p>{ONE}</p><p>{TWO}</p></article></body></html>"


def read(path):
    articles, rejects = [], []
    for batch, refused in ingest.read([path], Config()):
        articles += batch.to_pylist()
        rejects += refused.to_pylist()
    return articles, rejects


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


# Agency files

NEWSML = """<?xml version="1.0" encoding="utf-8"?><NewsML Version="1.2"><NewsItem xml:lang="fr"><Identification>
<NewsIdentifier><ProviderId>afp.com</ProviderId><DateId>20250312</DateId><NewsItemId>TX-1</NewsItemId>
<RevisionId PreviousRevision="{before}">{number}</RevisionId>
<PublicIdentifier>urn:newsml:afp.com:20250312:TX-1:{number}</PublicIdentifier></NewsIdentifier>
<NameLabel>fanfare-musique</NameLabel></Identification><NewsManagement><ThisRevisionCreated>20250312T101500+0000
</ThisRevisionCreated><Status FormalName="Usable"/><Urgency FormalName="3"/></NewsManagement><NewsComponent><NewsLines>
<DateLine>Bourg, 12 mars 2025 (AFP) -</DateLine><HeadLine>La fanfare joue</HeadLine></NewsLines>
<AdministrativeMetadata><Provider><Party FormalName="AFP"/></Provider></AdministrativeMetadata>
<ContentItem><MediaType FormalName="Text"/><DataContent><nitf><body><body.content><p>{one}</p><p>{two}</p><p>ab/cd/ef</p>
</body.content></body></nitf></DataContent></ContentItem><NewsComponent><Role FormalName="Caption"/><ContentItem>
<MediaType FormalName="Text"/><DataContent><p>Une photo.</p></DataContent></ContentItem></NewsComponent>
</NewsComponent></NewsItem></NewsML>"""

G2 = """<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet><newsItem guid="urn:newsml:ansa.it:1" version="3"
xml:lang="fr"><itemMeta><itemClass qcode="ninat:text"/><provider literal="ansa.it"/>
<versionCreated>2025-03-12T11:15:00+01:00</versionCreated><pubStatus qcode="stat:canceled"/></itemMeta><contentMeta>
<urgency>3</urgency><headline>La fanfare joue</headline></contentMeta><contentSet><inlineXML><html><body><p>{one}</p>
<p>{two}</p></body></html></inlineXML></contentSet></newsItem><newsItem guid="p"><itemMeta>
<itemClass qcode="ninat:picture"/></itemMeta></newsItem></itemSet></newsMessage>"""


def test_newsml_is_a_dispatch_with_its_revision_and_sign_off(tmp_path):
    path = write(tmp_path, "a.xml", NEWSML.format(number=2, before=1, one=ONE, two=TWO))
    ((row,), rejects) = read(path)
    assert (row["article_id"], row["wire_id"], row["revision"]) == (
        "urn:newsml:afp.com:20250312:TX-1:2", "afp.com:20250312:TX-1", 1
    )  # fmt: skip
    assert (row["is_wire"], row["agency"], row["title"]) == (True, "AFP", "La fanfare joue")
    assert row["published_at"].astimezone(UTC).strftime("%H:%M") == "10:15" and row["date_source"] == "wire"
    assert row["text"] == f"{ONE}\n{TWO}"
    extra = json.loads(row["extra"])
    assert (extra["sign_off"], extra["urgency"], extra["slug"]) == ("ab/cd/ef", "3", "fanfare-musique")
    assert [(reject["kept"], reject["reason"][:13]) for reject in rejects] == [(True, "passed over: ")]


def test_newsml_g2_gives_version_status_and_passes_over_pictures(tmp_path):
    ((row,), rejects) = read(write(tmp_path, "a.xml", G2.format(one=ONE, two=TWO)))
    assert (row["agency"], row["revision"], row["text"]) == ("ANSA", 2, f"{ONE}\n{TWO}")
    assert json.loads(row["extra"])["status"] == "canceled"
    assert [reject["kept"] for reject in rejects] == [True]


def test_nitf_ninjs_and_telex_are_dispatches(tmp_path):
    nitf = (
        f'<nitf><head><docdata><doc-id id-string="n1" regsrc="Belga"/><date.issue norm="20250312T101500Z"/></docdata>'
        f"</head><body><body.head><hedline><hl1>La fanfare</hl1></hedline><note><body.content><p>Note.</p></body.content>"
        f"</note></body.head><body.content><p>{ONE}</p></body.content></body></nitf>"
    )
    ninjs = {"uri": "urn:newsml:afp.com:1", "type": "text", "versioncreated": "2025-03-12T10:15:00Z", "version": "2",
             "headline": "La fanfare", "body_html": f"<p>{ONE}</p>", "associations": {"a": {"type": "picture"}}}  # fmt: skip
    telex = (
        f"\x01bsf025 3 ec 121\r\n\r\n\x02La fanfare joue =\r\n \r\n   Paris (ats) {ONE}\r\n\x03121115 mar 25\r\n\x04"
    )
    rows = []
    for name, content in (("a.xml", nitf), ("b.json", json.dumps(ninjs)), ("c.txt", telex.encode("cp1252"))):
        ((row,), _) = read(write(tmp_path, name, content))
        rows.append((row["agency"], row["is_wire"], row["published_at"].astimezone(UTC).strftime("%d %H:%M")))
        assert ONE in row["text"] and row["title"].startswith("La fanfare")
    assert rows == [("Belga", True, "12 10:15"), ("AFP", True, "12 10:15"), ("ATS", True, "12 11:15")]


def test_an_item_of_nobody_is_no_dispatch_of_the_default_agency(tmp_path):
    item = {"guid": "1", "type": "text", "pubstatus": "usable", "versioncreated": "2025-03-12", "body_text": ONE}
    ((row,), _) = read(write(tmp_path, "a.json", json.dumps(item)))
    assert (row["is_wire"], row["agency"]) == (False, None)


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><nitf><body>&c;</body></nitf>'


def test_entities_are_never_opened(tmp_path):
    secret = write(tmp_path, "secret.txt", "secret")
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><nitf><body><body.content><p>&x;</p></body.content></body></nitf>'
    for content in (BOMB, outside, "<nitf>" + "<p>" * 5_000):
        articles, rejects = read(write(tmp_path, "a.xml", content))
        assert articles == [] and rejects


# Exports

EUROPRESSE = """<html><body><article><header><span class="DocPublicationName">Le Fanal (site web)</span>
<span class="DocHeader">Région, mercredi 12 mars 2025</span><div class="titreArticle"><p>La fanfare joue</p></div>
<p class="sm-margin-bottomNews">Anne Leroux avec AFP</p></header><div class="docOcurrContainer"><p>{one}</p></div>
<div>news·20250312·FA·1</div></article><article><span class="DocPublicationName">La Bouée</span>
<span class="DocHeader">jeudi 13 mars 2025 - 18:30</span><div class="titreArticle"><p>Autre</p></div>
<div class="docOcurrContainer"><p>{two}</p></div></article></body></html>"""


def test_articles_of_one_europresse_page_stay_apart(tmp_path):
    rows, _ = read(write(tmp_path, "a.html", EUROPRESSE.format(one=ONE, two=TWO)))
    assert [(row["title"], row["text"]) for row in rows] == [("La fanfare joue", ONE), ("Autre", TWO)]
    assert json.loads(rows[0]["extra"])["author"] == "Anne Leroux avec AFP"
    assert [row["published_at"].day for row in rows] == [12, 13] and rows[1]["date_precision"] == "minute"
    assert rows[1]["outlet"] == "La Bouée"


def test_articles_of_one_factiva_text_stay_apart(tmp_path):
    text = "".join(
        f"HD {title}\nWC 20 mots\nPD 12 mars 2025\nSN Le Fanal\nLA Français\nLP\n{body}\nTD\nFin.\nAN Document FANAL000202503{n}\n\n"
        for n, (title, body) in enumerate([("Un titre", ONE), ("Deux titres", TWO)])
    )
    rows, rejects = read(write(tmp_path, "a.txt", text))
    assert [(row["title"], row["text"], row["outlet"], row["lang"]) for row in rows] == [
        ("Un titre", f"{ONE}\nFin.", "Le Fanal", "fr"), ("Deux titres", f"{TWO}\nFin.", "Le Fanal", "fr")
    ]  # fmt: skip
    assert rejects == []


def test_an_iramuteq_corpus_is_as_many_articles_as_it_has_lines_of_stars(tmp_path):
    text = f"**** *source_Le_Fanal *date_2025-03-12 *genre_brève\n{ONE}\n\n**** *source_La_Bouée\n{TWO}\n"
    rows, _ = read(write(tmp_path, "a.txt", text))
    assert [(row["outlet"], row["text"]) for row in rows] == [("Le Fanal", ONE), ("La Bouée", TWO)]
    assert rows[0]["date_precision"] == "day" and json.loads(rows[0]["extra"]) == {"genre": "brève"}


def test_a_lexisnexis_text_is_cut_at_its_ends(tmp_path):
    text = "".join(
        f"Titre {n}\nLe Fanal\n12 mars 2025\n\nCopyright 2025\nLength: 20 words\nByline: A. Leroux\nBody\n\n{body}\n\n"
        f"Load-Date: March 13, 2025\nEnd of Document\n" for n, body in enumerate([ONE, TWO])
    )  # fmt: skip
    rows, _ = read(write(tmp_path, "a.txt", text))
    assert [(row["title"], row["text"]) for row in rows] == [("Titre 0", ONE), ("Titre 1", TWO)]
    assert rows[0]["published_at"].day == 12


# Documents, feeds, archives

DOCX = '<w:document xmlns:w="x"><w:body>{}</w:body></w:document>'
ODT = '<office:document-content xmlns:office="o" xmlns:text="t">{}</office:document-content>'
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Fil</title><item><title>La fanfare</title><link>https://fanal.example/1</link><author>AFP</author>
<pubDate>Wed, 12 Mar 2025 10:00:00 GMT</pubDate><description>Court.</description>
<content:encoded><![CDATA[<p>{one}</p><p>{two}</p>]]></content:encoded></item></channel></rss>"""
MAIL = "From: AFP <x@afp.example>\nSubject: La fanfare\nDate: Wed, 12 Mar 2025 10:00:00 +0100\nMessage-ID: <1@x>\n\n{one}\n"


def test_documents_feeds_and_mails_are_articles(tmp_path):
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in (ONE, TWO))
    texts = "".join(f"<text:p>{line}</text:p>" for line in (ONE, TWO))
    both = f"{ONE}\n{TWO}"
    for name, content, expected in (
        ("a.docx", zipped(**{"word/document.xml": DOCX.format(paragraphs)}), both),
        ("b.odt", zipped(**{"content.xml": ODT.format(texts)}), both),
        ("c.rss", RSS.format(one=ONE, two=TWO), both),
        ("d.eml", MAIL.format(one=ONE), ONE),
        ("e.rtf", r"{\rtf1\ansi Le maire a dans\'e9 sur la place.\par Fin.}", "Le maire a dansé sur la place.\nFin."),
        ("f.json", json.dumps({"articles": [{"content": both}]}), both),
        ("g.mhtml", "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + PAGE, both),
    ):  # fmt: skip
        ((row,), rejects) = read(write(tmp_path, name, content))
        assert (row["text"], rejects) == (expected, []), name


def test_a_spreadsheet_is_a_table(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Titre", "Contenu", "Journal", "Date"])
    book.active.append(["La fanfare", ONE, "Le Fanal", "12/03/2025"])
    book.save(tmp_path / "a.xlsx")
    ((row,), rejects) = read(tmp_path / "a.xlsx")
    assert (row["text"], row["outlet"], row["published_at"].day, rejects) == (ONE, "Le Fanal", 12, [])


def warc(*records):
    out = b""
    for url, kind, body in records:
        http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}".encode()
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2025-03-12T10:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:{len(out):032d}>\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        out += head.encode() + http + b"\r\n\r\n"
    return out


def test_a_web_archive_gives_its_pages_and_a_bad_record_ends_nothing(tmp_path):
    content = warc(
        ("https://fanal.example/1", "text/html; charset=utf-8", PAGE),
        ("https://fanal.example/x.png", "image/png", "x"),
        ("https://fanal.example/2", "text/html", "<p>court</p>"),
        ("https://fanal.example/3", "text/html; charset=utf-8", PAGE),
    )
    for name, data in (
        ("a.warc", content),
        ("b.warc.gz", gzip.compress(content)),
        ("c.wacz", zipped(**{"archive/a.warc": content})),
    ):
        rows, rejects = read(write(tmp_path, name, data))
        assert [row["url"] for row in rows] == ["https://fanal.example/1", "https://fanal.example/3"], name
        assert [(reject["kept"], "fanal.example/2" in reject["reason"]) for reject in rejects] == [(False, True)]


def test_an_archive_gives_the_articles_of_its_files_and_names_what_is_bad(tmp_path):
    members = {
        "pages/1.html": PAGE, "t.csv": f'id,text\n1,"{TWO}"\n', "../../out.txt": ONE, ".hidden.txt": "x",
        "in.zip": zipped(a="b"), "zeros.txt": b"\0" * 20_000_000, "x.xyz": "?",
    }  # fmt: skip
    rows, rejects = read(write(tmp_path, "a.zip", zipped(**members)))
    assert len(rows) == 3 and not (tmp_path.parent.parent / "out.txt").exists()
    reasons = " | ".join(reject["reason"] for reject in rejects)
    assert "in.zip: an archive inside" in reasons and "zeros.txt: packed" in reasons and "x.xyz: unknown" in reasons
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, body in (("1.html", PAGE), ("2.txt", ONE)):
            info = tarfile.TarInfo(name)
            info.size = len(body.encode())
            archive.addfile(info, io.BytesIO(body.encode()))
    rows, rejects = read(write(tmp_path, "a.tar.gz", out.getvalue()))
    assert len(rows) == 2 and rejects == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"%PDF-1.4 nothing", "no PDF"),
        ("a.zip", b"PK\x03\x04 damaged", "the archive is damaged"),
        ("a.xml", "<unknown/>", "XML of an unknown kind"),
        ("a.xml", "<?xml version='1.0'?><a>", "no XML"),
        ("a.json", "{", "not JSON"),
        ("a.json", '{"x": 1}', "no articles in it"),
        ("a.txt", bytes(range(256)) * 20, "no text: the file is binary"),
        ("a.html", "<html><body><p>Trois mots seulement.</p></body></html>", "no article"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path, name, content, reason):
    articles, rejects = read(write(tmp_path, name, content))
    assert articles == [] and any(reason in reject["reason"] for reject in rejects if not reject["kept"])


# Whatever comes

KINDS = (
    "a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a.html", "a.xml", "a.zip", "a.warc", "a.pdf", "a.rtf", "a.eml",
    "a.mhtml", "a.docx", "a.xlsx", "a.xls", "a.ods", "a.odt", "a.wacz", "a.tar", "a.rss", "a.nitf", "a.gz",
    "a.txt.gz", "a.json.bz2", "a.parquet",
)  # fmt: skip
MOST_MEMORY = 500
"""MB that a file of less than 1 MB may cost."""
SEEDS = [
    part.encode() for part in (PAGE, NEWSML, G2, EUROPRESSE, RSS, MAIL, BOMB, "HD x\nPD y\nAN Document A12345678901\n",
    "**** *a_b\n", "\x01a\x02b\x03c", "%PDF-1.7\n1 0 obj", r"{\rtf1 ", '{"articles":[{"text":"', "id,text\n1,\"", "WARC/1.0\r\n")
] + [zipped(a="b"), b"PAR1", b"\x1f\x8b", b"\xff\xfe", b"\xff\xfe\0\0", b"1 de 2 DOCUMENTS\n", b"Fin du document\n",
     b"<table><tr><td>Texte</td></tr>", b"<TEI><body><p>a", b"\xd0\xcf\x11\xe0", b'{"uri":"a","type":"text","bodies":[',
     zipped(**{"word/document.xml": "<w:document xmlns:w='x'><w:p>"}), zipped(**{"content.xml": "<a><text:p>"}),
     zipped(**{"xl/workbook.xml": "<workbook>"}), zipped(**{"archive/a.warc": b"WARC/1.0\r\n\r\n"}),
     gzip.compress(b"mot " * 9_000), b"<p>" * 3_000, b"[" * 3_000, b'{"a":' * 3_000, b"\0" * 9_000, b"a;" * 9_000]  # fmt: skip


@at_least(80)
@given(
    name=st.sampled_from(KINDS),
    parts=st.lists(st.sampled_from(SEEDS) | st.binary(max_size=40), max_size=4),
    cut=st.integers(0, 2_000),
)
def test_no_file_crashes_a_reader_or_keeps_it_long(tmp_path_factory, name, parts, cut):
    path = Path(tmp_path_factory.mktemp("fuzz")) / name
    path.write_bytes(b"".join(parts)[: cut or None])
    before = memory(from_now=True)
    start = time.process_time()
    articles, rejects = read(path)
    assert articles or rejects
    assert time.process_time() - start < 2
    assert memory() - before < MOST_MEMORY
    os.remove(path)


def memory(from_now=False):
    """The most MB that this process has held, since the last call with ``from_now``; 0 where nobody says."""
    try:
        if from_now:
            Path("/proc/self/clear_refs").write_text("5")
        told = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(re.search(r"VmHWM:\s+(\d+)", told)[1]) // 1024


MOTS = b"mot " * 10_000_000


def noise():
    """Letters that pack to a half of their size: no bomb by its ratio."""
    return bytes(random.Random(1).choices(b"abcdefgh      ", k=900_000))


BOMBS = {
    "a.txt.gz": lambda: gzip.compress(MOTS),
    "b.json.gz": lambda: gzip.compress(b'{"text":"' + MOTS + b'"}'),
    "c.jsonl": lambda: b'{"text":"' + noise() + b'"}\n',
    "d.csv": lambda: b"id,text\n" + b'1,"mot\n' * 10_000,
    "e.html": lambda: b"<html><body>" + b"<p>a" * 20_000,
    "f.html": lambda: b"<html><body>" + b"<b a=1>" * 130_000,
    "g.xml": lambda: b"<nitf><body><body.content>" + b"<p>a</p>" * 110_000 + b"</body.content></body></nitf>",
    "h.docx": lambda: zipped(
        **{
            "word/document.xml": b'<w:document xmlns:w="x">'
            + b"<w:p><w:r><w:t>mot</w:t></w:r></w:p>" * 1_300_000
            + b"</w:document>"
        }
    ),
    "i.zip": lambda: zipped(**{f"{n}.txt": MOTS for n in range(3)}),
    "j.eml": lambda: b"Subject: a\n" * 20_000 + b"\n" + ONE.encode(),
    "k.txt": lambda: b"**** *a_b\nmot\n" * 5_000,
    "l.txt": lambda: b"HD x\nLP y\nDocument ABCDEFGHIJKLM\n" * 3_000,
    "m.txt": lambda: b"\x01a\x02b\x03" * 10_000,
    "n.rtf": lambda: rb"{\rtf1 " + rb"\par a" * 20_000 + b"}",
    "o.warc": lambda: warc(*(("https://a.example/1", "text/html", "<p>" + "mot " * 220_000),)),
    "p.json": lambda: b"[" + b'{"text":"m"},' * 8_000 + b'{"text":"m"}]',
    "q.rss": lambda: b"<rss><channel>" + b"<item><title>a</title></item>" * 5_000 + b"</channel></rss>",
}
"""Files of less than 1 MB that hold as much as is allowed, or more."""


@pytest.mark.parametrize("name", BOMBS)
def test_no_small_file_costs_more_memory_than_is_said(tmp_path, name):
    path = write(tmp_path, name, BOMBS[name]())
    assert path.stat().st_size < 1_000_000
    before = memory(from_now=True)
    articles, rejects = read(path)
    assert articles or rejects
    assert memory() - before < MOST_MEMORY
