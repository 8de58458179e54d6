"""Stills: a picture is a clip of one key frame; only its luma changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Picture, VideoFormat
from watermark.invisible.extraction import Extraction
from watermark.invisible.keys import KeyRing
from watermark.invisible.leads import STILL_WORDS, Tally
from watermark.invisible.payload import Payload
from watermark.invisible.pixels import PixelEmbedder
from watermark.invisible.reader import PixelReader
from watermark.invisible.residual import plain_residual, residual

STRENGTHS = (1.0, 1.4, 0.7, 2.0)
"""Tried in turn until the mark reads back. A small picture holds one tile, in which some words fare worse; more helps
in texture, less in smooth pictures, where a strong mark is flattened by the reader's own filter."""
PROOF_QUALITY = 75
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


def embed_still(
    picture: Picture,
    payload: Payload,
    keyring: KeyRing,
    finish: Callable[[Picture], Picture] = lambda marked: marked,
) -> Picture:
    """A marked copy of `picture` (uint8 [H, W, 3] RGB, any size from 16 x 16), finished; hue and saturation stay.

    It is read back, also after an ordinary JPEG, and marked at another strength where that fails. Content may still
    be unable to carry a mark: whoever has to know reads it.

    Args:
        finish: what becomes of a marked picture, such as a label that hides part of it.
    """
    best, most = picture, -1
    for strength in STRENGTHS:
        marked = finish(_marked(picture, payload, keyring, strength))
        proofs = sum(_reads(copy, payload, keyring) for copy in (marked, _as_jpeg(marked)))
        if proofs > most:
            best, most = marked, proofs
        if most == 2:
            break
    return best


def _marked(picture: Picture, payload: Payload, keyring: KeyRing, strength: float) -> Picture:
    luma = _luma(picture)
    height, width = luma.shape
    even = np.pad(luma, ((0, height % 2), (0, width % 2)), mode="edge")
    frame = np.concatenate([even, np.full((even.shape[0] // 2, even.shape[1]), 128, np.uint8)])
    size = VideoFormat(even.shape[1], even.shape[0], Fraction(1))
    marked = PixelEmbedder(keyring, payload, size, strength).embed(frame, key_frame=True)
    change = marked[:height, :width].astype(np.int16) - luma
    return np.clip(picture + change[..., None], 0, 255).astype(np.uint8)


def _reads(picture: Picture, payload: Payload, keyring: KeyRing) -> bool:
    """Whether the uncropped picture gives the word, without a search."""
    for rest in (residual, plain_residual):
        reader = PixelReader(KeyRing(keyring.current), rest)
        reader.add(_luma(picture), 0.0, key_frame=True)
        if reader.done:
            return reader.result().payload == payload
    return False


def _as_jpeg(picture: Picture) -> Picture:
    data = cv2.imencode(".jpg", np.ascontiguousarray(picture), [cv2.IMWRITE_JPEG_QUALITY, PROOF_QUALITY])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def extract_still(picture: Picture, keyring: KeyRing) -> Extraction:
    """Read the mark of a picture, uint8 [H, W, 3] RGB."""
    tally = Tally(left=STILL_WORDS)
    for rest in (residual, plain_residual):
        tally.leads.clear()  # they stand for what the other filter shows
        reader = PixelReader(keyring, rest, tally)
        reader.add(_luma(picture), 0.0, key_frame=True)
        reader.search()
        if reader.done:
            break
    return replace(reader.result(), segments=())


def _luma(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(cv2.transform(np.ascontiguousarray(picture), _LUMA), np.uint8).reshape(picture.shape[:2])
