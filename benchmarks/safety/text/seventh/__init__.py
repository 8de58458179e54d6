"""A seventh list, in rounds: harms in the words of ordinary users; each round was run first and mended afterwards.

`harms-N.txt` holds ``kind language: text``, `benign-N.txt` ordinary scenes beside them. Round 1 was run on the rules of
the sixth list, round 2 on those of round 1 and so on; each run came before the gaps it showed were closed:

| round | harms stopped at first sight | minors, as such | benign wrongly stopped |
|---|---|---|---|
| 1 | 129/158 (81.6 %) | 30/36 | 3/105 |
| 2 (more scenes, fewer set phrases) | 101/146 (69.2 %) | 26/35 | 3/108 (run with the words written for round 2) |
| 3 | 111/138 (80.4 %) | 25/30 | 1/78 (a name) |
| 4 (short; only the minors' gaps closed, the rest held out) | 24/40 (60.0 %) | 8/12 | 0/51 |

One person wrote lists and words, within an hour, so that a list is not free of the memory of those before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text import lists
from benchmarks.safety.text.lists import Case

HERE: Final = Path(__file__).parent
ROUNDS: Final = (1, 2, 3, 4)


def harms(number: int) -> list[Case]:
    """(language, prompt): the harms of a round."""
    return lists.harms(HERE / f"harms-{number}.txt")


def minors(number: int) -> list[Case]:
    """(language, prompt): those about minors."""
    return lists.minors(HERE / f"harms-{number}.txt")


def benign(number: int) -> list[Case]:
    """(language, prompt): what must pass beside them."""
    return lists.rows(HERE / f"benign-{number}.txt")
