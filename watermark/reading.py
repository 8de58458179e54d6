"""Looking for our mark and label in a file's pictures and sound, with as little decoding as the answer needs.

Key frames come first: they carry the full mark and cost a fraction of a full decode. Only where they do not answer
are all frames but the bidirectional ones decoded, and then no more than a few per second are read.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from media.clip import Sound
from media.decode import opened, read_frames, read_picture, read_sound
from media.probe import MediaInfo
from media.source import Source
from watermark.config import InspectConfig
from watermark.fingerprint import Fingerprint, FrameSampler, sound_codes
from watermark.invisible import Extraction, KeyRing, PixelReader, extract_sound, extract_still
from watermark.label import visible_in
from watermark.neural import NeuralMarks, Reader
from watermark.spoken import SEARCH_S, audible_in

_LABEL_TRIES = 3
_SOUND_LIMIT_S = 300.0
_NEURAL_FRAMES, _NEURAL_SIDE_PX = 12, 1280
"""What a neural reader gets of a video: it averages over frames, and looks at them at 256 px anyway."""
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from the content itself.

    Attributes:
        video, audio, image: the mark per track; None where there is no such track.
        label: the explicit label was seen or heard.
        fingerprint: codes of what was read.
        readers: what the neural readers answered; they are asked only about tracks in which our own mark was not read.
    """

    video: Extraction | None = None
    audio: Extraction | None = None
    image: Extraction | None = None
    label: bool | None = None
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    readers: tuple[Reader, ...] = ()

    @property
    def unsure(self) -> bool:
        """A reader that this installation relies on failed, and no other found a word."""
        return not self.found and any(reader.state == "unavailable" for reader in self.readers)

    @property
    def found(self) -> tuple[Extraction, ...]:
        """Tracks whose word was read."""
        return tuple(e for e in (self.video, self.audio, self.image) if e is not None and e.state == "found")


def read_content(
    path: Source,
    info: MediaInfo,
    keyring: KeyRing,
    config: InspectConfig,
    neural: NeuralMarks | None = None,
    *,
    brief: bool,
) -> Reading:
    """Mark, label and fingerprint of a file.

    Args:
        neural: further readers, asked about a track where our own mark is not read; any word that they find counts.
        brief: stop at the first certain answer: the file's own record has told the rest already.

    Raises:
        InputError: the content cannot be decoded.
    """
    reading = _own(path, info, keyring, config, brief=brief)
    return reading if neural is None or not neural.marks else _asked(reading, path, keyring, config, neural)


def read_video_mark(path: Source, keyring: KeyRing, config: InspectConfig) -> Extraction:
    """Our mark in a video's pictures alone: no sound is decoded, and reading stops with the answer.

    Raises:
        InputError: the content cannot be decoded.
    """
    return _video(path, keyring, config, brief=True)[0]


def _asked(reading: Reading, path: Source, keyring: KeyRing, config: InspectConfig, neural: NeuralMarks) -> Reading:
    """The same with the answers of the neural readers."""
    if reading.image is not None and reading.image.payload is None and neural.of("image"):
        seen, readers = neural.read_pictures([read_picture(path)], keyring, "image")
        reading = replace(reading, image=seen or reading.image, readers=readers)
    if reading.video is not None and reading.video.payload is None and neural.of("video"):
        timed = read_frames(path, 1 / config.pictures_per_s, _NEURAL_SIDE_PX, end_s=config.max_video_s)
        pictures = [each.picture for each in islice(timed, _NEURAL_FRAMES)]
        seen, readers = neural.read_pictures(pictures, keyring, "video")
        reading = replace(reading, video=seen or reading.video, readers=reading.readers + readers)
    if reading.audio is not None and reading.audio.payload is None and neural.of("audio"):
        sound = read_sound(path, limit_s=_SOUND_LIMIT_S)
        if sound is not None:
            seen, readers = neural.read_sound(sound, keyring)
            reading = replace(reading, audio=seen or reading.audio, readers=reading.readers + readers)
    return reading


