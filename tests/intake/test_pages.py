"""Pages: what the page says of itself is kept, other stories are left out, nothing costs more than linear time."""

import gzip
import json
import re
import time
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from dedup.config import Config
from dedup.intake import ingest
from dedup.intake.dates import parse_date
from dedup.intake.pages import is_page, read_page
from dedup.intake.records import Unreadable

FORMATS = Path(__file__).parents[3] / "shared" / "data" / "formats"
needs_formats = pytest.mark.skipif(not FORMATS.exists(), reason="the sample files are not here")

BODY = [
    "La fanfare de Bourg-l’Étang a joué « sans répit » dimanche devant huit cents personnes venues des vallées.",
    "Le maire, ravi, a dansé sur la place avec la doyenne du village, âgée de cent deux ans et coiffée d’un béret.",
    "Les musiciens repartiront vendredi pour une tournée de onze concerts dans les salles des fêtes du plateau.",
]
TEASER = "Le marché aux fleurs du quai rouvrira samedi matin après dix-huit mois de travaux, disent les commerçants."


def page(head="", before="", after="", body=BODY, title="La fanfare joue"):
    text = "".join(f"<p>{line}</p>" for line in body)
    return (
        f"<!doctype html><html lang='fr'><head><meta charset='utf-8'>{head}</head><body><nav><a href='/'>Menu</a></nav>"
        f"<main><article><h1>{title}</h1>{before}{text}</article>{after}</main></body></html>"
    )


def ld(**values):
    return f"<script type='application/ld+json'>{json.dumps(values)}</script>"


