"""Read the registry: bundled rows, then a host's own file, which adds, replaces or removes rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from errors import UsageError
from safety.registry.schema import Description, Entry, Features, Row, ShortNames

DATA: Final = Path(__file__).parent / "data"
M = TypeVar("M", Entry, ShortNames, Description, Features)
LONGEST_LINE: Final = 65_536
ROLES, LOOKS = "roles*.jsonl", "looks-*.jsonl"  # read by `safety.text`, but a part of the version


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything the text screening knows by name.

    Attributes:
        entries: rows in file order; later files replace rows with the same id.
        descriptions: features of entries without their names.
        traps: ordinary phrases that contain a name by accident; hits inside them do not count.
        ordinary: ordinary words that lie close to a name; never read as a misspelling.
        version: digest of all files read.
        generic: kinds of beings and things; as names of characters they count only beside their own work.
    """

    entries: tuple[Row | Entry, ...]
    descriptions: tuple[Description, ...]
    traps: tuple[str, ...]
    ordinary: frozenset[str]
    version: str
    generic: frozenset[str] = frozenset()


def load(overrides: Sequence[Path] = (), folder: Path = DATA) -> Registry:
    """The bundled registry with a host's files laid over it.

    Raises:
        UsageError: a malformed row; file and line are named. Nothing is skipped.
    """
    rows: dict[str, Row] = {}
    digest = hashlib.sha256()
    bundled, short = sorted(folder.glob("entries-*.jsonl")), sorted(folder.glob("short-*.jsonl"))
    for lay, paths in ((_apply, bundled), (_shorten, short), (_apply, overrides)):
        for path in paths:
            digest.update(path.read_bytes())
            for number, line in _lines(path):
                lay(rows, path, number, line)
    if not rows:
        raise UsageError("error.registry.empty", file=folder.name)
    descriptions = []
    for path in sorted(folder.glob("descriptions*.jsonl")):
        digest.update(path.read_bytes())
        descriptions += [_parse(Description, path, number, line) for number, line in _lines(path)]
    for pattern in (ROLES, LOOKS):
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    traps = _words(folder / "traps.txt")
    ordinary, generic = _words(folder / "ordinary.txt"), _words(folder / "generic.txt")
    digest.update("\n".join((*traps, *ordinary, *generic)).encode())
    version = digest.hexdigest()[:12]
    return Registry(
        tuple(rows.values()), tuple(descriptions), tuple(traps), frozenset(ordinary), version, frozenset(generic)
    )


def read_rows(path: Path) -> list[Row]:
    """The rows of one file, checked; a host's removal lines are left out.

    Raises:
        UsageError: as `load`.
    """
    rows: dict[str, Row] = {}
    for number, line in _lines(path):
        _apply(rows, path, number, line)
    return list(rows.values())


def features(folder: Path = DATA) -> Iterator[Features]:
    """What the entries of a folder look like and do.

    Raises:
        UsageError: as `load`.
    """
    for path in sorted(folder.glob(LOOKS)):
        yield from (_parse(Features, path, number, line) for number, line in _lines(path))


def _apply(rows: dict[str, Row], path: Path, number: int, line: str) -> None:
    if line.startswith('{"remove"'):
        try:
            rows.pop(str(json.loads(line)["remove"]), None)
        except (ValueError, KeyError) as error:
            raise UsageError("error.registry.malformed", file=path.name, line=number) from error
        return
    entry = _parse(Entry, path, number, line)
    if not entry.id.startswith(entry.kind + ":"):
        raise UsageError("error.registry.malformed", file=path.name, line=number)
    rows[entry.id] = Row.of(entry)


def _shorten(rows: dict[str, Row], path: Path, number: int, line: str) -> None:
    short = _parse(ShortNames, path, number, line)
    if short.entry not in rows:
        raise UsageError("error.registry.malformed", file=path.name, line=number)
    rows[short.entry] = short.over(rows[short.entry])


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("error.registry.unreadable", file=path.name) from error
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            raise UsageError("error.registry.malformed", file=path.name, line=number)
        if line.strip():
            yield number, line.strip()


def _parse(model: type[M], path: Path, number: int, line: str) -> M:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        raise UsageError("error.registry.malformed", file=path.name, line=number) from error


def _words(path: Path) -> Iterable[str]:
    return [w for w in path.read_text("utf-8").splitlines() if w and not w.startswith("#")] if path.exists() else []
