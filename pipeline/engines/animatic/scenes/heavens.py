"""Sky, sun and clouds as most settings have them."""

from __future__ import annotations

from pipeline.engines.animatic.layers import Element
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.parts import Kit


def sun_place(kit: Kit, horizon: float) -> tuple[float, float]:
    """Where sun or moon stands: low at dawn and sunset, high at noon, never under the corner label."""
    low = {"dawn": 0.16, "golden": 0.2, "sunset": 0.11, "dusk": 0.03}.get(kit.time, 0.0)
    if low:
        return kit.aspect * (0.36 + 0.3 * float(kit.random.random())), horizon - low
    return kit.aspect * (0.2 + 0.42 * float(kit.random.random())), horizon * (0.34 + 0.12 * float(kit.random.random()))


def heavens(kit: Kit, horizon: float, sun: tuple[float, float]) -> list[Element]:
    layers = [parts.sky(kit, horizon, sun)]
    if kit.time in ("sunset", "dusk", "golden", "dawn"):
        layers.append(parts.streaks(kit, horizon * 0.18, horizon * 0.9, 14))
    if kit.weather in ("rain", "storm", "snow"):
        layers += parts.clouds(kit, 0.02, horizon * 0.5, 22, cover=0.75)
    elif kit.time != "night":
        layers += parts.clouds(kit, horizon * 0.3, horizon * 0.85, 10)
    return layers
