"""What an optional language model finds of the evaluation lists: for the choice of a model and of its threshold.

usage: python -m benchmarks.safety.text.models guard FOLDER [--count N]
       python -m benchmarks.safety.text.models descriptions FOLDER [--prefix TEXT] [--count N]

`guard` prints shares of harms and of benign prompts that a guard model does not call safe. `descriptions` prints, for
shares of benign prompts wrongly stopped, the cosine and the share of descriptions found at it.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.safety.text import benign, described, fifth, fourth, third
from benchmarks.safety.text.__main__ import wilson
from safety.detectors.descriptions import DescriptionDetector
from safety.detectors.guard import NOTHING, GuardDetector
from safety.language.guard import GuardModel
from safety.language.sentences import SentenceModel
from safety.signals import TextItem

WRONGLY = (0.0, 0.003, 0.01, 0.015, 0.04)
PATIENCE_S = 600.0


def harmless(count: int) -> list[str]:
    """At most `count` benign prompts of all lists, the same ones every time."""
    listed = [
        text for _, text in (*benign.ordinary(random.Random(7)), *benign.traps(), *fourth.benign(), *fifth.benign())
    ]
    listed += third.benign()
    return random.Random(11).sample(listed, min(count, len(listed)))


def guard(folder: Path, count: int) -> None:
    detector = GuardDetector(GuardModel.open(folder), PATIENCE_S)
    harms = [text for _, text in (*fourth.harms(), *fifth.harms())]
    for label, texts in (("held-out harms", third.held_out()), ("fourth and fifth list, harms", harms[:count]),
                         ("benign", harmless(count))):  # fmt: skip
        begun = time.perf_counter()
        found = [detector.observe(TextItem("prompt", text)) for text in texts]
        each_s = (time.perf_counter() - begun) / len(texts)
        held = sum(any(signal.state != "ok" for signal in signals) for signals in found)
        seen = sum(any(signal.name != NOTHING for signal in signals) for signals in found)
        low, high = wilson(seen, len(texts))
        print(
            f"| {label} | {seen}/{len(texts)} | {100 * low:.1f} - {100 * high:.1f} % | held {held} | {each_s:.2f} s |"
        )


def descriptions(folder: Path, prefix: str, count: int) -> None:
    detector = DescriptionDetector(SentenceModel.open(folder, prefix=prefix), 0.5, PATIENCE_S)
    wanted, others = (np.sort(_cosines(detector, texts)) for texts in (described.DESCRIBED, harmless(count)))
    print("| benign wrongly stopped | cosine | descriptions found |")
    for share in WRONGLY:
        allowed = int(share * len(others))
        cosine = float(np.nextafter(others[len(others) - 1 - allowed], 2.0))
        print(f"| {allowed}/{len(others)} | {cosine:.4f} | {int((wanted >= cosine).sum())}/{len(wanted)} |")


def _cosines(detector: DescriptionDetector, texts: Sequence[str]) -> np.ndarray:
    return np.array([detector.closest(text) for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("guard", "descriptions"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path)
        command.add_argument("--count", type=int, default=400, help="most prompts of a list")
        if name == "descriptions":
            command.add_argument("--prefix", default="")
    options = parser.parse_args()
    if options.command == "guard":
        guard(options.folder, options.count)
    else:
        descriptions(options.folder, options.prefix, options.count)


if __name__ == "__main__":
    main()
