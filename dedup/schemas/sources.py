"""Where the text comes from: passages, clusters, sources, and the evidence for an agency."""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas.values import STRINGS, TIME, schema

PASSAGES = schema(
    (
        "passage_id",
        pa.string(),
        "hash of article, paragraph and where its match with the earliest other article begins, 16 hexadecimal digits: "
        "it stays while later copies make the passage longer",
    ),
    ("article_id", pa.string(), "the article"),
    ("paragraph", pa.int32(), "the paragraph"),
    ("begin", pa.int32(), "first code point inside the paragraph as printed"),
    ("end", pa.int32(), "one past the last code point"),
    ("n_words", pa.int32(), "words of the passage"),
    ("cluster_id", pa.string(), "cluster the passage belongs to"),
)

CLUSTERS = schema(
    ("cluster_id", pa.string(), "passage_id of the source passage: earliest in time, ties by id"),
    ("size", pa.int32(), "passages"),
    ("n_articles", pa.int32(), "articles"),
    ("n_outlets", pa.int32(), "outlets"),
    ("n_owner_groups", pa.int32(), "independent owners; an outlet of unknown owner counts as its own"),
    ("first_at", TIME, "earliest known time of a member; null when none is known"),
    ("last_at", TIME, "latest known time of a member; null when none is known"),
    ("overlap_mean", pa.float32(), "mean overlap (matched words over the shorter span) of the matches inside"),
    ("overlap_min", pa.float32(), "true minimum overlap over all pairs of members: 0 when two do not match"),
    ("text", pa.string(), "text of the source passage"),
    (
        "agency",
        pa.string(),
        "agency the cluster is given to by a witness, a dispatch or a credit that covers it; several, joined by '/', "
        "when the credits name them together; null when there is no witness",
    ),
    ("agency_basis", pa.string(), "the witness: feed (a dispatch), credited_member, in_text or none"),
    (
        "evidence",
        pa.string(),
        "dispatch, attested, suspected (p_agency of 0.5 or more, and no witness) or none",
    ),
    ("origin", pa.string(), "agency, statement, house, outlet, shared or unknown: where the prose comes from"),
    ("p_agency", pa.float32(), "probability that the prose is an agency's, 0 to 1"),
    (
        "likely_agency",
        pa.string(),
        "without a witness: national agency of most of its owners' countries, when p_agency is 0.5 or more; a guess",
    ),
    ("is_background", pa.bool_(), "recurs over days or dispatches"),
    ("is_boilerplate", pa.bool_(), "an outlet's own recurring line"),
    ("is_quotation", pa.bool_(), "members share only the words of a quotation"),
    (
        "reasons",
        STRINGS,
        "short sentences: what speaks most for p_agency (or against it, under one half), strongest first",
    ),
)

