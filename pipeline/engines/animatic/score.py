"""A score from a mood: key, tempo, harmony and a small ensemble, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.engines.animatic.synth import RATE_HZ, Wave, add, drum, hall, note

_MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11), "phrygian": (0, 1, 3, 5, 7, 8, 10),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How a mood sounds.

    Attributes:
        bpm: lowest and highest tempo.
        chords: roots as scale degrees, one bar each; several cycles to choose from.
        bed, lead, figure: instruments; an empty name leaves the part out.
        beat: name of a drum pattern.
        figure_step: distance of the notes of the figure in beats.
        room_s: echo time.
    """

    mode: str
    bpm: tuple[int, int]
    chords: tuple[tuple[int, ...], ...]
    bed: str
    lead: str
    figure: str
    beat: str
    figure_step: float = 0.5
    room_s: float = 2.2


STYLES: dict[str, Style] = {
    "neutral": Style("major", (78, 88), ((0, 4, 5, 3), (0, 5, 3, 4)), "pad", "piano", "pluck", "soft"),
    "calm": Style("major", (60, 68), ((0, 3, 0, 4), (0, 5, 3, 0)), "pad", "piano", "piano", "", 1.0, 3.0),
    "joyful": Style("major", (108, 120), ((0, 3, 4, 3), (0, 4, 5, 3)), "strings", "flute", "pluck", "bright"),
    "romantic": Style("major", (66, 74), ((0, 5, 1, 4), (0, 2, 3, 4)), "strings", "piano", "piano", "", 0.5, 2.6),
    "melancholy": Style("minor", (56, 64), ((0, 5, 2, 6), (0, 3, 5, 4)), "strings", "piano", "piano", "", 1.0, 3.2),
    "tense": Style("phrygian", (92, 104), ((0, 0, 1, 0), (0, 1, 0, 6)), "strings", "", "bass", "pulse", 0.5, 1.8),
    "epic": Style("minor", (80, 90), ((0, 5, 2, 6), (0, 2, 6, 5)), "choir", "strings", "strings", "drums", 0.5, 2.8),
    "mysterious": Style("dorian", (64, 74), ((0, 3, 0, 6), (0, 6, 3, 0)), "choir", "bell", "bell", "", 1.0, 3.4),
    "dreamy": Style("lydian", (60, 70), ((0, 1, 0, 4), (0, 4, 1, 0)), "pad", "bell", "pluck", "", 0.5, 3.6),
    "energetic": Style("minor", (118, 128), ((0, 5, 2, 6), (0, 6, 5, 6)), "pad", "pluck", "pluck", "dance", 0.25, 1.4),
}  # fmt: skip

