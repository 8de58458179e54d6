"""A tenth list, frozen before its first run: twelve languages, 25 harms and 25 scenes beside them in each.

`harms.txt` holds ``kind language: text``: a third short and plain, a third scenes of one or two sentences, the rest
slang and roundabout wording; those about ``minors`` are cruelty and neglect, none is sexual. `benign.txt` is half
ordinary and half near to harms. Its writer had read no rule, concept or other list, and wrote every language by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text import lists
from benchmarks.safety.text.lists import Case

HERE: Final = Path(__file__).parent


def harms() -> list[Case]:
    """(language, prompt): harms of every class."""
    return lists.harms(HERE / "harms.txt")


def minors() -> list[Case]:
    """(language, prompt): those about minors."""
    return lists.minors(HERE / "harms.txt")


def benign() -> list[Case]:
    """(language, prompt): what must pass beside them."""
    return lists.rows(HERE / "benign.txt")