PROVENANCE = schema(
    ("passage_id", pa.string(), "the passage"),
    ("article_id", pa.string(), "its article"),
    ("outlet", pa.string(), "its outlet"),
    ("published_at", TIME, "publication time of the article; null when unknown"),
    ("paragraph", pa.int32(), "its paragraph"),
    ("begin", pa.int32(), "first code point inside the paragraph"),
    ("end", pa.int32(), "one past the last code point"),
    ("n_words", pa.int32(), "its words"),
    ("cluster_id", pa.string(), "its cluster"),
    (
        "origin",
        pa.string(),
        "origin of its cluster: agency, statement, house, outlet, shared or unknown",
    ),
    (
        "source_article_id",
        pa.string(),
        "dispatch or earliest carrier the passage is traced to; null for the source itself",
    ),
    (
        "source_outlet",
        pa.string(),
        "outlet of the source, the agency of a dispatch; null for the source itself",
    ),
    ("source_is_wire", pa.bool_(), "true when the source is a dispatch; null for the source itself"),
    ("source_paragraph", pa.int32(), "paragraph of the source"),
    ("source_begin", pa.int32(), "first code point of the source span"),
    ("source_end", pa.int32(), "one past the last code point of the source span"),
    ("source_revision", pa.int32(), "revision of the dispatch used; null when the source is no dispatch"),
    ("first_carrier", pa.string(), "article that carried the cluster first, dispatches apart; null when unknown"),
    ("edit_class", pa.string(), "how the passage differs from its source; null for the source itself"),
    ("containment", pa.float32(), "share of the passage's words that stand in the source, 0 to 1"),
    ("lag_low", pa.int64(), "least possible lag to the source in seconds; null when a date is missing"),
    ("lag_high", pa.int64(), "greatest possible lag to the source in seconds"),
    ("lag_mid", pa.float64(), "middle of what is possible, in seconds (a copy is not before its source): for medians"),
    (
        "lag_known",
        pa.bool_(),
        "true when both times are known to the minute or better: lag_mid is a measurement",
    ),
    (
        "direction",
        pa.string(),
        "after, before, tie or unknown: the passage's time against its source's (before: printed ahead of the stored "
        "dispatch)",
    ),
    ("is_first", pa.bool_(), "true when no other outlet can have carried the cluster earlier"),
    ("is_tie", pa.bool_(), "true when another outlet may have carried it at the same time"),
    ("same_owner", pa.bool_(), "true when source and carrier belong to one owner"),
    ("credit_status", pa.string(), "credit status of the article"),
    ("credited_agency", pa.string(), "agency the article credits; null when none"),
    ("agency", pa.string(), "agency of the dispatch it comes from, else of its cluster; null without a witness"),
    ("agency_basis", pa.string(), "the witness: feed (a dispatch), credited_member, in_text or none"),
    ("p_agency", pa.float32(), "probability that the prose is an agency's, 0 to 1"),
    ("share_class", pa.string(), "verbatim, edited, quotation, background or boilerplate: where its words are counted"),
    (
        "evidence",
        pa.string(),
        "dispatch (stands in a stored dispatch), attested (another outlet that prints it credits it to the agency), "
        "credited (the article's own credit), suspected (statistics only) or none",
    ),
    ("reasons", STRINGS, "short sentences: why"),
)

ARTICLE_PROVENANCE = schema(
    ("article_id", pa.string(), "the article"),
    ("title", pa.string(), "its headline; null when absent"),
    ("url", pa.string(), "its address; null when absent"),
    ("outlet", pa.string(), "its outlet"),
    ("owner_group", pa.string(), "owner of the outlet; null when unknown"),
    ("published_at", TIME, "publication time; null when unknown"),
    ("date_precision", pa.string(), "how much of published_at is known"),
    ("is_wire", pa.bool_(), "true for a dispatch"),
    ("n_words", pa.int32(), "words of the text"),
    ("share_verbatim", pa.float32(), "share of words that stand word for word in another text"),
    ("share_edited", pa.float32(), "share of words inside edited passages"),
    ("share_quotation", pa.float32(), "share of words in passages that share only a quotation"),
    ("share_background", pa.float32(), "share of words in recurring background"),
    ("share_boilerplate", pa.float32(), "share of words in the outlet's boilerplate, captions, credits and embeds"),
    ("share_own", pa.float32(), "share of words found nowhere else; the six shares add up to 1"),
    (
        "share_found",
        pa.float32(),
        "share of words (boilerplate left out of the base) in passages whose evidence is dispatch or attested: those "
        "that they share with a dispatch or with a text that credits the agency",
    ),
    (
        "share_estimated",
        pa.float32(),
        "share of words (same base) that are an agency's, found or not: an estimate",
    ),
    ("share_same_owner", pa.float32(), "share of words found only in outlets of the same owner"),
    (
        "copy_rate",
        pa.float32(),
        "share_verbatim + share_edited + share_background over the words that are not boilerplate",
    ),
    ("originality_rate", pa.float32(), "1 - copy_rate"),
    (
        "evidence",
        pa.string(),
        "the strongest evidence that it is the agency's: of the passages of `agency` (dispatch, attested; 0.05 of the "
        "words or more, recurring background apart), its own credit (credited), statistics where nothing is found "
        "(suspected) or none",
    ),
    (
        "derivation",
        pa.string(),
        "wholly, partially or non; null where it is open: it reads like agency copy, and nothing is found",
    ),
    ("best_source", pa.string(), "article that gives the most words; null when there is none"),
    ("best_source_share", pa.float32(), "share of the words that the best source gives"),
    (
        "credit_status",
        pa.string(),
        "credited_full, credited_partial, in_text_only, photo_only or none (in the stored text)",
    ),
    ("credited_agency", pa.string(), "agencies credited, joined by '/'; null when none"),
    ("agency", pa.string(), "agency that gave most of the words found, else its own credit's; null without a witness"),
    (
        "agency_basis",
        pa.string(),
        "the witness: feed (a dispatch), credited_member (its own, too), in_text or none",
    ),
    ("likely_agency", pa.string(), "without a witness: the outlet's national agency when p_agency is 0.5 or more"),
    ("p_agency", pa.float32(), "probability that at least 35 % of the words are an agency's, 0 to 1"),
    ("lag_low", pa.int64(), "least possible lag to the best source in seconds; null when unknown"),
    ("lag_high", pa.int64(), "greatest possible lag to the best source in seconds; null when unknown"),
    ("lag_mid", pa.float64(), "middle of what is possible, in seconds (a copy is not before its source): for medians"),
    (
        "lag_known",
        pa.bool_(),
        "true when both times are known to the minute or better: lag_mid is a measurement",
    ),
    ("reasons", STRINGS, "short sentences: why"),
)

