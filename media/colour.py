"""Between RGB pictures and planar frames: BT.709, limited range (ITU-R BT.709-6, clause 3)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame, Picture

_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB


def _forward() -> NDArray[np.float64]:
    luma = np.array([_KR, _KG, _KB]) * 219 / 255
    blue = np.array([-_KR, -_KG, 1 - _KB]) / (2 * (1 - _KB)) * 224 / 255
    red = np.array([1 - _KR, -_KG, -_KB]) / (2 * (1 - _KR)) * 224 / 255
    return np.column_stack([np.stack([luma, blue, red]), [16.0, 128.0, 128.0]])


_TO_YUV = _forward()
_INVERSE = np.linalg.inv(_TO_YUV[:, :3])
_TO_RGB = np.column_stack([_INVERSE, -_INVERSE @ _TO_YUV[:, 3]])


def to_i420(picture: Picture) -> Frame:
    """The planar frame of an RGB picture uint8 [H, W, 3]; an odd last row or column is dropped."""
    height, width = picture.shape[0] & ~1, picture.shape[1] & ~1
    yuv = cv2.transform(np.ascontiguousarray(picture[:height, :width]), _TO_YUV)
    half = cv2.resize(yuv[:, :, 1:], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    frame = np.empty((height * 3 // 2, width), np.uint8)
    frame[:height] = yuv[:, :, 0]
    blue, red = chroma(frame)
    blue[:] = half[:, :, 0]
    red[:] = half[:, :, 1]
    return frame


def to_picture(frame: Frame) -> Picture:
    """The RGB picture uint8 [H, W, 3] of a planar frame."""
    height, width = luma(frame).shape
    blue, red = chroma(frame)
    up = (
        cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_LINEAR)
        for plane in (blue, red)
    )
    yuv = cv2.merge([np.ascontiguousarray(luma(frame)), *up])
    return np.asarray(cv2.transform(yuv, _TO_RGB), dtype=np.uint8)


def luma(frame: Frame) -> NDArray[np.uint8]:
    """The Y plane, uint8 [H, W]: a view, writing to it changes the frame."""
    return frame[: frame.shape[0] * 2 // 3]


def chroma(frame: Frame) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The U and V planes, uint8 [H/2, W/2] each: views, writing to them changes the frame.

    Raises:
        ValueError: the frame is not C-contiguous, so a view is impossible.
    """
    if not frame.flags.c_contiguous:
        raise ValueError("a frame is C-contiguous")
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    flat = frame.reshape(-1)
    size = height * width // 4
    shape = (height // 2, width // 2)
    start = height * width
    return flat[start : start + size].reshape(shape), flat[start + size : start + 2 * size].reshape(shape)


def black(width_px: int, height_px: int) -> Frame:
    """A black frame (Y 16, U and V 128)."""
    frame = np.full((height_px * 3 // 2, width_px), 128, np.uint8)
    frame[:height_px] = 16
    return frame
