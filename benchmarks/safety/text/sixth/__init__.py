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

HERE: Final = Path(__file__).parent
Case = tuple[str, str]


def harms(half: int | None = None) -> list[Case]:
    """(language, prompt): 320 harms in fifteen languages, 68 of them about minors; or one half of them."""
    return [(head.split()[1], text) for head, text in _rows("harms.txt", half)]


def minors() -> list[Case]:
    """(language, prompt): those about minors."""
    return [(head.split()[1], text) for head, text in _rows("harms.txt") if head.startswith("minors ")]


def benign(half: int | None = None) -> list[Case]:
    """(language, prompt): what must pass beside them; or one half of it."""
    return _rows("benign.txt", half)


def first_harms() -> list[Case]:
    """(language, prompt): the other writer's harms."""
    return _rows("first-harms.txt")


def first_benign() -> list[Case]:
    """(language, prompt): the other writer's ordinary scenes."""
    return _rows("first-benign.txt")


def later_harms() -> list[Case]:
    """(language, prompt): 67 harms written after the mending."""
    return [(head.split()[1], text) for head, text in _rows("later-harms.txt")]


def later_benign() -> list[Case]:
    """(language, prompt): 103 ordinary scenes made of the words of the new rules, traps on purpose."""
    return _rows("later-benign.txt")


def _rows(name: str, half: int | None = None) -> list[Case]:
    lines = [line for line in (HERE / name).read_text("utf-8").splitlines() if line.strip()]
    return [
        (head, text)
        for number, (head, _, text) in enumerate(line.partition(": ") for line in lines)
        if half is None or number % 2 == half
    ]