def _own(path: Source, info: MediaInfo, keyring: KeyRing, config: InspectConfig, *, brief: bool) -> Reading:
    if info.kind == "image":
        return _image(path, keyring)
    if info.kind == "audio":
        sound = read_sound(path, limit_s=_SOUND_LIMIT_S)
        if sound is None:
            return Reading()
        return Reading(
            audio=extract_sound(sound, keyring), label=audible_in(_start(sound)),
            fingerprint=Fingerprint(sound=() if brief else sound_codes(sound)),
        )  # fmt: skip
    sound = read_sound(path, limit_s=30.0 if brief else _SOUND_LIMIT_S) if info.audio else None
    with ThreadPoolExecutor(1) as other:  # the file itself has one reader at a time; what was heard is judged beside
        heard = None if sound is None else other.submit(_heard, sound, keyring, brief=brief)
        video, label, sampler = _video(path, keyring, config, brief=brief)
        audio, chroma = (None, ()) if heard is None else heard.result()
    fingerprint = Fingerprint(sampler.codes, chroma, thumbs=() if brief else sampler.thumbs)
    return Reading(video=video, audio=audio, label=label, fingerprint=fingerprint)


def _heard(sound: Sound, keyring: KeyRing, *, brief: bool) -> tuple[Extraction, tuple[int, ...]]:
    return extract_sound(sound, keyring), () if brief else sound_codes(sound)


def _image(path: Source, keyring: KeyRing) -> Reading:
    import cv2

    picture = read_picture(path)
    sampler = FrameSampler(parts=False)
    sampler.add(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8), 0.0)
    label = visible_in(picture) if min(picture.shape[:2]) >= 16 else False
    fingerprint = Fingerprint(sampler.codes, thumbs=sampler.thumbs)
    return Reading(image=extract_still(picture, keyring), label=label, fingerprint=fingerprint)


def _start(sound: Sound) -> Sound:
    return Sound(sound.samples[:, : round(SEARCH_S * sound.rate_hz)], sound.rate_hz)


def _video(
    path: Source, keyring: KeyRing, config: InspectConfig, *, brief: bool
) -> tuple[Extraction, bool, FrameSampler]:
    reader, sampler = PixelReader(keyring), FrameSampler(parts=False)
    label, tries = False, 0
    for only_keys in (True, False):
        for number, (time_s, luma, key) in enumerate(_ahead(_lumas(path, config, only_keys=only_keys))):
            if only_keys or not key:
                reader.add(luma, time_s, key_frame=key)
            if only_keys:
                sampler.add(luma, time_s)
            if not label and tries < _LABEL_TRIES and only_keys:
                label, tries = visible_in(luma), tries + 1
            if reader.done and (brief and (label or number >= _LABEL_TRIES)):
                break
        if reader.done or (brief and not only_keys):
            break
    return reader.result(), label, sampler


def _ahead(items: Generator[Item]) -> Iterator[Item]:
    """The same items; the next one is made while the caller works on this one."""
    with closing(items), ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def _lumas(path: Source, config: InspectConfig, *, only_keys: bool) -> Generator[tuple[float, NDArray[np.uint8], bool]]:
    """Second, luma uint8 [H, W] and whether it was coded on its own; at most `pictures_per_s`."""
    step_s, due_s = 1 / config.pictures_per_s, 0.0
    with opened(path) as source:
        stream = next(s for s in source.streams.video if not int(s.disposition) & 0x0400)
        stream.thread_type = "AUTO"
        stream.codec_context.skip_frame = "NONKEY" if only_keys else "BIDIR"
        first = stream.start_time or 0
        for number, frame in enumerate(source.decode(stream)):
            time_s = float((frame.pts - first) * frame.time_base) if frame.pts is not None else number / 25
            if time_s > config.max_video_s:
                return
            if time_s + 1e-6 < due_s:
                continue
            due_s = max(due_s + step_s, time_s)
            yield max(0.0, time_s), _luma(frame), bool(frame.key_frame)


def _luma(frame: Any) -> NDArray[np.uint8]:
    if frame.format.name in ("yuv420p", "yuvj420p", "nv12", "yuv422p", "yuv444p"):
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        luma = rows[: frame.height, : frame.width]
    else:
        luma = frame.to_ndarray(format="gray")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(luma, turns) if turns else luma)
