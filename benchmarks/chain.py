"""Cost of the whole chain against a bare encode of its frames: `python -m benchmarks.chain [--seconds S]`.

Prints one JSON object. CPU seconds are of this process with all its threads (user + system), so that other load on
the machine hardly matters; wall seconds are given beside them. `peak_mib` is the peak resident memory of the chain.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from media.encode import VideoWriter
from pipeline.engines.animatic import AnimaticEngine
from pipeline.plan import Shot, ShotPlan
from pipeline.quarantine import Draft, Quarantine
from pipeline.request import GenerationRequest
from safety import detectors, policy
from safety.config import SafetyConfig
from safety.screen import Cleared, Screener
from safety.signals import TextItem
from watermark.config import SigningConfig, StampConfig
from watermark.stamp import StampOrder
from watermark.tools import assemble, keyring_of

ACTIONS = (
    "A lighthouse above a stormy sea at dusk",
    "A small boat between waves, gulls circling",
    "The harbour at night",
)


def request(seconds: float) -> GenerationRequest:
    """A three-shot 1080p24 request."""
    shots = tuple(Shot(seconds / 3, action, camera="pan_right") for action in ACTIONS)
    return GenerationRequest(
        " ".join(ACTIONS), plan=ShotPlan(shots), resolution="1080p", fps=24, duration_s=seconds, seed=1
    )


class Clock:
    """CPU and wall seconds by step."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, float]] = {}

    @contextmanager
    def step(self, name: str) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.rows[name] = {
            "cpu_s": round(time.process_time() - cpu, 2),
            "wall_s": round(time.perf_counter() - wall, 2),
        }


def bare(draft: Draft, path: Path, stream: bool) -> Callable[[], None]:
    """An x264 veryfast encode of the same frames, decoded beforehand unless `stream`."""
    assert draft.format is not None
    size = draft.format
    frames = draft.frames() if stream else list(draft.frames())

    def encode() -> None:
        with VideoWriter(path, size, crf=20, sound=draft.sound()) as writer:
            for frame in frames:
                writer.write(frame)

    return encode


def measure(seconds: float, folder: Path, models: Path | None) -> dict[str, Any]:
    """Run every step once and compare."""
    clock, asked = Clock(), request(seconds)
    workspace = Quarantine(folder / "quarantine").workspace("job-1")
    keyring = keyring_of(folder / "keys")
    tools = assemble(StampConfig(), SigningConfig(folder=folder / "keys"), keyring)
    screener = Screener(detectors.build(SafetyConfig(models_folder=models)), policy.load("strict"))
    screener.judge([TextItem("prompt", "warm")])  # the registry is compiled once per process
    with clock.step("screen request"):
        cleared = screener.screen_request(asked)
    assert isinstance(cleared, Cleared)
    with clock.step("generate"):
        draft = AnimaticEngine.from_config(None).generate(cleared, workspace, lambda done: None)
    with clock.step("screen output"):
        screener.screen_output(draft.digest, draft.items())
    with clock.step("stamp"):
        stamped = tools.stamper.stamp(draft, StampOrder("animatic", "1"), workspace.outbox(".mp4"))
    with clock.step("verify"):
        report = tools.inspector.inspect(stamped.path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # before the frames are kept for comparison
    with clock.step("unstamped encode of the draft"):
        bare(draft, folder / "plain.mp4", stream=True)()
    encode = bare(draft, folder / "bare.mp4", stream=False)
    with clock.step("bare encode"):
        encode()
    return {"seconds": seconds, "state": report.state, "peak_mib": peak, "steps": clock.rows, **_ratios(clock.rows)}


def _ratios(rows: dict[str, dict[str, float]]) -> dict[str, float]:
    chain = ("screen request", "generate", "screen output", "stamp", "verify")
    total = sum(rows[name]["cpu_s"] for name in chain)
    return {
        "chain_to_bare_cpu": round(total / rows["bare encode"]["cpu_s"], 2),
        "chain_to_bare_wall": round(sum(rows[n]["wall_s"] for n in chain) / rows["bare encode"]["wall_s"], 2),
        "stamp_to_unstamped_cpu": round(rows["stamp"]["cpu_s"] / rows["unstamped encode of the draft"]["cpu_s"], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--models", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        row = measure(chosen.seconds, Path(folder), chosen.models)
    print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
