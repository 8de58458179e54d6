"""Word lists by class and language: `data/terms/<language>.txt`, lines ``class: term, term*, ~term``.

``*`` leaves the ending free. Comments start with ``#``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from errors import UsageError
from safety.text.fold import DATA

FOLDER: Final = DATA / "terms"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of a class."""

    text: str
    label: str
    language: str
    prefix: bool


@cache
def load(folder: Path = FOLDER) -> tuple[Term, ...]:
    """As `read`, and remembered."""
    return read(folder)


def read(folder: Path) -> tuple[Term, ...]:
    """All terms of a folder.

    Raises:
        UsageError: a malformed line (file and line are named) or no term at all.
    """
    terms = [term for path in sorted(folder.glob("*.txt")) for term in _read(path)]
    if not terms:
        raise UsageError("error.registry.empty", file=folder.name)
    return tuple(terms)


def _read(path: Path) -> list[Term]:
    terms = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        label, colon, words = line.partition(":")
        if not colon or not label.replace("_", "").isalnum():
            raise UsageError("error.registry.malformed", file=path.name, line=number)
        for word in words.replace("，", ",").replace("、", ",").replace("،", ",").split(","):
            word = word.strip()
            if word.rstrip("*"):
                terms.append(Term(word.rstrip("*"), label.strip(), path.stem, word.endswith("*")))
    return terms
