"""What is compared: windows, signatures, candidate pairs, alignments and matches."""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas.values import schema

WINDOWS = schema(
    ("paragraph_row", pa.uint32(), "row of the paragraph in PARAGRAPHS"),
    ("begin_word", pa.int32(), "first word of the window inside the paragraph"),
    ("end_word", pa.int32(), "one past the last word of the window"),
    (
        "shingles",
        pa.list_view(pa.uint64()),
        "hashes of the window's shingles, in reading order; overlapping windows share one buffer",
    ),
)

SIGNATURES = schema(
    ("paragraph_row", pa.uint32(), "row of the paragraph in PARAGRAPHS"),
    ("signature", pa.list_(pa.uint32()), "num_perm minima over the window's shingles, equal to datasketch's"),
)

CANDIDATE_PAIRS = schema(
    ("left", pa.uint32(), "row of one article in ARTICLES; smaller than right"),
    ("right", pa.uint32(), "row of the other article"),
    ("n_bands", pa.int32(), "how many window pairs met in a bucket, counted once a band"),
)

ALIGNMENTS = schema(
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
"""Matches before numbers are replaced by names: what alignment hands to the stages after it."""

MATCHES = schema(
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
