"""Stills: pictures of any size from a postcard on read back, also after ordinary editing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.watermark.invisible import material as m
from watermark.invisible import KeyRing, embed_still, extract_still, mint, recognised
from watermark.invisible.stills import _marked


def _jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def test_a_mark_too_faint_to_be_read_is_recognised_among_the_issued_words() -> None:
    issued = np.array([m.PAYLOAD.value, *(mint(m.KEYRING, n.to_bytes(2)).value for n in range(5000))], np.uint64)
    unread = []
    for strength in (0.5, 0.45, 0.4, 0.35):
        answer = extract_still(_marked(m.textured(640, 360), m.PAYLOAD, m.KEYRING, strength), m.KEYRING)
        if answer.payload is None:
            unread.append(recognised(answer, issued))
            assert recognised(answer, issued[1:]).payload is None
    assert unread
    assert any(answer.payload == m.PAYLOAD and answer.recalled for answer in unread)


@pytest.mark.parametrize("size", [(451, 301), (512, 512), (1024, 768), (1500, 2047)])
def test_a_picture_reads_back_after_jpeg(size: tuple[int, int]) -> None:
    marked = embed_still(m.textured(*size), m.PAYLOAD, m.KEYRING)
    assert marked.shape == (size[1], size[0], 3)
    assert extract_still(marked, m.KEYRING).payload == m.PAYLOAD
    assert extract_still(_jpeg(marked, 70), m.KEYRING).payload == m.PAYLOAD


def test_a_picture_reads_back_at_half_size() -> None:
    marked = embed_still(m.textured(1024, 768, seed=3), m.PAYLOAD, m.KEYRING)
    copy = cv2.resize(marked, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    answer = extract_still(_jpeg(copy, 80), m.KEYRING)
    assert answer.payload == m.PAYLOAD
    assert answer.segments == ()


def test_a_cropped_picture_of_dense_texture_reads_back() -> None:
    marked = embed_still(m.textured(1024, 768, seed=3), m.PAYLOAD, m.KEYRING)
    assert extract_still(np.ascontiguousarray(marked[150:620, 200:900]), m.KEYRING).payload == m.PAYLOAD


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_picture_reads_back(level: int) -> None:
    marked = embed_still(np.full((480, 640, 3), level, np.uint8), m.PAYLOAD, m.KEYRING)
    assert extract_still(marked, m.KEYRING).payload == m.PAYLOAD


@pytest.mark.parametrize("secret", range(6))
@pytest.mark.parametrize("name", ["texture", "ramp"])
def test_a_postcard_reads_back_with_any_secret(name: str, secret: int) -> None:
    rows, columns = np.mgrid[0:240, 0:320].astype(np.float32)
    ramp = np.stack([90 + columns / 2.5, 110 + rows / 2.5, 200 - columns / 3], -1).astype(np.uint8)
    keyring = KeyRing(b"small still secret %d...." % (secret + 12))
    payload = mint(keyring, b"x")
    marked = embed_still({"texture": m.textured(320, 240), "ramp": ramp}[name], payload, keyring)
    assert extract_still(marked, keyring).payload == payload
    assert extract_still(_jpeg(marked, 75), keyring).payload == payload


def test_an_unmarked_picture_carries_nothing() -> None:
    assert extract_still(m.textured(800, 600), m.KEYRING).state == "absent"
