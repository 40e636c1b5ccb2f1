"""The tables: one schema constant each, one sentence of documentation on each field.

Names follow the field: passim (``begin``, ``end``, ``size``, ``cluster``), RNewsflow (``from``, ``to``,
``hourdiff``), METER (wholly / partially / non derived), Cagé, Hervé & Viaud (originality rate, copy rate,
reaction time). Similarities and shares are in 0-1, times are UTC, lags are seconds, offsets are code points
inside the paragraph as printed (``begin`` included, ``end`` excluded).
"""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())

MADE_ID = "h-"
"""Start of an article's id that was made from its content because the input gave none."""

ROLES = ("title", "lead", "body", "heading", "caption", "credit", "embed", "boilerplate")
PRECISIONS = ("second", "minute", "day", "month", "none")
QUOTE_REASONS = (
    None,
    "public",
    "undecided",
    "copied_frame",
    "same_splice",
    "told_to_agency",
    "translated",
    "witness",
)
"""Why the quoted words of a match count as a quotation (the first two names) or as copied (the others)."""

QUOTED_ONLY = 3
"""Reasons before this place leave a match a quotation."""

EDIT_CLASSES = (
    "verbatim",
    "light_edit",
    "heavy_edit",
    "merged",
    "split",
    "truncated",
    "reordered",
    "quote_only",
)
CREDIT_KINDS = ("full", "partial", "in_text", "quote_to_agency", "photo", "other")
CREDIT_STATUSES = ("credited_full", "credited_partial", "in_text_only", "photo_only", "none")
CREDITED = ("credited_full", "credited_partial")
"""Statuses of an article that credits an agency for its text."""
DERIVATIONS = ("wholly", "partially", "non")
EVIDENCE = ("none", "suspected", "credited", "attested", "dispatch")
"""Rungs of evidence, the weakest first: statistics only, the article's own credit, another outlet's credit of the same
text, a stored dispatch."""
FOUND = ("attested", "dispatch")
"""Rungs at which the words of a passage are found to be an agency's."""
ORIGINS = ("agency", "statement", "house", "outlet", "shared", "unknown")
"""Where shared prose comes from."""
SET_APART = ("boilerplate", "caption", "credit", "embed")
"""Roles of paragraphs that are not aligned; their words count as boilerplate."""
SHARES = ("own", "quotation", "background", "edited", "verbatim", "boilerplate")
"""Classes of an article's words; where two passages cover a word the later class counts."""


def _schema(*fields: tuple[str, pa.DataType, str]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, kind, doc in fields])


ARTICLES = _schema(
    ("article_id", pa.string(), "the input's own id, as text; unique"),
    ("outlet", pa.string(), "name of the publisher; null when the input does not say"),
    ("owner_group", pa.string(), "owner of the outlet, from the outlets file; null when unknown"),
    ("country", pa.string(), "country of the outlet, ISO 3166 two letters; null when unknown"),
    ("url", pa.string(), "address of the page; null when the input does not say"),
    ("title", pa.string(), "headline as given by the input; null when absent"),
    (
        "lang",
        pa.string(),
        "language tag as given by the input, else the language found (fr, en, de, it, es, nl); or null",
    ),
    ("published_at", TIME, "publication time; start of the interval when the date is coarse; null when unknown"),
    ("date_precision", pa.string(), "second, minute, day, month or none: how much of published_at is known"),
    ("date_source", pa.string(), "input, wire, printed, dateline or none: where published_at was read"),
    ("n_words", pa.int32(), "words of the text, as the tokeniser counts them"),
    ("is_wire", pa.bool_(), "true for an agency's dispatch, whatever outlet carries it"),
    ("agency", pa.string(), "agency of a dispatch (AFP unless the input says otherwise); null for other articles"),
    ("wire_id", pa.string(), "story that a dispatch belongs to: shared by its revisions; null for other articles"),
    ("revision", pa.int32(), "0 for the first dispatch of a story, 1 for its next version; null for other articles"),
    ("digest", pa.string(), "BLAKE2b-128 of the text as printed, 32 hexadecimal digits"),
    ("extra", pa.string(), "every other column of the input, as one JSON object; null when there is none"),
)

PARAGRAPHS = _schema(
    ("article_id", pa.string(), "the article"),
    ("paragraph", pa.int32(), "0-based number of the non-empty line of the text, as printed"),
    ("role", pa.string(), "lead, body, heading, caption, credit, embed or boilerplate"),
    (
        "lang",
        pa.string(),
        "language of the article, by which words are weighed (fr, en, de, it, es, nl); null: as French",
    ),
    ("text", pa.string(), "the line as printed, not stripped"),
    ("begin", pa.int32(), "code point where the line starts in the article's text"),
    ("end", pa.int32(), "code point where the line ends in the article's text"),
    ("n_words", pa.int32(), "words of the paragraph"),
    ("n_quoted", pa.int32(), "words inside quotation marks"),
)

