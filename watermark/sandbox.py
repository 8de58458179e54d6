"""Files of strangers are opened in another process, with a limit on memory and time."""

from __future__ import annotations

import multiprocessing
import resource
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol

from errors import InputError
from watermark.inspect import StampReport

MEMORY_BYTES = 6 * 2**30
_worker: Opener | None = None


class Opener(Protocol):
    """What one worker process needs; picklable, builds its own inspector after the start."""

    def inspect(self, path: Path, name: str) -> StampReport: ...


class Sandbox:
    """Runs an `Opener` in spawned processes. A file that kills or stalls its process is reported, not felt.

    Args:
        opener: sent to each process once.
        limit_s: a check that takes longer is stopped.
        workers: processes at most.
    """

    def __init__(self, opener: Opener, limit_s: float = 60.0, workers: int = 1) -> None:
        self._opener, self._limit_s, self._workers = opener, limit_s, workers
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def inspect(self, path: Path, name: str) -> StampReport:
        """The report of a file; never raises for what it holds."""
        pool = self._ready()
        try:
            return pool.submit(_inspect, path, name).result(self._limit_s)
        except TooLong:
            self._replace(pool)
            return StampReport(name, error="error.verify.timeout")
        except (BrokenProcessPool, MemoryError, InputError):
            self._replace(pool)
            return StampReport(name, error="error.verify.unreadable")

    def close(self) -> None:
        """Stop the processes."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _ready(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("spawn")  # c2pa objects made before a fork are dead in the child
                self._pool = ProcessPoolExecutor(
                    self._workers, context, _start, (self._opener,), max_tasks_per_child=50
                )
            return self._pool

    def _replace(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        for process in list(getattr(pool, "_processes", {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def _start(opener: Opener) -> None:
    global _worker
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _worker = opener


def _inspect(path: Path, name: str) -> StampReport:
    assert _worker is not None
    return _worker.inspect(path, name)
