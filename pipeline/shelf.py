"""Where stamped files stand: two folders of this machine, or a storage that all machines share.

With a shared storage the folders are a cache. A file is fetched when somebody asks for it, compared with the digest
of its row, and served from there; whether it may be served at all stands in the row alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import ReleaseRefused, UsageError
from media.digest import sha256_of
from pipeline.quarantine import shred
from pipeline.storage import Storage
from records import releases
from records.session import Database
from records.tables import ReleaseRow

RELEASED, HELD = "released", "held"
CACHE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Shelf:
    """The places of stamped files.

    Attributes:
        public: folder that the web server may serve.
        private: folder for held and withdrawn files.
        storage: the shared storage; None when the folders are all there is.
    """

    public: Path
    private: Path
    storage: Storage | None = None

    def path(self, row: ReleaseRow, state: str = "") -> Path:
        """The local path of a file in a state, whether it is there or not."""
        folder = self.public if (state or row.state) == releases.PUBLIC else self.private
        return folder / row.release_id / row.file_name

    def place(self, source: Path, row: ReleaseRow, state: str) -> Path:
        """Move a proven file out of quarantine; returns its local path.

        Raises:
            StorageSilent: the shared storage does not take it; the file is still in quarantine.
        """
        target = self.path(row, state)
        if self.storage is not None:
            self.storage.put(source, _name(row, state))
            source.unlink()
            return target
        target.parent.mkdir(mode=0o755 if state == releases.PUBLIC else 0o700, parents=True)
        _move(source, target)
        return target

    def open(self, row: ReleaseRow) -> Path:
        """The local path of a file, fetched when it is not here.

        Raises:
            ReleaseRefused: the stored file is not the one that was released.
            UsageError: it is gone.
        """
        path = self.path(row)
        if self.storage is None or path.exists():
            return path
        try:
            self.storage.get(_name(row, row.state), path)
        except FileNotFoundError as error:
            raise UsageError("error.release.unknown") from error
        if sha256_of(path) != row.sha256:
            shred(path.parent)
            raise ReleaseRefused("error.release.digest")
        return path

    def shift(self, row: ReleaseRow, before: str, after: str) -> Path:
        """Move a file from one state's place to another's."""
        source, target = self.path(row, before), self.path(row, after)
        if self.storage is not None:
            self.storage.move(_name(row, before), _name(row, after))
            shred(source.parent)
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        _move(source, target)
        shred(source.parent)
        return target

    def drop(self, row: ReleaseRow, state: str) -> None:
        """Delete a file that was placed and is not to stay."""
        shred(self.path(row, state).parent)
        if self.storage is not None:
            self.storage.remove(_name(row, state).rpartition("/")[0])

    def here(self) -> tuple[list[Path], list[Path]]:
        """What stands in the public and in the private folder of this machine, by name."""
        for folder in (self.public, self.private):
            folder.mkdir(parents=True, exist_ok=True)
        return sorted(self.public.iterdir()), sorted(self.private.iterdir())

    def sweep(
        self,
        here: tuple[list[Path], list[Path]],
        public: Mapping[str, str],
        private: Mapping[str, str],
        grace_s: float = 0.0,
    ) -> list[str]:
        """Shred every file without a row that says it belongs there; returns the names of what went.

        Args:
            here: `here()`, asked before the rows were read, so that a file which comes after its row is spared.
            public, private: file name of every release that may stand in the place, by release id.
            grace_s: age up to which a stored file may be another machine's, whose row we have not seen.
        """
        gone = [*_shred_strangers(here[0], public), *_shred_strangers(here[1], private)]
        if self.storage is None:
            return gone
        for place, known in ((RELEASED, public), (HELD, private)):
            for name in self.storage.names(place, older_s=grace_s):
                _, release_id, file_name = name.split("/", 2)
                if known.get(release_id) != file_name:
                    self.storage.remove(f"{place}/{release_id}")
                    gone.append(release_id)
        return gone

    def trim(self, older_s: float = CACHE_S) -> int:
        """Forget cached files that were fetched long ago; returns how many."""
        if self.storage is None:
            return 0
        old = time.time() - older_s
        stale = [folder for place in (self.public, self.private) for folder in place.iterdir()
                 if folder.lstat().st_mtime < old]  # fmt: skip
        for folder in stale:
            shred(folder)
        return len(stale)


@dataclass(frozen=True, slots=True)
class Lending:
    """Released files for whoever asks, on any machine."""

    database: Database
    shelf: Shelf

    def file(self, release_id: str, file_name: str) -> Path:
        """The local path of a public file.

        Raises:
            UsageError: there is no such public release.
            StorageSilent: it cannot be fetched now.
        """
        return self.shelf.open(self._row(release_id, file_name))

    def link(self, release_id: str, seconds: int) -> str:
        """A signed link to a public file in the shared storage; empty without one."""
        row = self._row(release_id)
        return self.shelf.storage.link(_name(row, row.state), seconds) if self.shelf.storage else ""

    def _row(self, release_id: str, file_name: str = "") -> ReleaseRow:
        with self.database.read() as session:
            row = releases.get(session, release_id, releases.PUBLIC)
        if file_name not in ("", row.file_name):
            raise UsageError("error.release.unknown")
        return row


def _name(row: ReleaseRow, state: str) -> str:
    place = RELEASED if state == releases.PUBLIC else HELD
    return f"{place}/{row.release_id}/{row.file_name}"


def _shred_strangers(found: list[Path], known: Mapping[str, str]) -> list[str]:
    strangers = [path for path in found if not _belongs(path, known)]
    for path in strangers:
        shred(path)
    return [path.name for path in strangers]


def _belongs(path: Path, known: Mapping[str, str]) -> bool:
    return path.name in known and path.is_dir() and [p.name for p in path.iterdir()] == [known[path.name]]


def _move(source: Path, target: Path) -> None:
    """Move within one file system, durably."""
    os.replace(source, target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
