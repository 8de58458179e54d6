"""What happens to a clip: codecs, sizes, cuts, turns, tones, time, and chains of these.

An attack maps a list of I420 frames to another list. All encodes run through libav's own encoders.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.clips import FPS, i420
from media.clip import Frame

Frames = list[Frame]
Attack = Callable[[Frames], Frames]
Plane = NDArray[np.uint8]

_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast"},
    "libx265": {"preset": "fast", "x265-params": "log-level=error:pools=1"},
    "libvpx-vp9": {"b": "0", "cpu-used": "6", "deadline": "realtime"},
    "libsvtav1": {"preset": "10", "svtav1-params": "lp=1"},
}


def encode(frames: Frames, codec: str, crf: int, **options: str) -> bytes:
    """The clip as a Matroska file."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0] * 2 // 3, "yuv420p"
        stream.options = {"crf": str(crf), **_OPTIONS[codec], **options}
        stream.codec_context.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="yuv420p")))
        container.mux(stream.encode())
    return buffer.getvalue()


def decode(data: bytes) -> Frames:
    """All frames of a file made by `encode`."""
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


def deliver(frames: Frames, crf: int = 20) -> bytes:
    """The clip as the product writes it: x264 veryfast, key frame every 48."""
    return encode(frames, "libx264", crf, preset="veryfast", g="48", keyint_min="48", sc_threshold="0")


def coded(codec: str, crf: int) -> Attack:
    return lambda frames: decode(encode(frames, codec, crf))


h264 = partial(coded, "libx264")


def each(change: Callable[[Frame], Frame]) -> Attack:
    return lambda frames: [change(frame) for frame in frames]


def chain(*attacks: Attack) -> Attack:
    def run(frames: Frames) -> Frames:
        for attack in attacks:
            frames = attack(frames)
        return frames

    return run


