"""Even pictures: which squares get a whole level."""

from __future__ import annotations

import numpy as np

from watermark.invisible.squares import whole_levels


def test_a_block_is_changed_as_a_whole_where_that_is_cheaper() -> None:
    wanted = np.array([[0.6, 0.55, 0.4, 0.3, 1.6, 0.1], [0.6, 0.5, 0.4, -0.3, -1.6, 0.1]], np.float32)
    assert whole_levels(wanted).tolist() == [[1, 1, 0, 0, 2, 0], [1, 1, 0, 0, -2, 0]]
