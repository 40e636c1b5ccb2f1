"""Exports of a snapshot for other programs."""

from dedup.surfaces.export.described import Exported
from dedup.surfaces.export.tables import ExportError
from dedup.surfaces.export.write import FORMATS, export

__all__ = ["FORMATS", "ExportError", "Exported", "export"]
