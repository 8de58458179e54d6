"""Does the answer stay when a picture comes back from a chat: recompressed, resized, cropped, turned by EXIF?

usage: python -m benchmarks.safety.faces.stability DATA FOLDS COUNT OUT.jsonl [MODELS|- [PART PARTS]]

COUNT pictures, drawn with a fixed seed (half real, half drawn or without people), each judged as it is and after seven
edits, by layers that have not seen its repository. Prints, for each edit, how many answers (stopped or not) and how
many verdicts (allow, review or block) stay, and which answers did not; `summary` prints it for several parts.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.safety.faces.evaluate import doors
from benchmarks.safety.faces.extract import rows
from benchmarks.safety.faces.train import wilson
from media.decode import read_picture
from safety.detectors.weights import sha256_of
from safety.signals import MediaItem
from safety.verdict import Decision


def jpeg(quality):
    return lambda image, path: image.save(path, quality=quality)


def scaled(factor):
    def save(image, path):
        size = (max(16, round(image.width * factor)), max(16, round(image.height * factor)))
        image.resize(size, Image.Resampling.LANCZOS).save(path, quality=92)

    return save


def cropped(image, path):
    """Four per cent off each side."""
    x, y = round(image.width * 0.04), round(image.height * 0.04)
    image.crop((x, y, image.width - x, image.height - y)).save(path, quality=92)


def turned(image, path):
    """Stored on its side, upright by its EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    image.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)


EDITS = {
    "JPEG 60": jpeg(60), "JPEG 75": jpeg(75), "JPEG 95": jpeg(95), "half size": scaled(0.5), "double size": scaled(2.0),
    "crop 4 %": cropped, "EXIF": turned,
}  # fmt: skip


def main(data: Path, folds: Path, count: int, out: Path, models: Path | None, part: int = 0, parts: int = 1) -> None:
    judges, chance = doors(folds, models), random.Random(1)
    known = [row for row in rows(data) if row["label"] != "ambiguous"]
    sides = [[row for row in known if (row["label"] == "real") is real] for real in (True, False)]
    chosen = [row for pair in zip(*(chance.sample(side, count // 2) for side in sides), strict=True) for row in pair]
    with tempfile.TemporaryDirectory() as folder, out.open("w") as lines:
        for row in chosen[part::parts]:
            judge, original = judges[row["repo"]], data / row["file"]
            before, image = decided(judge, original), Image.fromarray(np.ascontiguousarray(read_picture(original)))
            after = {}
            for name, edit in EDITS.items():
                path = Path(folder) / "edited.jpg"
                edit(image, path)
                after[name] = decided(judge, path)
            line = {"file": row["file"], "kind": row["kind"], "before": before, "after": after}
            print(json.dumps(line), file=lines, flush=True)
    summary([out])


def summary(outs: list[Path]) -> None:
    """The table over the lines of one or several parts."""
    lines = [json.loads(line) for out in outs for line in out.read_text().splitlines()]
    for title, same in (("stopped or not", _same_side), ("verdict", str.__eq__)):
        kept = {name: sum(same(line["after"][name], line["before"]) for line in lines) for name in EDITS}
        for name, hits in {**kept, "all": sum(kept.values())}.items():
            total = len(lines) * (len(EDITS) if name == "all" else 1)
            low, high = wilson(hits, total)
            print(f"{title:15} {name:12} {hits:4} of {total:4}  {hits / total:.1%} [{low:.1%}, {high:.1%}]")
    for line in lines:
        flips = [name for name, found in line["after"].items() if not _same_side(found, line["before"])]
        if flips:
            print(line["file"], line["before"], "->", ", ".join(f"{name} {line['after'][name]}" for name in flips))


def _same_side(one: str, other: str) -> bool:
    return (one == Decision.ALLOW) == (other == Decision.ALLOW)


def decided(judge, path: Path) -> str:
    item = MediaItem("image1", "image", str(path), sha256_of(path))
    return judge.judge([item]).decision.value


if __name__ == "__main__":
    given = Path(sys.argv[5]) if len(sys.argv) > 5 and sys.argv[5] != "-" else None
    share = (int(sys.argv[6]), int(sys.argv[7])) if len(sys.argv) > 7 else (0, 1)
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), given, *share)
