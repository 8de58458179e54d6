"""The mark in stills: pictures x attacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.watermark.clips import SHARED
from benchmarks.watermark.run import KEYRING, PAYLOAD, append, load
from media.clip import Picture
from watermark.invisible import embed_still, extract_still

SIDES_PX = (512, 768, 1024, 1536, 2048)


def pictures(count: int) -> dict[str, Picture]:
    """Name -> RGB: photographs and drawings of the shared data at 512 to 2048 px, and two made here."""
    rows, columns = np.mgrid[0:768, 0:1024].astype(np.float32)
    ramp = np.stack([90 + columns / 8, 110 + rows / 8, 200 - columns / 10], -1).astype(np.uint8)
    disc = cv2.circle(ramp.copy(), (600, 380), 150, (220, 180, 60), -1, cv2.LINE_AA)
    found = sorted((SHARED / "faces" / "other").glob("*.jpg"))
    found = found[:: max(len(found) // max(count, 1), 1)][:count]
    named = {path.stem: _sized(path, SIDES_PX[index % len(SIDES_PX)]) for index, path in enumerate(found)}
    return {**named, "gradient": ramp, "disc": disc}


def _sized(path: Path, long_px: int) -> Picture:
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    scale = long_px / max(picture.shape[:2])
    inter = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=inter), np.uint8)


def coded(ending: str, quality: int) -> Callable[[Picture], Picture]:
    """Through a JPEG or WebP file and back."""
    flag = cv2.IMWRITE_JPEG_QUALITY if ending == ".jpg" else cv2.IMWRITE_WEBP_QUALITY

    def run(picture: Picture) -> Picture:
        data = cv2.imencode(ending, np.ascontiguousarray(picture), [flag, quality])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return run


def scaled(factor: float) -> Callable[[Picture], Picture]:
    return lambda picture: np.asarray(
        cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
    )


def cropped(share: float) -> Callable[[Picture], Picture]:
    def run(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        top, left = int(height * (1 - share) * 0.61), int(width * (1 - share) * 0.37)
        return np.ascontiguousarray(picture[top : top + int(height * share), left : left + int(width * share)])

    return run


def turned(degrees: float) -> Callable[[Picture], Picture]:
    def run(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return np.asarray(cv2.warpAffine(picture, matrix, (width, height)), np.uint8)

    return run


ATTACKS: dict[str, Callable[[Picture], Picture]] = {
    "none": lambda picture: picture,
    "JPEG 50": coded(".jpg", 50),
    "JPEG 30": coded(".jpg", 30),
    "WebP 50": coded(".webp", 50),
    "50 % size, JPEG 80": lambda picture: coded(".jpg", 80)(scaled(0.5)(picture)),
    "crop 60 %, JPEG 80": lambda picture: coded(".jpg", 80)(cropped(0.6)(picture)),
    "rotate 3, JPEG 80": lambda picture: coded(".jpg", 80)(turned(3)(picture)),
    "screenshot: x 0.6, crop 80 %, JPEG 60": lambda picture: coded(".jpg", 60)(cropped(0.8)(scaled(0.6)(picture))),
}


def robustness(out: Path, count: int) -> None:
    """One line per picture and attack, appended to `out`."""
    done = {(line["clip"], line["attack"]) for line in load(out)}
    for name, picture in pictures(count).items():
        delivered = embed_still(picture, PAYLOAD, KEYRING)
        for attack, change in ATTACKS.items():
            if (name, attack) in done:
                continue
            answer = extract_still(change(delivered), KEYRING)
            wrong = answer.payload not in (None, PAYLOAD)
            append(out, {"clip": name, "attack": attack, "found": answer.payload == PAYLOAD, "wrong": wrong})
