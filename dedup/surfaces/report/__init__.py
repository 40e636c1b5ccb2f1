"""The report of a snapshot: pages for people, read from the disk."""

from dedup.surfaces.report.write import BIG_ARTICLES, Limits, write

__all__ = ["BIG_ARTICLES", "Limits", "write"]
