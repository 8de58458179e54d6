"""Drawing against a bare x264 veryfast encode of the same frames: CPU time of this process, so load does not matter.

python benchmarks/animatic/speed.py [frames] prints one JSON line per case: ``ratio`` is the rate of drawing and
draft encoding together, relative to the bare encode (aim: at least 0.6 at 1080p24 with three planes).
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from media.clip import VideoFormat
from media.encode import VideoWriter, write_picture
from pipeline.engines.animatic.camera import Move
from pipeline.engines.animatic.director import direct
from pipeline.engines.animatic.film import build
from pipeline.engines.animatic.layers import Stage
from pipeline.engines.animatic.stills import planes_of
from pipeline.quarantine import DRAFT_CRF, DRAFT_PRESET
from pipeline.request import GenerationRequest


def picture(path: Path) -> Path:
    """A test picture with detail at all scales."""
    random = np.random.default_rng(1)
    total = np.zeros((1440, 2560, 3), np.float32)
    for size in (9, 40, 160, 640):
        noise = random.random((size * 9 // 16 + 1, size, 3), np.float32)
        total += cv2.resize(noise, (2560, 1440), interpolation=cv2.INTER_CUBIC) * (90 / size**0.4)
    write_picture(path, np.clip(total, 0, 255).astype(np.uint8))
    return path


def measure(name: str, stage: Stage, count: int, folder: Path) -> None:
    size, kept = stage.format, []
    start = time.process_time()
    kept = [stage.frame(k / 24) for k in range(count)]
    drawn = time.process_time()
    cpu = {}
    for preset, crf in ((DRAFT_PRESET, DRAFT_CRF), ("veryfast", 20)):
        before = time.process_time()
        with VideoWriter(folder / f"{preset}.mp4", size, crf=crf, preset=preset) as writer:
            for frame in kept:
                writer.write(frame)
        cpu[preset] = time.process_time() - before
    draw = drawn - start
    facts = {
        "case": name, "frames": count, "draw_ms": round(1000 * draw / count, 1),
        "draft_ms": round(1000 * cpu[DRAFT_PRESET] / count, 1),
        "bare_veryfast_ms": round(1000 * cpu["veryfast"] / count, 1),
        "ratio": round(cpu["veryfast"] / (draw + cpu[DRAFT_PRESET]), 2),
        "ratio_drawing_and_veryfast": round(cpu["veryfast"] / (draw + cpu["veryfast"]), 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    print(json.dumps(facts), flush=True)


def main(count: int) -> None:
    size = VideoFormat(1920, 1080, Fraction(24))
    with tempfile.TemporaryDirectory() as folder:
        move = Move("push_in", "wide", 4.0, 1920 / 1080, (0.9, 0.5), strength=0.8)
        stage = Stage(move, size, planes_of(picture(Path(folder) / "p.png"), move, size, 4.0))
        measure("three planes of a picture", stage, count, Path(folder))
        for prompt in (
            "A boat on the sea at sunset",
            "A fox in a misty forest at dawn",
            "A robot in the city at night in the rain",
        ):
            request = GenerationRequest(prompt, resolution="1080p", duration_s=4.0)
            measure(prompt, build(direct(request, 96)[0], size).stage, count, Path(folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24)