# (beat within the bar, sound, gain)
_BEATS: dict[str, tuple[tuple[float, str, float], ...]] = {
    "": (),
    "soft": ((0, "kick", 0.35), (1, "shaker", 0.25), (1.5, "shaker", 0.15), (2, "kick", 0.22), (3, "shaker", 0.25),
    (3.5, "shaker", 0.15)),
    "bright": ((0, "kick", 0.5), (0.5, "shaker", 0.3), (1, "clap", 0.28), (1.5, "shaker", 0.3), (2, "kick", 0.5),
    (2.5, "kick", 0.3), (3, "clap", 0.28), (3.5, "shaker", 0.3)),
    "pulse": ((0, "boom", 0.35), (0.5, "tick", 0.3), (1, "tick", 0.5), (1.5, "tick", 0.3), (2, "kick", 0.4),
    (2.5, "tick", 0.3), (3, "tick", 0.5), (3.5, "tick", 0.4)),
    "drums": ((0, "boom", 0.75), (1.5, "kick", 0.5), (2, "boom", 0.45), (2.75, "kick", 0.4), (3, "snare", 0.22),
    (3.5, "kick", 0.5)),
    "dance": ((0, "kick", 0.8), (0.5, "hat", 0.6), (1, "kick", 0.8), (1, "clap", 0.4), (1.5, "hat", 0.6),
    (2, "kick", 0.8), (2.5, "hat", 0.6), (3, "kick", 0.8), (3, "clap", 0.4), (3.5, "hat", 0.6), (3.75, "hat", 0.35)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """The finished score: stereo bus float32 [2, n], and what it is."""

    bus: Wave
    bpm: int
    key: str


def compose(mood: str, duration_s: float, cuts_s: list[float], random: np.random.Generator) -> Score:
    """Write and play a score of that length. A soft boom and a rising bell mark the cuts."""
    style = STYLES.get(mood, STYLES["neutral"])
    root = int(random.integers(-5, 6)) + 60
    bpm = _tempo(style, duration_s, random)
    chords = style.chords[int(random.integers(len(style.chords)))]
    bus = np.zeros((2, round(duration_s * RATE_HZ)), np.float32)
    beat_s = 60 / bpm
    bars = int(np.ceil(duration_s / (4 * beat_s)))
    contour = _contour(random)
    for bar in range(bars):
        degree = 0 if bar == bars - 1 and bars > 1 else chords[bar % len(chords)]
        grow = min(1.0, 0.45 + 0.55 * (bar + 1) / max(2, bars * 0.6))
        _bar(bus, style, root, degree, bar * 4 * beat_s, beat_s, contour, bar, grow)
    for cut in cuts_s[1:]:
        add(bus, drum("boom"), cut, 0.30 if style.beat in ("drums", "pulse", "dance") else 0.12)
    bus = hall(bus, style.room_s, 0.34)
    return Score(_faded(bus, min(0.25, duration_s / 8), min(1.8, duration_s / 4)), bpm, f"{root % 12}:{style.mode}")


def _tempo(style: Style, duration_s: float, random: np.random.Generator) -> int:
    """A tempo of the style that ends the clip near a bar line."""
    options = range(style.bpm[0], style.bpm[1] + 1)
    fit = [abs((duration_s * bpm / 240 + 0.5) % 1 - 0.5) for bpm in options]
    best = sorted(range(len(fit)), key=lambda k: fit[k])[:3]
    return options[best[int(random.integers(len(best)))]]


def _contour(random: np.random.Generator) -> list[tuple[float, int, float]]:
    """A two-bar melody as (beat, chord or scale step, beats)."""
    rhythms = (
        ((0, 1.5), (1.5, 0.5), (2, 2), (4, 1), (5, 1), (6, 2)),
        ((0.5, 1), (1.5, 1), (2.5, 1.5), (4.5, 1), (5.5, 0.5), (6, 2)),
        ((0, 2), (2, 1), (3, 1), (4, 3)),
    )
    rhythm = rhythms[int(random.integers(len(rhythms)))]
    step, line = 4, []
    for beat, length in rhythm:
        step = int(np.clip(step + random.integers(-2, 3), 2, 9))
        line.append((beat, step, length))
    return line


def _pitch(style: Style, root: int, degree: int) -> int:
    mode = _MODES[style.mode]
    return root + 12 * (degree // 7) + mode[degree % 7]


def _bar(
    bus: Wave,
    style: Style,
    root: int,
    degree: int,
    at_s: float,
    beat_s: float,
    contour: list[tuple[float, int, float]],
    bar: int,
    grow: float,
) -> None:
    chord = [_pitch(style, root, degree + step) for step in (0, 2, 4)]
    length = round(4 * beat_s, 4)
    for number, midi in enumerate(chord):
        while midi > 67:
            midi -= 12
        add(bus, note(style.bed, midi, length), at_s, 0.85 * grow, (-0.5, 0.0, 0.5)[number])
    add(bus, note("bass", chord[0] - 24 if chord[0] > 55 else chord[0] - 12, round(length * 0.9, 4)), at_s, 0.55)
    _figure(bus, style, chord, at_s, beat_s, grow)
    if style.lead and bar > 0:
        for beat, step, beats in contour:
            if bar % 2 == int(beat >= 4):
                pitch = _pitch(style, root, step) + (12 if style.lead in ("bell", "flute") else 0)
                add(
                    bus,
                    note(style.lead, pitch, round(beats * beat_s, 4)),
                    at_s + (beat % 4) * beat_s,
                    0.62 * grow,
                    0.12,
                )
    for beat, sound, gain in _BEATS[style.beat]:
        add(bus, drum(sound), at_s + beat * beat_s, gain * grow, 0.25 if sound in ("hat", "shaker", "tick") else 0.0)


def _figure(bus: Wave, style: Style, chord: list[int], at_s: float, beat_s: float, grow: float) -> None:
    """A broken chord that keeps time."""
    if not style.figure:
        return
    low = style.figure == "bass"
    pattern = (0, 0, 0, 0, 0, 0, 1, 0) if low else (0, 1, 2, 3, 2, 1, 2, 1)
    tones = [*chord, chord[0] + 12]
    steps = round(4 / style.figure_step)
    for step in range(steps):
        midi = tones[pattern[step % len(pattern)]] - (24 if low else 0)
        accent = 1.0 if step % 4 == 0 else 0.72
        add(bus, note(style.figure, midi, round(style.figure_step * beat_s * 1.3, 4)),
            at_s + step * style.figure_step * beat_s,
            0.42 * accent * grow, 0.0 if low else 0.45 * (-1) ** step)  # fmt: skip


def _faded(bus: Wave, start_s: float, end_s: float) -> Wave:
    for samples, part in ((round(start_s * RATE_HZ), bus), (round(end_s * RATE_HZ), bus[:, ::-1])):
        part[:, :samples] *= np.linspace(0, 1, samples, dtype=np.float32) ** 1.5
    return bus
