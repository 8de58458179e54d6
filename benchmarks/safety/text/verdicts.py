"""The diff of verdicts that comes with a change of the text screen, the registry or a policy.

usage: python -m benchmarks.safety.text.verdicts write FILE [--profile strict|studio]
       python -m benchmarks.safety.text.verdicts compare OLD NEW

`write` judges every text of the evaluation set and puts one JSON object per line; run it before the change and after
it. `compare` counts the texts whose decision became stricter or milder or whose findings differ, lists them, and ends
with status 1 when there are any.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.safety.text import (
    benign,
    eighth,
    fifth,
    fourth,
    seventh,
    sixth,
    third,
)
from benchmarks.safety.text.__main__ import stops
from benchmarks.safety.text.unseen import LISTS
from safety import policy
from safety.detectors.prompt import PromptDetector
from safety.signals import Signal, TextItem
from safety.verdict import Decision

Row = dict[str, Any]
SHOWN = 40
MIXTURES = 3_000
RANKS = {decision.value: decision.rank for decision in Decision}


def texts() -> Iterator[tuple[str, str]]:
    """(row, text) of the whole evaluation set and of mixtures of it; the same texts in the same order every time."""
    single = list(_single())
    yield from single
    rng = random.Random(3_000)
    for _ in range(MIXTURES):
        yield (
            "mixture",
            rng.choice((" ", ". ", "\n", ", ")).join(text for _, text in rng.sample(single, rng.randint(2, 6))),
        )


def _single() -> Iterator[tuple[str, str]]:
    for label, cases in stops():
        yield from ((label, text) for _, text in cases)
    yield from (("benign: ordinary", text) for _, text in benign.ordinary(random.Random(7)))
    yield from (("benign: traps", text) for _, text in benign.traps())
    yield from (("third list, benign", text) for text in third.benign())
    yield from (("fourth list, benign", text) for _, text in fourth.benign())
    yield from (("fifth list, benign", text) for _, text in fifth.benign())
    for label, cases in (
        ("benign", sixth.benign()),
        ("another writer", sixth.first_benign()),
        ("later", sixth.later_benign()),
    ):
        yield from ((f"sixth list, {label}", text) for _, text in cases)
    for number in seventh.ROUNDS:
        yield from ((f"seventh list, benign, round {number}", text) for _, text in seventh.benign(number))
    for name, later in LISTS.items():
        yield from ((f"{name} list, benign", text) for _, text in later.benign())
    yield from (("usual prompts", text) for _, text in eighth.usual())


def write(path: Path, profile: str) -> None:
    detector, rules = PromptDetector(), policy.load(profile)
    with path.open("w", encoding="utf-8") as out:
        for label, text in texts():
            signals = detector.observe(TextItem("prompt", text))
            worst = max((f.decision for f in rules.judge(signals)), key=lambda d: d.rank, default=Decision.ALLOW)
            row = {"label": label, "text": text, "decision": worst.value, "found": sorted(map(_facts, signals))}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"detector {detector.version}, profile {profile}; sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


def _facts(signal: Signal) -> list[Any]:
    places = sorted([list(e.span) if e.span else [], e.entry or ""] for e in signal.evidence)
    return [signal.name, signal.score, signal.detail, places]


def compare(old: Path, new: Path) -> int:
    """Print what differs; the number of texts that do."""
    before, after = _read(old), _read(new)
    shared = [key for key in before if key in after]
    changed = [key for key in shared if before[key]["decision"] != after[key]["decision"]]
    stricter = sum(_rank(after[key]) > _rank(before[key]) for key in changed)
    moved = [key for key in shared if key not in set(changed) and before[key]["found"] != after[key]["found"]]
    print(
        f"{len(shared)} texts in both, {len(before) - len(shared)} only before, {len(after) - len(shared)} only after"
    )
    print(f"stricter {stricter}, milder {len(changed) - stricter}, same decision with other findings {len(moved)}")
    for key in changed[:SHOWN]:
        print(f"{before[key]['decision']} -> {after[key]['decision']}  [{key[0]}]  {key[1]}")
    for key in moved[:SHOWN]:
        print(f"{before[key]['found']} -> {after[key]['found']}  [{key[0]}]  {key[1]}")
    return len(changed) + len(moved)


def _rank(row: Row) -> int:
    return RANKS[row["decision"]]


def _read(path: Path) -> dict[tuple[str, str], Row]:
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return {(row["label"], row["text"]): row for row in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write")
    writing.add_argument("file", type=Path)
    writing.add_argument("--profile", choices=policy.PROFILES, default="strict")
    comparing = commands.add_parser("compare")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    options = parser.parse_args()
    if options.command == "compare":
        return int(compare(options.old, options.new) > 0)
    write(options.file, options.profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
