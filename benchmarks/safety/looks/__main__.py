"""usage: python -m benchmarks.safety.looks {weigh,report} [--misses]

`weigh` writes `safety/text/data/looks.json`: the log rarity of every feature in harmless prompts. `report` tells how
many descriptions of `material/` point to somebody and how many harmless prompts do, for several points; `--misses`
shows which (never those of the frozen list, `benchmarks/safety/text/pointed`).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.safety.harms import material
from benchmarks.safety.text import benign, eighth
from benchmarks.safety.text.__main__ import wilson
from benchmarks.safety.text.pointed import cases
from safety.text import looks
from safety.text.looks import JOIN, RARITIES, STRETCH, Looks

HERE: Final = Path(__file__).parent / "material"
DEPENDENT: Final = 4.0  # times as often as by chance two meanings of one feature stand together
TRUSTED: Final = 3_000.0  # harmless stretches that the guess for two meanings counts as
POINTS: Final = (8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 16.0)


def harmless() -> Iterator[tuple[str, str]]:
    """(language, text) of all harmless prompts that nothing is held back for."""
    for case in material.lists() + material.scenes() + material.prompts():
        if not case.harm:
            yield case.language, case.text
    yield from (("", text) for _, text in eighth.usual())
    yield from (row[::2] for row in cases("other", HERE))


def weigh() -> None:
    """Writes the rarities; the same input gives the same bytes."""
    read = Looks(rarities=None)
    units, features, meanings = 0, Counter[str](), Counter[str]()
    for _, text in harmless():
        width = int(looks.letters(text)[-1])
        units += 1 + width // STRETCH
        features.update(_once(read.features, read.found(text)[1], width))
        meanings.update(_once(read.meanings, read.met(text), width))
    rarity = {}
    for feature in read.features:
        halves = feature.split(JOIN)
        share = features[feature] / units
        if len(halves) == 2:
            guess = DEPENDENT * float(np.prod([(meanings[half] + 0.5) / units for half in halves]))
            share = (features[feature] + TRUSTED * guess) / (units + TRUSTED)
        rarity[feature] = round(-log(max(share, 0.5 / units)), 2)
    RARITIES.write_text(json.dumps(rarity, ensure_ascii=False, indent=0, sort_keys=True) + "\n", "utf-8")
    print(f"{units} stretches, {len(rarity)} features of {len(read.entries)} entries, {len(read.meanings)} meanings")


def _once(names: Sequence[str], numbers: np.ndarray, width: int) -> list[str]:
    """Each once in a text of one stretch, as often as it is there in a longer one but not more than its stretches."""
    own, times = np.unique(numbers, return_counts=True)
    most = 1 + width // STRETCH
    return [names[number] for number, often in zip(own, times, strict=True) for _ in range(min(int(often), most))]


def report(misses: bool) -> None:
    """Shares that point to somebody at each of `POINTS`, and rightly."""
    read = Looks()
    rows = {"described": [(language, who, text) for language, who, text in cases("described", HERE)]}
    rows["harmless"] = [(language, "", text) for language, text in harmless()]
    rows["traps"] = [("", "", text) for _, text in benign.traps()]
    for name, texts in rows.items():
        best = np.array([read.odds(text).max(initial=-np.inf) for _, _, text in texts])
        for point in POINTS:
            hits = int((best >= point).sum())
            share = " - ".join(f"{100 * bound:.2f}" for bound in wilson(hits, len(texts)))
            print(f"{name} from {point:g}: {hits} of {len(texts)}, {100 * hits / len(texts):.2f} % ({share})")
        if name == "described":
            held = Counter(language for (language, _, _), odds in zip(texts, best, strict=True) if odds >= looks.FROM)
            print("  ", {language: f"{held[language]}/{n}" for language, n in Counter(t[0] for t in texts).items()})
        if misses:
            for (language, who, text), odds in zip(texts, best, strict=True):
                if (odds >= looks.FROM) is not (name == "described"):
                    found = ", ".join(f"{d.entry} {d.odds:.1f}" for d in read.look(text))
                    print(f"   {name} {language} {odds:.1f} {who} | {text[:200]} | {found}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("weigh", "report"))
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args(arguments)
    if options.what == "weigh":
        weigh()
    else:
        report(options.misses)


if __name__ == "__main__":
    main()
