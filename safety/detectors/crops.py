"""What stage 2 looks at: square crops around a face, and numbers about their surface."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Picture
from safety.detectors.finders import Face

_SURFACE_PX = 160
_WORN_QUALITY = 70


class Look(NamedTuple):
    """How a face is cut out: sides of two crops in units of the face's longer side, whether they are mirrored, and
    whether they are worn like a picture that comes back from a chat."""

    near: float
    wide: float
    mirrored: bool = False
    worn: bool = False


LOOKS = (Look(1.25, 2.2), Look(1.1, 2.0, mirrored=True), Look(1.45, 2.5))
WORN_LOOKS = (Look(1.25, 2.2, worn=True), Look(1.35, 2.35, mirrored=True, worn=True))


def taken(picture: Picture, face: Face, look: Look) -> tuple[Picture, Picture]:
    """The face, and the face with its surroundings."""
    crops = around(picture, face, look.near), around(picture, face, look.wide)
    if look.mirrored:
        crops = crops[0][:, ::-1].copy(), crops[1][:, ::-1].copy()
    return (worn(crops[0]), worn(crops[1])) if look.worn else crops


def worn(picture: Picture) -> Picture:
    """The picture at two thirds of its size and recompressed: what differs between it and the next copy is gone."""
    size = (max(8, picture.shape[1] * 2 // 3), max(8, picture.shape[0] * 2 // 3))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _WORN_QUALITY])[1]
    return np.asarray(cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def around(picture: Picture, face: Face, reach: float) -> Picture:
    """A square crop of `reach` times the face around its centre; beyond the picture, the border is repeated."""
    side = max(8.0, face.size_px * reach)
    left = round(face.left + face.width / 2 - side / 2)
    top = round(face.top + face.height / 2 - side / 2)
    size = round(side)
    height, width = picture.shape[:2]
    inner = picture[max(0, top) : max(1, top + size), max(0, left) : max(1, left + size)]
    if not inner.size:
        inner = picture[:1, :1]
    before = (max(0, -top), max(0, -left))
    after = (max(0, top + size - height), max(0, left + size - width))
    if not any((*before, *after)):
        return np.ascontiguousarray(inner)
    return np.asarray(cv2.copyMakeBorder(inner, before[0], after[0], before[1], after[1], cv2.BORDER_REPLICATE))


def squared(picture: Picture) -> Picture:
    """The whole picture padded to a square with grey, so that nothing is distorted."""
    height, width = picture.shape[:2]
    side = max(height, width)
    scale = min(1.0, 448 / side)
    small = cv2.resize(
        picture, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    side = max(small.shape[:2])
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    border = (top, side - small.shape[0] - top, left, side - small.shape[1] - left)
    return np.asarray(cv2.copyMakeBorder(small, *border, cv2.BORDER_CONSTANT, value=(127, 127, 127)))


def surface(crop: Picture) -> NDArray[np.float32]:
    """Sixteen numbers about noise, flatness, edges and colours of a crop: float32 [16].

    Photographs carry sensor noise in smooth areas and soft edges; drawings have flat areas, few colours and dark lines.
    """
    side = max(crop.shape[:2])
    if side > _SURFACE_PX:
        crop = cv2.resize(crop, (_SURFACE_PX, _SURFACE_PX), interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    grey = luma.astype(np.float32)
    residual = grey - cv2.GaussianBlur(grey, (0, 0), 1.2)
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 8
    smooth = residual[slope <= np.quantile(slope, 0.4)]
    hue = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
    red, green, blue = cv2.split((crop >> 4).astype(np.uint16))
    bins = np.bincount((red << 8 | green << 4 | blue).ravel(), minlength=4096)
    share = np.sort(bins)[::-1] / bins.sum()
    shares = [np.mean(slope < limit) for limit in (0.5, 1.5, 4.0, 12.0)]
    skew = (slope - slope.mean()) / (float(slope.std()) + 1e-3)
    lines = cv2.morphologyEx(luma, cv2.MORPH_BLACKHAT, np.ones((5, 5), np.uint8))
    return np.array(
        [
            np.log1p(smooth.std()), np.log1p(np.abs(smooth).mean()), np.log1p(residual.std()), *shares,
            np.mean(skew * skew * skew), np.mean(lines > 40), np.log1p(lines.mean()),
            share[0], share[:8].sum(), np.log1p(np.count_nonzero(bins)), hue[..., 1].mean() / 255,
            hue[..., 1].std() / 255, np.log(side),
        ],
        np.float32,
    )  # fmt: skip
