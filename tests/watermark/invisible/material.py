"""Media that the tests make themselves: hard cases for a mark, small and short."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame, Picture, Sound, VideoFormat
from watermark.invisible import KeyRing, Payload, PixelEmbedder, PixelReader, mint
from watermark.invisible.extraction import Extraction

KEYRING = KeyRing(b"a secret of the test suite")
PAYLOAD = mint(KEYRING, b"release 1")


def flat(width: int, height: int, level: int, count: int) -> list[Frame]:
    luma = np.full((height, width), level, np.uint8)
    return [np.concatenate([luma, np.full((height // 2, width), 128, np.uint8)]) for _ in range(count)]


def drawn(width: int, height: int, count: int, brightness: float = 1.0) -> list[Frame]:
    """Flat shapes that move over a gradient, as an animatic has them."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    sky = np.stack([90 + 60 * columns / width, 120 + 50 * rows / height, 190 - 80 * columns / width], -1) * brightness
    frames = []
    for index in range(count):
        picture = sky.astype(np.uint8)
        for shape in range(5):
            centre = (
                int(width * (0.1 + 0.2 * shape) + index * (shape - 2) * height / 360),
                height // 2 + shape * height // 14,
            )
            colour = (np.array([200, 60 + 30 * shape, 90]) * brightness).tolist()
            cv2.circle(picture, centre, height // (6 + shape), colour, -1, cv2.LINE_AA)
        frames.append(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420))
    return frames


def textured(width: int, height: int, seed: int = 0) -> Picture:
    """A picture with a natural fall-off of its spectrum."""
    generator = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(2, 8):
        size = (max(width >> (8 - octave), 2), max(height >> (8 - octave), 2))
        noise = generator.normal(0, 1, (size[1], size[0], 3)).astype(np.float32)
        total += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * (60 / octave)
    return np.clip(120 + total, 0, 255).astype(np.uint8)


def zoom(width: int, height: int, count: int) -> list[Frame]:
    """A full-frame push in over a textured picture."""
    picture = textured(width, height)
    frames = []
    for index in range(count):
        scale = 1 + 0.6 * index / count
        matrix = np.array([[scale, 0, width / 2 * (1 - scale)], [0, scale, height / 2 * (1 - scale)]])
        frames.append(cv2.cvtColor(cv2.warpAffine(picture, matrix, (width, height)), cv2.COLOR_RGB2YUV_I420))
    return frames


def mark(frames: list[Frame], gop: int = 48, keyring: KeyRing = KEYRING, payload: Payload = PAYLOAD) -> list[Frame]:
    size = VideoFormat(frames[0].shape[1], frames[0].shape[0] * 2 // 3, Fraction(24))
    embedder = PixelEmbedder(keyring, payload, size)
    return [embedder.embed(frame.copy(), index % gop == 0) for index, frame in enumerate(frames)]


def recode(frames: list[Frame], crf: int, codec: str = "libx264", gop: int = 48) -> list[Frame]:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0] * 2 // 3, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast", "g": str(gop)}
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="yuv420p")))
        container.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def luma(frame: Frame) -> NDArray[np.uint8]:
    return frame[: frame.shape[0] * 2 // 3]


def read(lumas: list[NDArray[np.uint8]], keyring: KeyRing = KEYRING) -> Extraction:
    reader = PixelReader(keyring)
    for index, plane in enumerate(lumas):
        reader.add(plane, index / 24)
        if reader.done:
            break
    return reader.result()


def speechlike(duration_s: float, rate_hz: int = 48_000, channels: int = 1) -> Sound:
    """Bursts of harmonics with pauses between them."""
    time = np.arange(int(duration_s * rate_hz)) / rate_hz
    pitch = 2 * np.pi * np.cumsum(120 + 25 * np.sin(2 * np.pi * 1.3 * time)) / rate_hz
    voice = sum(np.sin(pitch * harmonic) / harmonic for harmonic in range(1, 25))
    loudness = np.clip(np.sin(2 * np.pi * 2.1 * time) + 0.4, 0, 1)
    breath = np.random.default_rng(4).normal(0, 0.004, len(time))
    return Sound(np.tile((0.12 * voice * loudness + breath).astype(np.float32), (channels, 1)), rate_hz)


def silence(duration_s: float, rate_hz: int = 48_000, channels: int = 2) -> Sound:
    return Sound(np.zeros((channels, int(duration_s * rate_hz)), np.float32), rate_hz)


def recode_sound(sound: Sound, codec: str = "aac", bitrate_bps: int = 128_000) -> Sound:
    layout = "mono" if len(sound.samples) == 1 else "stereo"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=sound.rate_hz, layout=layout)
        stream.bit_rate = bitrate_bps
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.samples), format="fltp", layout=layout)
        frame.sample_rate = sound.rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as container:
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=sound.rate_hz)
        parts = [part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return Sound(np.concatenate(parts, axis=1).astype(np.float32), sound.rate_hz)
