"""python -m benchmarks.watermark [--quick] [--weak] [--clips N] [--frames N] [--unmarked N] [--out FOLDER]
       python -m benchmarks.watermark --part 1/2 [...] & python -m benchmarks.watermark --part 2/2 [...]

Clips x attacks for the invisible mark, its cost in size and quality, the package `invisible-watermark` on the same
clips, and attempts to remove, copy or imitate the mark. Writes result lines (a run can be stopped and
continued), Markdown tables and a PNG. `--quick` takes six attacks on four clips and one second. `--part` reads its
share of the clips and adds the lines, nothing else; a run without it then does what is left and writes the report.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from benchmarks.watermark import adversary, attacks, clips, report, rival, run, sounds, speed, stills, unmarked


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watermark")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--frames", type=int, default=120, help="frames per clip (24 per second)")
    parser.add_argument("--clips", type=int, default=20, help="how many of the clips, spread over the list")
    parser.add_argument("--weak", action="store_true", help="only the attacks that readings fail at")
    parser.add_argument("--part", default="", help="1/2: only the first half of the clips x attacks")
    parser.add_argument("--unmarked", type=int, default=10_000, help="unmarked cut-outs")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/watermark"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    names = list(clips.clips())
    kinds = attacks.QUICK if options.quick else attacks.WEAK if options.weak else attacks.ORDER
    names = names[-4:] if options.quick else names[:: -(-len(names) // options.clips)]
    frame_count = 24 if options.quick else options.frames
    pixels, price, heard, drawn = (options.out / f"{part}.jsonl" for part in ("pixels", "cost", "sound", "stills"))
    if options.part:
        part, of = (int(number) for number in options.part.split("/"))
        run.robustness(pixels, frame_count, kinds, names[part - 1 :: of])
        return
    run.robustness(pixels, frame_count, kinds, names)
    run.cost(price, frame_count, list(clips.clips())[-4:] if options.quick else list(clips.clips()))
    sounds.robustness(heard, 2.0 if options.quick else 5.0)
    stills.robustness(drawn, 2 if options.quick else 6)
    parts = [
        report.markdown(run.load(pixels)),
        report.costs(run.load(price)),
        report.markdown(run.load(heard)),
        sounds.quality(2.0 if options.quick else 5.0),
        report.markdown(run.load(drawn)),
        unmarked.table(100 if options.quick else options.unmarked),
        rival.table(names[:6], 12),
        adversary.table(names[:2] if options.quick else names),
        speed.table(24),
    ]
    (options.out / "report.md").write_text("\n\n".join(parts))
    report.chart(run.load(pixels), options.out / "pixels.png", "Complete 64-bit word recovered, pixels")
    print(f"{options.out}/report.md")


if __name__ == "__main__":
    main()
