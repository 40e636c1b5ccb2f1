"""What a column can hold: the names that tables use, each list once."""

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

NAMING = (*CREDITED, "in_text_only")
"""Statuses of an article that names an agency: it credits one, or cites one in the text."""

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


def schema(*fields: tuple[str, pa.DataType, str]) -> pa.Schema:
    """A schema of (name, type, the sentence that says what the column holds)."""
    return pa.schema([pa.field(name, kind, metadata={"doc": doc}) for name, kind, doc in fields])