def planes(frame: Frame) -> tuple[Plane, Plane, Plane]:
    width, height = frame.shape[1], frame.shape[0] * 2 // 3
    quarter = height // 4
    half = (height // 2, width // 2)
    return frame[:height], frame[height : height + quarter].reshape(half), frame[height + quarter :].reshape(half)


def join(parts: Sequence[Plane]) -> Frame:
    luma, u, v = parts
    return np.concatenate([luma, u.reshape(-1, luma.shape[1]), v.reshape(-1, luma.shape[1])])


def size(width: float, height: float) -> Callable[[Frame], Frame]:
    wide, high = int(width) // 4 * 4, int(height) // 4 * 4

    def run(frame: Frame) -> Frame:
        inter = cv2.INTER_AREA if wide < frame.shape[1] else cv2.INTER_CUBIC
        luma, u, v = planes(frame)
        return join(
            [
                cv2.resize(luma, (wide, high), interpolation=inter),
                cv2.resize(u, (wide // 2, high // 2), interpolation=inter),
                cv2.resize(v, (wide // 2, high // 2), interpolation=inter),
            ]
        )

    return run


def shrink(factor: float) -> Callable[[Frame], Frame]:
    return lambda frame: size(frame.shape[1] * factor, frame.shape[0] * 2 / 3 * factor)(frame)


def lines(count: int) -> Callable[[Frame], Frame]:
    return lambda frame: size(count * frame.shape[1] / (frame.shape[0] * 2 / 3), count)(frame)


def crop(share: float) -> Callable[[Frame], Frame]:
    """Keep `share` of each side, off centre."""

    def run(frame: Frame) -> Frame:
        luma, u, v = planes(frame)
        height, width = luma.shape
        high, wide = int(height * share) // 4 * 4, int(width * share) // 4 * 4
        top, left = int((height - high) * 0.61) // 2, int((width - wide) * 0.37) // 2
        return join(
            [
                np.ascontiguousarray(luma[2 * top : 2 * top + high, 2 * left : 2 * left + wide]),
                np.ascontiguousarray(u[top : top + high // 2, left : left + wide // 2]),
                np.ascontiguousarray(v[top : top + high // 2, left : left + wide // 2]),
            ]
        )

    return run


def turn(degrees: float) -> Callable[[Frame], Frame]:
    def one(plane: Plane, fill: int) -> Plane:
        height, width = plane.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return cv2.warpAffine(plane, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=fill)

    return lambda frame: join([one(plane, 128 if index else 16) for index, plane in enumerate(planes(frame))])


def mirror(frame: Frame) -> Frame:
    return join([np.ascontiguousarray(plane[:, ::-1]) for plane in planes(frame)])


def tone(change: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Callable[[Frame], Frame]:
    def run(frame: Frame) -> Frame:
        luma, u, v = planes(frame)
        return join([np.clip(change(luma.astype(np.float32)), 0, 255).astype(np.uint8), u, v])

    return run


def grey(frame: Frame) -> Frame:
    luma, u, v = planes(frame)
    return join([luma, np.full_like(u, 128), np.full_like(v, 128)])


def noise(sigma: float) -> Callable[[Frame], Frame]:
    generator = np.random.default_rng(5)
    return tone(lambda luma: luma + generator.normal(0, sigma, luma.shape).astype(np.float32))


def sharpen(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(2 * luma - cv2.GaussianBlur(luma, (0, 0), 1.5), np.float32)


def jpeg(quality: int) -> Callable[[Frame], Frame]:
    def run(frame: Frame) -> Frame:
        picture = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2YUV_I420), np.uint8)

    return run


def logo_and_bar(frame: Frame) -> Frame:
    luma, u, v = planes(frame)
    luma = luma.copy()
    height, width = luma.shape
    luma[int(0.8 * height) :] = 20
    luma[: int(0.2 * height), int(0.7 * width) :] = 235
    return join([luma, u, v])


def inset(share: float, ground: Callable[[Frame], Frame]) -> Callable[[Frame], Frame]:
    """The clip at `share` of its size in the middle of `ground(frame)`."""

    def run(frame: Frame) -> Frame:
        small, target = planes(shrink(share)(frame)), [plane.copy() for plane in planes(ground(frame))]
        top, left = ((target[1].shape[i] - small[1].shape[i]) // 2 for i in (0, 1))
        for index, (plane, part) in enumerate(zip(target, small, strict=True)):
            y, x = (top, left) if index else (2 * top, 2 * left)
            plane[y : y + part.shape[0], x : x + part.shape[1]] = part
        return join(target)

    return run


def black(frame: Frame) -> Frame:
    luma, u, v = planes(frame)
    return join([np.full_like(luma, 16), np.full_like(u, 128), np.full_like(v, 128)])


def other_footage(frame: Frame) -> Frame:
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    generator = np.random.default_rng(9)
    coarse = generator.uniform(30, 220, (height // 16, width // 16, 3)).astype(np.float32)
    return i420(np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8))


def middle_second(frames: Frames) -> Frames:
    start = (len(frames) - FPS) // 2
    return frames[start : start + FPS]


def one_frame(frames: Frames) -> Frames:
    return [frames[len(frames) // 2]]


ATTACKS: dict[str, Attack] = {
    "none": lambda frames: frames,
    "H.264 CRF 28": h264(28),
    "H.264 CRF 33": h264(33),
    "H.264 CRF 40": h264(40),
    "H.264 CRF 45": h264(45),
    "HEVC CRF 28": coded("libx265", 28),
    "VP9 CRF 36": coded("libvpx-vp9", 36),
    "AV1 CRF 40": coded("libsvtav1", 40),
    "50 % size + CRF 23": chain(each(shrink(0.5)), h264(23)),
    "480p + CRF 28": chain(each(lines(480)), h264(28)),
    "360p + CRF 28": chain(each(lines(360)), h264(28)),
    "240p + CRF 28": chain(each(lines(240)), h264(28)),
    "crop 80 % + CRF 23": chain(each(crop(0.8)), h264(23)),
    "crop 60 % + CRF 23": chain(each(crop(0.6)), h264(23)),
    "crop 40 % + CRF 23": chain(each(crop(0.4)), h264(23)),
    "crop 30 % + CRF 23": chain(each(crop(0.3)), h264(23)),
    "crop 60 % to 720p + CRF 28": chain(each(crop(0.6)), each(size(1280, 720)), h264(28)),
    "letterbox 75 % + CRF 28": chain(each(inset(0.75, black)), h264(28)),
    "logo and bar + CRF 28": chain(each(logo_and_bar), h264(28)),
    "stretched to 4:3 + CRF 28": chain(each(size(960, 720)), h264(28)),
    "stretched to 21:9 + CRF 28": chain(each(size(1680, 720)), h264(28)),
    "rotate 1 + CRF 23": chain(each(turn(1)), h264(23)),
    "rotate 5 + CRF 23": chain(each(turn(5)), h264(23)),
    "mirrored + CRF 28": chain(each(mirror), h264(28)),
    "brightness x 0.5 + CRF 28": chain(each(tone(lambda y: y * 0.5)), h264(28)),
    "contrast x 0.5 + CRF 28": chain(each(tone(lambda y: (y - 128) * 0.5 + 128)), h264(28)),
    "gamma 1.6 + CRF 28": chain(each(tone(lambda y: 255 * (y / 255) ** 1.6)), h264(28)),
    "noise s 10 + CRF 28": chain(each(noise(10)), h264(28)),
    "blur s 2 + CRF 28": chain(each(tone(lambda y: cv2.GaussianBlur(y, (0, 0), 2.0))), h264(28)),
    "sharpen + CRF 28": chain(each(tone(sharpen)), h264(28)),
    "grey + CRF 28": chain(each(grey), h264(28)),
    "30 % of frames dropped + CRF 28": chain(
        lambda frames: [frame for index, frame in enumerate(frames) if index % 10 not in (1, 4, 7)], h264(28)
    ),
    "every third frame + CRF 28": chain(lambda frames: frames[::3], h264(28)),
    "frames doubled + CRF 28": chain(lambda frames: [frame for frame in frames for _ in (0, 1)], h264(28)),
    "middle second of the clip + CRF 28": chain(middle_second, h264(28)),
    "one frame, JPEG 50": chain(one_frame, each(jpeg(50))),
    "crop 71 + bright .5 + CRF 30 (Video Seal)": chain(each(crop(0.71)), each(tone(lambda y: y * 0.5)), h264(30)),
    "crop 71 + bright .5 + CRF 40 (Video Seal)": chain(each(crop(0.71)), each(tone(lambda y: y * 0.5)), h264(40)),
    "480p + crop 80 % + CRF 33": chain(each(lines(480)), each(crop(0.8)), h264(33)),
    "rotate 2 + crop 80 % + 480p + CRF 33": chain(each(turn(2)), each(crop(0.8)), each(lines(480)), h264(33)),
    "screenshot: one frame x 0.6, crop 80 %, JPEG 60": chain(
        one_frame, each(shrink(0.6)), each(crop(0.8)), each(jpeg(60))
    ),
    "CRF 33, then 480p VP9 CRF 40": chain(h264(33), each(lines(480)), coded("libvpx-vp9", 40)),
    "ten encodes in a row, CRF 28": chain(*[h264(28)] * 10),
    "picture in picture 50 % + CRF 28": chain(each(inset(0.5, other_footage)), h264(28)),
}
MUST = (
    "480p + crop 80 % + CRF 33",
    "screenshot: one frame x 0.6, crop 80 %, JPEG 60",
    "crop 71 + bright .5 + CRF 30 (Video Seal)",
    "letterbox 75 % + CRF 28",
    "crop 40 % + CRF 23",
    "H.264 CRF 40",
    "360p + CRF 28",
    "480p + CRF 28",
    "crop 60 % + CRF 23",
    "crop 80 % + CRF 23",
    "crop 71 + bright .5 + CRF 40 (Video Seal)",
    "H.264 CRF 33",
    "one frame, JPEG 50",
    "rotate 5 + CRF 23",
    "mirrored + CRF 28",
    "HEVC CRF 28",
    "VP9 CRF 36",
    "AV1 CRF 40",
)
"""What the mark has to survive, the hardest first."""
ORDER = (*MUST, *(name for name in ATTACKS if name not in MUST))
"""All attacks in the order in which they are measured, so that a run that is stopped has measured what matters."""
QUICK = ("none", "H.264 CRF 28", "H.264 CRF 33", "crop 60 % + CRF 23", "rotate 5 + CRF 23", "one frame, JPEG 50")
WEAK = (
    "H.264 CRF 33",
    "360p + CRF 28",
    "H.264 CRF 40",
    "crop 40 % + CRF 23",
    "letterbox 75 % + CRF 28",
    "crop 71 + bright .5 + CRF 30 (Video Seal)",
    "480p + crop 80 % + CRF 33",
    "one frame, JPEG 50",
    "middle second of the clip + CRF 28",
    "screenshot: one frame x 0.6, crop 80 %, JPEG 60",
    "rotate 2 + crop 80 % + 480p + CRF 33",
    "picture in picture 50 % + CRF 28",
    "CRF 33, then 480p VP9 CRF 40",
    "240p + CRF 28",
    "HEVC CRF 28",
    "AV1 CRF 40",
    "VP9 CRF 36",
    "crop 71 + bright .5 + CRF 40 (Video Seal)",
    "H.264 CRF 45",
    "crop 30 % + CRF 23",
    "ten encodes in a row, CRF 28",
)
"""Where readings fail, the ones that matter most first."""
