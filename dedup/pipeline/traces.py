"""What a run keeps of its trace for the next one: what is counted of each article, and which components it is in."""

from __future__ import annotations

import pyarrow as pa

from dedup import schemas
from dedup.arrays import Shares
from dedup.schemas.values import schema

WORDS = (*schemas.SHARES, *Shares._fields[1:])
"""Words of an article that are counted, by class."""

TRACED = schema(
    ("serial", pa.uint64(), "an article version that the tables show"),
    ("article_id", pa.string(), "its id"),
    ("apart", pa.uint64(), "a number for its paragraphs that are set apart"),
    ("naming", pa.float64(), "how often its outlet names an agency"),
    ("habit", pa.float64(), "how much of what its outlet prints is agency copy"),
    ("carries", pa.bool_(), "its outlet is known to carry dispatches whole"),
    ("copied", pa.float64(), "share of its prose that other owners print too"),
    ("article", pa.uint64(), "digest of the id of a dispatch; 0 for others"),
    ("given", pa.uint64(), "digest of the story that a dispatch was given with; 0 where none was"),
    ("story", pa.uint64(), "digest of the story of a dispatch; 0 for others"),
    ("wire_id", pa.string(), "the story of a dispatch"),
    ("revision", pa.int32(), "its number among the versions of the story"),
    *((f"words_{name}", pa.int32(), f"words counted as {name}") for name in WORDS),
    ("told", pa.bool_(), "somebody in it speaks to an agency"),
    ("cited", pa.bool_(), "it cites a national agency, to which nobody in it speaks"),
    ("full", pa.bool_(), "it credits an agency in full"),
    ("partial", pa.bool_(), "it credits an agency in part"),
    ("traces", pa.float64(), "how much it keeps of an agency's formatting"),
    ("marks", pa.int64(), "traces of an agency in it"),
    ("greatest", pa.float64(), "greatest probability of its passages"),
    ("rung", pa.uint8(), "strongest evidence of its passages"),
    ("used_up", pa.bool_(), "it holds nearly all of its best source"),
    ("is_wire", pa.bool_(), "whether it is a dispatch"),
)
"""What a run keeps of each article; sorted by serial."""

JOINED = schema(
    ("serial", pa.uint64(), "an article version with a passage in the component, or a dispatch of the story"),
    ("paragraph", pa.uint32(), "the paragraph of the passage, counted inside the article; 0 of a story"),
    ("component", pa.uint64(), "number of a component of passages, or digest of the name of a dispatch or a story"),
    ("of_passages", pa.bool_(), "whether it is a component of passages"),
)
"""What a run keeps of what articles hang on: distinct rows."""

EDGES = schema(
    ("left", pa.uint32(), "serial of an article"),
    ("right", pa.uint32(), "serial of another one, of another outlet or agency"),
    ("words", pa.int32(), "equal words of their matches"),
)
"""What a run keeps of the pairs of articles that share words, for OUTLET_PAIRS."""
