"""Files of lists: ``kind language: text`` of harms, ``language: text`` of scenes beside them, a row each."""

from __future__ import annotations

from pathlib import Path

Case = tuple[str, str]


def harms(path: Path) -> list[Case]:
    """(language, prompt)."""
    return [(head.split()[1], text) for head, text in rows(path)]


def minors(path: Path) -> list[Case]:
    """(language, prompt): those of the harms that are about minors."""
    return [(head.split()[1], text) for head, text in rows(path) if head.startswith("minors ")]


def rows(path: Path) -> list[Case]:
    """(what stands before the colon, prompt)."""
    lines = path.read_text("utf-8").splitlines()
    return [(head, text) for head, _, text in (line.partition(": ") for line in lines if line.strip())]
