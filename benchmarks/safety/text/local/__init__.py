"""A list of local names, frozen before its first run: twelve languages, 120 prompts with a protected name and 40 without in each.

`<language>.txt` holds ``people|NAME|PROMPT``, ``characters|NAME|PROMPT`` and ``benign||PROMPT``: 70 people and 50 characters
that a user of that country would try, in its script, often declined or by a nickname. Half of the scenes beside them are ordinary,
the others hold words that are names elsewhere. Its writer had seen neither the registry nor another list.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Case

HERE: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "es", "fr", "pt", "id", "de", "ko", "zh", "ja", "ar", "hi", "ru")
KINDS: Final = ("people", "characters")
Row = tuple[str, str, str]


def rows(language: str, folder: Path = HERE) -> list[Row]:
    """(``people``, ``characters`` or ``benign``; name; prompt) of one language of a list, in file order."""
    lines = (folder / f"{language}.txt").read_text("utf-8").splitlines()
    return [(kind, name, text) for kind, name, text in (line.split("|", 2) for line in lines if line.strip())]


def names(language: str, kind: str) -> list[Case]:
    """(language, prompt): prompts that a name must stop."""
    return [(language, text) for own, _, text in rows(language) if own == kind]


def benign(language: str) -> list[Case]:
    """(language, prompt): what must pass beside them."""
    return names(language, "benign")