WORDS = _schema(
    ("hash", pa.list_(pa.uint32()), "hashes of the paragraph's folded words, in reading order"),
    ("stem", pa.list_(pa.uint32()), "hashes of the words' first letters, for reworded sentences"),
    ("begin", pa.list_(pa.int32()), "code point where each word begins"),
    ("end", pa.list_(pa.int32()), "one past the code point where each word ends"),
    ("flags", pa.list_(pa.uint8()), "bits of each word: quoted 1, last of its sentence 2, capital 4, number 8"),
    ("rarity", pa.list_(pa.uint8()), "rarity of each word in its language, in eighths of a bit"),
)

WINDOWS = _schema(
    ("paragraph_row", pa.uint32(), "row of the paragraph in PARAGRAPHS"),
    ("begin_word", pa.int32(), "first word of the window inside the paragraph"),
    ("end_word", pa.int32(), "one past the last word of the window"),
    (
        "shingles",
        pa.list_view(pa.uint64()),
        "hashes of the window's shingles, in reading order; overlapping windows share one buffer",
    ),
)

SIGNATURES = _schema(
    ("paragraph_row", pa.uint32(), "row of the paragraph in PARAGRAPHS"),
    ("signature", pa.list_(pa.uint32()), "num_perm minima over the window's shingles, equal to datasketch's"),
)

CANDIDATE_PAIRS = _schema(
    ("left", pa.uint32(), "row of one article in ARTICLES; smaller than right"),
    ("right", pa.uint32(), "row of the other article"),
    ("n_bands", pa.int32(), "how many window pairs met in a bucket, counted once a band"),
)

ALIGNMENTS = _schema(
    ("left", pa.uint32(), "row of one article in ARTICLES; smaller than right"),
    ("right", pa.uint32(), "row of the other article"),
    ("left_paragraph", pa.uint32(), "row of the left paragraph in PARAGRAPHS"),
    ("left_begin_word", pa.int32(), "first word of the left span inside its paragraph"),
    ("left_end_word", pa.int32(), "one past its last word"),
    ("left_begin", pa.int32(), "first code point of the left span inside its paragraph"),
    ("left_end", pa.int32(), "one past its last code point"),
    ("right_paragraph", pa.uint32(), "row of the right paragraph in PARAGRAPHS"),
    ("right_begin_word", pa.int32(), "first word of the right span inside its paragraph"),
    ("right_end_word", pa.int32(), "one past its last word"),
    ("right_begin", pa.int32(), "first code point of the right span inside its paragraph"),
    ("right_end", pa.int32(), "one past its last code point"),
    ("matched", pa.int32(), "words aligned as equal"),
    ("longest", pa.int32(), "longest run of equal words"),
    ("runs", pa.int32(), "runs of equal words"),
    ("insertions", pa.int32(), "words of the right span with no counterpart in the left"),
    ("deletions", pa.int32(), "words of the left span with no counterpart in the right"),
    ("substitutions", pa.int32(), "words that stand for one another"),
    ("quoted", pa.int32(), "equal words inside quotation marks on either side"),
    ("others", pa.int32(), "equal words outside quotations in the other alignments of the two articles"),
    ("information", pa.float32(), "what the equal words say for a copy, in bits"),
    ("jaccard", pa.float32(), "overlap of the two spans' sets of word 3-grams"),
    ("quote_only", pa.bool_(), "the two sides share no more than the words of a quotation"),
    ("quote_reason", pa.uint8(), "place in QUOTE_REASONS; 0 when the match is more than a quotation"),
    ("rewrite", pa.bool_(), "reworded sentences, found by their rare words only"),
    ("confidence", pa.float32(), "probability that a rewrite is one, 0 to 1; 0 for other alignments"),
)
"""Matches before names are put to numbers: what alignment hands to the stages behind it."""

