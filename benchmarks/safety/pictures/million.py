"""How long a look-up takes in an index of a million pictures, how much memory it has, and what it still finds.

    python -m benchmarks.safety.pictures.million [--entries N]

Hashing a million pictures takes four hours, so they are made: all views of one of a few hundred drawn pictures, with
the same 15 % of bits turned over in each view. An edited picture is asked for with the same bits turned, so the
distances between a picture and its edit are real.
"""

from __future__ import annotations

import argparse
import base64
import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.safety.pictures.drawings import KINDS
from benchmarks.safety.pictures.edits import HARD, PLAIN
from safety.detectors.pdq import Hashes, entry_hashes, query_hashes
from safety.registry.picture_file import PictureRow
from safety.registry.pictures import PictureIndex

DRAWN: Final = 150  # of each kind
ASKED: Final = 4  # pictures of each kind, in every edit
TURNED: Final = 0.15  # of the bits


def mask_of(number: int) -> NDArray[np.uint64]:
    """uint64 [5]: the bits of PDQ (four words) and of pHash that are turned over in this made picture."""
    bits = np.random.default_rng(number).random(320) < TURNED
    return np.packbits(bits).view(np.uint64)


def made(count: int, drawn: list[tuple[NDArray[np.uint64], NDArray[np.uint64]]]) -> Iterator[PictureRow]:
    """So many rows, of the PDQ and pHash of drawn pictures in turn."""
    for number in range(count):
        pdq, phash = drawn[number % len(drawn)]
        mask = mask_of(number)
        yield PictureRow(
            id=str(number), pdq=base64.b64encode((pdq ^ mask[:4]).tobytes()).decode(),
            phash=base64.b64encode((phash ^ mask[4]).tobytes()).decode(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made(Hashes):
    """Questions about a made picture: those about a drawn one, the same bits turned over."""

    mask: NDArray[np.uint64]

    @classmethod
    def of(cls, query: Hashes, mask: NDArray[np.uint64]) -> Made:
        return cls(query.pdq ^ mask[:4], query.margins, query.pictures, mask)

    def phash(self, numbers: Iterable[int]) -> NDArray[np.uint64]:
        return Hashes.phash(self, numbers) ^ self.mask[4]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    count = parser.parse_args().entries
    pictures = [(kind, seed, draw(seed)) for kind, draw in KINDS.items() for seed in range(DRAWN)]
    hashed = [entry_hashes(picture) for _, _, picture in pictures]
    drawn = [(found.pdq, found.phash(range(len(found)))) for found in hashed]
    started = time.perf_counter()
    index = PictureIndex()
    index.load(made(count, drawn))
    rows = sum(len(drawn[number % len(drawn)][0]) for number in range(count))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{count} pictures, {rows} hashes, filed in {time.perf_counter() - started:.0f} s; "
        f"{index.size_bytes / 2**30:.2f} GiB, at most {most:.2f} GiB while filing"
    )
    chosen = [n for n, (_, seed, _) in enumerate(pictures) if seed < ASKED]
    number_of = {n: n + len(pictures) * (7919 * n % (count // len(pictures))) for n in chosen}
    for label, group in (("plain edits", PLAIN), ("hard edits", HARD)):
        rng = np.random.default_rng(7)
        questions = []
        for n, edit in product(chosen, group.values()):
            query = query_hashes(np.ascontiguousarray(edit(pictures[n][2], rng)))
            questions.append((str(number_of[n]), Made.of(query, mask_of(number_of[n]))))
        measure(f"registered, {label}", index, questions)
    others = [("", query_hashes(draw(seed))) for draw in KINDS.values() for seed in range(500_000, 500_050)]
    measure("not registered", index, others)


def measure(label: str, index: PictureIndex, questions: list[tuple[str, Hashes]]) -> None:
    """Prints milliseconds for all views of a picture, and how many answers are right."""
    walls, work, right = [], [], 0
    for entry, query in questions:
        wall, cpu = time.perf_counter(), time.process_time()
        match = index.nearest(query)
        walls.append(1000 * (time.perf_counter() - wall))
        work.append(1000 * (time.process_time() - cpu))
        right += (match.entry if match else "") == entry
    wall_ms, cpu_ms = (", ".join(f"{v:.1f}" for v in np.percentile(t, [50, 95, 100])) for t in (walls, work))
    views = np.mean([len(query) for _, query in questions])
    print(f"{label}: {right} of {len(questions)} right, {views:.0f} hashes a picture")
    print(f"    wall {wall_ms} ms, processor {cpu_ms} ms (p50, p95, most)", flush=True)


if __name__ == "__main__":
    main()
