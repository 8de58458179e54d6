"""python -m benchmarks.watermark [--quick] [--frames N] [--out FOLDER]

Clips x attacks for the invisible mark, its cost in size and quality, the package `invisible-watermark` on the same
clips, and attempts to remove, copy or imitate the mark. Writes result lines (a run can be stopped and
continued), Markdown tables and a PNG. `--quick` takes six attacks on four clips and one second.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from benchmarks.watermark import adversary, attacks, clips, report, rival, run, sounds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watermark")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--frames", type=int, default=48, help="frames per clip (24 per second)")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/watermark"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    names = list(clips.clips())
    kinds = list(attacks.QUICK if options.quick else attacks.ATTACKS)
    names = names[-4:] if options.quick else names
    frame_count = 24 if options.quick else options.frames
    pixels, price, heard = (options.out / f"{part}.jsonl" for part in ("pixels", "cost", "sound"))
    run.robustness(pixels, frame_count, kinds, names)
    run.cost(price, frame_count if options.quick else 120, names)
    sounds.robustness(heard, 2.0 if options.quick else 5.0)
    parts = [
        report.markdown(run.load(pixels)),
        report.costs(run.load(price)),
        report.markdown(run.load(heard)),
        rival.table(names[:6], 12),
        adversary.table(names[:2] if options.quick else names),
    ]
    (options.out / "report.md").write_text("\n\n".join(parts))
    report.chart(run.load(pixels), options.out / "pixels.png", "Complete 64-bit word recovered, pixels")
    print(f"{options.out}/report.md")


if __name__ == "__main__":
    main()
