"""What a text asks to see: settings, subjects, time, weather, mood and camera, in 13 languages.

`vocabulary.json` holds, for each concept, words of all languages. A trailing ``*`` matches any ending;
scripts that write no spaces match anywhere, the longest word first.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Area = str
_SPACELESS = re.compile(r"[\u2e80-\u30ff\u31f0-\u9fff\uf900-\ufaff]")
_AGGLUTINATING = re.compile(r"[\u0600-\u06ff\u0900-\u097f\uac00-\ud7af]")
_ARABIC_PREFIX = r"(?:[وفبكل]{0,2}ال|لل|[وفبكل])?"


@dataclass(frozen=True, slots=True)
class Find:
    """A concept found in a text, with the place of its first and the number of its mentions."""

    concept: str
    at: int
    count: int


def plain(text: str) -> str:
    """Case-folded NFKC with straight spaces; what the vocabulary is compared with."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())


@cache
def _patterns() -> dict[Area, tuple[re.Pattern[str], dict[str, str]]]:
    table = json.loads(Path(__file__).with_name("vocabulary.json").read_text("utf-8"))
    return {area: _compile(concepts) for area, concepts in table.items()}


def _compile(concepts: dict[str, list[str]]) -> tuple[re.Pattern[str], dict[str, str]]:
    owner: dict[str, str] = {}
    for concept, words in concepts.items():
        for word in words:
            owner.setdefault(plain(word), concept)
    ordered = sorted(owner, key=len, reverse=True)
    groups = {f"w{k}": owner[word] for k, word in enumerate(ordered)}
    expression = "|".join(f"(?P<w{k}>{_expression(word)})" for k, word in enumerate(ordered))
    return re.compile(expression), groups


def _expression(word: str) -> str:
    if _SPACELESS.search(word):
        return re.escape(word.rstrip("*"))
    body = re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", " ")
    if _AGGLUTINATING.search(word):
        prefix = _ARABIC_PREFIX if re.search("[\u0600-\u06ff]", word) else ""
        return rf"(?<!\w){prefix}{body}\w*"
    return rf"(?<!\w){body}(?:s|es)?(?!\w)"


def find(area: Area, text: str) -> list[Find]:
    """The concepts of an area in a text, in order of their first mention."""
    expression, groups = _patterns()[area]
    found: dict[str, tuple[int, int]] = {}
    for match in expression.finditer(plain(text)):
        concept = groups[match.lastgroup or ""]
        at, count = found.get(concept, (match.start(), 0))
        found[concept] = (at, count + 1)
    return sorted((Find(concept, at, count) for concept, (at, count) in found.items()), key=lambda f: f.at)


def first(area: Area, text: str, default: str) -> str:
    """The concept mentioned most often, the earlier one if two are; `default` if none is."""
    found = find(area, text)
    return max(found, key=lambda f: (f.count, -f.at)).concept if found else default


def concepts(area: Area) -> tuple[str, ...]:
    """All concepts of an area."""
    return tuple(json.loads(Path(__file__).with_name("vocabulary.json").read_text("utf-8"))[area])
