"""Misspelled names: one edit in a word (missing, extra, wrong or swapped letters), or masked vowels.

Ordinary words are never read as misspellings of a one-word name, and a name of several words needs all its words in a
row. Prompts and long texts are read in different ways (`misspelt_prompt`, `misspelt_text`), with the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from safety.registry.load import Registry
from safety.text import misspelt_text
from safety.text.arrays import LONG
from safety.text.masked import MaskedNames
from safety.text.misspelt import SpelledNames
from safety.text.misspelt_prompt import PromptReader
from safety.text.patterns import Patterns
from safety.text.verify import Hit

_WORDS: Final = re.compile(
    r"(?:(?<!\w)(?:[$!|€£]|@(?=[^\W\d_]*[\d@$!|€£]))(?=[^\W_]))?[^\W_]"
    r"(?:[^\W_]+|[*#'’\u0300-\u036f\u200b-\u200d\u2060\ufeff\u00ad]|[@$!|€£+](?=[^\W_])|(?<=[^\W_])[$@|](?=\s))*"
)


class FuzzyIndex:
    """Names of a registry, to be found however they are misspelt."""

    def __init__(self, patterns: Patterns, registry: Registry) -> None:
        self._names = SpelledNames(patterns, registry)
        self._masked = MaskedNames(patterns.items, self._names.numbers)
        self.prompts = PromptReader(self._names)

    def find(self, text: str) -> Iterator[Hit]:
        """Misspelled names in a text. Linear in its words, but for sorting them."""
        tokens = [(*m.span(), m.group()) for m in islice(_WORDS.finditer(text), misspelt_text.MOST_WORDS)]
        if not tokens:
            return
        yield from self.prompts.find(tokens) if len(text) < LONG else misspelt_text.find(self._names, tokens)
        yield from self._masked.find(tokens)
