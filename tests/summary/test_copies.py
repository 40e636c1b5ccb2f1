"""COPIES: who had the words of whom, agency text set apart."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

import pyarrow as pa
from summaries import articles, outlet, passage, provenance, shuffled, wire

from dedup import schemas
from dedup.summary.copies import copies


def traced(name: str, outlet: str, source: str, source_outlet: str, **more: object) -> dict:
    return passage(name, source, outlet=outlet, **{
        "source_outlet": source_outlet, "source_is_wire": False, "n_words": 20, "direction": "after", "lag_mid": 60.0,
        "origin": "shared", "evidence": "none", "same_owner": False, "credit_status": "none", **more,
    })  # fmt: skip


KNOWN = articles(wire("w"), outlet("a", "Le Phare"), outlet("b", "La Digue"), outlet("c", "La Digue"))


def test_what_an_agency_sent_is_told_apart_from_what_an_outlet_had_first():
    made = copies(KNOWN, provenance(
        traced("a", "Le Phare", "w", "AFP", source_is_wire=True, evidence="dispatch", credit_status="credited_full"),
        traced("b", "La Digue", "a", "Le Phare", evidence="attested", lag_mid=100.0),
        traced("c", "La Digue", "a", "Le Phare", evidence="suspected", origin="unknown"),
        traced("c", "La Digue", "a", "Le Phare", passage_id="q", lag_mid=None),
    )).to_pylist()  # fmt: skip
    assert [(row["outlet_from"], row["outlet_to"], row["origin"]) for row in made] == [
        ("AFP", "Le Phare", "agency"),
        ("Le Phare", "La Digue", "agency"),
        ("Le Phare", "La Digue", "shared"),
        ("Le Phare", "La Digue", "suspected"),
    ]
    assert made[0]["share_credited"] == 1 and made[1]["lag_median"] == 100 and made[2]["lag_median"] is None


def test_where_the_dates_do_not_tell_no_outlet_is_named_first():
    rows = [
        traced("a", "Le Phare", "b", "La Digue", direction="tie"),
        traced("b", "La Digue", "a", "Le Phare", direction="unknown", passage_id="q"),
    ]
    (row,) = copies(KNOWN, provenance(*rows)).to_pylist()
    assert (row["outlet_from"], row["outlet_to"], row["directed"]) == ("La Digue", "Le Phare", False)
    assert (row["n_articles"], row["n_passages"], row["n_words"], row["lag_median"]) == (2, 2, 40, None)


def test_quotations_boilerplate_and_what_stands_in_one_outlet_are_no_copies():
    rows = [
        traced("b", "La Digue", "a", "Le Phare", share_class="quotation"),
        traced("b", "La Digue", "a", "Le Phare", share_class="boilerplate"),
        traced("b", "La Digue", "c", "La Digue"),
        traced("b", "La Digue", "x", None),
        traced("w", "Le Site", "a", "Le Phare"),
        passage("a", outlet="Le Phare"),
    ]
    assert copies(KNOWN, provenance(*rows)).equals(schemas.COPIES.empty_table())


def test_the_table_of_the_examples_is_that_of_a_plain_reading(examples):
    wires = {row["article_id"] for row in examples.rows("articles") if row["is_wire"]}
    found: dict[tuple, list[dict]] = defaultdict(list)
    for row in examples.rows("provenance"):
        ends = (row["source_outlet"], row["outlet"])
        if None in ends or ends[0] == ends[1] or row["article_id"] in wires:
            continue
        if row["share_class"] in ("quotation", "boilerplate"):
            continue
        rung = row["evidence"]
        origin = rung if rung == "suspected" else row["origin"] if rung == "none" else "agency"
        directed = row["source_is_wire"] or row["direction"] == "after"
        found[*(ends if directed else sorted(ends)), origin, directed].append(row)
    made = examples.rows("copies")
    assert made and [tuple(row[name] for name in schemas.COPIES.names[:4]) for row in made] == sorted(found)
    for row in made:
        rows = found[tuple(row[name] for name in schemas.COPIES.names[:4])]
        lags = [one["lag_mid"] for one in rows if one["lag_mid"] is not None]
        assert row["n_articles"] == len({one["article_id"] for one in rows})
        assert (row["n_passages"], row["n_words"]) == (len(rows), sum(one["n_words"] for one in rows))
        assert row["lag_median"] == (median(lags) if row["directed"] and lags else None)


def test_the_order_of_rows_does_not_matter(examples):
    known, traced = examples.table("articles"), examples.table("provenance")
    made = copies(known, traced)
    assert made.equals(copies(shuffled(known), shuffled(traced)))
    assert made.equals(copies(known, pa.concat_tables([traced.slice(0, 7), traced.slice(7)])))
