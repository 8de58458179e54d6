"""The sound of places and weather, and effects on cues, all made from noise and sine waves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.signal import lfilter

from pipeline.engines.animatic.director import Take
from pipeline.engines.animatic.synth import RATE_HZ, Wave, add, seconds, shaped, tinted

_PLACES: dict[str, tuple[str, ...]] = {
    "sea": ("waves", "wind"), "lake": ("water",), "forest": ("wind", "birds"), "desert": ("wind",),
    "mountain": ("wind",),
    "snow": ("wind",), "meadow": ("birds",), "underwater": ("deep",), "city": ("traffic", "crowd"),
    "interior": ("room",),
    "space": ("deep",), "road": ("engine", "wind"), "stage": ("crowd",), "village": ("birds",), "studio": ("room",),
    "sky": ("wind",),
}  # fmt: skip
_WEATHER: dict[str, tuple[str, ...]] = {
    "rain": ("rain",), "storm": ("rain", "storm"), "wind": ("wind",), "snow": ("wind",), "embers": ("fire",),
    "fireflies": ("crickets",),
}  # fmt: skip
_SUBJECTS = {
    "campfire": "fire",
    "car": "engine",
    "plane": "engine",
    "train": "train",
    "rocket": "rocket",
    "crowd": "crowd",
    "bird": "birds",
    "horse": "hooves",
}
_GAIN = {
    "room": 0.25,
    "birds": 0.5,
    "crickets": 0.4,
    "wind": 0.55,
    "traffic": 0.5,
    "crowd": 0.45,
    "deep": 0.6,
    "engine": 0.5,
    "water": 0.5,
}


def layers_for(take: Take) -> tuple[str, ...]:
    """The names of what is heard in a take."""
    names = [*_PLACES.get(take.setting, ("wind",)), *_WEATHER.get(take.weather, ())]
    names += [_SUBJECTS[s] for s in take.subjects if s in _SUBJECTS]
    if take.time in ("night", "dusk") and "birds" in names:
        names[names.index("birds")] = "crickets"
    if take.weather in ("rain", "storm", "snow") and "birds" in names:
        names.remove("birds")
    return tuple(dict.fromkeys(names))


def ambience(takes: Sequence[Take], duration_s: float) -> Wave:
    """What is heard of the places, float32 [2, n]; neighbouring takes overlap by half a second."""
    bus = np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
    for take in takes:
        lead = 0.25 if take.number else 0.0
        length = round((take.duration_s + lead + 0.25) * RATE_HZ)
        for number, name in enumerate(layers_for(take)):
            seed = int(take.random(f"ambience {name}").integers(2**31))
            left, right = (np.asarray(_MAKERS[name](length, seed + side), np.float32) for side in (0, 1))
            fade = shaped(length, 0.5 if take.number else 0.3, 0.5).astype(np.float32)
            gain = 0.075 * _GAIN.get(name, 0.7) * (1.0 if number == 0 else 0.75)
            add(bus, left * fade, take.start_s - lead, gain * 1.4, -0.75)
            add(bus, right * fade, take.start_s - lead, gain * 1.4, 0.75)
    return bus


def effects(takes: Sequence[Take], duration_s: float) -> Wave:
    """Cues: a whoosh on whips, a riser before a fade, thunder after lightning."""
    bus = np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
    for take in takes:
        seed = int(take.random("effects").integers(2**31))
        if take.number and take.shot.transition == "whip":
            add(bus, _whoosh(0.55, seed), max(0.0, take.start_s - 0.2), 0.32)
        elif take.number and take.shot.transition in ("dissolve", "match"):
            add(bus, _whoosh(1.2, seed), max(0.0, take.start_s - 0.5), 0.07)
        if take.weather == "storm":
            for at in np.arange(0.35, take.duration_s, 3.7):
                if (at + 0.55) % 3.7 < take.duration_s:
                    add(bus, _thunder(2.6, seed), take.start_s + float(at) + 2.5, 0.5)
    return bus


def _slow(length: int, seed: int, period_s: float, low: float) -> Wave:
    """A gain that wanders between `low` and 1."""
    points = np.random.default_rng(seed).random(max(4, int(length / RATE_HZ / period_s) + 4))
    steps = np.interp(np.linspace(0, len(points) - 1, length), np.arange(len(points)), points)
    return np.asarray(low + (1 - low) * steps, np.float32)


def _wind(length: int, seed: int) -> Wave:
    return (
        tinted(length, seed, 90, 520) * _slow(length, seed + 1, 1.7, 0.25)
        + 0.25 * tinted(length, seed + 2, 500, 1400) * _slow(length, seed + 3, 0.9, 0.0) ** 3
    )


def _waves(length: int, seed: int) -> Wave:
    time = np.arange(length) / RATE_HZ
    surge = (0.5 + 0.5 * np.sin(2 * np.pi * time / 6.3 + seed % 7)) ** 2.2
    return np.asarray(
        tinted(length, seed, 120, 900) * (0.2 + surge) + 0.5 * tinted(length, seed + 1, 1500, 6500) * surge**2,
        np.float32,
    )


def _rain(length: int, seed: int) -> Wave:
    drops = np.random.default_rng(seed).random(length) > 0.9994
    patter = lfilter([1], [1, -0.97], drops * np.random.default_rng(seed + 1).standard_normal(length))
    return np.asarray(0.8 * tinted(length, seed, 900, 9000) + 1.6 * patter, np.float32)


def _water(length: int, seed: int) -> Wave:
    return tinted(length, seed, 250, 1200) * _slow(length, seed + 1, 0.35, 0.1) ** 2


def _deep(length: int, seed: int) -> Wave:
    time = np.arange(length) / RATE_HZ
    return np.asarray(
        tinted(length, seed, 30, 180) * 0.8 + 0.4 * np.sin(2 * np.pi * 55 * time + seed) * _slow(length, seed, 2, 0.2),
        np.float32,
    )


def _traffic(length: int, seed: int) -> Wave:
    return (
        tinted(length, seed, 50, 380)
        + 0.6 * tinted(length, seed + 1, 300, 1500) * _slow(length, seed + 2, 1.3, 0.0) ** 3
    )


def _crowd(length: int, seed: int) -> Wave:
    return sum(
        (
            tinted(length, seed + k, 220 + 130 * k, 480 + 260 * k) * _slow(length, seed + 9 + k, 0.16, 0.0) ** 2
            for k in range(4)
        ),
        start=np.zeros(length, np.float32),
    )


def _room(length: int, seed: int) -> Wave:
    return tinted(length, seed, 60, 300)


def _engine(length: int, seed: int) -> Wave:
    time = np.arange(length) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(62 + 5 * np.sin(2 * np.pi * 0.21 * time)) / RATE_HZ
    tone = sum(np.sin(phase * k) / k for k in (1, 2, 3, 5))
    return np.asarray(0.7 * tone + 0.5 * tinted(length, seed, 80, 700), np.float32)


def _train(length: int, seed: int) -> Wave:
    time = np.arange(length) / RATE_HZ
    beat = (time % 0.82 < 0.05) | ((time - 0.17) % 0.82 < 0.05)
    return np.asarray(
        tinted(length, seed, 60, 400)
        + 1.6 * tinted(length, seed + 1, 200, 1800) * lfilter([0.004], [1, -0.996], beat.astype(float)) * 4,
        np.float32,
    )


def _rocket(length: int, seed: int) -> Wave:
    return 1.3 * tinted(length, seed, 30, 260) * _slow(length, seed, 0.05, 0.6)


def _fire(length: int, seed: int) -> Wave:
    crackle = (np.random.default_rng(seed).random(length) > 0.99985) * np.random.default_rng(seed + 1).standard_normal(
        length
    )
    return np.asarray(0.6 * tinted(length, seed, 70, 500) + 3.5 * lfilter([1], [1, -0.93], crackle), np.float32)


def _birds(length: int, seed: int) -> Wave:
    random, wave = np.random.default_rng(seed), np.zeros((2, length), np.float32)
    at = 0.2
    while at < length / RATE_HZ:
        base = 2600 + 1800 * random.random()
        for k in range(int(random.integers(2, 6))):
            time = seconds(0.07 + 0.06 * random.random())
            sweep = base * (1 + 0.22 * np.sin(np.pi * time / time[-1]) * random.choice([-1, 1]))
            chirp = np.sin(2 * np.pi * np.cumsum(sweep) / RATE_HZ) * shaped(len(time), 0.02, 0.03)
            add(wave, chirp.astype(np.float32), at + 0.14 * k, 0.9 * (0.4 + 0.6 * random.random()))
        at += 0.9 + 1.8 * random.random()
    return np.asarray(wave[0], np.float32)


def _crickets(length: int, seed: int) -> Wave:
    time = np.arange(length) / RATE_HZ
    chirr = (np.sin(2 * np.pi * 23 * time) > 0.2) * (np.sin(2 * np.pi * 1.35 * time + seed % 6) > -0.1)
    return np.asarray(
        0.5 * np.sin(2 * np.pi * (4300 + 150 * (seed % 3)) * time) * lfilter([0.02], [1, -0.98], chirr.astype(float)),
        np.float32,
    )


def _hooves(length: int, seed: int) -> Wave:
    wave = np.zeros((2, length), np.float32)
    hit = tinted(round(0.12 * RATE_HZ), seed, 150, 900) * np.exp(-seconds(0.12) * 45).astype(np.float32)
    for k in range(int(length / RATE_HZ / 0.19)):
        if k % 4 != 3:
            add(wave, hit, 0.19 * k, 1.6)
    return np.asarray(wave[0], np.float32)


def _storm(length: int, seed: int) -> Wave:
    return 1.2 * tinted(length, seed, 40, 260) * _slow(length, seed, 1.1, 0.2)


def _whoosh(duration_s: float, seed: int) -> Wave:
    length = round(duration_s * RATE_HZ)
    rise = np.sin(np.pi * np.arange(length) / length) ** 2
    return np.asarray(tinted(length, seed, 300, 3500) * rise * 0.5, np.float32)


def _thunder(duration_s: float, seed: int) -> Wave:
    time = seconds(duration_s)
    rumble = tinted(len(time), seed, 25, 190) * _slow(len(time), seed, 0.12, 0.3)
    return np.asarray(rumble * np.exp(-time * 1.4) * np.minimum(1, time * 30) * 0.6, np.float32)


_MAKERS: dict[str, Callable[[int, int], Wave]] = {
    "wind": _wind, "waves": _waves, "rain": _rain, "water": _water, "deep": _deep, "traffic": _traffic,
    "crowd": _crowd, "room": _room,
    "engine": _engine, "train": _train, "rocket": _rocket, "fire": _fire, "birds": _birds, "crickets": _crickets,
    "hooves": _hooves, "storm": _storm,
}  # fmt: skip
