"""Exports as other interfaces, languages and older programs write them; every text is invented."""

# ruff: noqa: E501

from __future__ import annotations

import io
import json
import zipfile

import pytest
from pdfs import pdf_of
from readings import read, when

ONE = "La fanfare de Bourg-l’Étang a joué sans répit dimanche devant huit cents personnes venues des vallées voisines."
TWO = "Le kiosque, fermé depuis onze ans pour des travaux, a rouvert sous la pluie fine du matin."


def extra(row):
    return json.loads(row["extra"] or "{}")


@pytest.mark.parametrize(
    ("language", "words", "date", "told"),
    [("en", "120 words", "12 March 2025", "English"), ("de", "120 Wörter", "12 März 2025", "Deutsch"),
     ("fr", "120 mots", "12 mars 2025", "Français")],
)  # fmt: skip
def test_factivas_page_without_names_of_fields_is_read_in_every_language(tmp_path, language, words, date, told):
    heads = f"<div>{words}</div><div>{date}</div><div>10:05</div><div>Le Fanal</div><div>FANA</div><div>12</div><div>{told}</div><div>Copyright 2025</div>"
    pages = "".join(
        f'<div class="article {language}Article"><div id="hd"><span class="{language}Headline">{title}</span></div>'
        f'<div class="author">Anne Rivet</div>{heads}<p class="articleParagraph">{text}</p><p>Document {name}</p></div>'
        for title, text, name in (
            ("La fanfare joue", ONE, "FANA000020250312el3c0001x"),
            ("Le kiosque rouvre", TWO, "FANA000020250312el3c0002x"),
        )
    )
    articles, rejects = read(
        tmp_path / "a.html", f"<html><head><title>Dow Jones</title></head><body>{pages}</body></html>"
    )
    assert [
        (row["title"], row["text"], row["outlet"], row["lang"], when(row), extra(row)["author"]) for row in articles
    ] == [
        (title, text, "Le Fanal", language, "2025-03-12 09:05", "Anne Rivet")
        for title, text in (("La fanfare joue", ONE), ("Le kiosque rouvre", TWO))
    ]
    assert rejects == []


@pytest.mark.parametrize(
    ("outlet", "head", "expected", "edition"),
    [
        ("Le Fanal (site web)", "mercredi 12 mars 2025 - 10:05:33 -0500 568 mots", "2025-03-12 15:05", "site web"),
        ("Le Fanal, no. 1234", "Culture, Wednesday, March 12, 2025 568 words, p. 12", "2025-03-12 00:00", None),
    ],
)
def test_europresse_keeps_title_subtitle_author_edition_and_zone_apart(tmp_path, outlet, head, expected, edition):
    page = (
        f'<html><body><article><header><span class="DocPublicationName">{outlet}</span><span class="DocHeader">{head}</span>'
        '<div class="titreArticle"><p class="sm-margin-TopNews titreArticleVisu rdp__articletitle">La fanfare</p>'
        '<p class="sm-margin-TopNews rdp__subtitle">Un kiosque rouvre</p><p class="sm-margin-bottomNews">Anne Rivet ; AFP</p></div></header>'
        f'<div class="docOcurrContainer"><p>{ONE}</p><p>{TWO}</p></div></article></body></html>'
    )
    ((row,), _) = read(tmp_path / "a.html", page)
    assert (row["title"], row["outlet"], when(row), row["text"]) == (
        "La fanfare",
        "Le Fanal",
        expected,
        f"{ONE}\n{TWO}",
    )
    told = extra(row)
    assert (told["author"], told["subtitle"], told.get("edition")) == ("Anne Rivet ; AFP", "Un kiosque rouvre", edition)


def test_the_lines_of_an_old_lexisnexis_text_are_paragraphs_again(tmp_path):
    content = (
        "\n\n                    1 of 1 DOCUMENTS\n\n\n          Le Fanal\n\n        12 mars 2025 mercredi\n\nLa fanfare joue\n\n"
        "LONGUEUR: 20 mots\n\nLa fanfare a joué sans\nrépit dimanche.\n\nLe kiosque a rouvert sous\nla pluie.\n\nLANGUE: FRENCH\n"
    )
    ((row,), _) = read(tmp_path / "a.txt", content)
    assert row["text"] == "La fanfare a joué sans répit dimanche.\nLe kiosque a rouvert sous la pluie."


def test_an_older_corpus_that_numbers_its_texts_is_cut_at_its_numbers(tmp_path):
    content = f"0001 *source_Le_Fanal *date_2025-03-12\n{ONE}\n1789 fut une année.\n\n0002 *source_La_Bouée\n{TWO}\n"
    articles, _ = read(tmp_path / "a.txt", content)
    assert [(row["outlet"], row["text"]) for row in articles] == [
        ("Le Fanal", f"{ONE}\n1789 fut une année."),
        ("La Bouée", TWO),
    ]


