"""Neural marks behind one interface. Each runs a TorchScript file: no code of a package, no download, no pickle.

| name        | file                          | methods of the module                                             |
|-------------|-------------------------------|-------------------------------------------------------------------|
| videoseal,  | as published by Video Seal    | `embed(imgs [B,3,H,W] in [0,1], msgs [B,256]) -> imgs`,           |
| pixelseal   | (`y_256b_img.jit`)            | `detect(imgs) -> [B,257]` or `[B,257,H,W]`, channel 0 unused      |
| trustmark   | export of encoder and decoder | `encode(imgs [B,3,256,256] in [-1,1], secrets [B,100]) -> imgs`,  |
|             | of one variant                | `decode(imgs) -> [B,100]`, logits                                 |
| audioseal   | export of generator and       | `get_watermark(x [B,1,16000], message [B,16]) -> [B,1,16000]`,    |
|             | detector                      | `detect(x) -> [B,16]`, probabilities                              |
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from watermark.neural.words import Bits, Multiplexed, Punctured, Soft, TrustMarkLayout, Words

Track = Literal["video", "image", "audio"]
Items = NDArray[Any]
RATE_HZ: Final = 16_000
_TRUSTMARK_PX = 256


class NeuralMark(Protocol):
    """A writer and reader.

    Attributes:
        name: in the settings.
        alg: in the C2PA list of soft-binding algorithms.
        track: what that list says it is for.
        words: how our word is laid out in it.
    """

    name: ClassVar[str]
    alg: ClassVar[str]
    track: ClassVar[Track]
    words: ClassVar[Words]

    def embed(self, items: Items, bits: Bits) -> Items:
        """Marked copies of pictures (uint8 [T, H, W, 3] RGB) or of seconds of sound (float32 [T, 16000], 16 kHz).

        Args:
            bits: uint8 [T, words.bits] of 0 and 1.
        """
        ...

    def extract(self, items: Items) -> Soft:
        """float32 [T, words.bits]: positive means 1."""
        ...


class _Scripted:
    """A TorchScript module on the CPU.

    Raises:
        Unavailable: PyTorch is not installed, or the file is missing or no such module.
    """

    name: ClassVar[str]

    def __init__(self, path: Path) -> None:
        try:
            import torch
        except ImportError as error:
            raise unavailable(self.name, "PyTorch") from error
        try:
            self._module = torch.jit.load(str(path), map_location="cpu").eval()
        except (OSError, RuntimeError, ValueError) as error:
            raise unavailable(self.name, path.name) from error
        self._torch = torch

    def _run(self, method: str, *inputs: Items) -> NDArray[np.float32]:
        with self._torch.inference_mode():
            given = [self._torch.from_numpy(np.ascontiguousarray(each, np.float32)) for each in inputs]
            return np.asarray(getattr(self._module, method)(*given).numpy(), np.float32)


class PixelSeal(_Scripted):
    """Pixel Seal (arXiv 2512.16874): 256 bits in a picture."""

    name: ClassVar = "pixelseal"
    alg: ClassVar = "com.aiwatermark.pixelseal.1"
    track: ClassVar[Track] = "image"
    words: ClassVar[Words] = Punctured(256)

    def embed(self, items: Items, bits: Bits) -> Items:
        return _to_uint8(self._run("embed", _planes(items) / 255, bits) * 255)

    def extract(self, items: Items) -> Soft:
        found = self._run("detect", _planes(items) / 255)[:, 1:]
        return found.mean(axis=(2, 3)) if found.ndim == 4 else found


class VideoSeal(PixelSeal):
    """Video Seal (arXiv 2412.09492): the same interface, a frame at a time; the reader averages frames."""

    name: ClassVar = "videoseal"
    alg: ClassVar = "com.aiwatermark.videoseal.1"
    track: ClassVar[Track] = "video"


class TrustMark(_Scripted):
    """TrustMark Q (arXiv 2311.18297): 100 bits in a picture. The mark is made at 256 px and enlarged."""

    name: ClassVar = "trustmark"
    alg: ClassVar = "com.adobe.trustmark.Q"
    track: ClassVar[Track] = "image"
    words: ClassVar[Words] = TrustMarkLayout()

    def embed(self, items: Items, bits: Bits) -> Items:
        small = _planes(_resized(items)) / 127.5 - 1
        change = np.clip(self._run("encode", small, bits), -1, 1) - small
        change -= change.mean(axis=(2, 3), keepdims=True)  # no shift of colour, as the package has it
        height, width = items.shape[1:3]
        large = [
            cv2.resize(each.transpose(1, 2, 0), (width, height), interpolation=cv2.INTER_LINEAR) for each in change
        ]
        return np.clip(np.rint(items + 127.5 * np.stack(large)), 0, 255).astype(np.uint8)

    def extract(self, items: Items) -> Soft:
        return self._run("decode", _planes(_resized(items)) / 127.5 - 1)


class AudioSeal(_Scripted):
    """AudioSeal (arXiv 2401.17264): 16 bits a second, so the word takes eight seconds."""

    name: ClassVar = "audioseal"
    alg: ClassVar = "com.aiwatermark.audioseal.1"
    track: ClassVar[Track] = "audio"
    words: ClassVar[Words] = Multiplexed()

    def embed(self, items: Items, bits: Bits) -> Items:
        mark = self._run("get_watermark", items[:, None], bits)[:, 0]
        return np.asarray(items + mark, np.float32)

    def extract(self, items: Items) -> Soft:
        return self._run("detect", items[:, None]) - np.float32(0.5)


MARKS: Final[Mapping[str, type[VideoSeal | PixelSeal | TrustMark | AudioSeal]]] = {
    each.name: each for each in (VideoSeal, PixelSeal, TrustMark, AudioSeal)
}


def unavailable(part: str, remedy: str) -> Unavailable:
    """A configured mark that cannot be used."""
    return Unavailable("error.mark.neural", part=part, remedy=remedy)


def _planes(pictures: Items) -> NDArray[np.float32]:
    return np.asarray(pictures.transpose(0, 3, 1, 2), np.float32)


def _to_uint8(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(planes.transpose(0, 2, 3, 1)), 0, 255).astype(np.uint8)


def _resized(pictures: Items) -> Items:
    size = (_TRUSTMARK_PX, _TRUSTMARK_PX)
    return np.stack([cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in pictures])
