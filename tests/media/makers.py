"""Small media files of every accepted and every difficult kind, made on the spot."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from media.clip import Picture, Sound, VideoFormat
from media.colour import to_i420
from media.encode import VideoWriter


def picture(width: int = 160, height: int = 90, seed: int = 0) -> Picture:
    """A smooth coloured picture without any symmetry."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 215, (4, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def tone(seconds: float = 1.0, rate_hz: int = 48_000, hz: float = 440.0) -> Sound:
    """A quiet stereo tone."""
    wave = 0.2 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)
    return Sound(np.stack([wave, wave]).astype(np.float32), rate_hz)


def video(
    path: Path, seconds: float = 1.0, width: int = 160, height: int = 90, fps: int = 24, sound: bool = True
) -> Path:
    """An MP4 of a slowly moving picture."""
    large = picture(width * 2, height)
    with VideoWriter(path, VideoFormat(width, height, Fraction(fps)), sound=tone(seconds) if sound else None) as writer:
        for number in range(round(seconds * fps)):
            writer.write(to_i420(np.ascontiguousarray(large[:, number % width : number % width + width])))
    return path


def raw_video(path: Path, codec: str, pixels: str, pts: list[int], rate: int = 24, **options: str) -> Path:
    """A video of any codec and pixel format with the given time stamps (in frames)."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 90, pixels
        stream.codec_context.time_base = Fraction(1, rate)
        for number in pts:
            frame = av.VideoFrame.from_ndarray(picture(seed=number), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def png_header(path: Path, width: int, height: int) -> Path:
    """A PNG that claims a size and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def raw_sound(path: Path, codec: str, seconds: float = 0.5, rate_hz: int = 48_000) -> Path:
    """A tone in any codec that takes 16-bit samples."""
    pixels = "s16"
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate_hz, layout="stereo", format=pixels)
        frame = av.AudioFrame.from_ndarray(tone(seconds, rate_hz).samples, format="fltp", layout="stereo")
        frame.rate = rate_hz
        for part in av.AudioResampler(pixels, "stereo", rate_hz, stream.frame_size or None).resample(frame):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def coded(path: Path, samples: Any, codec: str, bits_per_s: int, rate_hz: int = 44_100) -> Path:
    """A mono sound (float32, -1 to 1) compressed by a codec."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate_hz, layout="mono")
        stream.bit_rate = bits_per_s
        whole = av.AudioFrame.from_ndarray((samples[None] * 32767).astype(np.int16), "s16", layout="mono")
        whole.sample_rate = rate_hz
        for frame in av.AudioResampler(format=stream.format.name, layout="mono", rate=rate_hz).resample(whole):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
