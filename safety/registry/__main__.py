"""Registry files on the command line: `python -m safety.registry check|import`.

check FILE...                read rows as the service would; the first bad line stops with status 2
import DUMP OUT [--kind K]   rows from a Wikidata-style dump: one JSON entity per line, or one JSON array
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from errors import ColophonError, UsageError
from safety.registry.load import read_rows

LANGUAGES = ("en", "zh", "ja", "ko", "ru", "ar", "hi", "es", "fr", "de", "pt", "id")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m safety.registry", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check")
    check.add_argument("files", nargs="+", type=Path)
    take = commands.add_parser("import")
    take.add_argument("dump", type=Path)
    take.add_argument("out", type=Path)
    take.add_argument("--kind", default="person", choices=("person", "character", "franchise", "brand"))
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            for path in options.files:
                print(json.dumps({"file": str(path), "rows": len(read_rows(path))}))
        else:
            print(json.dumps({"file": str(options.out), "rows": import_dump(options.dump, options.out, options.kind)}))
    except ColophonError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


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
