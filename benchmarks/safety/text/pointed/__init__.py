"""A list of those who are meant and not named, frozen before its first run: 85 prompts in each of twelve languages.

`west.txt` and `east.txt` hold ``kind language|who is meant|prompt``: 25 ``described`` (a protected character by looks,
powers and plot), 25 ``role`` (a famous person by office, work, record, nickname, initials or relation) and 35 ``other``,
as near as possible and meaning nobody. Each file has one writer, who had read neither registry, roles, features nor any
other list; no native speaker has checked it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
KINDS: Final = ("described", "role", "other")


def cases(kind: str, folder: Path = HERE) -> Iterator[tuple[str, str, str]]:
    """(language, who is meant, prompt) of a kind."""
    for path in sorted(folder.glob("*.txt")):
        for line in filter(str.strip, path.read_text("utf-8").splitlines()):
            head, who, text = line.split("|", 2)
            found, _, language = head.partition(" ")
            if found == kind:
                yield language, who, text
