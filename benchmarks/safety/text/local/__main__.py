"""The local names through the whole prompt screen: `python -m benchmarks.safety.text.local [--list local2] [--misses] [--language L]`.

A prompt with a name counts as stopped only where a finding about names or likeness stops it. Wrong stops count whatever stops.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from benchmarks.safety.text import local, local2
from benchmarks.safety.text.__main__ import wilson
from safety import policy
from safety.detectors.prompt import PromptDetector
from safety.signals import TextItem

NAMED = ("name.", "likeness.")
LISTS: Final = {"local": local, "local2": local2}
Reasons = Callable[[str], set[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", choices=LISTS, default="local", help="which frozen list")
    parser.add_argument("--misses", action="store_true", help="print the cases that went wrong")
    parser.add_argument("--language", choices=local.LANGUAGES, action="append", help="only these languages")
    options = parser.parse_args()
    reasons, rows = _reasons(), LISTS[options.list].rows
    totals: dict[str, list[int]] = {}
    for language in options.language or local.LANGUAGES:
        for kind in (*local.KINDS, "benign"):
            outcome = [(name, text, reasons(text)) for own, name, text in rows(language) if own == kind]
            wrong = [one for one in outcome if _wrong(kind, one[2])]
            hits = len(wrong) if kind == "benign" else len(outcome) - len(wrong)
            _print(f"{language} {kind}", hits, len(outcome))
            total = totals.setdefault(kind, [0, 0])
            total[0], total[1] = total[0] + hits, total[1] + len(outcome)
            for number, (name, text, why) in enumerate(wrong if options.misses else ()):
                print(f"    {number} {name} | {text} | {' '.join(sorted(why))}")
    for kind, (hits, count) in totals.items():
        _print(f"all {kind}", hits, count)


def _reasons() -> Reasons:
    """Names of the signals that stop a text in the profile `strict`."""
    detector, rules = PromptDetector(), policy.load("strict")

    def reasons(text: str) -> set[str]:
        found = detector.observe(TextItem("prompt", text))
        return {signal.name for signal in found if any(f.decision.rank for f in rules.judge([signal]))}

    return reasons


def _wrong(kind: str, why: set[str]) -> bool:
    return bool(why) if kind == "benign" else not any(name.startswith(NAMED) for name in why)


def _print(label: str, hits: int, count: int) -> None:
    low, high = wilson(hits, count)
    print(f"| {label} | {hits}/{count} | {100 * hits / count:.1f} % | {100 * low:.1f} - {100 * high:.1f} % |")


if __name__ == "__main__":
    main()
