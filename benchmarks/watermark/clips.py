"""Twenty clips at 720p: real ones from the shared test data, and hard ones made here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np

from media.clip import Frame, Picture

WIDTH, HEIGHT, FPS = 1280, 720, 24
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
_FILES = {
    "dog": "clips/sam2_dog.mp4",
    "juggle": "clips/sam2_juggle.mp4",
    "animation": "clips/bbb_anim.mp4",
    "title": "clips/bbb_title.mp4",
    "screen": "clips/screen_tutorial.mp4",
    "street": "clips/street_dance.mp4",
    "anime": "media/video_nopeople/realesrgan_onepiece_anime.mp4",
    "bottles": "media/video_nopeople/intel_bottle.mp4",
    "portrait": "media/video_people/liveportrait_d11.mp4",
    "tv": "media/video_people/vtoonify_651.mp4",
}


def clips() -> dict[str, Callable[[int], list[Frame]]]:
    """Name -> function from a frame count to I420 frames; real clips only where the shared data lies."""
    real = {name: partial(_file, SHARED / path) for name, path in _FILES.items() if (SHARED / path).exists()}
    photos = sorted((SHARED / "faces" / "other").glob("*_scene.jpg"))
    drawings = sorted((SHARED / "faces" / "other").glob("*_cartoon2d.jpg"))
    stills = {}
    if photos and drawings:
        stills = {
            "zoom photo": partial(_still, photos[0], 1.4, 0.0),
            "pan photo": partial(_still, photos[4], 1.25, 0.2),
            "slow zoom": partial(_still, photos[8], 1.05, 0.0),
            "zoom drawing": partial(_still, drawings[1], 1.3, 0.1),
        }
    made = {
        "shapes": partial(_shapes, light=1.0),
        "flat": _flat,
        "dark shapes": partial(_shapes, light=0.12),
        "slates": _slates,
        "noise pan": _noise_pan,
        "fade": _fade,
    }
    return {**real, **stills, **made}


def i420(picture: Picture) -> Frame:
    """RGB to I420."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2YUV_I420), np.uint8)


def _fit(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = max(WIDTH / width, HEIGHT / height)
    inter = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (max(round(width * scale), WIDTH), max(round(height * scale), HEIGHT))
    large = cv2.resize(picture, size, interpolation=inter)
    top, left = (large.shape[0] - HEIGHT) // 2, (large.shape[1] - WIDTH) // 2
    return large[top : top + HEIGHT, left : left + WIDTH]


def _file(path: Path, count: int) -> list[Frame]:
    """The first frames of a file; a shorter one runs back and forth."""
    frames: list[Frame] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            frames.append(i420(_fit(frame.to_ndarray(format="rgb24"))))
            if len(frames) == count:
                break
    while len(frames) < count:
        frames += frames[-2::-1]
    return frames[:count]


def _still(path: Path, zoom: float, pan: float, count: int) -> list[Frame]:
    """A camera move over a picture."""
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    height, width = picture.shape[:2]
    frames = []
    for index in range(count):
        part = index / max(count - 1, 1)
        scale = max(WIDTH / width, HEIGHT / height) * (1.1 * (1 + (zoom - 1) * part) if pan else 1 + (zoom - 1) * part)
        shift = (part - 0.5) * pan * (scale * width - WIDTH)
        matrix = np.array([[scale, 0, (WIDTH - width * scale) / 2 + shift], [0, scale, (HEIGHT - height * scale) / 2]])
        view = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        frames.append(i420(view))
    return frames


def _shapes(count: int, light: float) -> list[Frame]:
    """Flat discs over a gradient."""
    generator = np.random.default_rng(1)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    sky = np.stack([120 + 60 * columns / WIDTH, 140 + 50 * rows / HEIGHT, 200 - 80 * columns / WIDTH], -1)
    discs = [
        (
            generator.uniform(0, WIDTH),
            generator.uniform(0, HEIGHT),
            *generator.uniform(-4, 4, 2),
            generator.uniform(40, 120),
        )
        for _ in range(7)
    ]
    colours = generator.uniform(0, 255, (7, 3))
    frames = []
    for index in range(count):
        picture = (sky * light).astype(np.uint8)
        for (x, y, dx, dy, radius), colour in zip(discs, colours, strict=True):
            centre = (int((x + dx * index) % WIDTH), int((y + dy * index) % HEIGHT))
            cv2.circle(picture, centre, int(radius), (colour * light).tolist(), -1, cv2.LINE_AA)
        frames.append(i420(picture))
    return frames


def _flat(count: int) -> list[Frame]:
    """One even colour and a single slow disc."""
    frames = []
    for index in range(count):
        picture = np.full((HEIGHT, WIDTH, 3), (90, 110, 140), np.uint8)
        cv2.circle(picture, (300 + 2 * index, 360), 90, (200, 160, 90), -1, cv2.LINE_AA)
        frames.append(i420(picture))
    return frames


def _slates(count: int) -> list[Frame]:
    """A black slate with a line of text, shapes, a white slate."""
    shapes = _shapes(count, 1.0)
    frames = []
    for index in range(count):
        if count // 4 <= index < 3 * count // 4:
            frames.append(shapes[index])
            continue
        dark = index < count // 4
        picture = np.full((HEIGHT, WIDTH, 3), 0 if dark else 255, np.uint8)
        colour = (230, 230, 230) if dark else (30, 30, 30)
        cv2.putText(picture, "Scene 1", (420, 390), cv2.FONT_HERSHEY_SIMPLEX, 3, colour, 5, cv2.LINE_AA)
        frames.append(i420(picture))
    return frames


def _noise_pan(count: int) -> list[Frame]:
    """A dense texture with a natural fall-off, panned."""
    generator = np.random.default_rng(5)
    total = np.zeros((HEIGHT, WIDTH + 400), np.float32)
    for octave in range(2, 9):
        noise = generator.normal(0, 1, (max(HEIGHT >> (9 - octave), 2), max((WIDTH + 400) >> (9 - octave), 2)))
        total += (
            cv2.resize(noise.astype(np.float32), (WIDTH + 400, HEIGHT), interpolation=cv2.INTER_CUBIC) * 40 / octave
        )
    picture = np.repeat(np.clip(120 + total, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return [i420(picture[:, 3 * i : 3 * i + WIDTH]) for i in (index % 130 for index in range(count))]


def _fade(count: int) -> list[Frame]:
    """Shapes that come up from black and go down to it."""
    frames = []
    for index, frame in enumerate(_shapes(count, 1.0)):
        level = np.sin(np.pi * (index + 1) / (count + 1))
        luma = 16 + (frame[:HEIGHT].astype(np.float32) - 16) * level
        chroma = 128 + (frame[HEIGHT:].astype(np.float32) - 128) * level
        frames.append(np.concatenate([luma, chroma]).astype(np.uint8))
    return frames
