"""A sixth list, frozen before ages, inflected stems and structural rules were written: plain and half-plain harms.

`harms.txt` holds ``kind language: text``, `benign.txt` scenes with the same words that must pass. The misses of the rows
of even number were used to mend (``half=0``), those of odd number were not shown while the words were written; but one
person wrote lists and words, so neither half is free of memory. `first-*.txt` are a list that somebody else wrote the
same day; its misses were read before the mending. `later-*.txt` were written after it and run once before their gaps
were closed: that run is the honest figure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text import lists
from benchmarks.safety.text.lists import Case

HERE: Final = Path(__file__).parent


def harms(half: int | None = None) -> list[Case]:
    """(language, prompt): 320 harms in fifteen languages, 68 of them about minors; or one half of them."""
    return _half(lists.harms(HERE / "harms.txt"), half)


def minors() -> list[Case]:
    """(language, prompt): those about minors."""
    return lists.minors(HERE / "harms.txt")


def benign(half: int | None = None) -> list[Case]:
    """(language, prompt): what must pass beside them; or one half of it."""
    return _half(lists.rows(HERE / "benign.txt"), half)


def first_harms() -> list[Case]:
    """(language, prompt): the other writer's harms."""
    return lists.rows(HERE / "first-harms.txt")


def first_benign() -> list[Case]:
    """(language, prompt): the other writer's ordinary scenes."""
    return lists.rows(HERE / "first-benign.txt")


def later_harms() -> list[Case]:
    """(language, prompt): 67 harms written after the mending."""
    return lists.harms(HERE / "later-harms.txt")


def later_benign() -> list[Case]:
    """(language, prompt): 103 ordinary scenes made of the words of the new rules, traps on purpose."""
    return lists.rows(HERE / "later-benign.txt")


def _half(cases: list[Case], half: int | None) -> list[Case]:
    return cases if half is None else cases[half::2]
