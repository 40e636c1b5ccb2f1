"""Claims of a run, counted where the truth is known from outside. Plain tables."""

from __future__ import annotations

import pyarrow as pa
import pytest

from dedup import schemas
from dedup.evaluation.claims import agreed, score_claims, signed_by_people
from dedup.evaluation.labels import Labels
from dedup.evaluation.scoring import Places, Run, Scores


def rows(schema: pa.Schema, *given: dict) -> pa.Table:
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in given], schema=schema)


def told(name: str, **more: object) -> dict:
    return {
        "article_id": name,
        "is_wire": False,
        "evidence": "none",
        "derivation": "non",
        "credit_status": "none",
        "share_found": 0.0,
        "p_agency": 0.1,
        **more,
    }


def run(*articles: dict, extra: dict[str, str] | None = None) -> Run:
    named = [
        {"article_id": row["article_id"], "outlet": "Gazette", "extra": (extra or {}).get(row["article_id"])}
        for row in articles
    ]
    return Run(
        rows(schemas.ARTICLES, *named),
        schemas.PARAGRAPHS.empty_table(),
        schemas.MATCHES.empty_table(),
        article_provenance=rows(schemas.ARTICLE_PROVENANCE, *articles),
    )


def scored(of: Run, labels: Labels | None = None) -> dict[str, float]:
    scores, labels = Scores(), labels or Labels()
    score_claims(scores, labels, of, Places(of.paragraphs, set()))
    return scores.values


def test_found_copy_that_names_nobody_is_counted_apart_from_what_is_suspected():
    found = scored(
        run(
            told("a", evidence="attested", derivation="wholly", share_found=0.9, credit_status="in_text_only"),
            told("b", evidence="dispatch", derivation="partially", share_found=0.1),
            told("c", evidence="suspected", derivation=None, p_agency=0.8),
            told("d", evidence="none"),
            told("e", evidence="dispatch", share_found=0.3, agency="AFP"),
        )
    )
    assert found["claims.found_naming_nobody"] == 2 and found["claims.uncredited"] == 1
    assert found["claims.suspected"] == 1 and found["claims.suspected_share"] == 0.2
    assert found["claims.uncredited_thin"] == 0 and found["claims.wholly_thin"] == 0


def test_an_article_is_signed_when_its_byline_names_neither_the_outlet_nor_an_agency():
    of = run(
        *(told(name, derivation="wholly") for name in ("person", "house", "nobody")),
        extra={"person": '{"byline": "Jeanne Martin"}', "house": '{"byline": "Gazette avec AFP"}'},
    )
    assert signed_by_people(of) == {"person"}
    assert scored(of)["claims.signed_nothing_found_derived"] == 1


@pytest.mark.parametrize(
    ("named", "true", "right"),
    [("AFP", "AFP", True), ("AFP/Reuters", "AFP", True), ("La Presse canadienne", "PC", True), ("AFP", "Belga", False)],
)
def test_a_named_agency_is_right_when_it_is_among_the_true_ones(named, true, right):
    assert agreed(named, true) is right
    assert agreed(named, None) is False


def test_a_wrong_agency_and_own_prose_that_is_called_derived_are_counted():
    labels = Labels(
        articles={
            "a": {"derivation": "wholly", "agency": "Belga", "share": None, "afp_share": None, "sources": set()},
            "b": {"derivation": "non", "agency": None, "share": None, "afp_share": None, "sources": set()},
        }
    )
    found = scored(run(told("a", agency="AFP", derivation="wholly"), told("b", derivation="partially")), labels)
    assert found["claims.wrong_agency"] == 1
    assert found["claims.own_called_derived"] == 1
    assert found["claims.wholly_precision"] == 1
