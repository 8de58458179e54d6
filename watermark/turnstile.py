"""So many checks at a time; everybody else is told at once to come back, instead of waiting without an end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from errors import ColophonError
from watermark.inspect import StampReport


class Busy(ColophonError):
    """Too many checks are under way; trying later helps."""

    exit_status = 6


class _Inspects(Protocol):
    def inspect(self, path: Path | str, name: str | None = None) -> StampReport: ...


class Turnstile:
    """An `Inspector` for visitors. Safe to share between threads.

    Args:
        inspector: who reads the file.
        most: files inside, those that wait for a free reader included.
    """

    def __init__(self, inspector: _Inspects, most: int = 8) -> None:
        self._inspector = inspector
        self._room = threading.Semaphore(most)

    def inspect(self, path: Path | str, name: str | None = None) -> StampReport:
        """As `Inspector.inspect`.

        Raises:
            Busy: no room.
        """
        with self.enter():
            return self._inspector.inspect(path, name)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """A place inside.

        Raises:
            Busy: none is free.
        """
        if not self._room.acquire(blocking=False):
            raise Busy("error.verify.busy")
        try:
            yield
        finally:
            self._room.release()
