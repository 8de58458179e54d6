"""From frames and sound to files: H.264 yuv420p + AAC in MP4, which every browser plays as it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from errors import ColophonError
from media.clip import Frame, Picture, Sound, VideoFormat

AAC_BPS = 160_000
_LATEST_FRAMES = 8
_AUDIO_CODECS = {".wav": ("wav", "pcm_s16le"), ".mp3": ("mp3", "libmp3lame"), ".m4a": ("ipod", "aac")}


class VideoWriter:
    """Writes one MP4, frame by frame; memory does not grow with the length.

    Key frames come every `gop` frames and where `write(..., key=True)` asks, nowhere else, so that the
    caller knows before writing a frame whether it will be a key frame (`next_is_key`).

    Args:
        path: the file to write; replaced if it exists.
        format: size and rate of every frame.
        crf: x264 constant rate factor, 0-51.
        preset: x264 preset.
        gop: frames between key frames; two seconds by default.
        sound: muxed along with the frames; AAC.
        tags: container metadata, written to `moov.udta.meta` (keys/ilst).
    """

    def __init__(
        self,
        path: Path | str,
        format: VideoFormat,
        *,
        crf: float = 20,
        preset: str = "veryfast",
        gop: int | None = None,
        sound: Sound | None = None,
        tags: Mapping[str, str] | None = None,
        x264: str = "",
    ) -> None:
        import av

        self.format = format
        self._gop = gop or max(1, round(format.fps * 2))
        self._since_key = self._gop
        self._index = 0
        self._sound = sound
        self._sent = 0
        self._inter_bytes: deque[int] = deque(maxlen=_LATEST_FRAMES)
        flags = "faststart+use_metadata_tags" if tags else "faststart"
        self._file = av.open(str(path), "w", format="mp4", options={"movflags": flags})
        for key, value in (tags or {}).items():
            self._file.metadata[key] = value
        self._video = self._open_video(crf, preset, x264)
        self._audio = self._open_audio(sound) if sound is not None else None

    def _open_video(self, crf: float, preset: str, x264: str) -> Any:
        parameters = f"keyint=infinite:scenecut=0{':' + x264 if x264 else ''}"
        stream = self._file.add_stream(
            "libx264", rate=self.format.fps, options={"crf": str(crf), "preset": preset, "x264-params": parameters}
        )
        stream.width, stream.height, stream.pix_fmt = self.format.width_px, self.format.height_px, "yuv420p"
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, 1, 1, 1
        context.thread_count = 0
        return stream

    def _open_audio(self, sound: Sound) -> Any:
        stream = self._file.add_stream("aac", rate=sound.rate_hz, layout=_layout(sound))
        stream.bit_rate = AAC_BPS
        return stream

    @property
    def next_is_key(self) -> bool:
        """Whether the next frame becomes a key frame unasked."""
        return self._since_key >= self._gop

    @property
    def frames_written(self) -> int:
        return self._index

    @property
    def inter_bits_per_px(self) -> float | None:
        """Bits per pixel of the cheapest of the latest predicted frames; None before the first came out.

        The cheapest, since that is what prediction cannot supply; the others also repair the frames before them.
        """
        if not self._inter_bytes:
            return None
        return 8 * min(self._inter_bytes) / (self.format.width_px * self.format.height_px)

    def write(self, frame: Frame, key: bool = False) -> None:
        """Append a frame uint8 [H*3//2, W]; `key` makes it a key frame (a cut)."""
        import av
        from av.video.frame import PictureType

        picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
        key = key or self.next_is_key
        picture.pict_type = PictureType.I if key else PictureType.NONE
        picture.colorspace, picture.color_range = 1, 1
        picture.pts, picture.time_base = self._index, 1 / self.format.fps
        self._since_key = 1 if key else self._since_key + 1
        self._index += 1
        packets = self._video.encode(picture)
        self._inter_bytes.extend(packet.size for packet in packets if not packet.is_keyframe)
        self._file.mux(packets)
        self._mux_sound(self._index / self.format.fps)

    def _mux_sound(self, until_s: Fraction | None) -> None:
        if self._sound is None or self._audio is None:
            return
        total = self._sound.samples.shape[1]
        end = total if until_s is None else min(total, int(until_s * self._sound.rate_hz))
        while self._sent < end:
            part = self._sound.samples[:, self._sent : min(end, self._sent + 1024)]
            self._file.mux(self._audio.encode(_audio_frame(part, self._sound, self._sent)))
            self._sent += part.shape[1]

    def close(self) -> None:
        """Flush the encoders and finish the file."""
        self._mux_sound(None)
        for stream in (self._video, self._audio):
            if stream is not None:
                self._file.mux(stream.encode(None))
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()


def _layout(sound: Sound) -> str:
    return "mono" if sound.samples.shape[0] == 1 else "stereo"


def _audio_frame(part: Any, sound: Sound, position: int) -> Any:
    import av

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout=_layout(sound))
    frame.sample_rate, frame.pts, frame.time_base = sound.rate_hz, position, Fraction(1, sound.rate_hz)
    return frame


def write_sound(
    path: Path | str, sound: Sound, tags: Mapping[str, str] | None = None, bitrate_bps: int = 192_000
) -> None:
    """Write a WAV (16 bit), MP3 or M4A (AAC) by the ending of `path`.

    Raises:
        ColophonError: another ending.
    """
    import av

    try:
        container, codec = _AUDIO_CODECS[Path(path).suffix.lower()]
    except KeyError as error:
        raise ColophonError("error.media.ending", ending=Path(path).suffix) from error
    with av.open(
        str(path),
        "w",
        format=container,
        options={"movflags": "faststart+use_metadata_tags"} if container == "ipod" else {},
    ) as file:
        for key, value in (tags or {}).items():
            file.metadata[key] = value
        stream: Any = file.add_stream(codec, rate=sound.rate_hz, layout=_layout(sound))
        if codec != "pcm_s16le":
            stream.bit_rate = bitrate_bps
        resampler = av.AudioResampler(
            format=stream.codec_context.format.name, layout=_layout(sound), rate=sound.rate_hz
        )
        for start in range(0, sound.samples.shape[1], 1024):
            for frame in resampler.resample(_audio_frame(sound.samples[:, start : start + 1024], sound, start)):
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def write_picture(path: Path | str, picture: Picture, quality: int = 95) -> None:
    """Write a PNG, JPEG or WebP by the ending of `path`, without any metadata. uint8 [H, W, 3] or [H, W, 4]."""
    from PIL import Image

    ending = Path(path).suffix.lower()
    image = Image.fromarray(picture)
    if ending == ".png":
        image.save(path, "PNG", compress_level=4)
    elif ending in (".jpg", ".jpeg"):
        image.convert("RGB").save(path, "JPEG", quality=quality, subsampling=0)
    elif ending == ".webp":
        image.save(path, "WEBP", quality=quality)
    else:
        raise ColophonError("error.media.ending", ending=ending)
