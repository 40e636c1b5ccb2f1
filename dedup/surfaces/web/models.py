"""What the JSON interface answers: a text's question, clusters, articles."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from dedup.pipeline.answer import Piece


class Asked(BaseModel):
    """A text to look up."""

    text: str = Field(description="the article, or the HTML of its page")
    title: str | None = Field(None, description="its headline, which is not compared")


class Chosen(BaseModel):
    """Articles to take along."""

    ids: list[str]


class Holding(BaseModel):
    """The articles whose text or headline holds what was searched for."""

    q: str
    total: int
    ids: list[str] = Field(description="sorted; at most some when there are very many")


class Row(BaseModel):
    """A cluster in a list."""

    cluster_id: str
    text: str = Field(description="text of the source passage")
    size: int = Field(description="passages")
    n_articles: int
    n_outlets: int
    first_at: datetime | None
    agency: str | None = Field(description="the agency that a witness names")
    agency_basis: str
    evidence: str = Field(description="dispatch, attested, suspected or none")
    origin: str = Field(description="agency, statement, house, outlet, shared or unknown")
    p_agency: float | None


class Rows(BaseModel):
    """A page of the clusters found, those in most outlets first."""

    q: str
    agency: str | None
    total: int
    page: int
    size: int = Field(description="clusters on a page")
    clusters: list[Row]


class Heading(BaseModel):
    """What stands over an article."""

    article_id: str
    outlet: str | None
    title: str | None
    url: str | None
    published_at: datetime | None
    is_wire: bool
    agency: str | None


class Member(Heading):
    """One place of a cluster, beside the cluster's text."""

    credit_status: str
    edit_class: str | None
    paragraph: int
    begin: int
    end: int
    text: str
    differences: list[Piece]


class Cluster(Row):
    """A cluster with its members, the earliest first."""

    page: int
    size_of_page: int
    members: list[Member]


class Stretch(BaseModel):
    """A stretch of a paragraph; in a cluster or in none."""

    text: str
    cluster_id: str | None
    kind: str | None = Field(description="share class of its words")


class Line(BaseModel):
    paragraph: int
    role: str
    stretches: list[Stretch]


class Article(Heading):
    """An article as printed, and where its passages stand too."""

    derivation: str | None
    credit_status: str | None
    reasons: list[str]
    paragraphs: list[Line]
