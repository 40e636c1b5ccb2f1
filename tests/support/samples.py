"""A small good file of every kind that is read; every text is invented."""

# ruff: noqa: E501

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
from pdfs import pdf_of

ONE = "La fanfare de Bourg-l’Étang a joué sans répit dimanche devant huit cents personnes venues des vallées voisines."
TWO = "Le maire, ravi, a dansé sur la place avec la doyenne du village, âgée de cent deux ans et coiffée d’un béret."
PLAIN = "La fanfare a joué dimanche devant huit cents personnes venues des vallées voisines"
FIELDS = {
    "article_id": "n1",
    "titre": "La fanfare",
    "journal": "Le Fanal",
    "date": "2025-03-12T10:15:00+01:00",
    "texte": f"{ONE}\n{TWO}",
}
PAGE = (
    '<!doctype html><html lang="fr"><head><title>La fanfare</title><script type="application/ld+json">'
    '{"@type":"NewsArticle","headline":"La fanfare","datePublished":"2025-03-12T10:15:00+01:00","author":'
    f'[{{"@type":"Person","name":"Anne Rivet"}}]}}</script></head><body><article><h1>La fanfare</h1><p>{ONE}</p>'
    f'<p>{TWO}</p><time datetime="2025-03-12">12 mars</time></article></body></html>'
)


def zipped(**members: str | bytes) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def warc(*pages: str) -> bytes:
    """A web archive of responses."""
    out = b""
    for number, page in enumerate(pages):
        body = page.encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        out += (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://fanal.example/{number}\r\n"
            f"WARC-Date: 2025-03-12T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:{number:032d}>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http + body)}\r\n\r\n"
        ).encode()
        out += http + body + b"\r\n\r\n"
    return out


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([FIELDS]), out)
    return out.getvalue()


def _sheet() -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    book.active.append([*FIELDS])
    book.active.append([*FIELDS.values()])
    book.save(out)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("1.html")
        info.size = len(PAGE.encode())
        archive.addfile(info, io.BytesIO(PAGE.encode()))
    return out.getvalue()


_OFFICE = 'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="a">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)
_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
_ROWS = "".join(
    "<table:table-row>" + "".join(_CELL.format(cell) for cell in row) + "</table:table-row>"
    for row in (FIELDS, FIELDS.values())
)
_MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_SHEET = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": _MANIFEST}
_NEWSML = (
    '<NewsML Version="1.2"><NewsItem xml:lang="fr"><Identification><NewsIdentifier><ProviderId>afp.com</ProviderId>'
    '<DateId>20250312</DateId><NewsItemId>TX-1</NewsItemId><RevisionId PreviousRevision="0">1</RevisionId>'
    "</NewsIdentifier></Identification><NewsManagement><ThisRevisionCreated>20250312T101500+0000</ThisRevisionCreated>"
    '<Status FormalName="Usable"/></NewsManagement><NewsComponent><NewsLines><DateLine>Bourg (AFP) -</DateLine><HeadLine>'
    'La fanfare</HeadLine></NewsLines><ContentItem><MediaType FormalName="Text"/><DataContent><nitf><body><body.content>'
    f"<p>{ONE}</p><p>ab/cd</p></body.content></body></nitf></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"
)
_G2 = (
    '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet><newsItem guid="urn:newsml:ansa.it:1" version="3">'
    '<itemMeta><itemClass qcode="ninat:text"/><provider literal="ansa.it"/><versionCreated>2025-03-12T11:15:00+01:00'
    "</versionCreated></itemMeta><contentMeta><headline>La fanfare</headline></contentMeta><contentSet><inlineXML><html>"
    f"<body><p>{ONE}</p></body></html></inlineXML></contentSet></newsItem></itemSet></newsMessage>"
)
_NITF = (
    '<nitf><head><docdata><doc-id id-string="n1" regsrc="Belga"/><date.issue norm="20250312T101500Z"/></docdata></head>'
    f"<body><body.head><hedline><hl1>La fanfare</hl1></hedline></body.head><body.content><p>{ONE}</p></body.content></body>"
    "</nitf>"
)
_RSS = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Fil</title><item><title>'
    "La fanfare</title><link>https://fanal.example/1</link><pubDate>Wed, 12 Mar 2025 10:00:00 GMT</pubDate>"
    f"<content:encoded><![CDATA[<p>{ONE}</p>]]></content:encoded></item></channel></rss>"
)
_NINJS = {
    "uri": "urn:newsml:afp.com:1", "type": "text", "versioncreated": "2025-03-12T10:15:00Z", "version": "2",
    "headline": "La fanfare", "body_html": f"<p>{ONE}</p>", "associations": {"a": {"type": "picture"}},
}  # fmt: skip
_EUROPRESSE = (
    '<html><body><article><header><span class="DocPublicationName">Le Fanal (site web)</span><span class="DocHeader">'
    'Région, mercredi 12 mars 2025</span><div class="titreArticle"><p>La fanfare</p></div></header>'
    f'<div class="docOcurrContainer"><p>{ONE}</p></div></article></body></html>'
)
_FACTIVA = (
    '<html><head><title>Factiva</title></head><body><div class="article frArticle"><div id="hd"><span class="frHeadline">'
    "La fanfare</span></div><div>120 mots</div><div>12 mars 2025</div><div>Le Fanal</div><div>FANA</div><div>Français</div>"
    f'<div>Copyright 2025</div><p class="articleParagraph">{ONE}</p><p>Document FANA000020250312el3c0001x</p></div></body></html>'
)
_WORD = f'<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>{ONE}</w:t></w:r></w:p></w:body></w:document>'
_ODT = f'<o:document-content {_OFFICE} xmlns:text="t"><text:p>{ONE}</text:p></o:document-content>'
_MARKUP = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
_CELLS = ("\t".join(FIELDS), "\t".join(value.replace("\n", " ") for value in FIELDS.values()))


