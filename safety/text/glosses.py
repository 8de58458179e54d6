"""The words of a text by what they mean, one number for a meaning in all languages: "knife", "messer", "刀" are one.

`data/glosses/<language>.txt` are read like the concepts, which are a hundred and broad; glosses are many and narrow, so
what was learned from the knives of one language is known in the others. They are found with the concepts, in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.text.arrays import Offsets, over_root

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Glosses:
    """Those of a text in the order of their places.

    Attributes:
        starts, ends: code points of the original, end exclusive, shape [G].
        numbers: of each meaning, shape [G].
    """

    starts: Offsets
    ends: Offsets
    numbers: Numbers

    def reach(self, start: Offsets, end: Offsets) -> tuple[Offsets, Offsets]:
        """The first gloss and the one after the last that begin in places of the original text."""
        return np.searchsorted(self.starts, start), np.searchsorted(self.starts, end)

    def counted(self, first: int, last: int) -> tuple[Numbers, Numbers]:
        """Meanings from `first` to `last` (exclusive), ascending, and how often each is there."""
        return np.unique(self.numbers[first:last], return_counts=True)

    def weighed(self, weights: Numbers, first: Offsets, last: Offsets) -> NDArray[np.float64]:
        """Sums of `weights` from each `first` to its `last`, over the root of how many glosses there are.

        Args:
            weights: whole numbers, whose sums are the same in any order, one for each meaning.
        """
        return over_root(weights[self.numbers], first, last, last - first)


NOTHING: Final = Glosses(*np.zeros((3, 0), np.int64))
