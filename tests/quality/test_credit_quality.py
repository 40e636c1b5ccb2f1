"""Credits against labels read by people or by a careful reader: figures are printed, floors are held.

The paragraphs are the non-empty lines of the text, of the older corpora with no role: what the rules can do without the
segmenter.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pyarrow as pa
import pytest

from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.credits.status import credit_status
from dedup.schemas import ARTICLES, CREDIT_KINDS, PARAGRAPHS
from dedup.text.segment import segment

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs the labelled articles in ../shared/data")

KIND_OF_LABEL = {
    "full_credit": "full",
    "partial_credit": "partial",
    "in_text_attribution": "in_text",
    "quote_to_agency": "quote_to_agency",
    "photo_credit": "photo",
    "other_mention": "other",
}

LABEL_OF_AGENCY = {
    "AFP": "AFP",
    "ANP": "ANP",
    "ANSA": "ANSA",
    "AP": "AP",
    "APA": "APA",
    "ATS": "ATS-SDA",
    "Belga": "Belga",
    "BTA": "BTA",
    "CTK": "CTK",
    "ddp": "DDP-DAPD",
    "DNB": "DNB",
    "Domei": "Domei",
    "dpa": "DPA",
    "Europapress": "Europapress",
    "Extel": "Extel",
    "Havas": "Havas",
    "Interfax": "Interfax",
    "Kipa": "Kipa",
    "PAP": "PAP",
    "Reuters": "Reuters",
    "SPK": "SPK-SMP",
    "Stefani": "Stefani",
    "Tanjug": "TANJUG",
    "TASS": "TASS",
    "Telegraphen-Union": "Telunion",
    "TT": "TT",
    "UPI": "UP-UPI",
    "Wolff": "Wolff",
    "Xinhua": "Xinhua",
    "agences": "ag",
}
"""Classes of the newsagency labels; an agency that they do not know is "unk" there."""


def rows_of(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def tables(rows: list[dict]) -> tuple[pa.Table, pa.Table]:
    articles, paragraphs = [], []
    for row in rows:
        is_wire = bool(row.get("is_wire"))
        articles.append(
            {
                "article_id": row["doc_id"],
                "outlet": row.get("outlet"),
                "is_wire": is_wire,
                "agency": "AFP" if is_wire else None,
            }
        )
        lines = [line for line in row["body"].split("\n") if line.strip()]
        paragraphs += [
            {"article_id": row["doc_id"], "paragraph": number, "text": line} for number, line in enumerate(lines)
        ]
    return tuple(
        pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
        for rows, schema in ((articles, ARTICLES), (paragraphs, PARAGRAPHS))
    )


def f1(labelled: set, found: set) -> float:
    return 2 * len(labelled & found) / max(1, len(labelled) + len(found))


def halves(ids: set[str]) -> list[tuple[str, set[str]]]:
    """Two halves of the articles, drawn by the digest of their ids: they must not differ much."""
    odd = {name for name in ids if int(hashlib.md5(name.encode()).hexdigest(), 16) % 2}
    return [("all", ids), ("one half", odd), ("the other", ids - odd)]


@pytest.fixture(scope="module")
def modern() -> tuple[list[dict], dict[str, str], float]:
    articles, paragraphs = tables(rows_of("gilets_jaunes/articles.jsonl"))
    rules = load_rules(None)
    start = time.perf_counter()
    credits = find_credits(articles, paragraphs, rules)
    seconds = time.perf_counter() - start
    status = credit_status(articles, credits, rules)
    return credits.to_pylist(), dict(zip(*status.select([0, 1]).to_pydict().values(), strict=True)), seconds


def test_credit_mentions_equal_the_labels(modern):
    mentions, _, seconds = modern
    ids = {row["doc_id"] for row in rows_of("labels/credit_status.jsonl")}
    labelled = {
        (row["doc_id"], row["par"], row["start"], row["end"], KIND_OF_LABEL[row["kind"]])
        for row in rows_of("labels/credits.jsonl")
    }
    found = {(row["article_id"], row["paragraph"], row["begin"], row["end"], row["kind"]) for row in mentions}
    print(f"\n{len(mentions)} mentions in {seconds:.2f} s")
    for name, part in halves(ids):
        gold, ours = ({mention for mention in side if mention[0] in part} for side in (labelled, found))
        by_kind = {
            kind: f1({m for m in gold if m[-1] == kind}, {m for m in ours if m[-1] == kind}) for kind in CREDIT_KINDS
        }
        macro = sum(by_kind.values()) / len(by_kind)
        print(
            f"mentions, {name} ({len(gold)}): micro F1 {f1(gold, ours):.3f}, macro F1 {macro:.3f}, "
            + ", ".join(f"{kind} {value:.3f}" for kind, value in by_kind.items())
        )
        assert f1(gold, ours) >= 0.96
        assert macro >= 0.95


def test_no_photo_credit_is_taken_for_a_text_credit(modern):
    kinds = {(row["article_id"], row["paragraph"], row["begin"]): row["kind"] for row in modern[0]}
    photos = [row for row in rows_of("labels/credits.jsonl") if row["kind"] == "photo_credit"]
    taken = [row for row in photos if kinds.get((row["doc_id"], row["par"], row["start"])) in ("full", "partial")]
    print(f"\nphoto credits taken for a text credit: {len(taken)} of {len(photos)}")
    assert not taken


def test_credit_status_equals_the_labels(modern):
    rows = rows_of("labels/credit_status.jsonl")
    for name, part in halves({row["doc_id"] for row in rows}):
        right = [modern[1][row["doc_id"]] == row["status"] for row in rows if row["doc_id"] in part]
        print(f"\nstatus, {name} ({len(right)}): accuracy {sum(right) / len(right):.3f}", end="")
        assert sum(right) / len(right) >= 0.97


@pytest.mark.parametrize(("language", "floor"), [("fr", 0.85), ("de", 0.70)])
def test_agencies_of_historical_newspapers_are_found(language, floor):
    rows = [row for row in rows_of("newsagency/articles.jsonl") if row["language"] == language]
    credits = find_credits(*tables(rows), load_rules(None)).to_pylist()
    cited = [row for row in credits if row["kind"] != "other"]
    labelled = {
        (row["doc_id"], mention["begin"], mention["end"], mention["label"].split(".")[-1])
        for row in rows
        for mention in row["agency_mentions"]
        if "pressagency" in mention["label"]
    }
    for name, mentions in (("all mentions", credits), ("kind other left out", cited)):
        found = {
            (row["article_id"], row["begin"], row["end"], LABEL_OF_AGENCY.get(row["agency"], "unk"))
            for row in mentions
            if row["agency"]
        }
        right = len(labelled & found)
        print(
            f"\n{language}, {name}: precision {right / len(found):.3f}, recall {right / len(labelled):.3f}, "
            f"strict micro F1 {f1(labelled, found):.3f}",
            end="",
        )
        assert f1(labelled, found) >= floor


def test_five_articles_about_one_event_are_credited_as_read():
    rows = [
        {**row, "body": (DATA / "pyongyang2024" / "articles" / f"{row['doc_id']}.txt").read_text("utf-8")}
        for row in rows_of("pyongyang2024/articles.jsonl")
    ]
    articles, paragraphs = tables(rows)
    rules = load_rules(None)
    status = credit_status(articles, find_credits(articles, paragraphs, rules), rules)
    assert [tuple(row.values())[1:] for row in status.to_pylist()] == [
        ("credited_partial", "AFP"),
        ("in_text_only", None),
        ("none", None),
        ("none", None),
        ("none", None),
    ]


def test_a_newspaper_of_another_year_is_credited_as_labelled():
    """Le Monde of October 2022, labelled by one careful reader; mentions that the labels leave open do not count."""
    rows = [{**row, "doc_id": row["id"], "body": row["text"]} for row in rows_of("lemonde2022/articles.jsonl")]
    labelled = {row["doc_id"]: row["credit_status"] for row in rows_of("lemonde2022/labels/articles.jsonl")}
    articles, _ = tables(rows)
    paragraphs = segment(articles.append_column("text", pa.array([row["text"] for row in rows])))
    rules = load_rules(None)
    credits = find_credits(articles, paragraphs, rules)
    status = dict(zip(*credit_status(articles, credits, rules).select([0, 1]).to_pydict().values(), strict=True))
    right = sum(status[name] == settled for name, settled in labelled.items()) / len(labelled)
    gold, left_open = {}, set()
    for row in rows_of("lemonde2022/labels/credits.jsonl"):
        place = row["doc_id"], row["par"], row["start"], row["end"]
        kinds = {KIND_OF_LABEL.get(row[name], row[name]) for name in ("kind", "alt_kind") if row.get(name)}
        left_open.add(place) if row.get("optional") else gold.update({place: kinds})
    found = {
        (row["article_id"], row["paragraph"], row["begin"], row["end"]): row["kind"]
        for row in credits.to_pylist()
        if row["article_id"] in labelled
    }
    found = {place: kind for place, kind in found.items() if place not in left_open}
    agreed = sum(kind in gold.get(place, ()) for place, kind in found.items())
    score = 2 * agreed / (len(gold) + len(found))
    print(f"\nstatus {right:.3f}, mention F1 {score:.3f} ({len(gold)} labelled, {len(found)} found)")
    assert right >= 0.98
    assert score >= 0.95
    signed = [row["id"] for row in rows if row.get("byline") and "AFP" in row["byline"]]
    assert len(signed) > 150
    assert all(status[name].startswith("credited") for name in signed), "a by-line in the text is enough"
