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

DEPENDS_ON: dict[str, str] = {
    "articles": "The article alone; `wire_id` and `revision` on the dispatches of its agency within a story's time.",
    "paragraphs": "The article alone.",
    "credits": "The article alone.",
    "matches": "The two texts alone; that they are compared, on the articles within `window_days` of either (those "
    "without a date meet all). The ids of passages, on the other matches of the paragraph.",
    "passages": "The matches of its paragraph; `cluster_id` on the passages that matches join to it.",
    "clusters": "Its passages and their articles, with all matches of these. Final `window_days` after `last_at`, but "
    "for what arrives late.",
    "provenance": "Its cluster. Final with it.",
    "article_provenance": "The clusters of its passages, and for `p_agency` the habit of its outlet as of its day (30 "
    "days and 50 articles before it; where the past has not 10, on until there are). Final when these are.",
    "agency_evidence": "As `article_provenance`.",
    "cluster_evidence": "As `clusters`.",
    "outlets": "All articles of the outlet: never final.",
    "outlets_by_day": "The outlet's articles of the day, final with them; `clock_note`, all articles of the outlet.",
    "outlet_pairs": "All matches between the two: never final.",
    "outlet_pairs_by_day": "The matches of the day's later articles, and the day's articles of both. Final with them.",
    "copies": "All passages between the two: never final.",
    "wire_pickup": "The dispatch, the articles that carry it and their clusters. Final with these.",
    "rejects": "The last reading of each file, and the articles that an id belongs to.",
    "boilerplate": "All articles of the outlet: how often a line recurs, and the floor that grows with the outlet. "
    "Never final; a line that becomes boilerplate sets it apart in older articles too.",
    "cluster_history": "The runs.",
}
"""What a row of each table is a function of, and when it is final: what comes later leaves a final row as it is."""
