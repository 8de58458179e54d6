"""Colours of a shot. Everything is sRGB, floats 0-255; mixes are made in OKLab so that they stay clean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]

_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_LMS = np.linalg.inv(_TO_LMS)


def rgb(code: str) -> Colour:
    """A colour from ``#rrggbb``."""
    return (float(int(code[1:3], 16)), float(int(code[3:5], 16)), float(int(code[5:7], 16)))


def to_oklab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """OKLab of sRGB [..., 3], 0-255 (Ottosson 2020)."""
    linear = np.clip(colours / 255, 0, 1)
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB [..., 3], 0-255, of OKLab; out-of-gamut values are clipped."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0, 1)
    return np.asarray(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0 gives `one`, 1 gives `other`."""
    lab = to_oklab(np.array([one, other], dtype=np.float64))
    red, green, blue = from_oklab(lab[0] + (lab[1] - lab[0]) * min(1.0, max(0.0, share)))
    return (float(red), float(green), float(blue))


def lift(colour: Colour, lightness: float, chroma: float = 1.0) -> Colour:
    """The colour with OKLab lightness moved by `lightness` and chroma multiplied."""
    lab = to_oklab(np.array(colour, dtype=np.float64))
    lab = np.array([np.clip(lab[0] + lightness, 0, 1), lab[1] * chroma, lab[2] * chroma])
    red, green, blue = from_oklab(lab)
    return (float(red), float(green), float(blue))


def ramp(stops: Sequence[tuple[float, Colour]], where: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Colours float32 [n, 3] at the positions `where` of a gradient given by (position, colour) stops."""
    positions = [stop[0] for stop in stops]
    lab = to_oklab(np.array([stop[1] for stop in stops], dtype=np.float64))
    mixed = np.stack([np.interp(where, positions, lab[:, axis]) for axis in range(3)], axis=-1)
    return from_oklab(mixed).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one shot.

    Attributes:
        sky: three to four colours from zenith to horizon.
        light: of sun, moon or lamp; `glow` the air around it.
        far, near: silhouettes at the greatest and at the least distance; between them lies the air.
        ground: the surface one stands on.
        water: deep and shallow.
        accent: the one colour that sings.
        night: 0 at noon, 1 at midnight.
    """

    sky: tuple[Colour, ...]
    light: Colour
    glow: Colour
    far: Colour
    near: Colour
    ground: Colour
    water: tuple[Colour, Colour]
    accent: Colour
    night: float

    def at(self, depth: float) -> Colour:
        """The silhouette colour at a depth, 0 far to 1 near."""
        return mix(self.far, self.near, depth)

    def tinted(self, colour: Colour, share: float = 0.35) -> Colour:
        """An object's own colour seen in this light."""
        shaded = mix(colour, self.near, 0.62 * self.night)
        return mix(shaded, self.glow, share * 0.5)


def _palette(
    sky: str, light: str, glow: str, far: str, near: str, ground: str, water: str, accent: str, night: float
) -> Palette:
    deep, shallow = water.split()
    return Palette(
        tuple(rgb(c) for c in sky.split()), rgb(light), rgb(glow), rgb(far), rgb(near), rgb(ground),
        (rgb(deep), rgb(shallow)), rgb(accent), night,
    )  # fmt: skip


TIMES: dict[str, Palette] = {
    "dawn": _palette("#4f6d9c #93a3c4 #efc2b2 #ffe3bd", "#fff1cf", "#ffd2a3", "#b9b0c4", "#27304d", "#4c5570",
                     "#3b5f86 #e9b8a6", "#f2856d", 0.15),
    "day": _palette("#2f87c9 #6cb6e4 #b7e0f1 #eef8f2", "#fffbe6", "#fff6d4", "#a8cfe0", "#1d5063", "#4d9160",
                    "#126a96 #7fd0d8", "#ff7a4d", 0.0),
    "golden": _palette("#5b6ea3 #c98f94 #f6b071 #ffdf9b", "#fff3c4", "#ffc56e", "#dba184", "#3b2440", "#7d4d45",
                       "#5b5580 #f7b27d", "#ff6f52", 0.2),
    "sunset": _palette("#2b2559 #7b3a7c #e3606a #ffb35c", "#ffe9a8", "#ff8b53", "#a3557b", "#1f1738", "#3a2247",
                       "#35275f #f0786a", "#ffc44f", 0.4),
    "dusk": _palette("#171f45 #37427d #8a6a9c #eaa08c", "#ffe6c0", "#e58f86", "#5f5c8e", "#121833", "#232b4e",
                     "#1c2a58 #a67b96", "#ffb85c", 0.65),
    "night": _palette("#070d24 #101f45 #1f3c69 #3b6488", "#f4f1dc", "#7fa6c4", "#2b4a70", "#070d1f", "#0f1c34",
                      "#0a1d3d #31648a", "#ffcf70", 1.0),
    "overcast": _palette("#77899a #98a8b3 #bcc6c9 #dbdfda", "#f3f2e8", "#dfe2dc", "#a9b5ba", "#26343f", "#55645c",
                         "#4b6370 #a3b5b8", "#d98b5f", 0.2),
}  # fmt: skip


def _shifted(palette: Palette, tint: Colour, share: float, lightness: float = 0.0, chroma: float = 1.0) -> Palette:
    def shift(colour: Colour) -> Colour:
        return lift(mix(colour, tint, share), lightness, chroma)

    return replace(
        palette,
        sky=tuple(shift(c) for c in palette.sky), glow=shift(palette.glow), far=shift(palette.far),
        near=shift(palette.near), ground=shift(palette.ground),
        water=(shift(palette.water[0]), shift(palette.water[1])),
    )  # fmt: skip


MOOD_TINTS: dict[str, tuple[str, float, float, float]] = {
    "calm": ("#8fc7d4", 0.08, 0.01, 0.95),
    "joyful": ("#ffd26b", 0.10, 0.03, 1.12),
    "romantic": ("#f28ba8", 0.18, 0.0, 1.05),
    "melancholy": ("#5c7594", 0.24, -0.03, 0.75),
    "tense": ("#4a6e6a", 0.28, -0.07, 0.8),
    "epic": ("#e08a3c", 0.10, -0.02, 1.15),
    "mysterious": ("#5b4c9c", 0.24, -0.04, 0.95),
    "dreamy": ("#d6a7e8", 0.20, 0.03, 0.95),
    "energetic": ("#ff5f6d", 0.08, 0.01, 1.25),
    "neutral": ("#808080", 0.0, 0.0, 1.0),
}


def palette_for(time: str, mood: str) -> Palette:
    """The palette of a time of day, moved by a mood. Unknown names give ``day`` and ``neutral``."""
    tint, share, lightness, chroma = MOOD_TINTS.get(mood, MOOD_TINTS["neutral"])
    base = TIMES.get(time, TIMES["day"])
    return _shifted(base, rgb(tint), share, lightness, chroma)


def restyled(palette: Palette, dark: Colour, middle: Colour, light: Colour, vivid: Colour) -> Palette:
    """The palette drawn towards the colours of a picture."""
    share = 0.55
    tones = (dark, middle, light, light)
    return replace(
        palette,
        sky=tuple(mix(own, tone, share) for own, tone in zip(palette.sky, tones, strict=True)),
        glow=mix(palette.glow, light, share),
        far=mix(palette.far, middle, share),
        near=mix(palette.near, dark, share),
        ground=mix(palette.ground, middle, share),
        water=(mix(palette.water[0], dark, share), mix(palette.water[1], middle, share)),
        accent=mix(palette.accent, vivid, 0.8),
    )
