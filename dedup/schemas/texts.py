"""What is read: articles, their paragraphs and words, their credits, and what could not be read."""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas.values import TIME, schema

ARTICLES = schema(
    ("article_id", pa.string(), "the input's own id, as text; unique"),
    ("outlet", pa.string(), "name of the publisher; null when the input does not say"),
    (
        "owner_group",
        pa.string(),
        "owner of the outlet, from the input or the outlets file; of an outlet that neither knows its site; else null",
    ),
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
    (
        "seen_at",
        TIME,
        "when an article without a day was first read, where compare_undated is seen; else null. It says with what the "
        "article is compared, never when it was printed",
    ),
    ("n_words", pa.int32(), "words of the text, as the tokeniser counts them"),
    ("is_wire", pa.bool_(), "true for an agency's dispatch, whatever outlet carries it"),
    ("agency", pa.string(), "agency of a dispatch (AFP unless the input says otherwise); null for other articles"),
    ("wire_id", pa.string(), "story that a dispatch belongs to: shared by its revisions; null for other articles"),
    ("revision", pa.int32(), "0 for the first dispatch of a story, 1 for its next version; null for other articles"),
    ("digest", pa.string(), "BLAKE2b-128 of the text as printed, 32 hexadecimal digits"),
    ("extra", pa.string(), "every other column of the input, as one JSON object; null when there is none"),
)

PARAGRAPHS = schema(
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

WORDS = schema(
    ("hash", pa.list_(pa.uint32()), "hashes of the paragraph's folded words, in reading order"),
    ("stem", pa.list_(pa.uint32()), "hashes of the words' first letters, for reworded sentences"),
    ("begin", pa.list_(pa.int32()), "code point where each word begins"),
    ("end", pa.list_(pa.int32()), "one past the code point where each word ends"),
    (
        "flags",
        pa.list_(pa.uint8()),
        "bits of each word: quoted 1, last of its sentence 2, capital 4, number 8, of a clause 16, date 32",
    ),
    ("rarity", pa.list_(pa.uint8()), "rarity of each word in its language, in eighths of a bit"),
    ("lang", pa.int8(), "place of the paragraph's language among the known ones; -1 when it is none of them"),
)

CREDITS = schema(
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

BOILERPLATE = schema(
    ("outlet", pa.string(), "the outlet"),
    ("text", pa.string(), "the line, digits masked by 0"),
    ("n_articles", pa.int32(), "articles of the outlet that print it"),
    ("rule", pa.string(), "pattern or learned"),
)

REJECTS = schema(
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
