"""The report of a snapshot: pages for people, read from the disk."""

from dedup.surfaces.report.write import Limits, write

__all__ = ["Limits", "write"]