MATCHES = _schema(
    ("left_article_id", pa.string(), "article of the left side; left is the smaller (article_id, paragraph, begin)"),
    ("left_paragraph", pa.int32(), "paragraph of the left side"),
    ("left_begin", pa.int32(), "first code point of the left span, inside the paragraph as printed"),
    ("left_end", pa.int32(), "one past the last code point of the left span"),
    ("right_article_id", pa.string(), "article of the right side"),
    ("right_paragraph", pa.int32(), "paragraph of the right side"),
    ("right_begin", pa.int32(), "first code point of the right span"),
    ("right_end", pa.int32(), "one past the last code point of the right span"),
    ("left_outlet", pa.string(), "outlet of the left article"),
    ("right_outlet", pa.string(), "outlet of the right article"),
    ("left_words", pa.int32(), "words of the left span"),
    ("right_words", pa.int32(), "words of the right span"),
    ("matched_words", pa.int32(), "words aligned as equal"),
    ("jaccard", pa.float32(), "overlap of the two spans' shingle sets, 0 to 1"),
    ("containment_left", pa.float32(), "share of the left paragraph's words that are aligned as equal, 0 to 1"),
    ("containment_right", pa.float32(), "share of the right paragraph's words that are aligned as equal, 0 to 1"),
    ("longest_run", pa.int32(), "longest run of equal words"),
    ("n_runs", pa.int32(), "number of runs of equal words"),
    ("insertions", pa.int32(), "words of the right span with no counterpart in the left"),
    ("deletions", pa.int32(), "words of the left span with no counterpart in the right"),
    ("substitutions", pa.int32(), "words that stand for one another"),
    (
        "information",
        pa.float32(),
        "what the aligned words say for a copy, in bits: rarity, little for names and formulas",
    ),
    ("edit_class", pa.string(), "verbatim, light_edit, heavy_edit, merged, split, truncated, reordered or quote_only"),
    (
        "quote_reason",
        pa.string(),
        "why quoted words count as a quotation (public, undecided) or as copied (copied_frame, same_splice, "
        "told_to_agency, translated, witness); null when the match is more than quoted words",
    ),
    ("quotation_share", pa.float32(), "share of the aligned words inside quotation marks on either side, 0 to 1"),
    ("rewrite", pa.bool_(), "sentences that say the same in other words: no passage, and in no share"),
    ("confidence", pa.float32(), "0 to 1; of a rewrite the probability that it is one, from labelled rewordings"),
    ("same_owner", pa.bool_(), "true when both outlets belong to one owner"),
    ("left_passage_id", pa.string(), "passage of the left side"),
    ("right_passage_id", pa.string(), "passage of the right side"),
)

PASSAGES = _schema(
    ("passage_id", pa.string(), "hash of article, paragraph, begin and end, 16 hexadecimal digits"),
    ("article_id", pa.string(), "the article"),
    ("paragraph", pa.int32(), "the paragraph"),
    ("begin", pa.int32(), "first code point inside the paragraph as printed"),
    ("end", pa.int32(), "one past the last code point"),
    ("n_words", pa.int32(), "words of the passage"),
    ("cluster_id", pa.string(), "cluster the passage belongs to"),
)

