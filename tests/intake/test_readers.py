"""Every kind of file with invented articles: what becomes of each field, and what is refused with its reason."""

# ruff: noqa: E501

import gzip
import io
import json
import tarfile
import zipfile
from datetime import UTC

import pytest

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
