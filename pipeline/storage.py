"""Files that several machines share: references on their way to a worker, and stamped files. Never a draft.

One bucket (or folder) for a deployment, private as a whole. Names say what a file is:

    intake/<job>/<file>         references of a living job
    released/<release>/<file>   stamped files that passed the door; served only while their row says so
    held/<release>/<file>       stamped files for reviewers, and withdrawn ones
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import structlog

from errors import Unavailable

log = structlog.get_logger("pipeline.storage")
INTAKE = "intake"
FULL = (errno.ENOSPC, errno.EDQUOT)
Answer = TypeVar("Answer")


class StorageSilent(Unavailable):
    """The storage does not answer, is full, or refuses us. Nothing was released; later may help."""


class Storage:
    """A bucket, or a folder on a shared volume, through fsspec.

    Args:
        url: `s3://bucket/prefix`, or `file:///folder` for a shared volume.
        options: passed to the file system, e.g. ``key``, ``secret``, ``endpoint_url`` for S3.
        patience_s: how long an operation is tried again before it counts as failed, seconds.
    """

    def __init__(self, url: str, options: dict[str, Any] | None = None, patience_s: float = 45.0) -> None:
        self._patience_s = patience_s
        with _said(url):
            from fsspec.core import url_to_fs

            self._files, self._root = url_to_fs(url, **{**_defaults(url), **(options or {})})

    def check(self) -> None:
        """Raises StorageSilent when the place does not answer or lets us write nothing."""
        with _said("check"):
            self._files.pipe_file(self._path(f"check/{uuid4().hex}"), b"")
            self._files.rm(self._path("check"), recursive=True)

    def put(self, source: Path, name: str) -> None:
        """Store a file under a name, whole or not at all.

        Raises:
            StorageSilent: it could not be stored within the patience.
        """
        self._patiently(lambda: self._put(source, name))

    def _put(self, source: Path, name: str) -> None:
        target = self._path(name)
        if self._local:  # a copy appears under its name when it is complete; an object store does that by itself
            self._files.makedirs(self._files._parent(target), exist_ok=True)
            partial = f"{self._files._parent(target)}/.{uuid4().hex}"
            try:
                self._files.put_file(str(source), partial)
                os.replace(partial, target)
            finally:  # or a storage that is full stays full
                Path(partial).unlink(missing_ok=True)
        else:
            self._files.put_file(str(source), target)
        if self._files.size(target) != source.stat().st_size:
            raise OSError(errno.EIO, "stored file is not whole")

    def get(self, name: str, target: Path) -> None:
        """Copy a stored file to a local path, whole or not at all.

        Raises:
            FileNotFoundError: there is no such file.
            StorageSilent: the storage does not answer.
        """
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = target.with_name(f".{uuid4().hex}")
        try:
            self._patiently(lambda: self._files.get_file(self._path(name), str(partial)))
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def move(self, name: str, target: str) -> None:
        """Give a stored file another name. Moving it twice is harmless."""

        def moved() -> None:
            if self._files.exists(self._path(name)):
                if self._local:
                    self._files.makedirs(self._files._parent(self._path(target)), exist_ok=True)
                self._files.copy(self._path(name), self._path(target))
                self._files.rm_file(self._path(name))

        self._patiently(moved)

    def names(self, folder: str, older_s: float = 0.0) -> list[str]:
        """Names of all stored files below a folder, of a certain age if wanted."""

        def found() -> list[str]:
            self._files.invalidate_cache()
            with suppress(FileNotFoundError):
                entries = self._files.find(self._path(folder), detail=True)
                return [str(path) for path, facts in entries.items() if _age_s(facts) >= older_s]
            return []

        names = (path.removeprefix(f"{self._root}/") for path in self._patiently(found))
        return sorted(name for name in names if not Path(name).name.startswith("."))

    def remove(self, folder: str) -> None:
        """Delete everything below a folder. A folder that is not there is no error."""

        def removed() -> None:
            with suppress(FileNotFoundError):
                self._files.rm(self._path(folder), recursive=True)

        self._patiently(removed)

    def link(self, name: str, seconds: int) -> str:
        """A link under which anybody may read the file for so many seconds; empty where links do not exist."""
        with _said(name):
            try:
                return str(self._files.sign(self._path(name), expiration=seconds))
            except NotImplementedError:
                return ""

    @property
    def _local(self) -> bool:
        return "file" in self._files.protocol

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _patiently(self, task: Callable[[], Answer]) -> Answer:
        """Try again while the storage is silent; the caller's lease is renewed by its own thread meanwhile."""
        until = time.monotonic() + self._patience_s
        while True:
            try:
                with _said("storage"):
                    return task()
            except StorageSilent as error:
                if error.key == "error.storage.refused" or time.monotonic() >= until:
                    raise
                log.warning("storage.silent", key=error.key)
                time.sleep(min(2.0, self._patience_s / 10))


def _defaults(url: str) -> dict[str, Any]:
    if not url.startswith("s3:"):
        return {"auto_mkdir": True} if url.startswith("file:") else {}
    return {
        "use_listings_cache": False,
        "config_kwargs": {"connect_timeout": 3, "read_timeout": 20, "retries": {"max_attempts": 1}},
    }


def _age_s(facts: Mapping[str, Any]) -> float:
    """Seconds since a file was written, of what S3 or a local folder says of it."""
    changed = facts.get("LastModified", facts.get("mtime", 0.0))
    return time.time() - (changed.timestamp() if isinstance(changed, datetime) else float(changed))


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Every way in which a storage can fail, in the three words that help: refused, full, silent."""
    try:
        yield
    except (FileNotFoundError, NotImplementedError):
        raise
    except PermissionError as error:
        raise StorageSilent("error.storage.refused", part="storage", remedy="COLOPHON_STORAGE__KEY") from error
    except Exception as error:
        full = getattr(error, "errno", None) in FULL
        key = "error.storage.full" if full else "error.storage.silent"
        raise StorageSilent(key, part="storage", remedy="COLOPHON_STORAGE__URL") from error
