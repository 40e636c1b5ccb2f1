"""Numbers and names that decide, each once, with where it comes from. What a user may change is in ``config``."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""Seconds. Days are UTC days."""

DAY_MICROSECONDS = DAY * 1_000_000
"""A day of Arrow's times, which are in microseconds."""

BATCH_BYTES = 32 << 20
"""Memory of the rows that are gone through at once where a table is not held whole: a hundredth of what a run may use
by default (``memory_limit``, 3 GiB), so that some of them on each of some threads stay far below it."""


def rows_at_once(row_bytes: int) -> int:
    """How many rows of a table are gone through at once, when each takes about so many bytes in memory."""
    return BATCH_BYTES // row_bytes


LATE = 2**62
"""The time of what has none, where it sorts last."""

AGENCY_SHARE = 0.35
"""Share of an article's words from which it carries an agency: what ``p_agency`` is the probability of.

Below it the commonest thing that two outlets share is a politician's quotation, taken down independently (measured on
gilets_jaunes, docs/method.md); whole-article look-ups are compared at the same share.
"""

CLAIMED = 0.2
"""Share of found words from which it is said that an article prints agency copy without credit: a claim about an
outlet, which a passage or two do not make. A stated convention, not a fitted threshold."""

LEAST_PART = 0.05
"""Share of the words from which an article is partially derived (METER's border, as the labels draw it), and
from which found words say something of an article: fewer speak for their passage alone."""

ESTIMATE_ERRORS = {"wholly": 0.04, "partially": 0.15, "non": 0.13, "untold": 0.04}
"""Mean absolute error of ``share_estimated`` by ``derivation`` (untold: null) on the labelled articles of gilets_jaunes
(62, 19, 24 and 10 of them; ``dedup evaluate`` prints it): what the pages say beside the estimate of an article."""

LIKELY = 0.5
"""Probability from which something is said to be so: more likely than not, as the scores that weigh both errors alike
ask (docs/method.md, "Probability of agency prose")."""

HALF = 0.5
"""Share of a span, or of the shorter of two texts, from which it counts as the same: more of it than not."""

SURE = 0.5
"""Confidence from which a match counts as reported: aligned words begin there. That of a rewrite is a probability."""

MOST_CONFIDENCE, CONFIDENCE_BITS = 0.99, 800
"""Confidence of aligned words: it rises from SURE by their bits over CONFIDENCE_BITS, to no more than
MOST_CONFIDENCE."""

STORY_SECONDS = 36 * HOUR
"""Dispatches of one agency further apart than this are no revisions of one story: it is followed for a day and a half,
then summed up under a slug of its own."""

BACKGROUND_MATCHES = 3
"""Matches from which the median of a cluster's says something."""

MOST_OF = 0.8
"""Share of a whole from which it is nearly all of it: a paragraph whose end is cut, a source that gives a passage."""

CARRIED = ("verbatim", "edited")
"""Share classes that make an article a carrier: a quotation or a recurring background alone does not."""
