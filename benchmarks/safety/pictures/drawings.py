"""Pictures drawn by seed: scenes, characters and logos that belong to nobody."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Colour = tuple[int, ...]
SIDE: Final = 448
_FONTS: Final = (cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)


def scene(seed: int) -> Rgb:
    """A flat cartoon of random parts on a gradient with texture. uint8 [448, 448, 3]."""
    rng = np.random.default_rng(seed)
    picture = _ground(rng)
    for _ in range(int(rng.integers(10, 22))):
        centre, axes = _pair(rng, 0, SIDE), _pair(rng, 14, 110)
        if rng.random() < 0.6:
            cv2.ellipse(picture, centre, axes, float(rng.integers(0, 180)), 0, 360, _colour(rng), -1)
        else:
            cv2.fillPoly(picture, [rng.integers(0, SIDE, (4, 2)).astype(np.int32)], _colour(rng))
    noise = cv2.resize(rng.integers(-18, 18, (56, 56, 3)).astype(np.float32), (SIDE, SIDE))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def character(seed: int) -> Rgb:
    """A figure: ears, head, eyes, mouth, body, limbs and a pattern, outlined, on a gradient. uint8 [448, 448, 3]."""
    rng = np.random.default_rng(seed)
    picture, skin, dress = _ground(rng), _colour(rng), _colour(rng)
    x, y = SIDE // 2 + int(rng.integers(-50, 50)), int(rng.integers(120, 190))
    wide, high = _pair(rng, 55, 105)
    body = (x, y + high + int(rng.integers(50, 90)))
    _outlined(picture, body, (int(wide * rng.uniform(0.6, 1.2)), int(rng.integers(60, 110))), dress)
    for side in (-1, 1):
        foot, hand = (x + side * int(rng.integers(25, 70)), 430), (x + side * int(rng.integers(70, 170)), body[1] - 10)
        cv2.line(picture, body, foot, skin, int(rng.integers(14, 34)))
        cv2.line(picture, (x + side * wide // 2, body[1] - 30), hand, skin, int(rng.integers(10, 26)))
    ear = _pair(rng, 14, 60)
    lift = int(rng.integers(-high, 0))
    for side in (-1, 1):
        _outlined(picture, (x + side * int(wide * 0.8), y + lift), ear, skin)
    _outlined(picture, (x, y), (wide, high), skin)
    eye, apart = _pair(rng, 8, 30), int(rng.integers(22, 46))
    for side in (-1, 1):
        at = (x + side * apart, y - int(high * 0.2))
        _outlined(picture, at, eye, (255, 255, 255))
        cv2.circle(picture, at, max(3, min(eye) // 2), (20, 20, 20), -1)
    mouth = (x, y + int(high * 0.4))
    cv2.ellipse(picture, mouth, _pair(rng, 10, 44), 0, 0, float(rng.choice((180, 360))), (160, 30, 40), -1)
    for _ in range(int(rng.integers(3, 12))):
        spot = (body[0] + int(rng.integers(-40, 40)), body[1] + int(rng.integers(-50, 50)))
        cv2.circle(picture, spot, int(rng.integers(5, 16)), _colour(rng), -1)
    return picture


def logo(seed: int) -> Rgb:
    """Letters and two or three flat shapes on one plain colour. uint8 [448, 448, 3]."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIDE, SIDE, 3), rng.choice((255, 255, 20, 240)), np.uint8)
    for _ in range(int(rng.integers(2, 4))):
        centre, axes = _pair(rng, 130, 320), _pair(rng, 40, 150)
        kind = rng.integers(0, 3)
        if kind == 0:
            start = float(rng.integers(0, 360))
            cv2.ellipse(picture, centre, axes, start, 0, float(rng.integers(150, 361)), _colour(rng), -1)
        elif kind == 1:
            far = (centre[0] + axes[0], centre[1] + axes[1])
            cv2.rectangle(picture, centre, far, _colour(rng), int(rng.choice((-1, 18))))
        else:
            cv2.fillPoly(picture, [rng.integers(70, 380, (3, 2)).astype(np.int32)], _colour(rng))
    word = "".join(rng.choice(list(string.ascii_uppercase), int(rng.integers(2, 7))))
    at = (int(rng.integers(20, 90)), int(rng.integers(120, 420)))
    size, thick = float(rng.uniform(1.8, 3.4)), int(rng.integers(4, 14))
    cv2.putText(picture, word, at, _FONTS[int(rng.integers(0, 3))], size, _colour(rng), thick, cv2.LINE_AA)
    return picture


KINDS: Final[dict[str, Callable[[int], Rgb]]] = {"scene": scene, "character": character, "logo": logo}


def _ground(rng: np.random.Generator) -> Rgb:
    ramp = np.linspace(0, 1, SIDE)[:, None, None]
    ground = (1 - ramp) * rng.integers(60, 255, 3) + ramp * rng.integers(0, 200, 3)
    return np.ascontiguousarray(np.broadcast_to(ground, (SIDE, SIDE, 3)).astype(np.uint8))


def _outlined(picture: Rgb, centre: tuple[int, int], axes: tuple[int, int], colour: Colour) -> None:
    cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1)
    cv2.ellipse(picture, centre, axes, 0, 0, 360, (20, 20, 20), 3)


def _pair(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    return int(rng.integers(low, high)), int(rng.integers(low, high))


def _colour(rng: np.random.Generator) -> Colour:
    return tuple(int(c) for c in rng.integers(0, 255, 3))
