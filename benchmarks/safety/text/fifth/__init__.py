"""A fifth list, frozen before roles, rules and registry were extended the second time; ordered by language.

`roles.txt` holds people by work, office or nickname, `harms.txt` indirect harms as ``kind language: text``, `benign.txt`
scenes beside both that must pass. Its first run and the present one are told apart in `docs/screening-text.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


def roles() -> list[tuple[str, str]]:
    """(language, prompt): 137 ways to say who is meant without a name."""
    return _rows("roles.txt")


def harms() -> list[tuple[str, str]]:
    """(language, prompt): 84 indirect harms in twelve languages."""
    return [(head.split()[1], text) for head, text in _rows("harms.txt")]


def benign() -> list[tuple[str, str]]:
    """(language, prompt): what must pass beside them."""
    return _rows("benign.txt")


def _rows(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [(head, text) for head, _, text in (line.partition(": ") for line in lines if line.strip())]
