"""Concepts in a text: everyday words of twelve languages by what they mean, harmless ones as well as others.

The lists are `data/concepts/<language>.txt`, read like those of `terms`. Unlike terms they are broad and short: "kick",
"patada" and "蹴" are `hurting`, whoever kicks whatever. `safety.text.learned` weighs which of them stand together. The
narrower meanings of `safety.text.glosses` are looked for in the same pass.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from safety.text.fold import DATA
from safety.text.glosses import Glosses
from safety.text.terms import Term, read
from safety.text.wordlists import Folded, Mentions, WordLists

CONCEPTS, GLOSSES = "concepts", "glosses"  # folders of lists
MEANT: Final = "="  # before a meaning: one may be called as a concept is
SMALL: Final = "small"  # the label of articles and the like, which tell a language


@cache
def small(data: Path = DATA) -> tuple[Term, ...]:
    """Articles and the like of every language."""
    return tuple(term for term in read(data / CONCEPTS) if term.label == SMALL)


class Concepts:
    """The compiled lists; immutable, so one instance serves all threads.

    Attributes:
        names: the concepts in the order of their numbers.
        glosses: the meanings in the order of theirs.
    """

    def __init__(self, data: Path = DATA) -> None:
        concepts, glosses = read(data / CONCEPTS), read(data / GLOSSES)
        self.names = sorted({term.label for term in concepts} - {SMALL})
        self.glosses = sorted({term.label for term in glosses})
        numbers = {label: number for number, label in enumerate(self.names)}
        numbers |= {MEANT + label: number for number, label in enumerate(self.glosses, len(self.names))}
        named = [(term, term.label) for term in concepts if term.label != SMALL]
        named += [(term, MEANT + term.label) for term in glosses]
        self._lists = WordLists([(term, numbers[label]) for term, label in named], small(data))

    def find(self, text: str, read: Folded | None = None) -> tuple[Mentions, Glosses]:
        """The concepts and glosses of a text, folded already or not, in the order of their places.

        Linear in its length and in what is found.
        """
        return self._parted(self._lists.find(text, read))

    def _parted(self, found: Mentions) -> tuple[Mentions, Glosses]:
        count = len(self.names)
        broad = found.names < count
        starts, ends, numbers = (column[~broad] for column in (found.starts, found.ends, found.names))
        return found[broad], Glosses(starts, ends, numbers - count)
