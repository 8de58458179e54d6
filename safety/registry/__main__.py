"""Registry files on the command line: `python -m safety.registry check|import|track|picture`.

check FILE...                read rows as the service would; the first bad line stops with status 2
import DUMP OUT [--kind K]   rows from a Wikidata-style dump: one JSON entity per line, or one JSON array
track add ID FILE            protect a recording, heard in a sound or video file; a running service takes it over
track remove ID              protect it no longer
track list                   what is protected
picture add ID FILE          protect a picture: its hashes are kept; a running service takes it over
picture remove ID            protect it no longer
picture list                 what is protected
picture find FILE            which protected picture a picture or a clip shows
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import settings
from errors import ColophonError, InputError, UsageError
from locales.catalog import complain
from media.caged import probe, read_picture, read_sound
from safety.detectors.landmarks import RATE_HZ
from safety.detectors.pictures import PictureDetector
from safety.detectors.weights import sha256_of
from safety.registry import picture_file
from safety.registry.load import read_rows
from safety.registry.picture_file import FILE_NAME as PICTURES
from safety.registry.pictures import PictureIndex, row_of
from safety.registry.tracks import FILE_NAME, TrackIndex
from safety.signals import MediaItem, SignalState

LANGUAGES = ("en", "zh", "ja", "ko", "ru", "ar", "hi", "es", "fr", "de", "pt", "id")


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        if options.command == "track":
            _track(options)
        elif options.command == "picture":
            _picture(options)
        elif options.command == "check":
            for path in options.files:
                print(json.dumps({"file": str(path), "rows": len(read_rows(path))}))
        else:
            print(json.dumps({"file": str(options.out), "rows": import_dump(options.dump, options.out, options.kind)}))
    except ColophonError as error:
        return complain(error)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m safety.registry", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check")
    check.add_argument("files", nargs="+", type=Path)
    take = commands.add_parser("import")
    take.add_argument("dump", type=Path)
    take.add_argument("out", type=Path)
    take.add_argument("--kind", default="person", choices=("person", "character", "franchise", "brand"))
    for kind in ("track", "picture"):
        actions = commands.add_parser(kind).add_subparsers(dest="action", required=True)
        add = actions.add_parser("add")
        add.add_argument("id")
        add.add_argument("file", type=Path)
        add.add_argument("--title", default="")
        add.add_argument("--owner", default="")
        actions.add_parser("remove").add_argument("id")
        actions.add_parser("list")
    bits = "most of 256 bits that may differ; fewer for a picture that others resemble"
    add.add_argument("--threshold", type=int, choices=range(81), metavar="BITS", help=bits)
    actions.add_parser("find").add_argument("file", type=Path)
    return parser


def _track(options: argparse.Namespace) -> None:
    """Change or print the protected recordings of the data folder."""
    index = TrackIndex(settings.load().data / FILE_NAME)
    if options.action == "add":
        sound = read_sound(options.file, RATE_HZ, 1)
        if sound is None:
            raise UsageError("error.registry.no_sound", file=options.file.name)
        index.add(options.id, sound.samples[0], title=options.title, owner=options.owner)
    elif options.action == "remove":
        index.remove(options.id)
    for row in index.rows:
        print(json.dumps({"id": row.id, "title": row.title, "owner": row.owner}, ensure_ascii=False))


def _picture(options: argparse.Namespace) -> None:
    """Change, search or print the protected pictures of the data folder. Only the search holds them in memory."""
    path = settings.load().data / PICTURES
    if options.action == "find":
        return print(json.dumps(_found(path, options.file), ensure_ascii=False))
    if options.action == "add":
        row = row_of(
            options.id, read_picture(options.file), title=options.title, owner=options.owner,
            threshold=options.threshold,
        )  # fmt: skip
        picture_file.change(path, lambda entry: entry == options.id, [row])
    elif options.action == "remove" and not picture_file.change(path, lambda entry: entry == options.id, ()):
        raise UsageError("error.registry.picture_unknown", entry=options.id)
    for row in picture_file.rows(path):
        print(json.dumps(row.model_dump(exclude={"pdq", "phash"}), ensure_ascii=False))
    return None


def _found(path: Path, file: Path) -> dict[str, Any]:
    """What screening would report of this file."""
    kind = probe(file).kind
    (signal,) = PictureDetector(PictureIndex(path)).observe(MediaItem(kind, kind, str(file), sha256_of(file)))
    if signal.state is not SignalState.OK:
        raise InputError("error.media.no_frames")
    place = signal.evidence[0] if signal.evidence else None
    return {
        "file": file.name, "entry": place.entry if place else None, "score": signal.score, "detail": signal.detail,
        "time_s": place.time_s if place else None,
    }  # fmt: skip


def import_dump(dump: Path, out: Path, kind: str) -> int:
    """Write registry rows for the entities of a dump; returns how many.

    Raises:
        UsageError: a line that is no entity with a label; the line is named and nothing is written.
    """
    rows = [_row(entity, kind, dump, number) for number, entity in _entities(dump)]
    out.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    read_rows(out)
    return len(rows)


def _entities(dump: Path) -> Iterator[tuple[int, Any]]:
    with dump.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.strip().rstrip(",")
            if line in ("", "[", "]"):
                continue
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise UsageError("error.registry.malformed", file=dump.name, line=number) from error


def _row(entity: Any, kind: str, dump: Path, number: int) -> dict[str, Any]:
    try:
        labels = {k: v["value"] for k, v in entity["labels"].items()}
        aliases = {k: [a["value"] for a in v] for k, v in entity.get("aliases", {}).items()}
        name = labels.get("en") or next(iter(labels.values()))
        names = {k: [*([labels[k]] if k in labels else []), *aliases.get(k, [])] for k in LANGUAGES}
        found = {k: [n for n in dict.fromkeys(v) if n != name] for k, v in names.items()}
        return {
            "id": f"{kind}:{entity['id']}",
            "kind": kind,
            "name": name,
            "names": {k: v for k, v in found.items() if v},
            "source": "Wikidata (CC0)",
        }
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        raise UsageError("error.registry.malformed", file=dump.name, line=number) from error


if __name__ == "__main__":
    sys.exit(main())
