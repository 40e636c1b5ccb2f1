"""Laws of the tables that sum up, on random ones."""

from __future__ import annotations

from statistics import median

import numpy as np
import pyarrow as pa
import pytest
from summaries import (
    article_provenance,
    articles,
    match,
    matches,
    outlet,
    over_all,
    paragraphs,
    passage,
    provenance,
    shuffled,
    table,
    told,
)

from dedup import schemas
from dedup.store import disk
from dedup.summary import figures
from dedup.summary.firsts import agency_first
from dedup.summary.outlets import outlets
from dedup.summary.pairs import outlet_pairs
from dedup.summary.pickup import wire_pickup


def random_tables(seed: int, n: int = 60) -> dict[str, pa.Table]:
    draw = np.random.default_rng(seed)
    names = ["Le Phare", "La Digue", "Le Môle", "Le Quai", None]
    known, status = [], []
    for number in range(n):
        precision = str(draw.choice(schemas.PRECISIONS, p=[0.4, 0.2, 0.2, 0.1, 0.1]))
        is_coarse = precision in ("day", "month")
        hours = 24 * int(draw.integers(-2, 2)) + 12 if is_coarse else int(draw.integers(-48, 48))
        row = outlet(f"a{number:02}", names[draw.integers(5)], hours, date_precision=precision)
        row |= {"published_at": None} if precision == "none" else {}
        row |= {"is_wire": True, "agency": "AFP"} if draw.random() < 0.2 else {}
        row |= {"owner_group": "Groupe Nord"} if row["outlet"] in ("Le Phare", "La Digue") else {}
        known.append(row)
        low = int(draw.integers(-4000, 90_000))
        status.append(told(
            row["article_id"], n_words=int(draw.integers(0, 300)), share_boilerplate=float(draw.random()),
            share_found=float(draw.random()), copy_rate=float(draw.random()),
            derivation=str(draw.choice(schemas.DERIVATIONS)), credit_status=str(draw.choice(schemas.CREDIT_STATUSES)),
            lag_mid=low + int(draw.integers(0, 9000)) / 2,
        ))  # fmt: skip
    ids = [row["article_id"] for row in known]
    traced, found = [], []
    for number in range(4 * n):
        one, other = draw.choice(ids, 2, replace=False)
        low = int(draw.integers(-4000, 90_000))
        traced.append(passage(
            str(one), str(other), passage_id=f"p{number}", cluster_id=f"c{draw.integers(9)}",
            is_first=bool(draw.random() < 0.4),
            share_class=str(draw.choice(schemas.SHARES)), lag_low=low, lag_high=low + int(draw.integers(0, 9000)),
        ))  # fmt: skip
        found.append(match(
            str(one), str(other), left_passage_id=f"p{number}", edit_class=str(draw.choice(schemas.EDIT_CLASSES)),
            left_paragraph=int(draw.integers(3)), right_paragraph=int(draw.integers(3)),
            matched_words=int(draw.integers(10, 50)),
        ))  # fmt: skip
    texts = [row for article_id in ids for row in paragraphs(article_id, 30, 8, 60)]
    return {
        "articles": articles(*known), "article_provenance": article_provenance(*status),
        "provenance": provenance(*traced), "matches": matches(*found), "paragraphs": table(schemas.PARAGRAPHS, texts),
    }  # fmt: skip