CLUSTERS = _schema(
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

CREDITS = _schema(
    ("article_id", pa.string(), "the article"),
    ("paragraph", pa.int32(), "paragraph of the mention; -1 when it stands in a metadata column"),
    ("begin", pa.int32(), "first code point of the agency's name inside the paragraph"),
    ("end", pa.int32(), "one past the last code point of the name"),
    ("text", pa.string(), "the name as printed"),
    ("agency", pa.string(), "short name of the agency; null for a collision"),
    ("wikidata", pa.string(), "Wikidata id of the agency; null when unknown"),
    ("kind", pa.string(), "full, partial, in_text, quote_to_agency, photo or other"),
    ("strength", pa.float32(), "how much the mention says that the text is the agency's, 0 to 1"),
    ("rule", pa.string(), "name of the rule that decided"),
)

PROVENANCE = _schema(
    ("passage_id", pa.string(), "the passage"),
    ("article_id", pa.string(), "its article"),
    ("outlet", pa.string(), "its outlet"),
    ("published_at", TIME, "publication time of the article; null when unknown"),
    ("paragraph", pa.int32(), "its paragraph"),
    ("begin", pa.int32(), "first code point inside the paragraph"),
    ("end", pa.int32(), "one past the last code point"),
    ("cluster_id", pa.string(), "its cluster"),
    (
        "source_article_id",
        pa.string(),
        "dispatch or earliest carrier the passage is traced to; null for the source itself",
    ),
    ("source_paragraph", pa.int32(), "paragraph of the source"),
    ("source_begin", pa.int32(), "first code point of the source span"),
    ("source_end", pa.int32(), "one past the last code point of the source span"),
    ("source_revision", pa.int32(), "revision of the dispatch used; null when the source is no dispatch"),
    ("first_carrier", pa.string(), "article that carried the cluster first, dispatches apart; null when unknown"),
    ("edit_class", pa.string(), "how the passage differs from its source; null for the source itself"),
    ("containment", pa.float32(), "share of the passage's words that stand in the source, 0 to 1"),
    ("lag_low", pa.int64(), "least possible lag to the source in seconds; null when a date is missing"),
    ("lag_high", pa.int64(), "greatest possible lag to the source in seconds"),
    (
        "direction",
        pa.string(),
        "after, before, tie or unknown: the passage's time against its source's (before: printed ahead of the stored "
        "dispatch)",
    ),
    ("is_first", pa.bool_(), "true when no other outlet can have carried the cluster earlier"),
    ("is_tie", pa.bool_(), "true when an other outlet may have carried it at the same time"),
    ("same_owner", pa.bool_(), "true when source and carrier belong to one owner"),
    ("credit_status", pa.string(), "credit status of the article"),
    ("credited_agency", pa.string(), "agency the article credits; null when none"),
    ("agency", pa.string(), "agency the prose is given to by a witness; null when there is none"),
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

ARTICLE_PROVENANCE = _schema(
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
        "share of words (boilerplate left out of the base) in passages whose evidence is dispatch or attested",
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
        "the strongest evidence of its passages and credits: dispatch, attested, credited, suspected or none",
    ),
    (
        "derivation",
        pa.string(),
        "wholly, partially or non; null where it cannot be told: it reads like agency copy, and nothing is found",
    ),
    ("best_source", pa.string(), "article that gives the most words; null when there is none"),
    ("best_source_share", pa.float32(), "share of the words that the best source gives"),
    (
        "credit_status",
        pa.string(),
        "credited_full, credited_partial, in_text_only, photo_only or none (in the stored text)",
    ),
    ("credited_agency", pa.string(), "agencies credited, joined by '/'; null when none"),
    ("agency", pa.string(), "agency that owns most of the prose, by a witness; null when there is none"),
    (
        "agency_basis",
        pa.string(),
        "the witness: feed (a dispatch), credited_member (its own, too), in_text or none",
    ),
    ("likely_agency", pa.string(), "without a witness: the outlet's national agency when p_agency is 0.5 or more"),
    ("p_agency", pa.float32(), "probability that at least 35 % of the words are an agency's, 0 to 1"),
    ("lag_low", pa.int64(), "least possible lag to the best source in seconds; null when unknown"),
    ("lag_high", pa.int64(), "greatest possible lag to the best source in seconds; null when unknown"),
    ("reasons", STRINGS, "short sentences: why"),
)

AGENCY_EVIDENCE = _schema(
    ("article_id", pa.string(), "the article"),
    ("agency_passages", pa.float32(), "share of its words in passages that are given to an agency"),
    ("some", pa.float32(), "how far that share is on the way from 0 to 0.15, 0 to 1"),
    ("most", pa.float32(), "how far that share is on the way from 0.3 to 0.7, 0 to 1"),
    ("told", pa.float32(), "1 when somebody in it speaks to an agency ('a dit à l'AFP')"),
    ("own_run", pa.float32(), "share of its words in its longest run of words that are found nowhere else"),
    ("credit_full", pa.float32(), "1 when it credits an agency in full"),
    ("credit_partial", pa.float32(), "1 when it credits an agency in part"),
    (
        "habit",
        pa.float32(),
        "share of the outlet's other articles that are mostly agency passages, less the same share of all outlets; "
        "near 0 for an outlet of few articles",
    ),
    (
        "scars",
        pa.float32(),
        "kinds of traces that an agency's own formatting left in it, such as a quotation between plus signs (log of "
        "1 + number), times 1 - 'some': they count where little was found",
    ),
)
"""What the probabilities of ARTICLE_PROVENANCE were computed from."""

CLUSTER_EVIDENCE = _schema(
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
)
"""What ``p_agency`` of CLUSTERS was computed from; dispatches are left out of the counts."""

OUTLETS = _schema(
    ("outlet", pa.string(), "the outlet"),
    ("owner_group", pa.string(), "its owner; null when unknown"),
    ("day", pa.date32(), "UTC day; null for the row over all days"),
    ("n_articles", pa.int32(), "articles, dispatches apart"),
    ("n_words", pa.int64(), "their words"),
    ("share_found", pa.float32(), "share of words found in a dispatch or in a text that another outlet credits"),
    ("share_estimated", pa.float32(), "share of words that are an agency's, found or not: an estimate"),
    ("copy_rate", pa.float32(), "mean copy rate, weighted by words"),
    ("originality_rate", pa.float32(), "1 - copy_rate"),
    ("n_derived", pa.int32(), "articles wholly or partially derived"),
    (
        "share_credited",
        pa.float32(),
        "share of derived articles with a full or partial credit; null when none is derived",
    ),
    ("lag_q25", pa.float64(), "lower quartile of the lag to the source in seconds; null when none is known"),
    ("lag_median", pa.float64(), "median lag to the source in seconds"),
    ("lag_q75", pa.float64(), "upper quartile of the lag to the source in seconds"),
    ("first_rate", pa.float32(), "share of its passages that it carried first; null when it has none"),
    ("clock_note", pa.string(), "what the clock audit saw: dates at midnight, whole-hour shift; null when nothing"),
)

OUTLET_PAIRS = _schema(
    ("from", pa.string(), "outlet that carried first, or the agency"),
    ("to", pa.string(), "outlet that carried later"),
    ("day", pa.date32(), "UTC day of the later article; null for the row over all days"),
    ("edges", pa.int64(), "article pairs with a match"),
    ("n_words", pa.int64(), "words shared"),
    ("hourdiff_median", pa.float64(), "median delay in hours; null when no date is known"),
    ("from_share", pa.float32(), "share of the articles of 'from' that have an edge to 'to'"),
    ("to_share", pa.float32(), "share of the articles of 'to' that have an edge from 'from'"),
    ("same_owner", pa.bool_(), "true when both belong to one owner"),
    ("directed", pa.bool_(), "false when the order in time is unknown or tied; then from < to"),
)

WIRE_PICKUP = _schema(
    ("article_id", pa.string(), "the dispatch"),
    ("agency", pa.string(), "its agency"),
    ("wire_id", pa.string(), "story of the dispatch"),
    ("revision", pa.int32(), "revision of the dispatch"),
    ("published_at", TIME, "time of the dispatch; null when unknown"),
    ("title", pa.string(), "headline of the dispatch"),
    ("n_articles", pa.int32(), "articles that carry it"),
    ("n_outlets", pa.int32(), "outlets that carry it"),
    ("n_owner_groups", pa.int32(), "independent owners that carry it"),
    ("reach_1h", pa.int32(), "outlets that surely carried it within 1 hour"),
    ("reach_6h", pa.int32(), "outlets that surely carried it within 6 hours"),
    ("reach_24h", pa.int32(), "outlets that surely carried it within 24 hours"),
    ("share_kept", pa.float32(), "mean share of its words that a carrier kept"),
    ("paragraphs_dropped", pa.float32(), "mean share of its paragraphs that a carrier dropped whole"),
    ("first_outlet", pa.string(), "outlet that carried it first; null when unknown"),
    ("first_lag", pa.int64(), "lag of the first outlet in seconds (least possible)"),
    ("n_uncredited", pa.int32(), "carriers without full or partial credit"),
)

REJECTS = _schema(
    ("file", pa.string(), "the file"),
    ("position", pa.int64(), "1-based line or row of the file; null when the whole file is refused"),
    ("article_id", pa.string(), "id of the article when it could be read"),
    ("reason", pa.string(), "what was expected, what came"),
    (
        "kept",
        pa.bool_(),
        "true when the article was kept in spite of it (an impossible date is dropped, the text stays)",
    ),
)

BOILERPLATE = _schema(
    ("outlet", pa.string(), "the outlet"),
    ("text", pa.string(), "the line, digits masked by 0"),
    ("n_articles", pa.int32(), "articles of the outlet that print it"),
    ("rule", pa.string(), "pattern or learned"),
)

CLUSTER_HISTORY = _schema(
    ("cluster_id", pa.string(), "the cluster"),
    ("event", pa.string(), "created, extended, renamed, merged_into, split_from or retired"),
    ("other_id", pa.string(), "the cluster it was renamed to, merged into or split from; null otherwise"),
    ("size", pa.int32(), "passages after the event"),
    ("run_id", pa.string(), "the run"),
)

TABLES: dict[str, pa.Schema] = {
    "articles": ARTICLES,
    "paragraphs": PARAGRAPHS,
    "credits": CREDITS,
    "matches": MATCHES,
    "passages": PASSAGES,
    "clusters": CLUSTERS,
    "provenance": PROVENANCE,
    "article_provenance": ARTICLE_PROVENANCE,
    "agency_evidence": AGENCY_EVIDENCE,
    "cluster_evidence": CLUSTER_EVIDENCE,
    "outlets": OUTLETS,
    "outlet_pairs": OUTLET_PAIRS,
    "wire_pickup": WIRE_PICKUP,
    "rejects": REJECTS,
    "boilerplate": BOILERPLATE,
    "cluster_history": CLUSTER_HISTORY,
}
"""Tables of a snapshot, by file name."""
