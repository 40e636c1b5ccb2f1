"""The yardstick itself: formulas against hand-computed cases and plain readings, scores against fabricated runs."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.config import Config
from dedup.evaluation import baselines, labels, measures, scoreboard
from dedup.evaluation.measures import SpanPair
from dedup.store import disk

# Invented sentences; one paragraph a line.
WIRE = (
    "Le port de Valmer restera fermé jusqu'à jeudi soir en raison de la houle, a annoncé la préfecture maritime.\n"
    "Une trentaine de chalutiers sont à quai et la criée tournera au ralenti toute la semaine prochaine.\n"
    "« Personne ne sortira tant que le vent ne sera pas tombé », a prévenu le capitaine du port."
)
CARRIER = (
    "La tempête immobilise la flotte.\n"
    "Le port de Valmer restera fermé jusqu’à jeudi soir en raison de la houle, a indiqué la préfecture maritime. "
    "Une trentaine de chalutiers sont à quai et la criée tournera au ralenti toute la semaine prochaine.\n"
    "(avec AFP)"
)
OTHER = "À Brissac, le marché couvert rouvre samedi après huit mois de travaux.\nLes halles accueilleront vingt étals."
BODIES = {"carrier": CARRIER, "other": OTHER, "wire": WIRE}


# --- formulas ---------------------------------------------------------------------------------------------------


def test_pan_of_a_half_found_case_is_computed_by_hand():
    # 100 + 100 code points labelled; two detections: one inside (50 + 50), one half outside on the left (40 + 20).
    case = SpanPair("a", 0, 100, "b", 0, 100)
    first, second = SpanPair("a", 0, 50, "b", 0, 50), SpanPair("a", 80, 120, "b", 80, 100)
    scores = measures.pan([case], [first, second])
    assert scores["recall"] == pytest.approx((50 + 20 + 50 + 20) / 200)
    assert scores["precision"] == pytest.approx((1 + 40 / 60) / 2)
    assert scores["granularity"] == 2
    expected = 2 * (5 / 6) * 0.7 / (5 / 6 + 0.7)
    assert scores["f1"] == pytest.approx(expected)
    assert scores["plagdet"] == pytest.approx(expected / math.log2(3))
    assert scores["micro_recall"] == pytest.approx(140 / 200)
    assert scores["micro_precision"] == pytest.approx(140 / 160)


def test_a_detection_that_meets_a_case_on_one_side_only_is_no_detection():
    scores = measures.pan([SpanPair("a", 0, 10, "b", 0, 10)], [SpanPair("a", 0, 10, "b", 10, 20)])
    assert (scores["precision"], scores["recall"], scores["plagdet"]) == (0, 0, 0)


def test_pan_without_detections_is_zero_with_granularity_one():
    scores = measures.pan([SpanPair("a", 0, 10, "b", 0, 10)], [])
    assert scores["granularity"] == 1
    assert {scores[name] for name in ("precision", "recall", "f1", "plagdet")} == {0}


def test_overlapping_detections_count_their_common_code_points_once():
    case = SpanPair("a", 0, 10, "b", 0, 10)
    twice = [SpanPair("a", 0, 6, "b", 0, 6), SpanPair("a", 4, 10, "b", 4, 10)]
    assert measures.pan([case], twice)["recall"] == 1


spans = st.tuples(st.integers(0, 12), st.integers(1, 8)).map(lambda span: (span[0], span[0] + span[1]))
span_pairs = st.builds(
    lambda texts, left, right: SpanPair(texts[0], *left, texts[1], *right),
    st.sampled_from([("a", "b"), ("b", "a"), ("a", "c")]),
    spans,
    spans,
)


@given(st.lists(span_pairs, min_size=1, max_size=5), st.lists(span_pairs, max_size=5), st.randoms())
def test_pan_equals_its_plain_reading_in_any_order_and_either_side_first(cases, found, shuffler):
    expected = plain_pan(cases, found)
    turned = [SpanPair(*pair[3:], *pair[:3]) for pair in found]
    shuffler.shuffle(turned)
    for scores in (measures.pan(cases, found), measures.pan(cases[::-1], turned)):
        assert {name: scores[name] for name in expected} == pytest.approx(expected)


@given(st.lists(span_pairs, min_size=1, max_size=5, unique_by=lambda pair: pair.oriented()))
def test_finding_exactly_the_cases_has_full_precision_and_recall(cases):
    scores = measures.pan(cases, cases)
    assert (scores["precision"], scores["recall"], scores["micro_recall"]) == (1, 1, 1)


def plain_pan(cases: list[SpanPair], found: list[SpanPair]) -> dict[str, float]:
    """Potthast et al. 2010 with sets of characters."""

    def characters(pair: SpanPair) -> set[tuple[str, str, int]]:
        a, low, high, b, begin, end = pair.oriented()
        pair_name = a + b
        return {(pair_name, a, at) for at in range(low, high)} | {(pair_name, b, at) for at in range(begin, end)}

    def common(s: SpanPair, r: SpanPair) -> set[tuple[str, str, int]]:
        both = characters(s) & characters(r)
        return both if len({side for _, side, _ in both}) == 2 else set()

    precision = [len(set().union(*(common(s, r) for s in cases))) / len(characters(r)) for r in found]
    recall = [len(set().union(*(common(s, r) for r in found))) / len(characters(s)) for s in cases]
    counts = [sum(bool(common(s, r)) for r in found) for s in cases]
    counts = [count for count in counts if count]
    p, r = (sum(values) / len(values) if values else 0 for values in (precision, recall))
    granularity = sum(counts) / len(counts) if counts else 1
    harmonic = 2 * p * r / (p + r) if p + r else 0
    return {"precision": p, "recall": r, "granularity": granularity, "plagdet": harmonic / math.log2(1 + granularity)}


def test_bcubed_is_computed_by_hand():
    # True clusters abc | de; predicted ab | cde.
    truth = [{1}, {1}, {1}, {2}, {2}]
    given = [{1}, {1}, {2}, {2}, {2}]
    scores = measures.bcubed(truth, given)
    assert scores["precision"] == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert scores["recall"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)


def test_an_item_in_two_clusters_is_right_only_when_both_are_found():
    truth = [{1, 2}, {1, 2}]
    assert measures.bcubed(truth, truth)["f1"] == 1
    one = measures.bcubed(truth, [{1}, {1}])
    assert (one["precision"], one["recall"]) == (1, 0.5)


def test_an_empty_clustering_has_full_precision_and_the_recall_of_lone_items():
    scores = measures.bcubed([{1}, {1}, {2}], [set(), set(), set()])
    assert (scores["precision"], scores["recall"]) == (1, pytest.approx((0.5 + 0.5 + 1) / 3))


def test_the_adjusted_rand_index_does_not_look_at_the_names_of_clusters():
    assert measures.adjusted_rand([0, 0, 1, 2], [7, 7, 3, 1]) == 1


def test_components_join_what_links_connect_whatever_their_order():
    links = [(0, 1), (3, 4), (1, 2)]
    assert measures.components(6, links) == measures.components(6, links[::-1]) == [0, 0, 0, 3, 3, 5]


def test_macro_f1_is_computed_by_hand():
    truth = ["wholly", "wholly", "partially", "non"]
    given = ["wholly", "partially", "partially", "non"]
    assert measures.macro_f1(truth, given, schemas.DERIVATIONS) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


classes = st.sampled_from(schemas.DERIVATIONS)


@given(st.lists(st.tuples(classes, classes), min_size=1, max_size=30))
def test_macro_f1_equals_scikit_learn_s(pairs):
    from sklearn.metrics import f1_score

    truth, given = [list(side) for side in zip(*pairs, strict=True)]
    expected = f1_score(truth, given, average="macro", zero_division=0)
    assert measures.macro_f1(truth, given, schemas.DERIVATIONS) == pytest.approx(expected)


def test_calibration_error_is_computed_by_hand():
    # Bins 0.0-0.1 (two items, mean 0.05, none true) and 0.8-0.9 (two items, mean 0.85, one true).
    scores = measures.probability_scores([0, 0, 1, 0], [0.0, 0.1 - 1e-9, 0.85, 0.85])
    assert scores["calibration_error"] == pytest.approx(0.5 * 0.05 + 0.5 * 0.35)
    assert [row["n"] for row in scores["bins"]] == [2, 2]
    assert scores["average_precision"] == pytest.approx(0.5)


def test_a_probability_of_one_lies_in_the_last_bin():
    assert [row["from"] for row in measures.probability_scores([1], [1.0])["bins"]] == [0.9]


@pytest.mark.parametrize(
    ("truth", "probability", "message"),
    [([], [], "no probability"), ([1], [1.5], "outside 0 to 1"), ([1], [math.nan], "outside"), ([1, 0], [1], "length")],
)
def test_probabilities_that_cannot_be_scored_stop_with_a_reason(truth, probability, message):
    with pytest.raises(ValueError, match=message):
        measures.probability_scores(truth, probability)


# --- baselines and brute force ----------------------------------------------------------------------------------


def test_words_are_cut_at_apostrophes_and_lose_accents_and_case():
    assert baselines.words("L’Élysée, l'été 2024 — ŒUVRE") == ["l", "elysee", "l", "ete", "2024", "œuvre"]


def test_lsh_pairs_are_the_ones_that_datasketch_returns_smaller_key_first():
    texts = {"b": WIRE, "a": WIRE, "c": OTHER, "d": "trop court"}
    assert baselines.lsh_pairs(texts, (0.5, 0.9), 5) == {0.5: [("a", "b")], 0.9: [("a", "b")]}


def test_cached_lsh_pairs_are_read_back_as_they_were_found(tmp_path):
    texts = {("a", 0): WIRE, ("b", 1): WIRE}
    first = baselines.cached_lsh_pairs(texts, (0.5,), 3, folder=tmp_path)
    (kept,) = tmp_path.iterdir()
    again = baselines.cached_lsh_pairs(texts, (0.5,), 3, folder=tmp_path)
    assert first == again == {0.5: [(("a", 0), ("b", 1))]}
    assert list(tmp_path.iterdir()) == [kept]


def test_a_sample_depends_on_the_ids_alone():
    ids = [f"article-{number}" for number in range(40)]
    assert baselines.sample_ids(ids, 7) == baselines.sample_ids(ids[::-1] * 2, 7)
    assert set(baselines.sample_ids(ids, 7)) < set(baselines.sample_ids(ids, 8))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("floor", [0.3, 0.5, 1.0])
def test_brute_force_over_an_index_equals_comparing_every_window_with_every_window(seed, floor):
    chance = random.Random(seed)
    texts = {f"t{number}": " ".join(chance.choices("abcd", k=chance.randint(0, 30))) for number in range(8)}
    sample = ["t0", "t3", "t5"]
    expected = set()
    for left in sample:
        for right in texts:
            if left != right and plain_sharing(texts[left].split(), texts[right].split(), 8, 3, floor):
                expected.add((min(left, right), max(left, right)))
    assert baselines.sharing_pairs(texts, sample, 8, 3, floor) == expected


def plain_sharing(left: list[str], right: list[str], window: int, size: int, floor: float) -> bool:
    def windows(text: list[str]) -> list[set[tuple[str, ...]]]:
        return [
            {tuple(text[at : at + size]) for at in range(start, start + window - size + 1)}
            for start in range(len(text) - window + 1)
        ]

    return any(len(one & other) >= floor * len(one) for one in windows(left) for other in windows(right))


def test_brute_force_refuses_a_sample_from_elsewhere():
    with pytest.raises(ValueError, match="not in the corpus: lost"):
        baselines.sharing_pairs({"a": WIRE}, ["lost"])


def test_brute_force_of_no_words_finds_nothing():
    assert baselines.sharing_pairs({"a": "", "b": "mot"}, ["a", "b"]) == set()


# --- runs -------------------------------------------------------------------------------------------------------


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = schemas.TABLES[name]
    return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)


def write_run(out: Path, bodies: dict[str, str], **rows: list[dict[str, Any]]) -> Path:
    """A snapshot as a run leaves it, from rows that name the columns that matter."""
    articles, paragraphs = [], []
    for article, body in bodies.items():
        articles.append({"article_id": article, "outlet": f"Le {article}", "date_precision": "day"})
        place = 0
        for number, line in enumerate(body.split("\n")):
            paragraphs.append(
                {
                    "article_id": article,
                    "paragraph": number,
                    "role": "body",
                    "text": line,
                    "begin": place,
                    "end": place + len(line),
                }
            )
            place += len(line) + 1
    rows = {"articles": articles, "paragraphs": paragraphs, "matches": [], **rows}
    latest = out / "latest"
    latest.mkdir(parents=True, exist_ok=True)
    for name, content in rows.items():
        disk.write_table(latest / f"{name}.parquet", table(name, content), schemas.TABLES[name])
    disk.write_manifest(latest, {"run_id": "fabricated"})
    return out


def write_labels(folder: Path, **files: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, "utf-8")
    return folder


def match(left: tuple[str, int, int, int], right: tuple[str, int, int, int], **more: Any) -> dict[str, Any]:
    names = ("article_id", "paragraph", "begin", "end")
    sides = {
        f"{side}_{name}": value
        for side, span in (("left", left), ("right", right))
        for name, value in zip(names, span, strict=True)
    }
    return {**sides, "edit_class": "verbatim", "confidence": 1.0, **more}


MERGED = len(CARRIER.split("\n")[1].split(". ")[0]) + 2
FIRST = match(("carrier", 1, 0, MERGED - 1), ("wire", 0, 0, 108))
SECOND = match(("carrier", 1, MERGED, MERGED + 99), ("wire", 1, 0, 99))


def passage_label(of_match: dict[str, Any], label: str, **more: Any) -> dict[str, Any]:
    return {
        "pair_id": "p",
        "doc_a": of_match["left_article_id"],
        "par_a": of_match["left_paragraph"],
        "start_a": of_match["left_begin"],
        "end_a": of_match["left_end"],
        "doc_b": of_match["right_article_id"],
        "par_b": of_match["right_paragraph"],
        "start_b": of_match["right_begin"],
        "end_b": of_match["right_end"],
        "label": label,
        "edit_class": "merged" if label == "derived" else None,
        "stratum": "hard",
        **more,
    }


def span_label(of_match: dict[str, Any], tier: str) -> dict[str, Any]:
    sides = {
        side: {
            "doc_id": of_match[f"{side}_article_id"],
            "paragraph": of_match[f"{side}_paragraph"],
            "start": of_match[f"{side}_begin"],
            "end": of_match[f"{side}_end"],
        }
        for side in ("left", "right")
    }
    return {"pair": 1, "tier": tier, **sides}


UNRELATED = match(("carrier", 0, 0, 32), ("other", 1, 0, 45))
PASSAGES = [
    passage_label(FIRST, "derived"),
    passage_label(SECOND, "background"),
    passage_label(match(("other", 0, 0, 70), ("wire", 2, 0, 90)), "independent"),
    passage_label(UNRELATED, "incidental"),
]


def score(
    tmp_path: Path, matches: list[dict[str, Any]], label_files: dict[str, Any], **tables: Any
) -> dict[str, float]:
    out = write_run(tmp_path / "out", BODIES, matches=matches, **tables)
    result = scoreboard.evaluate(out, write_labels(tmp_path / "labels", **label_files), compare=False, write=False)
    return result["measures"]


def test_a_perfect_run_scores_one(tmp_path):
    files = {"passage_pairs": PASSAGES, "pairs": [span_label(FIRST, "reuse"), span_label(SECOND, "rewrite")]}
    scores = score(tmp_path, [FIRST, SECOND], files)
    assert scores["passages.precision"] == scores["passages.recall"] == scores["passages.f1"] == 1
    assert scores["passages.recall_covered"] == 1
    for tier in ("reuse", "rewrite"):
        assert {scores[f"spans.{tier}.{name}"] for name in ("found", "plagdet", "precision", "granularity")} == {1}
    assert scores["spans.false_matches"] == 0


def test_an_empty_run_scores_zero(tmp_path):
    files = {"passage_pairs": PASSAGES, "pairs": [span_label(FIRST, "reuse")]}
    scores = score(tmp_path, [], files)
    assert scores["passages.recall"] == scores["passages.f1"] == 0
    assert "passages.precision" not in scores  # nothing was reported: there is no share of it
    assert scores["spans.reuse.found"] == scores["spans.reuse.plagdet"] == scores["spans.false_matches"] == 0


def test_scores_do_not_depend_on_the_order_of_rows_or_of_sides(tmp_path):
    def turned(row: dict[str, Any]) -> dict[str, Any]:
        swap = {"left": "right", "right": "left"}
        return {
            f"{swap[key.split('_')[0]]}_{key.split('_', 1)[1]}" if key.split("_")[0] in swap else key: value
            for key, value in row.items()
        }

    files = {"passage_pairs": PASSAGES, "pairs": [span_label(FIRST, "reuse"), span_label(SECOND, "reuse")]}
    half = {**SECOND, "left_end": SECOND["left_end"] - 60, "right_end": SECOND["right_end"] - 60}
    straight = score(tmp_path / "a", [FIRST, half, UNRELATED], files)
    shuffled = {"passage_pairs": PASSAGES[::-1], "pairs": files["pairs"][::-1]}
    assert score(tmp_path / "b", [turned(UNRELATED), half, turned(FIRST)], shuffled) == pytest.approx(straight)


def test_a_reported_pair_that_is_labelled_incidental_costs_precision(tmp_path):
    scores = score(tmp_path, [FIRST, UNRELATED], {"passage_pairs": PASSAGES})
    assert (scores["passages.precision"], scores["passages.recall"]) == (0.5, 0.5)


@pytest.mark.parametrize(
    "silent",
    [{"edit_class": "quote_only"}, {"confidence": 0.4}, {"rewrite": True}],
)
def test_a_quotation_or_an_unsure_match_is_found_but_not_reported_as_copied(tmp_path, silent):
    scores = score(tmp_path, [{**FIRST, **silent}, SECOND], {"passage_pairs": PASSAGES})
    assert scores["passages.recall"] == 0.5
    assert scores["passages.recall_any_match"] == 1


def test_a_match_in_a_boilerplate_cluster_is_not_reported_as_copied(tmp_path):
    marked = {**FIRST, "left_passage_id": "p1", "right_passage_id": "p2"}
    place = {"article_id": "carrier", "paragraph": 1, "begin": 0, "end": 100}
    scores = score(
        tmp_path,
        [marked],
        {"passage_pairs": PASSAGES},
        passages=[{"passage_id": "p1", "cluster_id": "c", **place}],
        clusters=[{"cluster_id": "c", "is_boilerplate": True}],
    )
    assert (scores["passages.recall"], scores["passages.recall_any_match"]) == (0, 0.5)


def test_a_match_far_from_the_labelled_span_of_the_same_paragraphs_does_not_find_it(tmp_path):
    aside = match(("carrier", 1, MERGED, MERGED + 90), ("wire", 0, 0, 108))
    assert score(tmp_path, [aside], {"passage_pairs": PASSAGES[:1]})["passages.recall_any_match"] == 0


def test_two_matches_that_share_a_labelled_pair_find_it_together_and_raise_granularity(tmp_path):
    parts = [
        {**FIRST, "left_end": 40, "right_end": 40},
        {**FIRST, "left_begin": 45, "right_begin": 45},
    ]
    scores = score(tmp_path, parts, {"pairs": [span_label(FIRST, "reuse")]})
    assert scores["spans.reuse.found"] == 1
    assert scores["spans.reuse.granularity"] == 2
    assert scores["spans.false_matches"] == 0


def test_a_match_outside_the_labelled_pairs_is_false_and_one_of_the_other_tier_is_not(tmp_path):
    files = {
        "pairs": [span_label(FIRST, "reuse"), span_label(SECOND, "rewrite")],
        "articles": [
            {"doc_id": "other", "derived": "none", "credit": "none", "date_precision": None},
        ],
    }
    scores = score(tmp_path, [FIRST, SECOND, UNRELATED], files)
    assert scores["spans.false_matches"] == 1
    assert scores["spans.reuse.precision"] == 0.5  # the unrelated match counts, the rewrite does not


def test_a_match_that_spills_far_over_the_labelled_span_is_false(tmp_path):
    wide = match(("carrier", 1, 0, 207), ("wire", 0, 0, 108))
    narrow = span_label(match(("carrier", 1, 0, 60), ("wire", 0, 0, 60)), "reuse")
    assert score(tmp_path, [wide], {"pairs": [narrow]})["spans.false_matches"] == 1


def test_two_carriers_of_one_dispatch_are_no_false_match_of_a_chained_truth(tmp_path):
    bodies = {"a": "Un deux trois quatre cinq.", "b": "Un deux trois quatre cinq.", "w": "Un deux trois quatre cinq."}
    whole = {name: (name, 0, 0, 26) for name in bodies}
    truth = [
        {
            "article_id": name,
            "paragraph": 0,
            "begin": 0,
            "end": 26,
            "source_article_id": "w",
            "source_paragraph": 0,
            "source_begin": 0,
            "source_end": 26,
            "edit_class": "verbatim",
            "label": "derived",
        }
        for name in "ab"
    ]
    matches = [match(whole["a"], whole["w"]), match(whole["b"], whole["w"]), match(whole["a"], whole["b"])]
    out = write_run(tmp_path / "out", bodies, matches=matches)
    folder = write_labels(tmp_path / "labels", truth=truth)
    scores = scoreboard.evaluate(out, folder, compare=False)["measures"]
    assert scores["spans.false_matches"] == 0
    assert scores["spans.copied.precision"] == scores["spans.copied.recall"] == 1


def test_clusters_that_hold_the_labelled_pairs_together_score_one(tmp_path):
    def passage(name: str, cluster: str, span: tuple[str, int, int, int]) -> dict[str, Any]:
        article, paragraph, begin, end = span
        return {
            "passage_id": name,
            "article_id": article,
            "paragraph": paragraph,
            "begin": begin,
            "end": end,
            "cluster_id": cluster,
        }

    passages = [
        passage("1", "x", ("carrier", 1, 0, MERGED - 1)),
        passage("2", "x", ("wire", 0, 0, 108)),
        passage("3", "y", ("carrier", 1, MERGED, MERGED + 99)),
        passage("4", "y", ("wire", 1, 0, 99)),
    ]
    clusters = [{"cluster_id": name} for name in "xy"]
    files = {"passage_pairs": PASSAGES}
    good = score(tmp_path / "a", [], files, passages=passages, clusters=clusters)
    assert good["clusters.adjusted_rand"] == good["clusters.bcubed_f1"] == good["clusters.pair_recall"] == 1
    joined = [{**row, "cluster_id": "x"} for row in passages]
    chained = score(tmp_path / "b", [], files, passages=joined, clusters=clusters)
    assert chained["clusters.bcubed_recall"] == 1 and chained["clusters.bcubed_precision"] < 1
    assert chained["clusters.adjusted_rand"] < 1
    none = score(tmp_path / "c", [], files, passages=[], clusters=[])
    assert none["clusters.pair_recall"] == 0 and none["clusters.bcubed_precision"] == 1
    boilerplate = [{"cluster_id": name, "is_boilerplate": True} for name in "xy"]
    assert score(tmp_path / "d", [], files, passages=passages, clusters=boilerplate)["clusters.pair_recall"] == 0


def test_an_article_labelled_as_not_derived_must_lie_in_no_cluster(tmp_path):
    passages = [{"passage_id": "1", "article_id": "other", "paragraph": 0, "begin": 0, "end": 20, "cluster_id": "x"}]
    files = {"articles": [{"doc_id": "other", "derived": "none", "credit": "none", "date_precision": "day"}]}
    scores = score(tmp_path, [], files, passages=passages, clusters=[{"cluster_id": "x"}])
    assert scores["clusters.non_derived_in_a_cluster"] == 1
    assert scores["articles.date_precision"] == 1


def test_articles_are_scored_by_class_share_source_and_credit(tmp_path):
    def labelled(name: str, derivation: str, share: float, sources: list[str]) -> dict[str, Any]:
        return {
            "doc_id": name,
            "derivation": derivation,
            "share_estimate": share,
            "afp_share": share,
            "agency": "AFP",
            "wire_doc_ids": sources,
        }

    files = {
        "article_labels": [labelled("carrier", "wholly", 0.9, ["wire"]), labelled("other", "non", 0.0, [])],
        "credit_status": [{"doc_id": "carrier", "status": "credited_partial"}, {"doc_id": "other", "status": "none"}],
    }
    rows = [
        {
            "article_id": "carrier",
            "derivation": "partially",
            "share_estimated": 0.8,
            "share_boilerplate": 0.5,
            "best_source": "wire",
            "p_agency": 0.9,
            "credit_status": "credited_partial",
        },
        {
            "article_id": "other",
            "derivation": "non",
            "share_estimated": 0.0,
            "share_boilerplate": 0.0,
            "p_agency": 0.1,
            "credit_status": "photo_only",
        },
    ]
    scores = score(tmp_path, [], files, article_provenance=rows)
    assert scores["derivation.macro_f1"] == pytest.approx((0 + 0 + 1) / 3)
    assert scores["share_agency.absolute_error"] == pytest.approx(0.05)
    assert scores["share_agency.absolute_error_partially"] == pytest.approx(0.1)
    assert scores["share_agency.absolute_error_non"] == 0
    assert scores["share_agency.all_words_absolute_error"] == pytest.approx(0.25)
    assert scores["articles.best_source"] == 1
    assert scores["credits.status_accuracy"] == 0.5
    assert scores["p_agency.average_precision"] == 1
    assert scores["p_agency.calibration_error"] == pytest.approx(0.1)


def test_a_dispatch_is_not_judged_by_its_derivation(tmp_path):
    truth = [
        {"article_id": "wire", "derivation": "non", "credit_status": "credited_full"},
        {"article_id": "carrier", "derivation": "wholly", "credit_status": "none"},
    ]
    rows = [{"article_id": "carrier", "derivation": "wholly"}, {"article_id": "wire", "derivation": "wholly"}]
    out = write_run(tmp_path / "out", BODIES, article_provenance=rows)
    run = scoreboard.read_run(out)
    flags = pa.array([name == "wire" for name in run.articles["article_id"].to_pylist()])
    place = run.articles.schema.get_field_index("is_wire")
    disk.write_table(out / "latest" / "articles.parquet", run.articles.set_column(place, "is_wire", flags))
    folder = write_labels(tmp_path / "labels", truth_articles=truth)
    scores = scoreboard.evaluate(out, folder, compare=False, write=False)
    assert scores["measures"]["derivation.macro_f1"] == 1
    assert scores["n"]["derivation.macro_f1"] == 1


def test_an_article_that_the_provenance_forgot_counts_as_own_work_without_credit(tmp_path):
    files = {"credit_status": [{"doc_id": "carrier", "status": "credited_partial"}]}
    assert score(tmp_path, [], files, article_provenance=[])["credits.status_accuracy"] == 0


def test_credit_mentions_are_right_only_with_their_span_and_kind(tmp_path):
    files = {
        "credits": [
            {"doc_id": "carrier", "par": 2, "start": 6, "end": 9, "kind": "partial_credit", "agency": "AFP"},
            {"doc_id": "wire", "par": 0, "start": 0, "end": 3, "kind": "photo_credit", "agency": "none"},
        ]
    }
    mention = {"article_id": "carrier", "paragraph": 2, "begin": 6, "end": 9, "kind": "partial", "agency": "AFP"}
    photo = {"article_id": "wire", "paragraph": 0, "begin": 0, "end": 3, "kind": "photo"}
    metadata = {"article_id": "carrier", "paragraph": -1, "begin": 0, "end": 3, "kind": "full", "agency": "AFP"}
    good = score(tmp_path / "a", [], files, credits=[mention, photo, metadata])
    assert good["credits.mention_f1"] == good["credits.agency_accuracy"] == 1
    assert good["credits.photo_as_text"] == 0
    bad = score(tmp_path / "b", [], files, credits=[{**mention, "kind": "in_text"}, {**photo, "kind": "full"}])
    assert bad["credits.mention_f1"] == 0 and bad["credits.span_f1"] == 1
    assert bad["credits.photo_as_text"] == 1


def test_mentions_in_old_newspapers_are_compared_in_the_text_s_own_code_points(tmp_path):
    at = CARRIER.index("AFP")
    files = {
        "articles": [
            {
                "doc_id": "carrier",
                "language": "fr",
                "agency_mentions": [
                    {"begin": at, "end": at + 3, "label": "org.ent.pressagency.AFP", "wikidata": "Q40464"},
                    {"begin": 0, "end": 2, "label": "pers.ind.articleauthor", "wikidata": "_"},
                ],
            }
        ]
    }
    rows = [{"article_id": "carrier", "paragraph": 2, "begin": 6, "end": 9, "kind": "partial", "wikidata": "Q40464"}]
    assert score(tmp_path, [], files, credits=rows)["newsagency.f1"] == 1


def test_pairs_are_counted_by_the_stratum_of_their_larger_share(tmp_path):
    def pair(a: str, b: str, cov_a: float, cov_b: float, cross: bool = True) -> dict[str, Any]:
        return {"a": a, "b": b, "cov_a": cov_a, "cov_b": cov_b, "cross_outlet": cross}

    files = {
        "reference_pairs": [
            pair("wire", "carrier", 0.3, 0.9),
            pair("wire", "other", 0.35, 0.1),
            pair("other", "carrier", 0.2, 0.1, False),
        ]
    }
    scores = score(tmp_path, [FIRST, SECOND], files)
    assert scores["pairs.recall.0.8-1"] == scores["pairs.covered.0.8-1"] == 1
    assert scores["pairs.recall.0.35-0.5"] == 0
    assert scores["pairs.recall.0.35-1"] == 0.5
    assert "pairs.recall.0.2-0.35" not in scores
    short = score(tmp_path / "short", [{**FIRST, "left_end": 40, "right_end": 40}], files)
    assert (short["pairs.recall.0.8-1"], short["pairs.covered.0.8-1"]) == (1, 0)


def test_p_agency_is_judged_by_the_hidden_dispatches_only_when_none_is_in_the_run(tmp_path):
    rows = [{"article_id": "carrier", "p_agency": 0.9}, {"article_id": "other", "p_agency": 0.2}]
    files = {
        "reference_pairs": [
            {"a": "hidden", "b": "carrier", "cov_a": 0.9, "cov_b": 0.4, "cross_outlet": True, "a_is_wire": True},
            {"a": "hidden", "b": "other", "cov_a": 0.9, "cov_b": 0.3, "cross_outlet": True, "a_is_wire": True},
        ],
        "credit_status": [{"doc_id": "carrier", "status": "none"}],
    }
    scores = score(tmp_path / "a", [], files, article_provenance=rows)
    assert scores["p_agency.hidden_average_precision"] == 1
    assert scores["p_agency.hidden_calibration_error"] == pytest.approx(0.15)
    files["reference_pairs"][0]["a"] = "wire"
    rows.append({"article_id": "wire", "is_wire": True, "p_agency": 1.0})
    assert "p_agency.hidden_average_precision" not in score(tmp_path / "b", [], files, article_provenance=rows)


def test_of_hidden_dispatches_three_readings_are_given_by_what_is_known_of_the_other_articles(tmp_path):
    rows = [
        {"article_id": "carrier", "p_agency": 0.8, "copy_rate": 0.9, "credit_status": "none"},
        {"article_id": "wire", "p_agency": 0.9, "copy_rate": 0.9, "credit_status": "credited_full"},
        {"article_id": "other", "p_agency": 0.3, "copy_rate": 0.0, "credit_status": "none"},
    ]
    files = {
        "reference_pairs": [
            {"a": "hidden", "b": "carrier", "cov_a": 0.9, "cov_b": 0.4, "cross_outlet": True, "a_is_wire": True},
        ],
        "credit_status": [{"doc_id": "carrier", "status": "none"}],
    }
    scores = score(tmp_path / "a", [], files, article_provenance=rows)
    assert scores["p_agency.hidden_average_precision"] == 0.5  # copy of an unknown dispatch counts as none
    assert scores["p_agency.hidden_known_average_precision"] == 1
    assert scores["p_agency.hidden_labelled_average_precision"] == 1
    files["article_labels"] = [
        {
            "doc_id": "wire",
            "derivation": "non",
            "share_estimate": 0.0,
            "afp_share": 0.0,
            "agency": "none",
            "wire_doc_ids": [],
        }
    ]
    scores = score(tmp_path / "b", [], files, article_provenance=rows)
    assert scores["p_agency.hidden_known_average_precision"] == 0.5
    assert scores["p_agency.hidden_labelled_average_precision"] == 0.5


def test_the_baselines_stand_beside_the_run_in_the_table_and_in_the_file(tmp_path):
    out = write_run(tmp_path / "out", BODIES, matches=[FIRST, SECOND])
    folder = write_labels(tmp_path / "labels", passage_pairs=PASSAGES, pairs=[span_label(FIRST, "reuse")])
    result = scoreboard.evaluate(out, folder)
    assert set(result["baselines"]) == {"articles 0.5", "articles 0.3", "paragraphs 0.7", "paragraphs 0.5"}
    assert result["baselines"]["paragraphs 0.5"]["passages.recall"] <= result["measures"]["passages.recall"]
    assert json.loads((out / "latest" / "evaluation.json").read_text("utf-8")) == json.loads(json.dumps(result))
    report = scoreboard.format_report(result)
    assert "paragraphs 0.7" in report.splitlines()[0]
    assert all(name in report for name in result["measures"])


def test_misses_and_false_alarms_name_their_rows_and_print_no_press_text(tmp_path):
    out = write_run(tmp_path / "out", BODIES, matches=[FIRST, UNRELATED])
    folder = write_labels(tmp_path / "labels", passage_pairs=PASSAGES)
    (missed,) = scoreboard.misses(out, folder, text=True)
    assert (missed["measure"], missed["label"], missed["right_paragraph"]) == ("passages.recall", "background", 1)
    assert missed["right_text"] == WIRE.split("\n")[1]
    (alarm,) = scoreboard.false_alarms(out, folder)
    assert alarm["label"] == "incidental" and "left_text" not in alarm
    printed = scoreboard.format_rows(scoreboard.misses(out, folder, text=True))
    assert "wire:1:0-99" in printed and "chalutiers" not in printed


def test_the_loss_of_the_candidate_stage_is_told_from_the_loss_of_the_alignment(tmp_path):
    bodies = {"a": WIRE, "b": WIRE, "c": WIRE, "d": OTHER}
    out = write_run(tmp_path / "out", bodies, matches=[match(("a", 0, 0, 108), ("b", 0, 0, 108))])
    candidates = pa.table({"left_article_id": ["a", "c"], "right_article_id": ["b", "b"]})
    result = scoreboard.candidate_recall(scoreboard.read_run(out), candidates)
    assert result["n"] == 3
    assert result["candidate_recall"] == pytest.approx(2 / 3) and result["lost_by_candidates"] == [("a", "c")]
    assert result["alignment_recall"] == 0.5 and result["lost_by_alignment"] == [("b", "c")]
    assert result["recall"] == pytest.approx(1 / 3)
    rows = pa.table({"left": np.array([0, 1], np.uint32), "right": np.array([1, 2], np.uint32)})
    assert scoreboard.candidate_recall(scoreboard.read_run(out), rows) == result


def test_the_candidates_of_a_run_are_found_again_with_its_own_settings(tmp_path):
    matches = [match(("a", 0, 0, 9), ("b", 0, 0, 9))]
    out = write_run(tmp_path / "out", {"a": WIRE, "b": WIRE, "d": OTHER}, matches=matches)
    folder = write_labels(
        tmp_path / "labels",
        reference_pairs=[
            {"a": "a", "b": "b", "cov_a": 1.0, "cov_b": 1.0, "cross_outlet": True},
        ],
    )
    pairs = scoreboard.candidate_pairs(scoreboard.read_run(out), Config())
    assert pairs.to_pylist() == [{"left_article_id": "a", "right_article_id": "b"}]
    scores = scoreboard.evaluate(out, folder, compare=False, candidates=True, write=False)["measures"]
    assert scores["candidates.recall_16_words"] == scores["candidates.alignment_recall_16_words"] == 1


def test_candidates_inside_boilerplate_of_one_outlet_or_out_of_reach_are_not_asked_for(tmp_path):
    out = write_run(tmp_path / "out", {"a": WIRE, "b": WIRE})
    run = scoreboard.read_run(out)
    nothing = pa.table({"left_article_id": pa.array([], pa.string()), "right_article_id": pa.array([], pa.string())})
    assert scoreboard.candidate_recall(run, nothing)["n"] == 1
    same = run.articles.set_column(1, "outlet", pa.array(["Le même", "Le même"]))
    roles = run.paragraphs.set_column(2, "role", pa.array(["boilerplate"] * run.paragraphs.num_rows))
    assert scoreboard.candidate_recall(scoreboard.Run(same, run.paragraphs, run.matches), nothing)["n"] == 0
    assert scoreboard.candidate_recall(scoreboard.Run(run.articles, roles, run.matches), nothing)["n"] == 0
    moments = [datetime(2024, 3, 10, 8, tzinfo=UTC), datetime(2024, 3, 17, 9, tzinfo=UTC)]
    place = run.articles.schema.get_field_index("published_at")
    dated = scoreboard.Run(
        run.articles.set_column(place, "published_at", pa.array(moments, schemas.TIME)), run.paragraphs, run.matches
    )
    assert scoreboard.candidate_recall(dated, nothing, max_days=7)["n"] == 0
    assert scoreboard.candidate_recall(dated, nothing, max_days=8)["n"] == 1


# --- wrong input ------------------------------------------------------------------------------------------------


def test_a_missing_folder_of_labels_stops_with_its_name(tmp_path):
    with pytest.raises(labels.LabelsError, match="nowhere: expected a folder of labels, found nothing"):
        labels.load_labels(tmp_path / "nowhere")


def test_a_folder_without_labels_says_which_files_it_could_hold(tmp_path):
    with pytest.raises(labels.LabelsError, match=r"no file of labels in it, expected one of passage_pairs\.jsonl"):
        labels.load_labels(tmp_path)


def test_a_broken_line_of_labels_is_named(tmp_path):
    (tmp_path / "credits.jsonl").write_text('{"doc_id": "a"}\n', "utf-8")
    with pytest.raises(labels.LabelsError, match=r"credits\.jsonl, line 1: .*'par'"):
        labels.load_labels(tmp_path)
    (tmp_path / "credits.jsonl").write_text("\nnot json\n", "utf-8")
    with pytest.raises(labels.LabelsError, match=r"credits\.jsonl, line 2: not JSON"):
        labels.load_labels(tmp_path)


def test_a_corpus_beside_the_labels_is_not_taken_for_labels(tmp_path):
    write_labels(tmp_path, articles=[{"doc_id": "a", "body": "Un texte."}], reference_pairs=[])
    assert labels.load_labels(tmp_path).article_ids() == set()


def test_labels_of_other_articles_stop_and_some_absent_articles_are_counted(tmp_path):
    out = write_run(tmp_path / "out", BODIES)
    stranger = passage_label(match(("x", 0, 0, 5), ("y", 0, 0, 5)), "derived")
    with pytest.raises(labels.LabelsError, match=r"none of the 2 labelled articles is in the run \(3 articles\)"):
        scoreboard.evaluate(out, write_labels(tmp_path / "strange", passage_pairs=[stranger]), compare=False)
    some = write_labels(tmp_path / "some", passage_pairs=[*PASSAGES, stranger])
    result = scoreboard.evaluate(out, some, compare=False, write=False)
    assert result["n"]["passages.recall"] == 2
    assert "2 labelled articles are not in the run" in result["left_out"]
    assert "the snapshot holds no table credits: its measures" in result["left_out"]


def test_a_folder_without_a_snapshot_stops_with_its_name(tmp_path):
    with pytest.raises(disk.StorageError, match="holds no snapshot"):
        scoreboard.read_run(tmp_path)
