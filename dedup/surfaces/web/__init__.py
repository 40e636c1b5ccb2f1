"""``dedup web``: look up a text and browse shared passages, in a browser or as JSON."""

from dedup.surfaces.web.pages import HEADERS, LIMIT, app, serve

__all__ = ["HEADERS", "LIMIT", "app", "serve"]