def summaries(of: dict[str, pa.Table]) -> list[pa.Table]:
    return [
        outlets(of["articles"], of["article_provenance"], of["provenance"]),
        outlet_pairs(of["articles"], of["matches"], of["provenance"]),
        wire_pickup(of["articles"], of["paragraphs"], of["provenance"], of["matches"], of["article_provenance"]),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_does_not_matter(seed):
    tables = random_tables(seed)
    mixed = {name: shuffled(made, seed + 1) for name, made in tables.items()}
    for made, again in zip(summaries(tables), summaries(mixed), strict=True):
        assert len(made) and made.equals(again)


@pytest.mark.parametrize("seed", range(5))
def test_tables_in_chunks_give_the_same(seed):
    tables = random_tables(seed)
    parts = ((0, 7), (7, 20), (27, None))
    cut = {name: pa.concat_tables([made.slice(*part) for part in parts]) for name, made in tables.items()}
    for made, again in zip(summaries(tables), summaries(cut), strict=True):
        assert made.equals(again)


@pytest.mark.parametrize("seed", range(5))
def test_tables_on_the_disk_give_the_same(seed, tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.store.tables.BATCH_ROWS", 7)
    tables = random_tables(seed)
    stored = dict(tables)
    for name in ("paragraphs", "provenance", "matches"):
        stored[name] = disk.Stored(disk.write_table(tmp_path / f"{name}.parquet", tables[name]))
    for made, again in zip(summaries(tables), summaries(stored), strict=True):
        assert made.equals(again)
    assert agency_first(tables["articles"], tables["provenance"]) == agency_first(
        stored["articles"], stored["provenance"]
    )


@pytest.mark.parametrize("at_once", [1, 5, 50])
def test_however_many_pairs_are_summed_up_at_once_the_rows_are_the_same(at_once, monkeypatch):
    tables = random_tables(0)
    whole = summaries(tables)[1]
    monkeypatch.setattr("dedup.summary.pairs.PAIRED_AT_ONCE", at_once)
    assert summaries(tables)[1].equals(whole)


@pytest.mark.parametrize("seed", range(5))
def test_pairs_equal_a_plain_reading(seed):
    """Article by article, with dictionaries: the definition of OUTLET_PAIRS over all days."""
    from dedup.intake import dates

    tables = random_tables(seed)
    known = {row["article_id"]: row for row in tables["articles"].to_pylist()}
    spans = dates.interval(*(tables["articles"][name] for name in ("published_at", "date_precision", "country")))
    span = dict(zip(known, zip(*(bound.to_pylist() for bound in spans), strict=True), strict=True))
    node = {name: row["agency"] if row["is_wire"] else row["outlet"] for name, row in known.items()}
    boilerplate = {row["passage_id"] for row in tables["provenance"].to_pylist() if row["share_class"] == "boilerplate"}
    words: dict[tuple[str, str], int] = {}
    for row in tables["matches"].to_pylist():
        one, other = sorted((row["left_article_id"], row["right_article_id"]))
        if row["edit_class"] == "quote_only" or row["left_passage_id"] in boilerplate:
            continue
        if node[one] and node[other] and node[one] != node[other]:
            words[one, other] = words.get((one, other), 0) + row["matched_words"]
    expected: dict[tuple[str, str, bool], dict] = {}
    for (one, other), count in words.items():
        (low, high), (other_low, other_high) = span[one], span[other]
        is_dated = low is not None and other_low is not None
        directed = is_dated and (other_low > high or low > other_high)
        source, target = (one, other)
        if (directed and low > other_high) or (not directed and node[one] > node[other]):
            source, target = other, one
        key = (node[source], node[target], directed)
        row = expected.setdefault(key, {"words": [], "delays": [], "from": set(), "to": set()})
        row["words"].append(count)
        row["from"].add(source)
        row["to"].add(target)
        if is_dated:
            row["delays"].append((sum(span[target]) - sum(span[source])) / 2 / 3600)
    size = {name: list(node.values()).count(name) for name in node.values()}
    made = {(row["outlet_from"], row["outlet_to"], row["directed"]): row for row in over_all(summaries(tables)[1])}
    assert set(made) == set(expected)
    for key, row in expected.items():
        assert (made[key]["edges"], made[key]["n_words"]) == (len(row["words"]), sum(row["words"]))
        assert made[key]["hourdiff_median"] == (pytest.approx(median(row["delays"])) if row["delays"] else None)
        assert made[key]["from_share"] == pytest.approx(len(row["from"]) / size[key[0]])
        assert made[key]["to_share"] == pytest.approx(len(row["to"]) / size[key[1]])


@pytest.mark.parametrize("seed", range(5))
def test_days_add_up_and_shares_stay_within_bounds(seed):
    made = summaries(random_tables(seed))
    for rows, key, count in (
        (made[0], ("outlet",), "n_articles"),
        (made[1], ("outlet_from", "outlet_to", "directed"), "edges"),
    ):
        whole: dict[tuple, int] = {}
        for row in rows.to_pylist():
            name = tuple(row[part] for part in key)
            if row["day"] is None:
                whole[name] = row[count]
            else:
                whole[name] -= row[count]
        assert min(whole.values()) >= 0
    for rows in made:
        for name in rows.column_names:
            if "share" in name or "rate" in name or name == "paragraphs_dropped":
                assert all(0 <= value <= 1 for value in rows[name].drop_null().to_pylist())
    for row in made[2].to_pylist():
        assert row["reach_1h"] <= row["reach_6h"] <= row["reach_24h"] <= row["n_outlets"] <= row["n_articles"]
        assert row["n_owner_groups"] <= row["n_outlets"]


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_equal_numpy(seed):
    draw = np.random.default_rng(seed)
    group, values = draw.integers(0, 6, 40), np.where(draw.random(40) < 0.2, np.nan, draw.integers(-9, 99, 40))
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    made = figures.quantiles(group, values, 8, shares)
    for number in range(8):
        inside = values[(group == number) & ~np.isnan(values)]
        expected = np.quantile(inside, shares) if len(inside) else np.full(5, np.nan)
        np.testing.assert_allclose([quantile[number] for quantile in made], expected, atol=1e-12)
