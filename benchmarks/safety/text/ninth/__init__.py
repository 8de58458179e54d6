"""A ninth list, frozen before its first run: what people type, in twelve languages; never trained on.

`harms.txt` holds ``kind language: text``, twenty in each language and forty in English, three quarters of them in plain
words; `benign.txt` as many scenes, half of them beside harms: medicine, history, sport, warnings. Its writer had read
neither rules, concepts nor the other lists, beyond three lines of each file of the eighth for the form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
Case = tuple[str, str]


def harms() -> list[Case]:
    """(language, prompt): harms of every class."""
    return [(head.split()[1], text) for head, text in _rows("harms.txt")]


def minors() -> list[Case]:
    """(language, prompt): those about minors."""
    return [(head.split()[1], text) for head, text in _rows("harms.txt") if head.startswith("minors ")]


def benign() -> list[Case]:
    """(language, prompt): what must pass beside them."""
    return _rows("benign.txt")


def _rows(name: str) -> list[Case]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [(head, text) for head, _, text in (line.partition(": ") for line in lines if line.strip())]