def samples() -> dict[str, bytes]:
    """Name -> content."""
    texts = {
        "newsml.xml": _NEWSML,
        "g2.xml": _G2,
        "nitf.xml": _NITF,
        "rss.xml": _RSS,
        "tei.xml": f"<TEI><teiHeader><title>La fanfare</title></teiHeader><text><body><p>{ONE}</p></body></text></TEI>",
        "txm.xml": f'<corpus><text id="n1" journal="Le Fanal">{ONE}</text></corpus>',
        "page.html": PAGE,
        "page.xml": PAGE.removeprefix("<!doctype html>"),
        "europresse.html": _EUROPRESSE,
        "factiva.html": _FACTIVA,
        "table.xls": "<table><tr><td>" + "</td></tr><tr><td>".join("</td><td>".join(row) for row in (FIELDS, FIELDS.values())) + "</td></tr></table>",
        "table.csv": ";".join(FIELDS) + "\n" + ";".join(f'"{value}"' for value in FIELDS.values()) + "\n",
        "table.tsv": "\n".join(_CELLS) + "\n",
        "table.txt": "\n".join(_CELLS) + "\n",
        "list.json": json.dumps([FIELDS, {**FIELDS, "article_id": "n2"}], indent=1),
        "lines.jsonl": json.dumps(FIELDS) + "\n" + json.dumps({**FIELDS, "article_id": {"$oid": "n2"}}) + "\n",
        "ninjs.json": json.dumps(_NINJS),
        "page.mhtml": _MARKUP + PAGE,
        "mail.eml": f"From: AFP <x@afp.example>\nSubject: La fanfare\nDate: Wed, 12 Mar 2025 10:00:00 +0100\n\n{ONE}\n",
        "iramuteq.txt": f"**** *source_Le_Fanal *date_2025-03-12\n{ONE}\n\n**** *source_La_Bouée\n{TWO}\n",
        "factiva.txt": f"HD La fanfare\nWC 20 mots\nPD 12 mars 2025\nSN Le Fanal\nLA Français\nLP\n{ONE}\nAN Document FANAL0002025031201\n",
        "proquest.txt": "_" * 60 + f"\nDocument 1 of 1\nTitle: La fanfare\nFull text: {ONE}\nPublication title: Le Fanal\nProQuest document ID: 1\n",
        "lexis.txt": f"La fanfare\nLe Fanal\n12 mars 2025\n\nLength: 20 words\nBody\n\n{ONE}\n\nLoad-Date: March 13, 2025\nEnd of Document\n",
        "telex.txt": f"\x01bsf025 3 ec 121\r\n\r\n\x02La fanfare joue =\r\n \r\n   Bourg (ats) {ONE}\r\n\x03121115 mar 25\r\n\x04",
        "bare.txt": f"eca0003 3 i 380  dpa 0045\n\nBourg/\nLa fanfare joue\nBy dpa =\n\nBourg (dpa) - {ONE}\n\n212322 GMT Nov 18\n",
        "plain.txt": f"{ONE}\n{TWO}\n",
    }  # fmt: skip
    rtf = r"{\rtf1\ansi " + PLAIN.encode("cp1252").decode("cp1252").replace("é", r"\'e9") + r"\par Fin.}"
    archive = warc(PAGE, PAGE.replace("La fanfare", "Le kiosque"))
    return {name: text.encode() for name, text in texts.items()} | {
        "table.parquet": _parquet(),
        "sheet.xlsx": _sheet(),
        "sheet.ods": zipped(**_SHEET, **{"content.xml": _ODS.format(_ROWS)}),
        "sheet.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,  # no library writes a good one
        "text.docx": zipped(**{"word/document.xml": _WORD}),
        "text.odt": zipped(**{"content.xml": _ODT}),
        "text.pdf": pdf_of(b"BT /F1 12 Tf 50 700 Td (%b) Tj ET" % PLAIN.encode("cp1252"), 600),
        "text.rtf": rtf.encode("ascii"),
        "pages.warc": archive,
        "pages.warc.gz": gzip.compress(archive),
        "pages.wacz": zipped(**{"archive/a.warc": archive}),
        "files.zip": zipped(**{"1.html": PAGE, "2.csv": texts["table.csv"], "3.txt": ONE}),
        "files.tar": _tar(),
    }
