"""What can be chosen: sizes, rates and lengths that the chosen engine can make, or any engine when we choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.clip import SHORT_SIDE_PX
from pipeline.engines import Limits
from pipeline.request import DURATION_S, FRAME_RATES
from pipeline.views import EngineCard

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Offer:
    """Choices of the page, smallest first. Length in seconds; shapes are not limited by any engine."""

    resolutions: tuple[str, ...]
    frame_rates: tuple[int, ...]
    duration_s: tuple[float, float]
    sound: bool

    def resolution(self, wished: str) -> str:
        """The wished size, or the largest that is offered."""
        return wished if wished in self.resolutions else self.resolutions[-1]

    def rate(self, wished: int) -> int:
        """The wished rate, or the nearest that is offered."""
        return min(self.frame_rates, key=lambda rate: abs(rate - wished))

    def length(self, wished_s: float) -> float:
        """The wished length, or the nearest that is offered."""
        shortest_s, longest_s = self.duration_s
        return min(max(wished_s, shortest_s), longest_s)


def makers(cards: Sequence[EngineCard]) -> list[EngineCard]:
    """Engines that are ready and make videos, which is what the page asks for."""
    return [card for card in cards if card.available and card.limits is not None and "video" in card.limits.outputs]


def offer(cards: Sequence[EngineCard], engine: str) -> Offer:
    """What the engine can make; with `AUTO` or an engine that is gone, what one of all can make."""
    ready = makers(cards)
    limits: list[Limits] = [card.limits for card in ready if card.name == engine] or [card.limits for card in ready]
    if not limits:
        return Offer(tuple(SHORT_SIDE_PX), FRAME_RATES, DURATION_S, sound=True)
    return Offer(
        tuple(size for size in SHORT_SIDE_PX if any(size in each.resolutions for each in limits)),
        tuple(rate for rate in FRAME_RATES if any(rate in each.frame_rates for each in limits)),
        (min(each.duration_s[0] for each in limits), max(each.duration_s[1] for each in limits)),
        any(each.sound for each in limits),
    )
