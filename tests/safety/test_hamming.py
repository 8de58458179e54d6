"""The search among many hashes finds what comparing all of them finds, where bits turn as edits turn them."""

from __future__ import annotations

import numpy as np
import pytest

from safety.detectors.pdq import Hashes
from safety.registry.hamming import EXACT, HammingIndex


def questions(rows: np.ndarray, numbers: np.ndarray, turned: int) -> Hashes:
    """Some rows with so many bits turned: mostly those near their threshold, as in edited pictures."""
    rng = np.random.default_rng(5)
    margins = rng.exponential(1.0, (len(numbers), 256)).astype(np.float32)
    pdq = np.unpackbits(rows[numbers].view(np.uint8), axis=1)
    for bits, margin in zip(pdq, margins, strict=True):
        weights = np.exp(-3 * margin)
        bits[rng.choice(256, turned, replace=False, p=weights / weights.sum())] ^= 1
    packed = np.packbits(pdq, axis=1).view(np.uint64)
    return Hashes(packed, margins, np.zeros((len(numbers), 64, 64), np.uint8))


@pytest.mark.parametrize("count", [EXACT // 2, 60_000], ids=["all compared", "tables"])
def test_rows_near_a_question_are_found_with_their_distance(count: int) -> None:
    rows = np.random.default_rng(1).integers(0, 2**64, (count, 4), dtype=np.uint64)
    numbers = np.arange(0, count, count // 100)[:100]
    near = HammingIndex(rows).near(questions(rows, numbers, 14), 31)
    assert set(near.bits.tolist()) == {14}
    assert np.array_equal(near.row, numbers[near.asked])
    assert len(set(near.row.tolist())) >= 97


def test_an_empty_index_and_no_question_find_nothing() -> None:
    empty = np.zeros((0, 4), np.uint64)
    rows = np.random.default_rng(1).integers(0, 2**64, (10, 4), dtype=np.uint64)
    asked = questions(rows, np.arange(3), 1)
    assert len(HammingIndex(empty).near(asked, 31).row) == 0
    nothing = Hashes(empty, np.zeros((0, 256), np.float32), np.zeros((0, 64, 64), np.uint8))
    assert len(HammingIndex(rows).near(nothing, 31).row) == 0
