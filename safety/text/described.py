"""Names that are not said: roles ("the lead of ..."), and descriptions by features."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from errors import UsageError
from safety.registry.load import DATA, ROLES
from safety.text.arrays import LONG, SPACE, Codes, Spelling, codes_of, text_of
from safety.text.edges import is_mark
from safety.text.fold import LONGEST_KEPT, WORDS_KEPT

Span = tuple[int, int]
REACH: Final = 28
EAST_ASIAN: Final = "\u2e80"
NUKTA: Final = "\u093c"
_CHUNK: Final = re.compile(r"\S+")
_ONE_WORD: Final = re.compile(r"[a-z]{1,8}")
_ELIDED: Final = re.compile(r"[cdjlmnst]['’]\w+", re.IGNORECASE)  # "d'une" is no "Dune"
_ARTICLES: Final = re.compile(r"[\s\"'“‘«]*(?:(?:the|film|movie|song|series)\s+)?[\"'“‘«]?", re.IGNORECASE)
FREE: Final = "*"
LOOKS: Final = "descriptions*.jsonl"


@dataclass(frozen=True, slots=True)
class Pointed:
    """An entry that a text points to without naming it."""

    entry: str
    spans: tuple[Span, ...]
    score: float
    how: str


class Descriptions:
    """Phrases of roles and features, found by one automaton over word forms."""

    def __init__(self) -> None:
        import ahocorasick

        self._works: dict[str, list[str]] = {}
        self._direct: dict[str, str] = {}
        self._looks = [(row["entry"], row["features"], row.get("need", 4)) for row in _all(LOOKS)]
        self._open: set[str] = set()  # forms whose ending is free
        for row in _all(ROLES):
            for work in row.get("works", ()):
                self._works.setdefault(self._kept(work), []).append(row["entry"])
            for phrase in row.get("phrases", ()):
                self._direct[self._kept(phrase)] = row["entry"]
        self._features: dict[str, list[tuple[int, int, int]]] = {}
        for number, (_, features, _) in enumerate(self._looks):
            for place, feature in enumerate(features):
                weight = 2 if feature[0].startswith("!") else 1  # a telling feature counts twice
                for word in feature:
                    self._features.setdefault(_form(word.lstrip("!")), []).append((number, place, weight))
        words = {*self._works, *self._direct, *self._features}
        self._automaton: Any = ahocorasick.Automaton()
        for word in words:
            self._automaton.add_word(f" {word}", word)
        if words:
            self._automaton.make_automaton()

    def look(self, text: str, roles: Sequence[Span]) -> list[Pointed]:
        """Everything pointed to. `roles`: places of role words ("the star of"), sorted."""
        flat, at = _flat(text)
        seen: dict[str, list[Span]] = {}
        for end, word in self._automaton.iter(flat):
            if word in self._open or flat[end + 1 : end + 2] in (" ", "") or flat[end + 1 : end + 3] in ("s ", "d "):
                span = (at[end - len(word) + 1], at[end] + 1)
                if _ELIDED.fullmatch(text, *span) is None:
                    seen.setdefault(word, []).append(span)
        found = [Pointed(self._direct[w], tuple(s[:1]), 0.85, "phrase") for w, s in seen.items() if w in self._direct]
        for word, spans in seen.items():
            if word not in self._works:
                continue
            near = next((s for s in spans if _role_before(roles, s) and _as_a_title(text, roles, s)), None)
            if near is not None:
                found += [Pointed(entry, (near,), 0.85, "role") for entry in self._works[word]]
        return found + self._described(seen)

    def _kept(self, phrase: str) -> str:
        form = _form(phrase)
        if phrase.endswith(FREE):
            self._open.add(form)
        return form

    def _described(self, seen: Mapping[str, Sequence[Span]]) -> list[Pointed]:
        weights: dict[int, dict[int, tuple[int, Span]]] = {}
        for word, spans in seen.items():
            for number, place, weight in self._features.get(word, ()):
                weights.setdefault(number, {})[place] = (weight, spans[0])
        found = []
        for number, places in weights.items():
            entry, _, need = self._looks[number]
            total = sum(w for w, _ in places.values())
            if total >= need and len(places) >= 2:
                spans = tuple(s for _, s in places.values())
                found.append(Pointed(entry, spans, min(0.9, 0.6 + 0.05 * (total - need)), "described"))
        return found


def _role_before(roles: Sequence[Span], span: Span) -> bool:
    index = bisect_left(roles, span)
    return any(-40 <= span[0] - end <= REACH for _, end in roles[max(0, index - 4) : index + 2])


def _as_a_title(text: str, roles: Sequence[Span], span: Span) -> bool:
    """A small-lettered word is a work only right after the role: "the author of the letter folds it" means no "It"."""
    if not _ONE_WORD.fullmatch(text, *span):
        return True
    index = bisect_left(roles, span)
    return any(_ARTICLES.fullmatch(text, end, span[0]) is not None for _, end in roles[max(0, index - 4) : index + 2])


def _form(phrase: str) -> str:
    return _flat(phrase)[0].strip()


def _flat_arrays(codes: Codes) -> tuple[str, list[int]]:
    letters, at, _ = _SPELLED.of(codes)
    heads = np.flatnonzero((np.append(SPACE, letters[:-1]) != SPACE) & (letters != SPACE))
    east = letters >= ord(EAST_ASIAN)
    heads = heads[east[heads] | east[heads - 1]]
    letters, at = np.insert(letters, heads, SPACE), np.insert(at, heads, at[heads])
    kept = np.append(True, (letters[1:] != SPACE) | (letters[:-1] != SPACE))[: len(letters)]
    letters, at = letters[kept], at[kept]
    if len(letters) and letters[0] == SPACE:
        letters, at = letters[1:], at[1:]
    return " " + text_of(letters), [0, *at.tolist()]


@lru_cache(maxsize=20_000)
def _letter(char: str) -> str:
    """A letter, digit or vowel sign in lower case; nothing of other marks, a space of the rest."""
    low = char.lower()[:1]
    if low.isalnum() or ("\u0900" <= low <= "\u0d7f" and low != NUKTA and is_mark(low)):
        return low
    return "" if char in "'’\u200b" or is_mark(char) else " "


_SPELLED: Final = Spelling(_letter)


def _flat(text: str) -> tuple[str, list[int]]:
    """Lower-case words with one space between them and in front, with offsets; East Asian letters each stand alone."""
    if len(text) >= LONG:
        return _flat_arrays(codes_of(text))
    parts, at = [" "], [0]
    last = " "
    for chunk in _CHUNK.finditer(text):
        start, word = chunk.start(), chunk.group()
        if last != " ":
            parts.append(" ")
            at.append(start - 1)
            last = " "
        letters, places = _flat_kept(word) if len(word) <= LONGEST_KEPT else _flat_word(word)
        if letters:
            parts.append(letters)
            if type(places) is range:
                at.extend(range(start, start + len(letters)))
            else:
                at.extend([start + place for place in places])
            last = letters[-1]
    if last != " " and text[-1:].isspace():
        parts.append(" ")
        at.append(len(text) - 1)
    return "".join(parts), at


@lru_cache(maxsize=WORDS_KEPT)
def _flat_kept(word: str) -> tuple[str, Sequence[int]]:
    return _flat_word(word)


def _flat_word(text: str) -> tuple[str, Sequence[int]]:
    """A stretch without white space; offsets from its start."""
    if text.isascii() and text.isalnum():
        return text.lower(), range(len(text))
    chars: list[str] = []
    at: list[int] = []
    last = " "
    for index, char in enumerate(text):
        low = _letter(char)
        if low not in ("", " "):
            if last != " " and (low >= EAST_ASIAN) | (last >= EAST_ASIAN):
                chars.append(" ")
                at.append(index)
            chars.append(low)
            at.append(index)
            last = low
        elif last != " " and low:
            chars.append(" ")
            at.append(index)
            last = " "
    return "".join(chars), at


def _all(pattern: str) -> list[dict[str, Any]]:
    return [row for path in sorted(DATA.glob(pattern)) for row in _rows(path)]


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    rows = []
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if not isinstance(row["entry"], str):
                raise TypeError("entry")
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError("error.registry.malformed", file=path.name, line=number) from error
        rows.append(row)
    return tuple(rows)
