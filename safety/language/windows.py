"""Long texts in pieces that a model can read: overlapping, so that nothing is skipped and nothing is cut for good."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

Span = tuple[int, int]
_SENTENCE: Final = re.compile(r"[^.!?。！？।؟\n]+[.!?。！？।؟\n]*")


class Late(TimeoutError):
    """The time for this text is used up."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an answer comes too late, seconds of the monotonic clock."""

    at_s: float

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def left_s(self) -> float:
        """Seconds that are left.

        Raises:
            Late: none are.
        """
        left = self.at_s - time.monotonic()
        if left <= 0:
            raise Late("too late")
        return left


def offsets_of(tokenizer: Any) -> Callable[[str], Sequence[Span]]:
    """What tells where each token of a text begins and ends."""
    return lambda text: tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
        "offset_mapping"
    ]


def windows(text: str, offsets: Sequence[Span], size: int, overlap: int) -> list[Span]:
    """Places of pieces of at most `size` tokens in the order of the text; neighbours share `overlap` tokens.

    Together they cover every character, whatever the tokenizer left out.
    """
    if len(offsets) <= size:
        return [(0, len(text))]
    out: list[Span] = []
    step = size - overlap
    for first in range(0, len(offsets) - overlap, step):
        piece = offsets[first : first + size]
        begin = min(piece[0][0], out[-1][1]) if out else 0
        end = len(text) if first + size >= len(offsets) else max(end for _, end in piece)
        out.append((begin, end))
    return out


def sentences(text: str) -> list[Span]:
    """Places of the sentences of a text, blanks around them left out."""
    out = []
    for found in _SENTENCE.finditer(text):
        piece = found.group()
        begin = found.start() + len(piece) - len(piece.lstrip())
        end = found.start() + len(piece.rstrip())
        if begin < end:
            out.append((begin, end))
    return out
