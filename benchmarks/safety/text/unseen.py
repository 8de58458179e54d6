"""The lists that nothing is ever trained on, in the order in which they were frozen."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from benchmarks.safety.text import eighth, eleventh, ninth, tenth, thirteenth, twelfth

LISTS: Final[dict[str, ModuleType]] = {
    "eighth": eighth, "ninth": ninth, "tenth": tenth, "eleventh": eleventh, "twelfth": twelfth,
    "thirteenth": thirteenth,
}  # fmt: skip
"""By name. Each has `HERE`, `harms()`, `minors()` and `benign()`."""
