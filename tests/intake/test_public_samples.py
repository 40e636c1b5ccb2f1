"""Forms that public sample files have and ours did not; every text is invented."""

from __future__ import annotations

import json

import pytest
from readings import read, when

ONE = "La fanfare de Bourg-l’Étang a joué sans répit dimanche devant huit cents personnes venues des vallées voisines."
TWO = "Le kiosque, fermé depuis onze ans pour des travaux, a rouvert sous la pluie fine du matin."


def extra(row):
    return json.loads(row["extra"] or "{}")


@pytest.mark.parametrize("named", ["BODY:", "CORPS :", "Texte:", "Body"])
def test_the_line_before_the_text_of_an_older_lexisnexis_article_is_no_text(tmp_path, named):
    text = (
        "Download Request: All Documents: 1-1\n\n              1 of 1 DOCUMENTS\n\n   Copyright 2015 Le Fanal\n\n"
        f"      Le Fanal\n\n    July 1, 2015 Wednesday\n\nLENGTH: 20 words\n\nHEADLINE: La fanfare\n\n{named}\n\n"
        f"{ONE}\n\n"
        "LOAD-DATE: July 2, 2015\n\nLANGUAGE: FRENCH\n"
    )
    ((row,), _) = read(tmp_path / "a.txt", text)
    assert (row["title"], row["text"], when(row)) == ("La fanfare", ONE, "2015-07-01 00:00")


@pytest.mark.parametrize("mark", ["REFILE", "UPDATE 2", "URGENT"])
def test_a_mark_of_the_desk_is_no_part_of_a_telexs_headline(tmp_path, mark):
    text = (
        f"eca0003 3 i 380  dpa 0045\n\nBourg/musique/\n{mark}\n1ST LEAD\nLa fanfare joue\nBy dpa correspondents =\n\n"
        f"Bourg (dpa) - {ONE}\n\n212322 GMT Nov 18\n"
    )
    ((row,), _) = read(tmp_path / "a.txt", text)
    assert row["title"] == "La fanfare joue"


def test_what_an_agency_tells_editors_of_a_dispatch_is_kept_beside_it(tmp_path):
    line = "<NewsLine><NewsLineType FormalName='{}'/><NewsLineText>{}</NewsLineText></NewsLine>"
    item = (
        "<NewsML Version='1.2'><NewsItem><Identification><NewsIdentifier><ProviderId>afp.com</ProviderId>"
        "<DateId>20260109</DateId><NewsItemId>TX-1</NewsItemId><RevisionId>1</RevisionId></NewsIdentifier>"
        "</Identification><NewsComponent><NewsLines><HeadLine>La fanfare</HeadLine>"
        f"{line.format('AdvisoryLine', 'CORRIGE par. 4')}{line.format('ProductLine', 'F1')}</NewsLines><ContentItem>"
        f"<MediaType FormalName='Text'/><DataContent><p>{ONE}</p></DataContent></ContentItem></NewsComponent>"
        "</NewsItem></NewsML>"
    )
    ((row,), _) = read(tmp_path / "a.xml", item)
    assert (extra(row)["advisory"], row["text"]) == ("CORRIGE par. 4", ONE)


def test_an_export_of_wordpress_gives_what_was_published_with_its_paragraphs(tmp_path):
    def item(title, content, kind="post", status="publish"):
        return (
            f"<item><title>{title}</title><link>https://fanal.example/{title}</link><content:encoded><![CDATA[{content}]]>"
            f"</content:encoded><wp:post_type>{kind}</wp:post_type><wp:status>{status}</wp:status></item>"
        )

    export = (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Le Fanal</title>'
        + item("a", f"{ONE}\n\n{TWO}\r\n\r\n<!-- wp:paragraph --><p>Fin.</p><!-- /wp:paragraph -->")
        + item("photo", "", "attachment")
        + item("b", TWO, status="draft")
        + "</channel></rss>"
    )
    ((row,), rejects) = read(tmp_path / "a.xml", export)
    assert row["text"] == f"{ONE}\n{TWO}\nFin."
    assert [(reject["kept"], reject["reason"]) for reject in rejects] == [
        (True, "passed over: an item of the type attachment"), (True, "passed over: not published (draft)")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "values", "found"),
    [
        ("an,title,snippet,body,publication_date,publication_datetime,source_name,publisher_name",
         f"F1,La fanfare,{ONE},{TWO},1581638400000,1581670800000,Le Fanal,Société du Fanal",
         ("Le Fanal", "La fanfare", f"{ONE}\n{TWO}", "2020-02-14 09:00")),
        ("url,extracted_text,extracted_title,extracted_date,extracted_sitename",
         f"https://x.example/1,{ONE},La fanfare,2024-02-14,Le Fanal",
         ("Le Fanal", "La fanfare", ONE, "2024-02-14 00:00")),
        ("Titre propre,Date de diffusion,Chaîne,Résumé,Transcription", f"La fanfare,14/02/2024,Chaîne Une,Court,{ONE}",
         ("Chaîne Une", "La fanfare", ONE, "2024-02-14 00:00")),
        ("responded_url,plain_text,published_date,title,sitename,publisher",
         f"https://fanal.example/1,{ONE},2024-02-14,La fanfare,Le Fanal,fanal.example",
         ("Le Fanal", "La fanfare", ONE, "2024-02-14 00:00")),
    ],
    ids=["a snapshot of Factiva", "pages by minet", "Inathèque", "CC-News"],
)  # fmt: skip
def test_columns_of_known_databases_are_understood(tmp_path, header, values, found):
    cells = [f'"{cell}"' for cell in values.replace(", ", "§").split(",")]
    ((row,), rejects) = read(tmp_path / "a.csv", f"{header}\n{','.join(cells).replace('§', ', ')}\n")
    assert (row["outlet"], row["title"], row["text"], when(row)) == found
    assert rejects == []


RULE = "_" * 60
PROQUEST = "\n\n".join(
    [
        *(RULE, "Report Information from ProQuest", RULE, "Document 1 of 2", "La fanfare joue", "Author: Rivet, Anne"),
        *("Publication info: Le Fanal ; Bourg [Bourg]. 12 Mar 2025: A1.", "Abstract: Court.", f"Full text: {ONE}"),
        *("Subject: un air connu.", TWO, "Subject: Fanfares; Kiosques", "Location: Bourg"),
        *("Publication title: Le Fanal; Bourg", "Pages: A1", "Publication date: Mar 12, 2025"),
        *("Language of publication: French", "ProQuest document ID: 111"),
        *("Document URL: https://www.proquest.com/docview/111", RULE, "Document 2 of 2", "Sans texte"),
        *("Publication title: Le Fanal; Bourg", "Publication date: Mar 13, 2025", "ProQuest document ID: 112", RULE),
        "Contact us at: proquest",
    ]
)


def test_a_text_of_proquest_is_as_many_articles_as_it_has_documents(tmp_path):
    ((row,), rejects) = read(tmp_path / "a.txt", PROQUEST)
    assert (row["title"], row["text"], row["outlet"], row["lang"], when(row)) == (
        "La fanfare joue", f"{ONE}\nSubject: un air connu.\n{TWO}", "Le Fanal", "fr", "2025-03-12 00:00"
    )  # fmt: skip
    assert (extra(row)["author"], row["article_id"], row["url"]) == (
        "Rivet, Anne", "111", "https://www.proquest.com/docview/111"
    )  # fmt: skip
    assert [(reject["article_id"], reject["reason"]) for reject in rejects] == [("112", "an article without text")]