def test_txms_xml_is_an_article_a_text(tmp_path):
    content = f'<corpus><text id="t1" journal="Le Fanal" date="2025-03-12" titre="La fanfare"><p>{ONE}</p><p>{TWO}</p></text><text id="t2"><p>{TWO}</p></text></corpus>'
    articles, _ = read(tmp_path / "a.xml", f'<?xml version="1.0"?>{content}')
    assert [(row["article_id"], row["outlet"], row["title"], row["text"]) for row in articles] == [
        ("t1", "Le Fanal", "La fanfare", f"{ONE}\n{TWO}"),
        ("t2", None, None, TWO),
    ]


def test_tei_says_outlet_and_date_where_it_was_published(tmp_path):
    statement = '<publicationStmt><publisher>Le Fanal</publisher><date when="2025-03-12"/></publicationStmt><sourceDesc><p>web</p></sourceDesc>'
    content = f'<?xml version="1.0"?><TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc>{statement}</fileDesc></teiHeader><text><body><p>{ONE}</p></body></text></TEI>'
    ((row,), _) = read(tmp_path / "a.xml", content)
    assert (row["outlet"], when(row), row["text"]) == ("Le Fanal", "2025-03-12 00:00", ONE)


def test_an_agencys_item_in_json_needs_no_type(tmp_path):
    item = {
        "uri": "tag:feed.example:1", "version": "2", "versioncreated": "2025-03-12T16:02:28+02:00", "pubstatus": "usable",
        "copyrightholder": "dpa", "bodies": [{"contenttype": "text/html", "value": f"<p>{ONE}</p><p>{TWO}</p>"}],
        "headlines": [{"role": "main", "value": "La fanfare"}],
    }  # fmt: skip
    ((row,), _) = read(tmp_path / "a.json", json.dumps(item))
    assert (row["is_wire"], row["agency"], row["title"], row["revision"]) == (True, "dpa", "La fanfare", 1)
    assert row["text"] == f"{ONE}\n{TWO}"


def test_initials_for_a_by_line_are_a_sign_off_and_a_time_stamp_is_no_dateline(tmp_path):
    head = '<docdata><doc-id id-string="1"/><date.issue norm="20250312T102800+0000"/></docdata>'
    body = f"<body.head><byline>gr/bp</byline><distributor>Agencia EFE</distributor><dateline><story.date>20250312T102800+0000</story.date></dateline></body.head><body.content><p>{ONE}</p></body.content>"
    ((row,), _) = read(tmp_path / "a.xml", f"<nitf><head>{head}</head><body>{body}</body></nitf>")
    told = extra(row)
    assert (row["agency"], told["sign_off"]) == ("EFE", "gr/bp")
    assert not told.keys() & {"author", "dateline"}


def test_a_telex_that_lost_its_control_characters_is_a_dispatch(tmp_path):
    content = "ecp0007 4 s 850  dpa-tns 0908\n\nMusique/Fanfares/\nLa fanfare a joué =\n\nBourg (dpa) - La fanfare a joué\nsans répit dimanche.\n\nLe kiosque a rouvert.\n\n211259 Nov 18\n"
    ((row,), _) = read(tmp_path / "a.txt", content)
    assert (row["is_wire"], row["agency"], row["title"], when(row)) == (
        True,
        "dpa",
        "La fanfare a joué",
        "2018-11-21 12:59",
    )
    assert row["text"] == "Bourg (dpa) - La fanfare a joué sans répit dimanche.\nLe kiosque a rouvert."


@pytest.mark.parametrize(
    ("outlet", "agency"),
    [
        ("Agence France Presse", "AFP"),
        ("AFP Infos Mondiales", "AFP"),
        ("La Presse canadienne", "PC"),
        ("Le Fanal", None),
    ],
)
def test_what_a_database_sells_of_an_agency_is_a_dispatch(tmp_path, outlet, agency):
    content = f"Le kiosque rouvre\n\n98 mots\n13 mars 2025\n{outlet}\nXX\nFrançais\n(c) 2025\n\n{ONE}\n\nabc/def\n\nDocument XXFR00020250313el3d0002x\n"
    ((row,), _) = read(tmp_path / "a.txt", content)
    assert (row["is_wire"], row["agency"], row["outlet"]) == (agency is not None, agency, outlet)
    assert row["text"] == (ONE if agency else f"{ONE}\nabc/def")


