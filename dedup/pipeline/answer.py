"""What a look-up answers: the passages of a text that are known, their sources, its own credit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Piece(BaseModel):
    """A stretch of two passages laid side by side."""

    kind: Literal["same", "changed", "added", "removed"]
    text: str = Field(description="as the text prints it; empty when removed")
    source: str = Field(description="as the source prints it; empty when added")


class Source(BaseModel):
    """One place that a passage is known from."""

    article_id: str
    outlet: str | None
    url: str | None
    title: str | None
    published_at: datetime | None = Field(description="UTC; null when unknown")
    date_precision: str | None = Field(description="second, minute, day, month or none")
    is_wire: bool = Field(description="true for an agency's dispatch")
    agency: str | None = Field(description="agency of a dispatch, else the one that a credit gives the prose to")
    agency_basis: str = Field(description="the witness: feed, credited_member, in_text or none")
    evidence: str = Field(description="what the source says of the prose: dispatch, attested, suspected or none")
    p_agency: float | None = Field(description="probability that the prose is an agency's; null when not known")
    credit_status: str | None = Field(description="how the source credits an agency")
    cluster_id: str | None = Field(description="cluster of the place in the newest snapshot; null when in none")
    paragraph: int
    begin: int = Field(description="first code point inside the source's paragraph")
    end: int
    text_begin: int = Field(description="first code point inside the text's paragraph")
    text_end: int
    matched_words: int
    longest_run: int
    edit_class: str = Field(description="how the text differs from the source; see the column edit_class of matches")
    reworded: bool = Field(description="found by its rare words only: often wrong")
    differences: list[Piece]


class Known(BaseModel):
    """A passage of the text that stands elsewhere."""

    paragraph: int
    begin: int
    end: int
    n_words: int
    kind: Literal["verbatim", "edited", "quotation", "reworded"]
    agency: str | None = Field(description="the agency that a witness names; null without one")
    agency_basis: str
    evidence: str = Field(description="the strongest of its sources: dispatch, attested, suspected or none")
    witness: str | None = Field(description="the article that bears the evidence")
    p_agency: float | None
    cluster_id: str | None
    n_sources: int = Field(description="places found; at most some are listed")
    n_outlets: int = Field(description="outlets of all of them, agencies apart")
    sources: list[Source] = Field(description="the likeliest source first: dispatches, then the earliest")


class Mention(BaseModel):
    """A mention of an agency in the text."""

    paragraph: int
    begin: int
    end: int
    text: str
    agency: str | None
    kind: str
    strength: float
    rule: str


class Line(BaseModel):
    """A paragraph of the text, as printed."""

    paragraph: int
    role: str
    text: str


class Checked(BaseModel):
    """What is known of one text."""

    title: str | None
    n_words: int
    known_words: int = Field(description="words in known passages, reworded ones apart")
    share_known: float = Field(description="0 to 1")
    share_found: float = Field(description="share of words in passages whose evidence is dispatch or attested, 0 to 1")
    agency: str | None = Field(description="agency of most of these words, else the one that the text itself credits")
    evidence: str = Field(description="the strongest: dispatch, attested, credited (its own credit), suspected or none")
    credit_status: str
    credited_agency: str | None
    reasons: list[str] = Field(description="short English sentences: why")
    paragraphs: list[Line]
    passages: list[Known]
    credits: list[Mention]
    n_candidates: int = Field(description="articles that share a window with the text")
    n_aligned: int = Field(description="those that were compared word by word: the ones that share most windows")
    run_id: str = Field(description="the snapshot")
    seconds: float