AGENCY_EVIDENCE = schema(
    ("article_id", pa.string(), "the article"),
    ("agency_passages", pa.float32(), "share of its words in passages that are given to an agency"),
    (
        "own_run",
        pa.float32(),
        "share of its words in its longest run of words that are found nowhere else; above a half it is not wholly "
        "derived, unless half of it is found",
    ),
    ("some", pa.float32(), "how far 'agency_passages' is on the way from 0 to 0.15, 0 to 1; 0 under 0.05"),
    ("told", pa.float32(), "1 when somebody in it speaks to an agency ('a dit à l'AFP')"),
    (
        "cited",
        pa.float32(),
        "1 when it cites a national agency ('selon l'AFP') that it does not credit and nobody in it speaks to: an "
        "agency does not cite itself",
    ),
    ("credit_full", pa.float32(), "1 when it credits an agency in full"),
    ("credit_partial", pa.float32(), "1 when it credits an agency in part"),
    (
        "habit",
        pa.float32(),
        "share of the outlet's other articles that are mostly agency passages, less that of the others, as of "
        "its day (30 days before it, at least 50 articles); near 0 for an outlet of few articles",
    ),
    (
        "scars",
        pa.float32(),
        "kinds of traces that an agency's own formatting left in it, such as a quotation between plus signs (log of "
        "1 + number), times 1 - 'some': they count where little was found",
    ),
)
"""What the probabilities of ARTICLE_PROVENANCE were computed from."""

CLUSTER_EVIDENCE = schema(
    ("cluster_id", pa.string(), "the cluster"),
    ("credited", pa.float32(), "members whose article credits an agency in full or in part (log of 1 + number)"),
    ("told", pa.float32(), "share of the members in whose article somebody speaks to an agency"),
    ("owners", pa.float32(), "independent owners (log of the number)"),
    ("quotation", pa.float32(), "1 when the members share only a quotation"),
    ("length", pa.float32(), "words of the longest member (log)"),
    ("copied", pa.float32(), "mean over the members of the share of their article's prose that other owners print too"),
    (
        "spread",
        pa.float32(),
        "hours from the first to the last dated member (log of 1 + hours); 0 for one date or none",
    ),
    ("scars", pa.float32(), "share of the members whose article keeps traces of an agency's own formatting"),
    ("statement", pa.float32(), "share of the members with an institution's or a person's attribution beside them"),
    ("names", pa.float32(), "names and figures a word, mean over the members: high in lists and titles"),
    ("served", pa.float32(), "log of how often the other articles of the outlets that print it name an agency"),
)
"""What ``p_agency`` of CLUSTERS was computed from; dispatches are left out of the counts."""

CLUSTER_HISTORY = schema(
    ("cluster_id", pa.string(), "the cluster"),
    ("event", pa.string(), "created, extended, renamed, merged_into, split_from or retired"),
    ("other_id", pa.string(), "the cluster it was renamed to, merged into or split from; null otherwise"),
    ("size", pa.int32(), "passages after the event"),
    ("run_id", pa.string(), "the run"),
)