def test_spaces_of_an_opendocument_text_are_kept_and_its_notes_are_no_text(tmp_path):
    line = 'La fanfare<t:s t:c="2"/>de Bourg<t:tab/>a<t:span> joué</t:span>.<t:note><t:note-body><t:p>Une note.</t:p></t:note-body></t:note> Fin.'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "content.xml",
            f'<o:document-content xmlns:o="o" xmlns:t="t"><t:h>Titre</t:h><t:p>{line}</t:p></o:document-content>',
        )
    ((row,), _) = read(tmp_path / "a.odt", out.getvalue())
    assert row["text"] == "Titre\nLa fanfare de Bourg a joué. Fin."


def test_every_author_of_an_entry_is_kept(tmp_path):
    entry = f'<entry><id>tag:1</id><title>La fanfare</title><author><name>AFP</name></author><author><name>Anne Rivet</name></author><content type="html">{ONE}</content></entry>'
    ((row,), _) = read(
        tmp_path / "a.xml",
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Le Fanal</title>{entry}</feed>',
    )
    assert extra(row)["author"] == ["AFP", "Anne Rivet"]


def test_the_flowed_lines_of_a_mail_are_joined_and_its_signature_is_no_text(tmp_path):
    head = "From: a@fanal.example\r\nSubject: Fanfare\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
    ((row,), _) = read(
        tmp_path / "a.eml", f"{head}La fanfare a joué \r\nsans répit.\r\n\r\nLe kiosque.\r\n-- \r\nAnne Rivet\r\n"
    )
    assert row["text"] == "La fanfare a joué sans répit.\n\nLe kiosque."


def test_one_article_whose_text_stands_in_an_object_is_found(tmp_path):
    ((row,), _) = read(
        tmp_path / "a.json", json.dumps({"title": {"rendered": "La fanfare"}, "content": {"rendered": ONE}})
    )
    assert (row["title"], row["text"]) == ("La fanfare", ONE)


@pytest.mark.parametrize("mark", ["|", ";", "\t"])
def test_a_table_that_is_called_a_text_is_a_table(tmp_path, mark):
    rows = [("id", "titre", "texte", "journal"), ("1", "Fanfare", ONE, "Le Fanal"), ("2", "Kiosque", TWO, "Le Fanal")]
    articles, _ = read(tmp_path / "a.txt", "".join(mark.join(row) + "\n" for row in rows))
    assert [(row["article_id"], row["text"], row["outlet"]) for row in articles] == [
        ("1", ONE, "Le Fanal"),
        ("2", TWO, "Le Fanal"),
    ]


def test_a_sentence_that_names_columns_is_a_sentence(tmp_path):
    content = f"Titre, texte, date et journal : quatre mots que le maire de Bourg-l'Étang n'a pas lus.\n{ONE}\n"
    ((row,), _) = read(tmp_path / "a.txt", content)
    assert (row["article_id"], row["text"]) == ("a", content)


def columns(pieces):
    """A PDF of one page with lines at these places (left, up, text)."""
    return pdf_of(
        b" ".join(
            b"BT /F1 10 Tf 1 0 0 1 %d %d Tm (%b) Tj ET" % (x, up, text.encode("cp1252")) for x, up, text in pieces
        ),
        600,
    )


LEFT = [
    "La fanfare de Bourg a joué sans répit",
    "dimanche devant huit cents personnes",
    "venues des vallées voisines, dit-on.",
]
RIGHT = [
    "Le kiosque, fermé depuis onze ans",
    "pour des travaux qui ont coûté trois",
    "millions, a rouvert sous la pluie.",
]


@pytest.mark.parametrize("is_across", [True, False])
def test_two_columns_of_a_pdf_are_read_one_after_the_other(tmp_path, is_across):
    left, right = ([(x, 760 - 14 * n, text) for n, text in enumerate(lines)] for x, lines in ((40, LEFT), (310, RIGHT)))
    body = [piece for row in zip(left, right, strict=True) for piece in row] if is_across else [*left, *right]
    ((row,), _) = read(tmp_path / "a.pdf", columns([(40, 800, "La fanfare joue et le kiosque rouvre"), *body]))
    assert row["text"].split("\n") == ["La fanfare joue et le kiosque rouvre", *LEFT, *RIGHT]


def test_the_rows_of_a_table_in_a_pdf_stay_rows(tmp_path):
    rows = [(x, 760 - 14 * n, text) for n in range(4) for x, text in ((40, f"Bourg {n}"), (310, f"{n} voix"))]
    ((row,), _) = read(tmp_path / "a.pdf", columns(rows))
    assert row["text"].split("\n") == [f"Bourg {n} {n} voix" for n in range(4)]
