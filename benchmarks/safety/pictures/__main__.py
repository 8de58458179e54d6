"""How often protected pictures come back unseen. Seeds are fixed. For false matches: `others`.

    python -m benchmarks.safety.pictures [FOLDER...] [--entries N]

Registers N scenes, N characters and N logos drawn here and, of each folder, every fourth picture, at most N; brings
each back in every edit. A hit counts where the right entry is named.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.safety.pictures.drawings import KINDS, Rgb
from benchmarks.safety.pictures.edits import HARD, PLAIN, Edit
from benchmarks.safety.text.__main__ import wilson
from errors import UsageError
from media.caged import read_picture
from safety.detectors.pdq import query_hashes
from safety.registry.pictures import PictureIndex

EVERY: Final = 4  # of a folder's pictures is registered, the others ask


def from_folder(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))


def opened(path: Path) -> Rgb:
    """The picture in at most 640 px."""
    picture = np.asarray(read_picture(path), np.uint8)
    scale = min(1, 640 / max(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def registered(index: PictureIndex, pictures: Iterable[tuple[str, Rgb]]) -> dict[str, Rgb]:
    """Those that the index took; one too plain is refused with a reason, and said here."""
    taken = {}
    for name, picture in pictures:
        try:
            index.add(name, picture)
            taken[name] = picture
        except UsageError:
            print(f"too plain to be registered: {name}")
    return taken


def brought_back(index: PictureIndex, known: Mapping[str, Rgb], edits: Mapping[str, Edit]) -> None:
    """Prints a row for each edit and one for all of them."""
    hits = count = 0
    for label, edit in edits.items():
        rng = np.random.default_rng(7)
        missed = [name for name, picture in known.items() if asked(index, edit(picture, rng)) != name]
        row(label, len(known) - len(missed), len(known), missed)
        hits, count = hits + len(known) - len(missed), count + len(known)
    row("**all of these**", hits, count, ())


def asked(index: PictureIndex, picture: Rgb) -> str | None:
    match = index.nearest(query_hashes(np.ascontiguousarray(picture)))
    return match.entry if match else None


def row(label: str, hits: int, count: int, named: Iterable[str]) -> None:
    low, high = wilson(hits, count)
    share = f"{100 * hits / max(1, count):.2f} % | {100 * low:.2f} - {100 * high:.2f} %"
    print(f"| {label} | {hits}/{count} | {share} | {' '.join(sorted(named)[:6])}", flush=True)


def drawn(first: int, count: int) -> Iterator[tuple[str, Rgb]]:
    for kind, draw in KINDS.items():
        yield from ((f"{kind}-{seed}", draw(seed)) for seed in range(first, first + count))


def chosen(folder: Path, most: int) -> list[Path]:
    """The pictures of a folder that are registered."""
    return from_folder(folder)[::EVERY][:most]


def filled(index: PictureIndex, folders: Iterable[Path], entries: int) -> dict[str, Rgb]:
    paths = [path for folder in folders for path in chosen(folder, entries)]
    known = registered(index, drawn(0, entries)) | registered(index, ((p.stem, opened(p)) for p in paths))
    print(f"registered {len(known)}")
    return known


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--entries", type=int, default=50)
    options = parser.parse_args()
    index = PictureIndex()
    known = filled(index, options.folders, options.entries)
    brought_back(index, known, PLAIN)
    brought_back(index, known, HARD)


if __name__ == "__main__":
    main()
