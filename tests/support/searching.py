"""How many examples a property is tried on: its own number in each test run, at least the profile's in a search."""

from __future__ import annotations

from hypothesis import settings


def at_least(examples: int) -> settings:
    """A decorator: so many examples, more where the profile that is loaded (``make search``) has more."""
    return settings(max_examples=max(examples, settings().max_examples))