def read(tmp_path, content, name="une-page.html"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    articles, rejects = [], []
    for batch, refused in ingest.read([tmp_path / name], Config()):
        articles += batch.to_pylist()
        rejects += refused.to_pylist()
    return articles, rejects


def test_a_page_is_an_article_with_title_paragraphs_and_name(tmp_path):
    ((article,), rejects) = read(tmp_path, page())
    assert (article["article_id"], article["title"], article["lang"]) == ("une-page", "La fanfare joue", "fr")
    assert article["text"].split("\n") == BODY
    assert rejects == []
    ((same,), _) = read(tmp_path, gzip.compress(page().encode()), "une-page.html.gz")
    assert same | {"file": None} == article | {"file": None}


@pytest.mark.parametrize(
    "author",
    [
        {"@type": "Organization", "name": "Le Figaro et AFP"},
        [{"@type": "Organization", "name": "Le Figaro et AFP"}],
        "Le Figaro et AFP",
    ],
)
def test_the_author_of_json_ld_may_be_a_person_an_organisation_or_a_name(author):
    found = read_page(page(ld(**{"@type": "NewsArticle", "headline": "La fanfare joue", "author": author})))
    assert found.row["author"] == ["Le Figaro et AFP"]


def test_json_ld_in_a_graph_gives_dates_owner_and_what_the_story_is_based_on():
    article = {
        "@type": ["ReportageNewsArticle"], "headline": "La fanfare joue", "datePublished": "2025-03-12T11:00:00+01:00",
        "dateModified": "2025-03-12T12:30:00+01:00", "sourceOrganization": {"name": "AFP"},
        "copyrightHolder": {"name": "Groupe Phare"}, "isBasedOn": "https://afp.example/1",
        "isAccessibleForFree": "False",
    }  # fmt: skip
    other = {"@type": "NewsArticle", "headline": "Autre sujet", "datePublished": "2020-01-01", "author": "Reuters"}
    row = read_page(page(ld(**{"@graph": [other, {"@type": "WebSite", "name": "x"}, article]}))).row
    assert row["published_at"] == "2025-03-12T11:00:00+01:00" and row["modified_at"] == "2025-03-12T12:30:00+01:00"
    assert (row["source_organization"], row["copyright_holder"]) == ("AFP", "Groupe Phare")
    assert (row["is_based_on"], row["access"]) == ("https://afp.example/1", "closed")
    assert "author" not in row


def test_meta_elements_count_where_json_ld_is_silent(tmp_path):
    head = (
        '<meta property="article:published_time" content="2025-03-12T11:00:00+01:00"><meta name="author" content="AFP">'
        '<meta property="og:site_name" content="Le Fanal"><link rel="canonical" href="https://fanal.example/fanfare">'
    )
    ((article,), _) = read(tmp_path, page(head))
    assert article["url"] == "https://fanal.example/fanfare" and article["outlet"] == "Le Fanal"
    assert article["published_at"].astimezone(UTC).hour == 10
    assert json.loads(article["extra"])["author"] == ["AFP"]


def test_a_by_line_in_its_own_element_is_kept_and_that_of_another_story_is_not():
    own = "<div class='article__signature'>Le Fanal avec AFP</div>"
    other = "<div class='card'><span class='author'>Reuters</span></div>"
    assert read_page(page(before=own, after=other)).row["byline"] == "Le Fanal avec AFP"
    signed = ld(**{"@type": "NewsArticle", "author": {"name": "Anne Leroux"}})
    assert "byline" not in read_page(page(signed, after=other)).row
    assert read_page(page(signed, "<p class='byline'>Anne Leroux avec AFP</p>")).row["byline"] == "Anne Leroux avec AFP"


@pytest.mark.parametrize(
    "wrap",
    [
        "<section class='related'><h2>À lire aussi</h2><article class='teaser'><p>{}</p></article></section>",
        "<article class='card'><h3>Le marché</h3><p>{}</p></article>",
        "<aside><p>{}</p></aside>",
        "<div id='recommendations'><p>{}</p></div>",
    ],
)
def test_teasers_of_other_stories_are_no_text(wrap):
    assert read_page(page(after=wrap.format(TEASER))).text.split("\n") == BODY


def test_entries_of_a_live_blog_are_articles_with_their_own_times(tmp_path):
    posts = [
        {"@type": "BlogPosting", "headline": f"Point {n}", "articleBody": f"{line} (AFP)",
         "datePublished": f"2025-03-12T1{n}:00:00Z", "url": f"https://fanal.example/direct#{n}"}
        for n, line in enumerate(BODY)
    ]  # fmt: skip
    live = ld(**{"@type": "LiveBlogPosting", "headline": "En direct", "url": "https://fanal.example/direct",
                 "liveBlogUpdate": posts})  # fmt: skip
    articles, _ = read(tmp_path, page(live, body=BODY[:1]))
    assert sorted((row["title"], row["published_at"].hour) for row in articles) == [
        ("Point 0", 10), ("Point 1", 11), ("Point 2", 12)
    ]  # fmt: skip


def test_a_text_that_stands_in_json_ld_only_is_read():
    head = ld(**{"@type": "NewsArticle", "headline": "x", "articleBody": " ".join(BODY)})
    assert read_page(page(head, body=["Chargement."])).text == " ".join(BODY)


def test_a_page_without_article_is_a_reject_with_the_reason(tmp_path):
    head = ld(**{"@type": "NewsArticle", "isAccessibleForFree": False})
    articles, rejects = read(tmp_path, page(head, body=["La suite est réservée."]))
    assert articles == [] and "readers pay" in rejects[0]["reason"] and not rejects[0]["kept"]


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-15", "utf-8"])
def test_a_page_is_decoded_as_it_declares(tmp_path, encoding):
    html = page().replace("charset='utf-8'", f'charset="{encoding}"').replace("’", "'")
    ((article,), rejects) = read(tmp_path, html.encode(encoding))
    assert "Bourg-l'Étang" in article["text"] and rejects == []


@pytest.mark.parametrize("name", ["idna", "undefined", "base64", "nonsense"])
def test_a_declared_encoding_that_is_none_is_passed_over(tmp_path, name):
    ((article,), _) = read(tmp_path, page().replace("charset='utf-8'", f'charset="{name}"'))
    assert "Étang" in article["text"]


UNITS = ("<!---->", "<i>a", "<p>a", "<!-- ", "<a b=", "&#", "<![", "<script>", "<table><tr><td>", "<ul><li>", "<?x")


@pytest.mark.parametrize("unit", UNITS)
def test_no_page_costs_more_than_linear_time(unit):
    def seconds(n):
        html = "<html><body>" + (unit * n)[:n]
        start = time.process_time()
        is_page(html[12:] + "x")
        try:
            read_page(html)
        except Unreadable:
            pass
        return time.process_time() - start

    seconds(20_000)
    assert seconds(160_000) < 16 * seconds(20_000) + 2


def _share(found, expected):
    found, expected = (Counter(re.findall(r"\w+", text)) for text in (found, expected))
    return 2 * (found & expected).total() / (found.total() + expected.total())


@needs_formats
def test_pages_of_fundus_are_read_as_its_answers_say():
    from trafilatura import extract

    answers = {"LeMonde_2023_09_01": "V1", "EuronewsFR_2024_04_30": "V1", "EuronewsFR_2026_01_06": "V1_1",
               "CBCNews_2024_08_08": "V1", "LuxemburgerWort_2025_06_30": "V1", "LuxemburgerWort_2026_07_12": "V2",
               }  # fmt: skip
    ours = theirs = 0.0
    for name, version in answers.items():
        html = gzip.decompress((FORMATS / "fundus_html" / f"fundus__{name}.html.gz").read_bytes()).decode()
        answer = json.loads((FORMATS / "fundus_html" / f"fundus__{name.split('_')[0]}.json").read_text())[version]
        body = answer["body"]
        parts = [line for part in body["sections"] for line in (*part["headline"], *part["paragraphs"])]
        text = "\n".join([*body["summary"], *parts])
        found = read_page(html)
        ours += _share(found.text, text)
        theirs += _share(extract(html, include_comments=False) or "", text)
        expected = parse_date(str(answer["publishing_date"]).replace(" ", "T"))[0]
        assert parse_date(found.row["published_at"])[0] == expected
        if answer["authors"] != ["Le Monde"]:  # fundus takes the site's name; the page names a person
            assert found.row["author"] == answer["authors"]
    assert ours >= theirs - 0.005
