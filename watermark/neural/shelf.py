"""The neural marks of this installation: loaded and tried at the start, written and read together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Frame, Picture, Sound
from media.colour import to_i420, to_picture
from watermark.invisible.extraction import Extraction
from watermark.invisible.keys import KeyRing
from watermark.invisible.payload import Payload, mint
from watermark.invisible.sound import resampled
from watermark.neural.marks import MARKS, RATE_HZ, NeuralMark, Track, unavailable
from watermark.neural.words import Soft

_STARTS: Final = tuple(RATE_HZ * quarter // 4 for quarter in range(4))
"""Samples at which a second may begin in a trimmed copy."""
_MAX_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Binding:
    """A mark that reads back from what was written.

    Attributes:
        alg: its name in the C2PA list of soft-binding algorithms.
        value: the word as that algorithm states it.
    """

    alg: str
    value: str


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader answered.

    Attributes:
        state: ``unavailable`` when it failed: whether there is a mark is then not known.
    """

    alg: str
    track: str
    state: Literal["found", "absent", "unavailable"]


@dataclass(frozen=True, slots=True)
class NeuralMarks:
    """All of them; none by default. Each call leaves other tracks than its own alone."""

    marks: tuple[NeuralMark, ...] = ()

    def of(self, track: Track) -> tuple[NeuralMark, ...]:
        """Those for one kind of content."""
        return tuple(mark for mark in self.marks if mark.track == track)

    def picture(self, picture: Picture, payload: Payload, track: Track = "image") -> Picture:
        """A marked copy of a picture or of a frame (uint8 [H, W, 3] RGB)."""
        for mark in self.of(track):
            picture = mark.embed(picture[None], mark.words.write(payload, 1))[0]
        return picture

    def frame(self, frame: Frame, payload: Payload) -> Frame:
        """The same for a planar frame; the very same frame when no mark is for video."""
        return to_i420(self.picture(to_picture(frame), payload, "video")) if self.of("video") else frame

    def sound(self, sound: Sound, payload: Payload) -> Sound:
        """A marked copy, every channel with the same mark; what is left of the last second stays as it is."""
        for mark in self.of("audio"):
            seconds = _seconds(_mono(sound))
            if not len(seconds):
                continue
            change = (mark.embed(seconds, mark.words.write(payload, len(seconds))) - seconds).reshape(1, -1)
            change = resampled(change, RATE_HZ, sound.rate_hz)[:, : sound.samples.shape[1]]
            samples = sound.samples.copy()
            samples[:, : change.shape[1]] += change
            sound = Sound(np.clip(samples, -1, 1), sound.rate_hz)
        return sound

    def read_pictures(
        self, pictures: Sequence[Picture], keyring: KeyRing, track: Track
    ) -> tuple[Extraction | None, tuple[Reader, ...]]:
        """The word in pictures of one size, or None, and what each reader answered."""
        batch = np.stack(pictures) if len(pictures) else np.empty((0, 16, 16, 3), np.uint8)
        return self._read(track, keyring, lambda mark: [mark.extract(batch)] if len(batch) else [])

    def read_sound(self, sound: Sound, keyring: KeyRing) -> tuple[Extraction | None, tuple[Reader, ...]]:
        """The same for sound of any rate."""
        mono = _mono(sound)[: _MAX_SECONDS * RATE_HZ]
        starts = [seconds for start in _STARTS if len(seconds := _seconds(mono[start:]))]
        return self._read("audio", keyring, lambda mark: [mark.extract(seconds) for seconds in starts])

    def bindings(self, payload: Payload, readers: Sequence[Reader]) -> tuple[Binding, ...]:
        """What may be declared: the marks whose readers found the word."""
        found = {reader.alg for reader in readers if reader.state == "found"}
        return tuple(Binding(mark.alg, mark.words.value(payload)) for mark in self.marks if mark.alg in found)

    def _read(
        self, track: Track, keyring: KeyRing, soft_of: Callable[[NeuralMark], list[Soft]]
    ) -> tuple[Extraction | None, tuple[Reader, ...]]:
        answer, readers = None, []
        for mark in self.of(track):
            try:
                seen = _word(mark, soft_of(mark), keyring)
            except Exception:  # noqa: BLE001 - whatever a foreign network raises, it has not answered
                readers.append(Reader(mark.alg, track, "unavailable"))
                continue
            readers.append(Reader(mark.alg, track, "absent" if seen is None else "found"))
            answer = answer or seen
        return answer, tuple(readers)


def load(files: Mapping[str, Path]) -> NeuralMarks:
    """The marks named in the settings, each tried on made content.

    Args:
        files: name in `MARKS` -> TorchScript file.

    Raises:
        Unavailable: an unknown name, a missing or unusable file, or a word that does not read back.
    """
    marks: list[NeuralMark] = []
    for name, path in files.items():
        if name not in MARKS:
            raise unavailable(name, ", ".join(MARKS))
        mark: NeuralMark = MARKS[name](path)
        _prove(mark)
        marks.append(mark)
    return NeuralMarks(tuple(marks))


def _prove(mark: NeuralMark) -> None:
    """Write a word into made content and read it back."""
    keyring = KeyRing(b"the self-proof of a neural mark")
    payload, alone = mint(keyring, b"proof"), NeuralMarks((mark,))
    try:
        if mark.track == "audio":
            seen, _ = alone.read_sound(alone.sound(_made_sound(mark.words.items), payload), keyring)
        else:
            marked = alone.picture(_made_picture(), payload, mark.track)
            seen, _ = alone.read_pictures([marked], keyring, mark.track)
    except Unavailable:
        raise
    except Exception as error:
        raise unavailable(mark.name, type(error).__name__) from error
    if seen is None or seen.payload != payload:
        raise unavailable(mark.name, "self-proof")


def _word(mark: NeuralMark, softs: Sequence[Soft], keyring: KeyRing) -> Extraction | None:
    for tries, soft in enumerate(softs, 1):
        if soft.ndim != 2 or soft.shape[1] != mark.words.bits or not np.isfinite(soft).all():
            raise ValueError("not the bits of this mark")
        for key in keyring.keys:
            payload = mark.words.read(soft, key)
            if payload is not None:
                chance = mark.words.false_positive * tries * len(keyring.keys)
                return Extraction("found", payload, 1.0 - chance, attempts=tries)
    return None


def _mono(sound: Sound) -> NDArray[np.float32]:
    return np.asarray(resampled(sound.mono()[None], sound.rate_hz, RATE_HZ)[0])


def _seconds(mono: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [T, 16000]: the whole seconds."""
    count = len(mono) // RATE_HZ
    return mono[: count * RATE_HZ].reshape(count, RATE_HZ)


def _made_picture() -> Picture:
    noise = np.random.default_rng(1)
    coarse: Any = cv2.resize(noise.integers(40, 216, (9, 12, 3), np.uint8), (512, 384), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(noise.normal(0, 20, coarse.shape).astype(np.float32), (0, 0), 1.5)
    return np.asarray(np.clip(coarse + grain, 0, 255), np.uint8)


def _made_sound(seconds: int) -> Sound:
    time_s = np.arange(seconds * RATE_HZ) / RATE_HZ
    swing = 220 * (1 + 0.3 * np.sin(2 * np.pi * 0.7 * time_s))
    tone = 0.3 * np.sin(2 * np.pi * np.cumsum(swing) / RATE_HZ) + np.random.default_rng(1).normal(0, 0.02, len(time_s))
    return Sound(tone.astype(np.float32)[None], RATE_HZ)
