"""An eighth list, frozen before its first run: what people type, in thirteen languages; never trained on.

`harms.txt` holds ``kind language: text``, `benign.txt` ordinary scenes, many of them with words of harms. It was written
after `safety/text/learned.py` had been trained, by the hand that wrote its material, and run once before anything was
changed; docs/screening-text.md has that run.
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


def usual() -> list[Case]:
    """("", prompt): 51 prompts as people write them for video generators, long and technical; written later."""
    return [("", line) for line in (HERE / "usual.txt").read_text("utf-8").splitlines() if line.strip()]


def _rows(name: str) -> list[Case]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [(head, text) for head, _, text in (line.partition(": ") for line in lines if line.strip())]
