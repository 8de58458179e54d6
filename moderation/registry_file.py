"""Accepted proposals where screening finds them: a registry file of the host, and rows of the picture index."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from moderation.proposals import Entry, in_force
from records.session import Database
from safety.registry.picture_file import SURE, PictureRow
from safety.registry.pictures import PictureIndex

PICTURES: Final = "proposal:"
KINDS: Final = {"person": "person", "character": "character", "mark": "brand"}


def rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """One registry row for each entry in force."""
    return [_row(entry) for entry in entries]


def _row(entry: Entry) -> dict[str, Any]:
    kind = KINDS[entry.kind]
    further = list(dict.fromkeys(entry.names[1:]))
    return {
        "id": f"{kind}:host-{re.sub(r'[^a-z0-9-]', '-', entry.entry_id.lower())}",
        "kind": kind,
        "name": entry.names[0],
        "names": {"en": further} if further else {},
        "source": "accepted proposal",
    }


def pictures(entries: Iterable[Entry]) -> list[PictureRow]:
    """One picture row for each registered picture of the entries in force."""
    return [
        PictureRow(
            id=f"{PICTURES}{entry.entry_id}:{number}",
            title=entry.names[0],
            pdq=found["pdq"],
            phash=found["phash"],
            threshold=found.get("threshold", SURE),
        )
        for entry in entries
        for number, found in enumerate(entry.fingerprints, 1)
        if "pdq" in found
    ]


def write(session: Session, path: Path) -> int:
    """Write the entries in force to `path`, all or nothing; returns the version of the registry."""
    version, entries = in_force(session)
    draft = path.with_suffix(".part")
    draft.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(entries)), "utf-8")
    os.replace(draft, path)
    return version


class Names(Protocol):
    """A detector that reads the registry file."""

    def reload(self) -> None: ...


@dataclass(slots=True)
class Keeper:
    """Keeps the registry file and what detectors hold in memory at the version of the database.

    `refresh` is called when a reviewer accepted or withdrew something, and by a timer, so that every process of a
    deployment follows within seconds.
    """

    database: Database
    path: Path
    names: Sequence[Names] = ()
    indexes: Sequence[PictureIndex] = ()
    version: int = -1
    _lock: Lock = field(default_factory=Lock, repr=False)

    def load(self) -> None:
        """At the start, before detectors of names are built: they read the file themselves."""
        with self.database.read() as session:
            self.version = write(session, self.path)

    def attach(self, names: Sequence[Names], indexes: Sequence[PictureIndex]) -> None:
        """Name the detectors to keep, and give them the pictures in force."""
        self.names, self.indexes = tuple(names), tuple(indexes)
        with self.database.read() as session:
            self._give(in_force(session)[1])

    def refresh(self) -> bool:
        """Load a newer version, if there is one; returns whether there was."""
        with self._lock:
            with self.database.read() as session:
                version, entries = in_force(session)
                if version == self.version:
                    return False
                write(session, self.path)
            for detector in self.names:
                detector.reload()
            self._give(entries)
            self.version = version
        return True

    def _give(self, entries: Sequence[Entry]) -> None:
        rows = pictures(entries)
        for index in self.indexes:
            index.put(PICTURES, rows)
