"""Reading texts as a person would: disguises undone, places kept.

`normalise` is the entry point for others; `safety.text.screen.TextScreen` finds names and harms.
"""

from __future__ import annotations

from safety.text.fold import View, plain, skeleton

__all__ = ["View", "normalise", "plain", "skeleton"]


def normalise(text: str) -> View:
    """The skeleton of a text: disguised spellings become equal, offsets lead back to the original."""
    return skeleton(text)
