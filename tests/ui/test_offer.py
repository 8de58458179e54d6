"""What the page offers follows from what the engines say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.engines import Limits
from pipeline.views import EngineCard
from tests.ui.scripted import SKETCH
from ui.offer import AUTO, makers, offer

WIDE = EngineCard("wide", "animatic", True, "", {}, "Apache-2.0", True, Limits(resolutions=("720p", "2160p")))
SMALL = EngineCard("small", "local", True, "", {}, "Apache-2.0", False, SKETCH)
STILLS = replace(WIDE, name="stills", limits=Limits(outputs=("image",)))
ABSENT = replace(WIDE, name="absent", available=False)


def test_only_ready_engines_that_make_videos_are_offered() -> None:
    assert [card.name for card in makers([WIDE, SMALL, STILLS, ABSENT])] == ["wide", "small"]


def test_one_engine_offers_its_own_and_auto_what_any_can() -> None:
    cards = [WIDE, SMALL]
    assert offer(cards, "small").resolutions == ("480p",)
    assert offer(cards, AUTO).resolutions == ("480p", "720p", "2160p")
    assert offer(cards, AUTO).frame_rates == (24, 25, 30)
    assert offer(cards, AUTO).duration_s == (2.0, 30.0)
    assert (offer(cards, "small").sound, offer(cards, AUTO).sound) == (False, True)
    assert offer(cards, "gone") == offer(cards, AUTO)


@pytest.mark.parametrize(("wished", "given"), [("480p", "480p"), ("1080p", "480p")])
def test_a_size_stays_or_becomes_the_largest(wished: str, given: str) -> None:
    assert offer([SMALL], "small").resolution(wished) == given


def test_rate_and_length_go_to_the_nearest() -> None:
    offered = offer([SMALL], "small")
    assert (offered.rate(60), offered.length(30.0), offered.length(1.0), offered.length(3.0)) == (25, 4.0, 2.0, 3.0)
