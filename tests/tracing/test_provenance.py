"""Provenance: laws of the tables on every small corpus, and small corpora in which one thing happens."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import prose, run_articles

from dedup import schemas
from dedup.arrays import Corpus
from dedup.store import disk
from dedup.tracing import sources

NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)


def at(hours: float) -> str:
    return (NOON + timedelta(hours=hours)).isoformat()


def dispatch(hours: float, *paragraphs: str, **more) -> dict:
    return {"text": "\n".join(paragraphs), "is_wire": True, "published_at": at(hours), **more}


def story(outlet: str, hours: float | None, *paragraphs: str, **more) -> dict:
    dated = {} if hours is None else {"published_at": at(hours)}
    return {"text": "\n".join(paragraphs), "outlet": outlet, **dated, **more}


def seconds(low: datetime | None) -> int | None:
    return None if low is None else int(low.timestamp())


# laws of the tables


def test_ids_are_unique_and_point_to_rows_that_exist(snapshot):
    articles = {row["article_id"] for row in snapshot.rows("articles")}
    assert len(articles) == len(snapshot.rows("articles"))
    for name, key in (
        ("passages", "passage_id"),
        ("provenance", "passage_id"),
        ("clusters", "cluster_id"),
        ("article_provenance", "article_id"),
    ):
        keys = [row[key] for row in snapshot.rows(name)]
        assert len(set(keys)) == len(keys)
    passages = {row["passage_id"]: row for row in snapshot.rows("passages")}
    assert passages.keys() == {row["passage_id"] for row in snapshot.rows("provenance")}
    assert {row["cluster_id"] for row in passages.values()} == {row["cluster_id"] for row in snapshot.rows("clusters")}
    assert {row["article_id"] for row in snapshot.rows("article_provenance")} == articles
    for row in snapshot.rows("matches"):
        for side in ("left", "right"):
            if row["rewrite"]:  # reworded sentences are listed and make no passage
                assert row[f"{side}_passage_id"] is None
                continue
            passage = passages[row[f"{side}_passage_id"]]
            assert (passage["article_id"], passage["paragraph"]) == (
                row[f"{side}_article_id"],
                row[f"{side}_paragraph"],
            )
            assert passage["begin"] <= row[f"{side}_begin"] < row[f"{side}_end"] <= passage["end"]


def test_an_article_has_one_date_in_every_table(snapshot):
    dates = {row["article_id"]: row["published_at"] for row in snapshot.rows("articles")}
    for name in ("provenance", "article_provenance"):
        assert all(row["published_at"] == dates[row["article_id"]] for row in snapshot.rows(name))


def test_every_span_begins_and_ends_with_a_word_of_its_paragraph(snapshot):
    places = [(row["article_id"], row["paragraph"], row["begin"], row["end"]) for row in snapshot.rows("passages")]
    places += [
        tuple(row[f"{side}_{name}"] for name in ("article_id", "paragraph", "begin", "end"))
        for row in snapshot.rows("matches")
        for side in ("left", "right")
    ]
    places += [
        tuple(row[f"source_{name}"] for name in ("article_id", "paragraph", "begin", "end"))
        for row in snapshot.rows("provenance")
        if row["source_article_id"]
    ]
    for article, paragraph, begin, end in places:
        line = snapshot.lines[article, paragraph]
        assert 0 <= begin < end <= len(line)
        assert line[begin].isalnum()
        assert not (begin and line[begin - 1].isalnum())
        assert not (end < len(line) and line[end].isalnum())


def test_paragraphs_slice_the_text_that_was_read(snapshot):
    lines = defaultdict(list)
    for row in snapshot.rows("paragraphs"):
        lines[row["article_id"]].append(row)
    for rows in lines.values():
        assert [row["paragraph"] for row in rows] == list(range(len(rows)))
        assert all(row["end"] - row["begin"] == len(row["text"]) for row in rows)
        assert all(one["end"] < other["begin"] for one, other in pairwise(rows))


def test_the_left_side_of_a_match_is_the_smaller_id(snapshot):
    for row in snapshot.rows("matches"):
        assert row["left_article_id"] < row["right_article_id"]
        assert row["matched_words"] <= min(row["left_words"], row["right_words"])
        for side in ("left", "right"):
            assert 0 < row[f"containment_{side}"] <= 1
        assert 0 <= row["quotation_share"] <= 1
        assert 0 <= row["confidence"] <= 1
        assert row["edit_class"] in schemas.EDIT_CLASSES


def test_the_six_shares_of_every_article_add_up_to_exactly_one(snapshot):
    columns = [snapshot.table("article_provenance")[f"share_{name}"].to_numpy() for name in schemas.SHARES]
    for order in (columns, columns[::-1]):
        total = np.zeros(len(columns[0]), np.float32)
        for column in order:
            total += column
        assert (total == 1).all()
    for row in snapshot.rows("article_provenance"):
        assert row["n_words"] == sum(
            p["n_words"] for p in snapshot.rows("paragraphs") if p["article_id"] == row["article_id"]
        )
        assert row["copy_rate"] + row["originality_rate"] == pytest.approx(1)
        assert 0 <= row["share_estimated"] <= 1 + 1e-6
        assert 0 <= row["p_agency"] <= 1
        assert 0 <= row["share_found"] <= 1 + 1e-6
        assert row["derivation"] in (*schemas.DERIVATIONS, None)
        assert row["evidence"] in schemas.EVIDENCE


def test_a_cluster_is_named_and_quoted_after_its_earliest_passage(snapshot):
    when = {row["article_id"]: row["published_at"] for row in snapshot.rows("articles")}
    members = defaultdict(list)
    for row in snapshot.rows("passages"):
        members[row["cluster_id"]].append(row)
    for cluster in snapshot.rows("clusters"):
        rows = members[cluster["cluster_id"]]
        [head] = [row for row in rows if row["passage_id"] == cluster["cluster_id"]]
        assert cluster["text"] == snapshot.lines[head["article_id"], head["paragraph"]][head["begin"] : head["end"]]
        assert cluster["size"] == len(rows) >= 1
        assert cluster["n_articles"] == len({row["article_id"] for row in rows})
        times = [when[row["article_id"]] for row in rows if when[row["article_id"]]]
        assert (cluster["first_at"] is None) == (cluster["last_at"] is None) == (not times)
        if times:  # a date without an hour begins when its day begins where the outlet is
            assert timedelta(0) <= min(times) - cluster["first_at"] <= timedelta(hours=14)
            assert abs(max(times) - cluster["last_at"]) <= timedelta(hours=14)
        assert 0 <= cluster["overlap_min"] <= 1
        assert cluster["overlap_min"] <= cluster["overlap_mean"] + 1e-6 or cluster["size"] == 1


def test_a_source_is_in_the_same_cluster_and_not_later_unless_it_is_a_dispatch(snapshot):
    articles = snapshot.by_article("articles")
    passages = {row["passage_id"]: row for row in snapshot.rows("passages")}
    places = defaultdict(set)
    for row in passages.values():
        places[row["article_id"], row["paragraph"]].add((row["begin"], row["end"], row["cluster_id"]))
    for row in snapshot.rows("provenance"):
        source = row["source_article_id"]
        if source is None:
            assert (
                row["edit_class"] is row["containment"] is row["lag_low"] is row["lag_high"] is row["direction"] is None
            )
            continue
        assert source != row["article_id"]
        assert (row["source_begin"], row["source_end"], row["cluster_id"]) in places[source, row["source_paragraph"]]
        assert articles[source]["is_wire"] or not articles[row["article_id"]]["is_wire"]
        assert 0 < row["containment"] <= 1
        if row["lag_low"] is None:
            assert row["direction"] == "unknown"
            assert None in (articles[source]["published_at"], row["published_at"])
        else:
            assert row["lag_low"] <= row["lag_high"]
            expected = "after" if row["lag_low"] > 0 else "before" if row["lag_high"] < 0 else "tie"
            assert row["direction"] == expected
            assert articles[source]["is_wire"] or row["lag_high"] >= 0


def test_a_passage_names_the_outlet_of_its_source_and_the_agency_of_a_dispatch(snapshot):
    articles = snapshot.by_article("articles")
    origin = {row["cluster_id"]: row["origin"] for row in snapshot.rows("clusters")}
    words = {row["passage_id"]: row["n_words"] for row in snapshot.rows("passages")}
    for row in snapshot.rows("provenance"):
        source = articles.get(row["source_article_id"])
        expected = (None, None) if source is None else (source["agency"] or source["outlet"], source["is_wire"])
        assert (row["source_outlet"], row["source_is_wire"]) == expected
        assert (row["origin"], row["n_words"]) == (origin[row["cluster_id"]], words[row["passage_id"]])


def test_the_middle_of_a_lag_lies_between_its_ends_and_is_known_when_both_times_are(snapshot):
    articles = snapshot.by_article("articles")
    for name, end in (("provenance", "source_article_id"), ("article_provenance", "best_source")):
        for row in snapshot.rows(name):
            if row["lag_low"] is None:
                assert (row["lag_mid"], row["lag_known"]) == (None, False)
                continue
            assert max(row["lag_low"], min(row["lag_high"], 0)) <= row["lag_mid"] <= row["lag_high"]
            exact = {articles[article]["date_precision"] for article in (row["article_id"], row[end])}
            assert row["lag_known"] == (exact <= {"second", "minute"})


def test_a_naive_median_of_the_middles_is_the_outlets_median(examples):
    lags = defaultdict(list)
    for row in examples.rows("article_provenance"):
        if row["derivation"] in ("wholly", "partially") and not row["is_wire"] and row["lag_mid"] is not None:
            lags[row["outlet"]].append(row["lag_mid"])
    assert {row["outlet"]: row["lag_median"] for row in examples.rows("outlets")} == {
        row["outlet"]: median(lags[row["outlet"]]) if lags[row["outlet"]] else None for row in examples.rows("outlets")
    }


def test_every_file_says_what_a_row_and_what_each_column_is(examples):
    for name in schemas.TABLES:
        kept = examples.table(name).schema
        assert kept.metadata[b"doc"].decode() == schemas.ROWS[name]
        assert all(field.metadata[b"doc"] for field in kept)


def test_one_carrier_at_most_is_first_in_a_cluster_and_it_is_no_dispatch(snapshot):
    articles = snapshot.by_article("articles")
    first = defaultdict(set)
    for row in snapshot.rows("provenance"):
        if row["first_carrier"]:
            first[row["cluster_id"]].add(row["first_carrier"])
            assert not articles[row["first_carrier"]]["is_wire"]
        if row["is_first"]:
            assert row["article_id"] == row["first_carrier"]
            assert not row["is_tie"]
    assert all(len(named) == 1 for named in first.values())


# small corpora


def test_a_copy_is_traced_to_its_dispatch_with_its_lag(tmp_path):
    text = prose(1), prose(2)
    found = run_articles(tmp_path, dispatch(0, *text), story("Gazette", 2, prose(3), *text))
    rows = [row for row in found.rows("provenance") if row["article_id"] == "1"]
    assert [(row["source_article_id"], row["source_paragraph"], row["paragraph"]) for row in rows] == [
        ("0", 0, 1),
        ("0", 1, 2),
    ]
    for row in rows:
        assert (row["lag_low"], row["lag_high"]) == (7_200, 7_200)
        assert (row["direction"], row["edit_class"], row["containment"]) == ("after", "verbatim", 1.0)
        assert (row["agency"], row["agency_basis"], row["is_first"]) == ("AFP", "feed", True)
    article = found.by_article("article_provenance")["1"]
    assert article["best_source"] == "0"
    assert article["share_verbatim"] == pytest.approx(2 / 3, abs=0.01)


def test_a_passage_is_traced_to_its_dispatch_even_when_another_outlet_printed_it_first(tmp_path):
    found = run_articles(
        tmp_path,
        dispatch(1, prose(1)),
        story("Gazette", 0, prose(1), prose(2)),
        story("Courrier", 2, prose(1), prose(3)),
    )
    sources = {row["article_id"]: row["source_article_id"] for row in found.rows("provenance")}
    assert sources == {"0": None, "1": "0", "2": "0"}
    assert {row["first_carrier"] for row in found.rows("provenance")} == {"1"}


def test_earlier_background_of_a_paper_is_no_source_of_a_later_dispatch(tmp_path):
    found = run_articles(
        tmp_path,
        story("Gazette", 0, prose(1), prose(2)),
        dispatch(5, prose(1), prose(3)),
        story("Courrier", 6, prose(1), prose(4)),
    )
    rows = {row["article_id"]: row for row in found.rows("provenance")}
    assert rows["1"]["source_article_id"] is None
    assert (rows["0"]["source_article_id"], rows["0"]["direction"]) == ("1", "before")
    assert rows["2"]["source_article_id"] == "1"
    assert {row["first_carrier"] for row in rows.values()} == {"0"}  # who carried it first is another question


def test_the_manifest_counts_who_was_first_and_what_the_outlet_tables_leave_out(tmp_path):
    found = run_articles(
        tmp_path,
        dispatch(0, prose(1)),
        story("Gazette", 1, prose(1), prose(2)),
        story("Courrier", None, prose(8)),
        story("Gazette", 3, prose(5)),
        {"text": prose(5), "published_at": at(4)},
        story("Courrier", 5, prose(5)),
    )
    counts = disk.read_manifest(disk.latest(found.out) / disk.MANIFEST)["counts"]
    assert (counts["clusters_agency_first"], counts["clusters_without_dispatch"]) == (1, 1)
    assert (counts["clusters_outlet_first"], counts["clusters_unknown"]) == (0, 0)
    assert (counts["articles_without_outlet"], counts["articles_without_day"]) == (1, 1)


def test_a_stamp_over_the_prose_of_another_agency_is_kept_apart_from_it(tmp_path):
    witness = "« Le pont a tremblé toute la nuit », a raconté une riveraine à l'AFP, encore sous le choc mardi matin."
    found = run_articles(
        tmp_path,
        story("Gazette", 0, prose(1), witness, prose(2), "(ats/nxp)"),
        story("Courrier", 1, prose(1), witness, prose(2)),
    )
    rows = found.by_article("article_provenance")
    assert (rows["0"]["credited_agency"], rows["0"]["credit_status"]) == ("ATS", "credited_full")
    assert {row["agency"] for row in rows.values()} == {"AFP"}
    assert {row["agency_basis"] for row in rows.values()} == {"credited_member"}


def test_a_derived_article_has_an_agency_even_when_no_other_text_shows_its_prose(tmp_path):
    found = run_articles(tmp_path, story("Gazette", 0, prose(1), prose(2), "(Belga)"), story("Courrier", 1, prose(8)))
    rows = found.by_article("article_provenance")
    assert (rows["0"]["derivation"], rows["0"]["agency"], rows["0"]["agency_basis"]) == (
        "wholly",
        "Belga",
        "credited_member",
    )
    assert (rows["1"]["derivation"], rows["1"]["agency"], rows["1"]["agency_basis"]) == ("non", None, "none")


def test_without_a_dispatch_the_earliest_carrier_is_the_source(tmp_path):
    found = run_articles(
        tmp_path, *(story(f"Titre {n}", hour, prose(1), prose(10 + n)) for n, hour in enumerate((5, 3, 9)))
    )
    sources = {row["article_id"]: row["source_article_id"] for row in found.rows("provenance")}
    assert sources == {"0": "1", "1": None, "2": "1"}
    [cluster] = found.rows("clusters")
    assert (cluster["n_outlets"], cluster["first_at"]) == (3, NOON + timedelta(hours=3))


def test_a_day_without_an_hour_is_an_interval_and_no_certain_first(tmp_path):
    found = run_articles(
        tmp_path,
        story("Gazette", 0, prose(1), prose(2)),
        {**story("Courrier", None, prose(1), prose(3)), "published_at": "2025-03-10"},
    )
    rows = {row["article_id"]: row for row in found.rows("provenance")}
    assert rows["0"]["source_article_id"] is None
    assert rows["1"]["source_article_id"] == "0"
    assert rows["1"]["lag_low"] < 0 < rows["1"]["lag_high"]
    assert rows["1"]["direction"] == "tie"
    assert not rows["0"]["is_first"]
    assert rows["0"]["is_tie"]
    assert rows["1"]["is_tie"]


def test_an_article_without_a_date_comes_last_and_makes_nobody_certainly_first(tmp_path):
    found = run_articles(tmp_path, story("Gazette", None, prose(1), prose(2)), story("Courrier", 0, prose(1), prose(3)))
    rows = {row["article_id"]: row for row in found.rows("provenance")}
    assert rows["0"]["source_article_id"] == "1"
    assert (rows["0"]["lag_low"], rows["0"]["direction"]) == (None, "unknown")
    assert not rows["1"]["is_first"]


def test_the_second_version_of_a_dispatch_is_the_source_of_what_it_added(tmp_path):
    found = run_articles(
        tmp_path,
        dispatch(0, prose(1), prose(2)),
        dispatch(1, prose(1), prose(2), prose(3)),
        story("Gazette", 2, prose(1), prose(2), prose(3)),
    )
    articles = found.by_article("articles")
    assert [(articles[n]["wire_id"], articles[n]["revision"]) for n in "01"] == [("0", 0), ("0", 1)]
    rows = {row["paragraph"]: row for row in found.rows("provenance") if row["article_id"] == "2"}
    assert (rows[2]["source_article_id"], rows[2]["source_revision"]) == ("1", 1)
    assert {row["source_revision"] for row in rows.values()} <= {0, 1}


def test_prose_inside_one_owner_is_its_own_and_not_copied(tmp_path):
    outlets = tmp_path / "outlets.csv"
    outlets.write_text(
        "outlet,domain,owner,country\nPhare,phare.example,Maison,FR\nLittoral,littoral.example,Maison,FR\n", "utf-8"
    )
    found = run_articles(
        tmp_path, story("Phare", 0, prose(1), prose(2)), story("Littoral", 3, prose(1), prose(3)), outlets_file=outlets
    )
    assert all(row["same_owner"] for row in found.rows("matches"))
    for row in found.rows("article_provenance"):
        assert (row["share_own"], row["copy_rate"]) == (1.0, 0.0)
        assert row["share_same_owner"] == pytest.approx(0.5)
    [cluster] = found.rows("clusters")
    assert (cluster["n_outlets"], cluster["n_owner_groups"]) == (2, 1)


def test_articles_further_apart_than_the_window_are_not_compared(tmp_path):
    texts = [story("Gazette", 0, prose(1)), story("Courrier", 24 * 8, prose(1))]
    assert run_articles(tmp_path / "far", *texts).rows("matches") == []
    assert len(run_articles(tmp_path / "near", *texts, window_days=9).rows("matches")) == 1


def test_a_quotation_and_a_copied_paragraph_in_one_place_have_their_own_ids(tmp_path):
    quotation = "« " + " ".join(prose(1, 40).split()[:24]).replace(".", ",") + " », a-t-elle dit."
    found = run_articles(
        tmp_path,
        story("Gazette", 0, prose(2, 60), quotation),
        story("Courrier", 1, prose(3, 60), quotation),
        story("Fanal", 2, quotation, prose(2, 60), prose(9, 150)),
        story("Phare", 3, quotation, prose(9, 150)),
    )
    for name, key in (("passages", "passage_id"), ("clusters", "cluster_id")):
        assert max(Counter(row[key] for row in found.rows(name)).values()) == 1


# functions


def corpus(intervals: list[tuple[int, int] | None]) -> Corpus:
    low = [sources.UNKNOWN_TIME if interval is None else min(interval) for interval in intervals]
    high = [sources.LATE if interval is None else max(interval) for interval in intervals]
    dated = [interval is not None for interval in intervals]
    nothing = np.zeros(len(intervals), np.int64)
    return Corpus(
        np.array(low, np.int64),
        np.array(high, np.int64),
        np.array(dated, bool),
        nothing,
        nothing,
        nothing > 0,
        nothing,
        nothing,
        nothing > 0,
    )


times = st.none() | st.tuples(st.integers(-(10**9), 10**10), st.integers(-(10**9), 10**10))


@given(times, times, st.data())
def test_a_lag_holds_every_pair_of_moments_that_the_two_dates_can_mean(one, other, data):
    low, high, known = sources.lags(corpus([one, other]), np.array([0]), np.array([1]), np.array([True]))
    assert known[0] == (one is not None and other is not None)
    if known[0]:
        carried, sourced = (data.draw(st.integers(min(interval), max(interval))) for interval in (one, other))
        assert low[0] <= carried - sourced <= high[0]
        assert (low[0], high[0]) == (min(one) - max(other), max(one) - min(other))


@given(st.lists(st.tuples(times, st.text("ab", min_size=1, max_size=4)), max_size=8))
def test_passages_stand_in_the_order_of_their_last_moment_then_of_their_ids(rows):
    ids = np.array([name for _, name in rows], "U16")
    order = sources.order_in_time(corpus([interval for interval, _ in rows]), np.arange(len(rows)), ids)

    def key(row: int) -> tuple:
        interval, name = rows[row]
        return interval is None, max(interval or (0, 0)), name

    assert [key(row) for row in order.tolist()] == sorted(map(key, range(len(rows))))
