"""JSON-LD in the shapes that sites write it in."""

import json

import pytest

from dedup.intake.pages import page_rows

TEXT = " ".join(["Le conseil de Marneville a voté mardi la fermeture de la piscine olympique du vieux quartier."] * 5)
ARTICLE = {"@type": "NewsArticle", "headline": "La piscine", "datePublished": "2025-03-12T11:00:00+01:00"}


def rows(script, head="", body=""):
    script = script if isinstance(script, str) else json.dumps(script)
    html = (
        f'<!doctype html><html><head>{head}<script type="application/ld+json">{script}</script></head>'
        f"<body>{body}<main><article><h1>La piscine</h1><p>{TEXT}</p></article></main></body></html>"
    )
    return [row for _, row in page_rows(html, "https://fanal.example/a-1")]


def authors(script, **page):
    return rows(script, **page)[0].get("author")


def test_a_reference_by_id_is_the_object_that_it_means():
    graph = [
        {**ARTICLE, "author": {"@id": "#anne"}, "publisher": {"@id": "#fanal"}},
        {"@type": "Person", "@id": "#anne", "name": "Anne Leroux"},
        {"@type": "Organization", "@id": "#fanal", "name": "Le Fanal"},
    ]
    (row,) = rows({"@graph": graph})
    assert (row["author"], row["source_name"]) == (["Anne Leroux"], "Le Fanal")


@pytest.mark.parametrize(
    "author",
    [
        [[{"name": "Anne Leroux"}], [{"name": "AFP"}]],
        [{"givenName": "Anne", "familyName": "Leroux"}, "AFP"],
        [{"name": ["Anne Leroux", "AFP"]}],
        [{"name": "Anne&nbsp;Leroux"}, {"@type": "Organization", "name": " AFP "}],
    ],
)
def test_authors_are_found_in_lists_parts_and_entities(author):
    assert authors({**ARTICLE, "author": author}) == ["Anne Leroux", "AFP"]


@pytest.mark.parametrize(
    "around",
    ["<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/*<![CDATA[*/ {} /*]]>*/", "[[{}]]", '{}\n{{"@type":"WebSite"}}', "{};"],
)
def test_what_stands_around_the_json_does_not_hide_it(around):
    assert authors(around.format(json.dumps({**ARTICLE, "author": "AFP"}))) == ["AFP"]


def test_a_comma_too_many_does_not_hide_it():
    assert authors(json.dumps({**ARTICLE, "author": "AFP"})[:-1] + ",\n}") == ["AFP"]


def test_the_object_of_this_page_counts_and_not_that_of_another_story():
    other = {**ARTICLE, "headline": "Le musée", "author": "Luc Petit"}
    listed = {"@type": "ItemList", "itemListElement": [{"item": other}]}
    assert authors([listed, other, {**ARTICLE, "author": "AFP"}]) == ["AFP"]


def test_meta_elements_add_the_agency_that_json_ld_leaves_out():
    head = '<meta name="author" content="Anne Leroux avec AFP">'
    assert authors({**ARTICLE, "author": "Anne Leroux"}, head=head) == ["Anne Leroux", "Anne Leroux avec AFP"]
    both = [{"name": "Anne Leroux"}, {"name": "AFP"}]
    assert authors({**ARTICLE, "author": both}, head='<meta name="author" content="Anne Leroux et AFP">') == [
        "Anne Leroux",
        "AFP",
    ]


def test_a_part_that_readers_pay_for_closes_the_page():
    part = {"@type": "WebPageElement", "isAccessibleForFree": "False"}
    assert rows({**ARTICLE, "hasPart": part})[0]["access"] == "closed"
    assert rows({**ARTICLE, "isAccessibleForFree": "http://schema.org/True"})[0]["access"] == "open"


def test_entries_of_a_live_blog_are_read_whatever_holds_their_text():
    posts = [
        {"headline": "Un", "articleBody": f"<p>{TEXT}</p><p>Fin.</p>", "datePublished": "2025-03-12T09:00:00Z"},
        {"headline": "Deux", "text": TEXT, "author": {"name": "AFP"}},
    ]
    found = rows({"@graph": [{"@type": "LiveBlogPosting", "headline": "Direct", "liveBlogUpdate": posts}]})
    assert [(row["title"], row["text"]) for row in found] == [("Un", f"{TEXT}\nFin."), ("Deux", TEXT)]


def test_by_line_and_time_are_those_next_to_the_headline():
    """The menu of the page shows another story with its own."""
    menu = '<nav><time datetime="2024-01-01">x</time><span class="author">Luc Petit</span></nav>'
    html = (
        f"<!doctype html><html><body>{menu}<main><article><h1>La piscine</h1>"
        f"<p class='signature'>Anne Leroux avec AFP</p>"
        f'<time datetime="2025-03-12T11:00:00+01:00">x</time><p>{TEXT}</p></article></main></body></html>'
    )
    ((_, row),) = page_rows(html)
    assert (row["published_at"], row["byline"]) == ("2025-03-12T11:00:00+01:00", "Anne Leroux avec AFP")


def test_a_date_that_is_only_printed_is_read_where_the_page_marks_it():
    html = (
        "<!doctype html><html><body><article><h1>La piscine</h1>"
        f"<span class='meta__date'>Publié le 12 mars 2025 à 11h05 - Mis à jour le 13 mars 2025</span>"
        f"<p>{TEXT}</p></article></body></html>"
    )
    ((_, row),) = page_rows(html)
    assert row["published_at"] == "12 mars 2025 à 11h05"
