"""The flow that feeds an inbox: which feeds it asks, and what it says of what came. It runs in test_provenance_flow."""

import pytest

from dedup.surfaces.fetch import Fetched
from flows.collect import addresses_of, verdict

A, B = "https://fanal.example/rss.xml", "https://bouee.example/atom.xml"


def test_feeds_are_addresses_and_lists_of_them_each_once(tmp_path):
    opml = tmp_path / "feeds.opml"
    opml.write_text(f'<opml version="2.0"><body><outline xmlUrl="{A}"/><outline xmlUrl="{B}"/></body></opml>')
    assert addresses_of([str(opml), A]) == [A, B]


@pytest.mark.parametrize(
    ("faults", "failed", "said"),
    [
        ([], False, "3 new articles from 2 of 2 feeds"),
        ([(f"{A}/page", "404")], False, "3 new articles from 2 of 2 feeds; 1 addresses could not be had"),
        ([(A, "no answer")], False, "3 new articles from 1 of 2 feeds"),
        ([(A, "no answer"), (B, "no answer")], True, "from 0 of 2 feeds; 2 addresses could not be had, most often (2)"),
    ],
)
def test_the_run_fails_only_when_no_feed_could_be_had(faults, failed, said):
    found = verdict(Fetched(None, 3, faults), [A, B])
    assert found[0] == failed and said in found[1]
