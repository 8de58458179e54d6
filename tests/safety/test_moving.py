"""Which frames of a moving item are looked at: what is shown only for a moment is among them, however long it is."""

from __future__ import annotations

import numpy as np
import pytest

from media.clip import Picture
from media.decode import TimedPicture
from safety.detectors.moving import chosen

MOST, EVERY_S = 16, 0.04


def panned(number: int) -> Picture:
    """A view that a camera sweeps over."""
    columns = np.arange(320)[None, :, None] + 3 * number
    return np.broadcast_to(128 + 80 * np.sin(columns / 40), (180, 320, 3)).astype(np.uint8)


def shown(flashes=(), count=300):
    for number in range(count):
        picture = panned(number).copy()
        if number in flashes:
            picture[60:92, 200:232] = (230, 30, 200)
        yield TimedPicture(number * EVERY_S, picture)


@pytest.mark.parametrize("flashes", [(151,), (150, 151), (150, 151, 152), (0,), (299,)], ids=str)
def test_what_flashes_up_in_a_moving_view_is_among_the_few_that_are_kept(flashes):
    kept = {round(each.time_s / EVERY_S) for each in chosen(shown(flashes), MOST, 16.0)}
    assert len(kept) <= MOST
    assert kept & set(flashes)


def test_the_rest_is_spread_over_the_whole_length():
    numbers = [round(each.time_s / EVERY_S) for each in chosen(shown(), MOST, 16.0)]
    assert numbers == sorted(numbers)
    assert max(np.diff(numbers)) < 300 / 4


def test_frames_that_claim_the_same_time_are_still_different_frames():
    pictures = [TimedPicture(0.0, np.full((60, 80, 3), 10 * n, np.uint8)) for n in range(8)]
    assert len(chosen(iter(pictures), MOST, 16.0)) == 8


def test_a_still_view_costs_two_looks_a_second():
    pictures = (TimedPicture(n * EVERY_S, panned(0)) for n in range(100))
    assert len(chosen(pictures, MOST, 16.0)) <= 9
