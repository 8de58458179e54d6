"""What content looks and sounds like: codes that survive re-encoding, for when every mark is gone.

Pictures: the 64-bit Image-Code of ISCC (ISO 24138), one per sampled frame. It stands in the manifest as a soft
binding under the listed name ``io.iscc.v0``, and in the ledger as a perceptual hash.
Sound: twelve-bit chroma contours of our own, in the ledger only; they are not ISCC and not called so.
A match is a likeness, never a proof.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Sound
from watermark.credentials import SoftBlock
from watermark.sketch import Sketch, Thumb, share_shown, sketch, small, thumb

SAMPLES_PER_S: Final = 2.0
MAX_FRAMES: Final = 64
MAX_BLOCKS: Final = 16
INDEXED_FRAMES, INNER_FRAMES, ASKED_FRAMES = 6, 3, 16
INDEXED_PAIRS, ASKED_PAIRS = 16, 32
INNER_SHARES: Final = (0.9, 0.8)
CORNER_SHARES: Final = (0.9, 0.8, 0.7)
_PARTS_SHORT_PX = 320
SKETCHES: Final = 6
SHOWN_SHARE: Final = 0.25  # of the pictures looked at; between two sketches the camera may have moved on
PAIR_SHARE: Final = 4  # one pair of sound codes in four is indexed
SAME_BITS: Final = 10  # of 64: pictures that differ in no more bits are taken for copies
MATCH_SHARE: Final = 0.5
_FLAT_DEVIATION = 6.0
_SOUND_RATE_HZ, _SOUND_WINDOW, _SOUND_HOP = 11_025, 4096, 1365
_SAME_SOUND_BITS = 3.0  # of 12, on average over the overlap
_MIN_SOUND = 24
_MIXER = 2_654_435_761
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class FrameCode:
    """A sampled frame: second and 64-bit ISCC Image-Code.

    Attributes:
        inner: codes of the middle 90 % and 80 % of the picture, then of 90, 80 and 70 % at each corner: what a crop of
            it looks like. In the ledger only.
    """

    time_s: float
    code: int
    inner: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Codes of one output.

    Attributes:
        frames: in order of time; flat pictures are left out, they look like everything.
        sound: twelve bits per 124 ms; empty without sound.
        sketches: of an entry, what its pictures and their parts are told by.
        thumbs: of a question, what is compared with them; never stored.

    Raises:
        ValueError: more thumbs than `SKETCHES`.
    """

    frames: tuple[FrameCode, ...] = ()
    sound: tuple[int, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    thumbs: tuple[Thumb, ...] = ()

    def __post_init__(self) -> None:
        if len(self.thumbs) > SKETCHES:  # a question comes out of the cage, and each thumb costs its asker time
            raise ValueError(f"a question has at most {SKETCHES} thumbs")

    def as_dict(self) -> dict[str, Any]:
        """JSON for the ledger."""
        frames = [[f.time_s, *(f"{code:016x}" for code in (f.code, *f.inner))] for f in self.frames]
        sketches = [[each.width, each.height, each.bits] for each in self.sketches]
        return {"frames": frames, "sound": list(self.sound), "sketches": sketches}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Fingerprint:
        frames = tuple(
            FrameCode(float(time_s), int(code, 16), tuple(int(part, 16) for part in inner))
            for time_s, code, *inner in value.get("frames", ())
        )
        sketches = tuple(Sketch(int(w), int(h), str(bits)) for w, h, bits in value.get("sketches", ()))
        return cls(frames, tuple(int(code) for code in value.get("sound", ())), sketches)

    @property
    def codes(self) -> tuple[int, ...]:
        """Codes of pictures that a data base indexes of an entry, without repeats: of six frames, and of the middles
        of three. A still has those of its corners, too.
        """
        most = None if len(self.frames) == 1 else len(INNER_SHARES)
        inner = [code for frame in _spread(self.frames, INNER_FRAMES) for code in frame.inner[:most]]
        return tuple(dict.fromkeys([*(frame.code for frame in _spread(self.frames, INDEXED_FRAMES)), *inner]))

    @property
    def asked_codes(self) -> tuple[int, ...]:
        """Codes to ask for: of more frames, because a part of an entry starts anywhere."""
        return tuple(dict.fromkeys(frame.code for frame in _spread(self.frames, ASKED_FRAMES)))

    @property
    def keys(self) -> tuple[str, ...]:
        """What a data base indexes of an entry's sound, without repeats: at most 16 pairs of neighbouring codes,
        ``s:hhhhhh``. Which ones depends on the pair alone, so that both sides of a comparison choose the same.
        """
        return self._pairs(INDEXED_PAIRS)

    @property
    def asked_keys(self) -> tuple[str, ...]:
        """What to ask for: as `keys`, of more pairs."""
        return self._pairs(ASKED_PAIRS)

    def _pairs(self, most: int) -> tuple[str, ...]:
        words = (a << 12 | b for a, b in zip(self.sound, self.sound[1:], strict=False))
        chosen = [word for word in dict.fromkeys(words) if word * _MIXER % 2**32 < 2**32 // PAIR_SHARE]
        return tuple(f"s:{word:06x}" for word in _spread(chosen, most))


def _spread(items: Sequence[Item], most: int) -> Sequence[Item]:
    """At most so many of them, evenly."""
    if len(items) <= most:
        return items
    return [items[number * len(items) // most] for number in range(most)]


def image_code(luma: NDArray[np.uint8]) -> int | None:
    """The ISCC Image-Code of a picture uint8 [H, W] as an integer; None for a flat picture.

    The same bits as `iscc_core.gen_image_code_v0`, thirty times as fast.
    """
    small = cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA)
    if float(small.std()) < _FLAT_DEVIATION:
        return None
    return _code_of(small)


def frame_code(luma: NDArray[np.uint8], time_s: float = 0.0, *, parts: bool = True) -> FrameCode | None:
    """The codes of a picture uint8 [H, W] and, for the ledger, of its parts; None for a flat picture."""
    code = image_code(luma)
    if code is None:
        return None
    inner = tuple(found for part in _parts(luma) if (found := image_code(part)) is not None) if parts else ()
    return FrameCode(round(time_s, 3), code, inner)


def _parts(luma: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The middles, then the corners, of the picture made small."""
    shrink = min(1.0, _PARTS_SHORT_PX / min(luma.shape))
    size = max(1, round(luma.shape[1] * shrink)), max(1, round(luma.shape[0] * shrink))
    small = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8) if shrink < 1 else luma
    for share in INNER_SHARES:
        yield _window(small, share, 0.5, 0.5)
    for share in CORNER_SHARES:
        for down in (0.0, 1.0):
            for across in (0.0, 1.0):
                yield _window(small, share, down, across)


def _window(picture: NDArray[np.uint8], share: float, down: float, across: float) -> NDArray[np.uint8]:
    """A part with `share` of each side; 0 and 1 are the edges."""
    height, width = (max(1, round(length * share)) for length in picture.shape)
    top, left = round((picture.shape[0] - height) * down), round((picture.shape[1] - width) * across)
    return np.ascontiguousarray(picture[top : top + height, left : left + width])


def _code_of(small: NDArray[np.uint8]) -> int:
    spectrum = cv2.dct(small.astype(np.float64))
    spectrum[0] *= math.sqrt(2)  # ISCC uses the transform without orthonormal scaling
    spectrum[:, 0] *= math.sqrt(2)
    corner = spectrum[:8, :8].ravel()
    bits = corner > np.median(corner)
    return int.from_bytes(np.packbits(bits).tobytes())


def iscc_text(code: int) -> str:
    """``ISCC:EEA...`` of an Image-Code."""
    import iscc_core

    return "ISCC:" + str(
        iscc_core.encode_component(
            mtype=iscc_core.MT.CONTENT, stype=iscc_core.ST_CC.IMAGE, version=iscc_core.VS.V0, bit_length=64,
            digest=code.to_bytes(8),
        )
    )  # fmt: skip


def iscc_code(text: str) -> int | None:
    """The Image-Code in an ISCC text, or None for anything else."""
    import iscc_core

    try:
        main, sub, version, _, digest = iscc_core.iscc_decode(text)
    except (ValueError, KeyError, AssertionError, IndexError):
        return None
    image = main == iscc_core.MT.CONTENT and sub == iscc_core.ST_CC.IMAGE and version == iscc_core.VS.V0
    return int.from_bytes(digest[:8]) if image and len(digest) >= 8 else None


class FrameSampler:
    """Collects codes while frames pass by; memory does not grow with the length.

    Args:
        parts: with the codes of the pictures' parts, for the ledger.
    """

    def __init__(self, *, parts: bool = True) -> None:
        self._parts = parts
        self._step_s = 1 / SAMPLES_PER_S
        self._due_s = 0.0
        self._seen: list[tuple[FrameCode, NDArray[np.uint8]]] = []

    def add(self, luma: NDArray[np.uint8], time_s: float) -> None:
        """Take in a frame uint8 [H, W]; most are passed over."""
        if time_s + 1e-6 < self._due_s:
            return
        self._due_s = time_s + self._step_s
        code = frame_code(luma, time_s, parts=self._parts)
        if code is None:
            return
        self._seen.append((code, small(luma)))
        if len(self._seen) > MAX_FRAMES:
            self._seen = self._seen[::2]
            self._step_s *= 2

    @property
    def codes(self) -> tuple[FrameCode, ...]:
        return tuple(code for code, _ in self._seen)

    @property
    def sketches(self) -> tuple[Sketch, ...]:
        """Of at most `SKETCHES` frames, evenly."""
        return tuple(sketch(picture) for _, picture in _spread(self._seen, SKETCHES))

    @property
    def thumbs(self) -> tuple[Thumb, ...]:
        """Of at most `SKETCHES` frames, evenly."""
        return tuple(thumb(picture) for _, picture in _spread(self._seen, SKETCHES))


def soft_blocks(frames: Sequence[FrameCode], still: bool) -> tuple[SoftBlock, ...]:
    """At most `MAX_BLOCKS` soft-binding blocks: one for a still, evenly spread frames with their times else."""
    if still:
        return tuple(SoftBlock(iscc_text(f.code)) for f in frames[:1])
    step = max(1, math.ceil(len(frames) / MAX_BLOCKS))
    chosen = frames[::step]
    return tuple(SoftBlock(iscc_text(f.code), round(f.time_s * 1000), round(f.time_s * 1000) + 1) for f in chosen)


def sound_codes(sound: Sound) -> tuple[int, ...]:
    """Twelve bits per hop of 124 ms: whether each pitch class gained against its neighbour since the last hop."""
    mono = sound.mono()
    count = round(len(mono) * _SOUND_RATE_HZ / sound.rate_hz)
    if count < _SOUND_WINDOW + _SOUND_HOP * _MIN_SOUND:
        return ()
    low = _resampled(mono, sound.rate_hz)
    frames = np.lib.stride_tricks.sliding_window_view(low, _SOUND_WINDOW)[::_SOUND_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_SOUND_WINDOW), axis=1)) ** 2
    chroma = np.log(power @ _pitch_classes() + 1e-7)
    smooth = chroma[:-3] + chroma[1:-2] + chroma[2:-1] + chroma[3:]
    across = smooth - np.roll(smooth, 1, axis=1)
    bits = across[4:] > across[:-4]
    return tuple(int(row) for row in bits @ (1 << np.arange(12)))


def _resampled(mono: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    from scipy.signal import resample_poly

    divisor = math.gcd(_SOUND_RATE_HZ, rate_hz)
    return np.asarray(resample_poly(mono, _SOUND_RATE_HZ // divisor, rate_hz // divisor), np.float32)


def _pitch_classes() -> NDArray[np.float64]:
    """float64 [bins, 12]: bins between 110 Hz and 3520 Hz to their pitch class."""
    hz = np.fft.rfftfreq(_SOUND_WINDOW, 1 / _SOUND_RATE_HZ)
    table = np.zeros((len(hz), 12))
    inside = np.flatnonzero((hz >= 110) & (hz <= 3520))
    table[inside, np.round(12 * np.log2(hz[inside] / 440)).astype(int) % 12] = 1
    return table


def similarity(query: Fingerprint, entry: Fingerprint) -> float:
    """Likeness in [0, 1]: the better of pictures (share of frames with a copy) and sound (agreeing bits)."""
    return max(_frames_alike(query.frames, entry.frames), _sound_alike(query.sound, entry.sound))


def agrees(query: Fingerprint, entry: Fingerprint) -> bool | None:
    """Whether content is what the ledger remembers; None when there is nothing to compare.

    A mark copied onto other content names a record whose fingerprint does not agree (C2PA 2.4, 1.2.2.3).
    """
    pictures = bool(query.frames and entry.frames)
    sounds = bool(query.sound and entry.sound)
    if not pictures and not sounds:
        return None
    return (
        (pictures and _frames_alike(query.frames, entry.frames) >= 0.3)
        or (sounds and _sound_alike(query.sound, entry.sound) > 0)
        or (pictures and share_shown(query.thumbs, entry.sketches) >= SHOWN_SHARE)
    )


def _frames_alike(query: Sequence[FrameCode], entry: Sequence[FrameCode]) -> float:
    if not query or not entry:
        return 0.0
    distances = hamming([f.code for f in query], [code for f in entry for code in (f.code, *f.inner)])
    nearest = distances.min(axis=1)
    return float(np.mean(np.clip(1.25 - nearest / (2 * SAME_BITS), 0.0, 1.0) * (nearest <= SAME_BITS)))


def hamming(a: Iterable[int], b: Iterable[int]) -> NDArray[np.int64]:
    """int64 [len(a), len(b)]: differing bits of 64-bit codes."""
    left, right = np.array(list(a), np.uint64), np.array(list(b), np.uint64)
    return np.asarray(np.bitwise_count(left[:, None] ^ right[None, :]), np.int64)


def _sound_alike(query: Sequence[int], entry: Sequence[int]) -> float:
    """Best agreement over all offsets of the shorter one inside the longer one; 0 below a clear match."""
    short, long = (query, entry) if len(query) <= len(entry) else (entry, query)
    if len(short) < _MIN_SOUND:
        return 0.0
    a, b = np.array(short[:1200], np.uint16), np.array(long, np.uint16)
    windows = np.lib.stride_tricks.sliding_window_view(b, len(a))
    best = float(np.bitwise_count(windows ^ a).mean(axis=1, dtype=np.float64).min())
    return max(0.0, 1 - best / 6) if best <= _SAME_SOUND_BITS else 0.0
