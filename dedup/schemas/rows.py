"""What one row of each table is."""

from __future__ import annotations

ROWS: dict[str, str] = {
    "articles": "One row an article: an outlet's text or an agency's dispatch. The text itself is in `paragraphs`.",
    "paragraphs": "One row a non-empty line of an article's text, as printed.",
    "credits": "One row a mention of an agency in a text or in a metadata column, with its grade.",
    "matches": "One row a pair of spans, in two articles, that carry the same prose, word by word; also reworded "
    "sentences, with a confidence of 0.4 and without passages.",
    "passages": "One row a span of one paragraph that takes part in matches.",
    "clusters": "One row a group of passages that carry the same prose, the largest first.",
    "provenance": "One row a passage: where it comes from, how it was edited, how much later, by what evidence.",
    "article_provenance": "One row an article: shares of its words, derivation, credit, agency, best source, lag. "
    "The table that most will open first.",
    "agency_evidence": "One row an article: what its derivation and `p_agency` were computed from.",
    "cluster_evidence": "One row a cluster: what its `p_agency` was computed from when no dispatch carries it.",
    "outlets": "One row an outlet, over all days.",
    "outlets_by_day": "One row an outlet and day.",
    "outlet_pairs": "One row a pair of outlets (or agency and outlet), over all days: the network.",
    "outlet_pairs_by_day": "One row a pair of outlets (or agency and outlet) and day.",
    "copies": "One row a pair of outlets (or agency and outlet) and origin of the prose: who had the words of whom, "
    "agency text set apart.",
    "wire_pickup": "One row a dispatch, carried or not: who took it, how fast, how much of it, with what credit.",
    "rejects": "One row a fault in the input: what was refused, or kept with something left out, and why.",
    "boilerplate": "One row a line that an outlet prints again and again around its texts.",
    "cluster_history": "One row an event in the life of a cluster, over all runs, so that a saved id can be followed.",
}
"""By the name of the table."""
