"""What the text screen costs on one core: long texts of many kinds, prompts beside a registry of many names, memory.

usage: python -m benchmarks.safety.text.speed [--names N] [--kind TEXT]

Times are CPU seconds of this process, so that other work on the machine does not count. A long text is screened once
for each of five different seeds, with nothing remembered of earlier texts; least, median and worst are printed, and the
median of the clock beside them, which other work on the machine lengthens (it lengthens CPU times, too, by caches). Names
above those of the bundled registry (`--names`, 100,000 in all) are made up from syllables and given to the screen as a
host's file.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.safety.text import benign, names, tricks
from safety.detectors.prompt import PromptDetector
from safety.registry.load import load
from safety.signals import TextItem
from safety.text import fold
from safety.text.patterns import names_of

LENGTH: Final = 50_000  # code points
SEEDS: Final = range(5)
GOAL_S: Final = 0.15
Maker = Callable[[random.Random], Iterator[str]]


def english(rng: random.Random) -> Iterator[str]:
    """Ordinary scenes, every tenth with a name."""
    listed = names.english()
    while True:
        scene = f"{rng.choice(benign.SUBJECTS)} {rng.choice(benign.ACTIONS)}, {rng.choice(benign.LOOKS)}. "
        yield scene if rng.random() < 0.9 else f"{rng.choice(listed)} {rng.choice(benign.ACTIONS)}. "


def traps(rng: random.Random) -> Iterator[str]:
    """English sentences of many different words that look like names."""
    while True:
        yield rng.choice(benign.TRAPS) + ". "


def local(language: str) -> Maker:
    def make(rng: random.Random) -> Iterator[str]:
        scenes = benign.LOCAL[language].split("|")
        while True:
            yield rng.choice(scenes) + (". " if scenes[0].isascii() else "。" if language in ("zh", "ja") else ". ")

    return make


def mixed(rng: random.Random) -> Iterator[str]:
    """All languages by turns, a tenth of it disguised names."""
    listed = [n for n in names.english() if n.isascii() and len(n) > 8]
    makers = [local(language)(rng) for language in benign.LOCAL] + [english(rng)]
    kinds = list(tricks.LATIN.values())
    while True:
        yield next(rng.choice(makers)) if rng.random() < 0.9 else rng.choice(kinds)(rng.choice(listed), rng) + " "


def disguises(rng: random.Random) -> Iterator[str]:
    """Nothing but disguised names, every disguise by turns."""
    listed = [n for n in names.english() if n.isascii() and len(n) > 8]
    kinds = list(tricks.LATIN.values())
    while True:
        yield rng.choice(kinds)(rng.choice(listed), rng) + " "


def near(rng: random.Random) -> Iterator[str]:
    """Names with one letter wrong, one after another: each is nearly a hit."""
    listed = [n for n in names.english() if n.isascii() and len(n) > 8]
    while True:
        yield tricks.replaced(rng.choice(listed), rng).lower() + " "


def hits(rng: random.Random) -> Iterator[str]:
    """Names as they are written, one after another."""
    listed = names.english()
    while True:
        yield rng.choice(listed) + " "


def marks(rng: random.Random) -> Iterator[str]:
    """Letters that carry 10,000 combining marks each."""
    while True:
        yield rng.choice("aeiou") + "".join(chr(rng.randint(0x300, 0x36F)) for _ in range(10_000))


def letters(rng: random.Random) -> Iterator[str]:
    """One word without an end."""
    while True:
        yield rng.choice("abcdefghijklmnopqrstuvwxyz")


KINDS: Final[dict[str, Maker]] = {
    "English": english, "English traps": traps, "many languages": mixed,
    **{language: local(language) for language in ("zh", "ja", "ko", "ru", "ar", "hi")},
    "disguised names": disguises, "names with a wrong letter": near, "names": hits, "combining marks": marks,
    "one long word": letters,
}  # fmt: skip


def text_of(make: Maker, seed: int) -> str:
    """`LENGTH` code points of one kind."""
    parts, size = [], 0
    for part in make(random.Random(seed)):
        parts.append(part)
        size += len(part)
        if size >= LENGTH:
            break
    return "".join(parts)[:LENGTH]


def cost(detector: PromptDetector, text: str) -> tuple[float, float]:
    """CPU seconds of this process, and seconds on the clock."""
    begin, clock = time.process_time(), time.perf_counter()
    detector.observe(TextItem("prompt", text))
    return time.process_time() - begin, time.perf_counter() - clock


def long_texts(detector: PromptDetector, kinds: dict[str, Maker]) -> None:
    for label, make in kinds.items():
        spent = []
        for seed in SEEDS:
            text = text_of(make, seed)
            fold.forget()
            spent.append(cost(detector, text))
        cpu, clock = zip(*spent, strict=True)
        least, median, worst = (f"{of(cpu) * 1e3:4.0f} ms" for of in (min, statistics.median, max))
        print(
            f"{label:28} CPU least {least}, median {median}, worst {worst}; clock median {statistics.median(clock) * 1e3:4.0f} ms",
            flush=True,
        )


def prompts(detector: PromptDetector) -> None:
    cases = [text for _, text in (*benign.ordinary(random.Random(7)), *benign.traps())]
    spent = sorted(cost(detector, text)[0] for text in cases)
    share = [spent[int(len(spent) * q)] * 1e3 for q in (0.5, 0.99)]
    print(f"{len(cases)} prompts: median {share[0]:.2f} ms (goal 2), 99 % below {share[1]:.2f} ms (goal 10)")


_MEMORY: Final = """
import resource, sys
from pathlib import Path
from safety.detectors.prompt import PromptDetector
from safety.signals import TextItem
detector = PromptDetector(overrides=[Path(name) for name in sys.argv[1:]])
detector.observe(TextItem("prompt", "a fisherman walks through fog"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def memory(overrides: list[Path]) -> None:
    """Peak of a process that holds the screen and nothing else; this one holds the evaluation's lists, too."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, *map(str, overrides)], capture_output=True, text=True, check=True
    )
    print(f"memory of a process of its own: {done.stdout.strip()} MiB at most (goal 400)")


def host_file(path: Path, count: int) -> None:
    """A host's registry of `count` people that do not exist."""
    rng = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]

    def word() -> str:
        return "".join(rng.choice(syllables) for _ in range(rng.randint(2, 3))).capitalize()

    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            row = {"id": f"person:made-up-{number}", "kind": "person", "name": f"{word()} {word()}"}
            out.write(json.dumps(row) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=100_000, help="names in all, 0: only the bundled ones")
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="only these kinds of long text")
    options = parser.parse_args()
    bundled = sum(sum(1 for _ in names_of(entry)) for entry in load().entries)
    with tempfile.TemporaryDirectory() as folder:
        more = Path(folder) / "host.jsonl"
        host_file(more, max(0, options.names - bundled))
        begin = time.process_time()
        detector = PromptDetector(overrides=[more] if options.names > bundled else [])
        compiled = detector.warm()
        print(f"{max(bundled, options.names)} names, {len(compiled.patterns.items)} patterns", end=", ")
        print(f"compiled in {time.process_time() - begin:.1f} s CPU")
        memory([more] if options.names > bundled else [])
    prompts(detector)
    print(f"texts of {LENGTH} code points (goal {GOAL_S * 1e3:.0f} ms):")
    long_texts(detector, {label: KINDS[label] for label in options.kind or KINDS})


if __name__ == "__main__":
    main()
