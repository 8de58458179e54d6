"""What runs inside the cage on pictures, videos and sound: the plain decoders, one task each."""

from __future__ import annotations

import codecs
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from fractions import Fraction
from importlib import import_module
from typing import Any

from media.cage.server import Part, Task
from media.clip import VideoFormat
from media.decode import read_frames, read_i420, read_layers, read_picture, read_rgba, read_sound
from media.probe import Limits, MediaInfo, probe
from media.source import OpenFile

_PILLOW = (
    "ExifTags", "GifImagePlugin", "ImageChops", "ImageColor", "ImageMath", "ImageMode", "ImageOps", "ImagePalette",
    "ImageSequence", "JpegImagePlugin", "JpegPresets", "MpoImagePlugin", "PngImagePlugin", "TiffImagePlugin",
    "TiffTags", "WebPImagePlugin",
)  # fmt: skip
_CODECS = ("ascii", "latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "idna")


def prepare(given: Mapping[str, Any]) -> dict[str, Task]:
    """Load every library before the doors close; nothing can be imported afterwards."""
    warm()
    return {
        "probe": _probe, "look": _look, "rgba": _rgba, "picture": _picture, "frames": _frames, "i420": _i420,
        "sound": _sound,
    }  # fmt: skip


def warm() -> None:
    """Import what the decoders would import at their first call of a kind."""
    import av
    import cv2
    from PIL import Image

    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.startswith("av.__"):
            import_module(module.name)
    for name in _PILLOW:
        import_module(f"PIL.{name}")
    for name in _CODECS:
        codecs.lookup(name)
    Image.preinit()
    cv2.setNumThreads(1)
    av.logging.set_level(None)


def _probe(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    yield {"info": _facts(probe(file, Limits(**args["limits"])))}, b""


def _look(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    info = probe(file, Limits(**args["limits"]))
    yield {"info": _facts(info)}, b""
    if info.kind == "image" and not info.animated:
        for layer in read_layers(file, args["max_side_px"]):
            yield {}, layer


def _facts(info: MediaInfo) -> dict[str, Any]:
    return asdict(info) | {"container": info.container.name, "fps": str(info.fps)}


def _rgba(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    yield {}, read_rgba(file)


def _picture(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    yield {}, read_picture(file)


def _frames(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    for timed in read_frames(file, **args):
        yield {"time_s": timed.time_s}, timed.picture


def _i420(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    wanted = args["format"]
    format = None if wanted is None else VideoFormat(wanted[0], wanted[1], Fraction(wanted[2]))
    for frame in read_i420(file, format):
        yield {}, frame


def _sound(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    sound = read_sound(file, **args)
    if sound is None:
        yield {"rate_hz": 0}, b""
    else:
        yield {"rate_hz": sound.rate_hz}, sound.samples
