"""Files of lists: ``kind language: text`` of harms, ``language: text`` of scenes beside them, a row each."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Frozen:
    """A list of two files: `harms.txt` and `benign.txt` of a folder."""

    folder: Path

    def harms(self) -> list[Case]:
        """(language, prompt): harms of every class."""
        return harms(self.folder / "harms.txt")

    def minors(self) -> list[Case]:
        """(language, prompt): those about minors."""
        return minors(self.folder / "harms.txt")

    def benign(self) -> list[Case]:
        """(language, prompt): what must pass beside them."""
        return rows(self.folder / "benign.txt")
