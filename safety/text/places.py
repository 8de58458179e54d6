"""Stretches of a text that can be asked what stands beside them, without walking through all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

Span = tuple[int, int]


class Places:
    """Spans (start, end exclusive, code points), in any order. Every question is answered in logarithmic time."""

    __slots__ = ("_ends", "_reach", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._reach = list(accumulate((end for _, end in ordered), max))
        self._ends = sorted(end for _, end in ordered)

    def covers(self, start: int, end: int) -> bool:
        """Whether one of them holds start..end."""
        return self._furthest(bisect_right(self._starts, start)) >= end

    def covers_more(self, start: int, end: int) -> bool:
        """Whether one of them holds start..end and something beyond it."""
        furthest = self._furthest(bisect_right(self._starts, start))
        return furthest > end or (furthest == end and self._furthest(bisect_left(self._starts, start)) >= end)

    def reaches(self, start: int, end: int, reach: int) -> bool:
        """Whether one of them stands within `reach` of start..end or overlaps it."""
        return self._furthest(bisect_right(self._starts, end + reach)) >= start - reach

    def beside(self, start: int, end: int, reach: int) -> bool:
        """Whether one of them stands within `reach` of start..end without overlapping it."""
        after, before = bisect_left(self._starts, end), bisect_right(self._ends, start)
        return (after < len(self._starts) and self._starts[after] - end <= reach) or (
            before > 0 and start - self._ends[before - 1] <= reach
        )

    def _furthest(self, count: int) -> int:
        """The greatest end of the first `count` spans."""
        return self._reach[count - 1] if count else -(2**62)


NOWHERE = Places()
