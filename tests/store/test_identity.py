"""Which rows are articles of their own: pages that were saved twice, and addresses that are no article's."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from dedup.schemas import MADE_ID
from dedup.store import holdings, identity

POOL = "Le conseil de Marneville ferme la piscine après une séance houleuse et le bassin sera vidé en avril prochain."
LONGER = f"{POOL} Les nageurs ont manifesté devant la mairie."
MUSEUM = "Trois apprentis ont restauré les horloges du musée de Quesnoy, que les visiteurs admirent le dimanche à midi."
NOON = datetime(2025, 3, 12, 11, tzinfo=UTC)
LATER = datetime(2025, 3, 13, 11, tzinfo=UTC)


PAGE = "https://fanal.example/piscine"


def shown(*pages: tuple[str, datetime | None], made: bool = True, urls: tuple[str, ...] = ()):
    """The texts that are shown of some pages of one outlet and one or more addresses, and what is noted of them."""
    names = [f"{MADE_ID if made else 'f-'}{number:02d}" for number in range(len(pages))]
    columns = {
        "article_id": names,
        "outlet": ["Le Fanal"] * len(pages),
        "is_wire": [False] * len(pages),
        "url": list(urls) or [PAGE] * len(pages),
        "digest": [text for text, _ in pages],
        "published_at": [date for _, date in pages],
        "serial": list(range(len(pages))),
        "file": ["a.warc"] * len(pages),
        "position": list(range(len(pages))),
    }
    rows = pa.table(columns, schema=pa.schema([holdings.KEPT.field(name) for name in identity.IDENTITY]))
    found = identity.resolve(rows, lambda wanted: [pages[row][0] for row in wanted])
    return [pages[row][0] for row in found.shown], list(found.notes.values()), found.older


@pytest.mark.parametrize("dates", [(NOON, NOON), (None, NOON), (NOON, None), (None, None)])
def test_a_page_that_was_saved_twice_is_one_article_in_its_last_version(dates):
    texts, notes, older = shown((POOL, dates[0]), (LONGER, dates[1]))
    assert texts == [LONGER]
    assert older == 1
    assert [version["digest"] for version in notes[0]["older_versions"]] == [POOL]


@pytest.mark.parametrize(
    "url",
    [f"{PAGE}?utm_source=rss", f"{PAGE}/amp", "http://www.fanal.example/piscine/#avis", f"{PAGE}?xtor=RSS-1&amp=1"],
)
def test_what_leads_to_a_page_makes_no_second_one_of_it(url):
    texts, _, older = shown((POOL, NOON), (LONGER, NOON), urls=(PAGE, url))
    assert (texts, older) == ([LONGER], 1)
    assert shown((POOL, NOON), (LONGER, NOON), urls=(PAGE, f"{PAGE}?id=2"))[0] == [POOL, LONGER]


def test_a_bulletin_that_is_printed_at_one_address_each_day_stays_an_article_a_day():
    assert shown((POOL, NOON), (LONGER, LATER))[0] == [POOL, LONGER]


def test_texts_of_one_address_that_have_nothing_in_common_are_articles_of_their_own():
    assert shown((POOL, NOON), (MUSEUM, NOON))[0] == [POOL, MUSEUM]


def test_an_id_that_the_input_gave_is_not_hidden_by_an_address():
    assert shown((POOL, NOON), (LONGER, NOON), made=False)[0] == [POOL, LONGER]


def test_an_address_of_many_texts_is_that_of_a_list():
    pages = [(f"{POOL} Fin numéro {number}.", NOON) for number in range(identity.MOST_SAVED + 1)]
    assert len(shown(*pages)[0]) == len(pages)
    assert len(shown(*pages[1:])[0]) == 1
