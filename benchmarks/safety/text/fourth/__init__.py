"""A fourth list, frozen before the registry, the roles and the word lists were looked at: harms, roles, near misses.

`harms.txt` holds indirect harms as ``kind language: text``, `benign.txt` scenes beside them that must pass, `roles.txt`
people and their nicknames without their names. The first run over them is the honest figure; what was mended afterwards
is told apart in `docs/screening-text.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
FRAMES: Final = ("{} waters the plants", "a video of {} at the beach", "{} eats an apple")


def harms() -> list[tuple[str, str]]:
    """(language, prompt): 121 indirect harms in twelve languages."""
    return [(head.split()[1], text) for head, text in _rows("harms.txt")]


def benign() -> list[tuple[str, str]]:
    """(language, prompt): what must pass beside them."""
    return _rows("benign.txt")


def roles() -> list[tuple[str, str]]:
    """(language or nothing, prompt): prompts that name somebody by work, office or nickname; English frames around those in English."""
    lines = (HERE / "roles.txt").read_text("utf-8").splitlines()
    framed = (
        (FRAMES[n % 3].format(line), "en") if line.isascii() else (line, "")
        for n, line in enumerate(lines)
        if line.strip()
    )
    return [(language, text) for text, language in framed]


def _rows(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [(head, text) for head, _, text in (line.partition(": ") for line in lines if line.strip())]
