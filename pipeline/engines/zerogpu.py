"""Running a local model inside a ZeroGPU lease.

The lease lives in a forked process that shares no memory with ours: arguments and results are pickled, so the call
names an engine and a job, and the child sends back shares of progress and at the end the draft, which lies in the
quarantine folder that both see. Closing the stream gives the lease back, which is how a cancel reaches the child.
Elsewhere the decorator is inert and this module is not used.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from errors import ColophonError
from pipeline.engines import Cancelled, Progress
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest


class Renderer(Protocol):
    """The part of a local engine that needs the device."""

    def render(self, request: GenerationRequest, workspace: Workspace, progress: Progress) -> Draft: ...

    def gpu_seconds(self, request: GenerationRequest) -> int: ...


Stream = Callable[[Renderer, GenerationRequest, Workspace], Iterator["float | Draft | ColophonError"]]


def rent(engine: Renderer, request: GenerationRequest, workspace: Workspace, progress: Progress) -> Draft:
    """Render inside a lease.

    Raises:
        Cancelled: the visitor cancelled; the lease was given back.
        ColophonError: what the engine raised in the child.
    """
    stream = leased(engine, request, workspace)
    try:
        for item in stream:
            if isinstance(item, ColophonError):
                raise item
            if isinstance(item, Draft):
                return item
            progress(item)
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
    raise ColophonError("error.engine.lease")


def seconds(engine: Renderer, request: GenerationRequest, workspace: Workspace) -> int:
    """Length of the lease to ask for: short leases are served sooner, too short ones are cut off."""
    return engine.gpu_seconds(request)


def _leased(
    engine: Renderer, request: GenerationRequest, workspace: Workspace
) -> Iterator[float | Draft | ColophonError]:
    told: queue.Queue[float | Draft | ColophonError] = queue.Queue()
    stopped = threading.Event()

    def progress(done: float) -> None:
        if stopped.is_set():
            raise Cancelled("error.engine.cancelled")
        told.put(done)

    def work() -> None:
        try:
            told.put(engine.render(request, workspace, progress))
        except ColophonError as error:
            told.put(error)
        except Exception:  # noqa: BLE001 - a fault in the child ends the job, with no text of the fault
            told.put(ColophonError("error.engine.lease"))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item = told.get()
            yield item
            if not isinstance(item, float):
                return
    finally:
        stopped.set()
        thread.join()


def _decorated(task: Stream) -> Stream:
    try:
        from spaces import GPU
    except ImportError:
        return task
    decorated: Any = GPU(duration=seconds)(task)
    return decorated  # type: ignore[no-any-return]


leased: Stream = _decorated(_leased)
