"""Revisions of dispatches, and the revision that a copy comes from. Invented texts."""

from __future__ import annotations

from runs import prose, run_articles


def dispatch(name: str, day: int, hour: int, *paragraphs: str) -> dict:
    return {
        "id": name,
        "is_wire": True,
        "published_at": f"2025-03-{day:02d}T{hour:02d}:00:00Z",
        "text": "\n".join(paragraphs),
    }


def report(day: str, change: str, points: str, first: str, last: str) -> tuple[str, ...]:
    return (
        f"Le marché des grains de Brumes a fini en hausse de {change}% {day}, dans un calme relatif, les acheteurs "
        "attendant encore les chiffres de la récolte du nord avant de s'engager pour la saison.",
        f"L'indice a gagné {points} points. A la tête de la cote, {first} a pris 3,2{change[-1]}% tandis que {last} "
        f"perdait 1,4{points[-1]}%, dans un volume d'échanges limité par la grève des débardeurs du port.",
    )


def test_the_reports_of_two_days_are_two_stories_though_they_share_most_words(tmp_path):
    found = run_articles(
        tmp_path,
        dispatch("monday", 10, 18, *report("lundi", "0,43", "34,12", "Volteris", "Sidalor")),
        dispatch("tuesday", 11, 18, *report("mardi", "0,71", "57,30", "Carmadis", "Olmerie")),
        report=False,
    )
    told = found.by_article("articles")
    assert {name: (row["wire_id"], row["revision"]) for name, row in told.items()} == {
        "monday": ("monday", 0),
        "tuesday": ("tuesday", 0),
    }


def test_a_copy_comes_from_the_revision_that_gives_the_whole_article_most(tmp_path):
    same, last = prose(1), prose(2)
    vote = "La décision, adoptée par {} au terme d'une longue séance, prendra effet dès le premier avril prochain."
    found = run_articles(
        tmp_path,
        dispatch("first", 10, 8, same, vote.format("dix-neuf voix contre quatorze"), last),
        dispatch("corrected", 10, 9, same, vote.format("vingt voix contre treize"), last),
        {
            "id": "copy",
            "outlet": "Gazette",
            "published_at": "2025-03-10T11:00:00Z",
            "text": "\n".join([same, vote.format("vingt voix contre treize"), last]),
        },
        report=False,
    )
    told = found.by_article("articles")
    assert (told["corrected"]["wire_id"], told["corrected"]["revision"]) == ("first", 1)
    sources = {row["source_article_id"] for row in found.rows("provenance") if row["article_id"] == "copy"}
    assert sources == {"corrected"}
    assert found.by_article("article_provenance")["copy"]["best_source"] == "corrected"
