"""Calling a video service: create once, poll with patience, fetch within limits, rewrite as a draft.

A create is never repeated when it is not known whether it was accepted: the service may have billed it. What is known
is written to the workspace before and after the call, so that a restart goes on polling instead of paying again.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from math import exp
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import httpx

from errors import Blocked, ColophonError, Unavailable, UsageError
from media.caged import probe, read_i420, read_sound
from pipeline.engines import Availability, Cancelled, EngineInfo, Progress, sizes
from pipeline.engines.config import RemoteSettings
from pipeline.engines.cuts import cut_frames
from pipeline.engines.http import FetchLimits, fetch
from pipeline.engines.manifest import carries_manifest
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest
from safety.screen import Cleared

R = TypeVar("R", bound=RemoteSettings)

_POLL_SHARE, _FETCH_SHARE = 0.85, 0.9
_SLICE_S = 0.5
_BUSY_TRIES = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What a clip costs. `amount` is None when the operator has set no price."""

    units: float
    unit: str
    amount: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Task:
    """A job at the service, as written to the workspace.

    Attributes:
        state: ``creating`` until the service has answered, then ``accepted``.
        request: digest of the request it was made for.
        handle: what the service needs to be asked about it.
    """

    state: str
    request: str
    handle: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """What the service says of a job.

    Attributes:
        state: ``waiting``, ``done`` or ``failed``.
        url: of the result when it is done.
        share: finished share when the service tells.
        error: what to raise when it failed.
        facts: for the record (seed, usage, revised length).
    """

    state: str
    url: str = ""
    share: float | None = None
    error: ColophonError | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class RemoteEngine(ABC, Generic[R]):
    """An engine that runs somewhere else."""

    info: EngineInfo
    unit: ClassVar[str] = "second"
    needs_key: ClassVar[bool] = True

    def __init__(self, settings: R) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def from_config(cls, config: Any) -> Self:
        """From the settings of all engines (`EnginesConfig`)."""

    @abstractmethod
    def create(self, client: httpx.Client, request: GenerationRequest, folder: Path) -> httpx.Response:
        """Send the one call that may cost money."""

    @abstractmethod
    def accepted(self, answer: Any) -> Mapping[str, str]:
        """The handle in the answer to a create; empty when there is none."""

    @abstractmethod
    def look(self, client: httpx.Client, handle: Mapping[str, str]) -> httpx.Response:
        """Ask about a job."""

    @abstractmethod
    def status(self, answer: Any) -> Status:
        """Read the answer about a job."""

    @abstractmethod
    def refusal(self, http_status: int, answer: Any) -> ColophonError:
        """The error behind a refused call."""

    def stop(self, client: httpx.Client, handle: Mapping[str, str]) -> None:
        """Cancel a job; a service that cannot is left alone."""

    def lint(self, request: GenerationRequest) -> None:
        """Raise what the service would refuse, before it is called."""

    def availability(self) -> Availability:
        """Whether address, model and key are set. Calls nobody."""
        prefix = f"COLOPHON_ENGINES__{self.info.name.upper()}__"
        if self.needs_key and self.settings.key is None:
            return Availability(False, "error.engine.key", {"part": self.info.name, "remedy": f"{prefix}KEY"})
        for name in ("base_url", "model"):
            if not getattr(self.settings, name):
                params = {"part": self.info.name, "remedy": f"{prefix}{name.upper()}"}
                return Availability(False, "error.engine.setting", params)
        return Availability(True)

    def estimate(self, request: GenerationRequest) -> Cost:
        """What a clip will cost, before anything is sent."""
        return self.cost(request.duration_s)

    def cost(self, units: float) -> Cost:
        """Units at the price that the operator has set."""
        amount = round(units * self.settings.price, 4) if self.settings.price else None
        return Cost(round(units, 4), self.unit, amount, self.settings.currency)

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        """Make a draft, or go on with one that was begun before a restart.

        Raises:
            UsageError: the service cannot do what is asked.
            Blocked: the service refused the content.
            Unavailable: key, account, service or network; the message says which and what to do.
            Cancelled: `progress` said so; the job at the service was cancelled as far as it lets us.
        """
        request = job.request
        sizes.check(request, self.info)
        self.lint(request)
        progress(0.0)
        folder = workspace.scratch(self.info.name)
        with self._client() as client:
            handle = self._begin(client, request, folder, progress)
            status = self._wait(client, handle, progress)
        progress(_POLL_SHARE)
        result = self._download(status, folder)
        progress(_FETCH_SHARE)
        return self._rewrite(request, result, status, workspace, progress)

    def _client(self) -> httpx.Client:
        headers = {"User-Agent": "colophon"}
        if self.settings.key is not None:
            headers["Authorization"] = f"Bearer {self.settings.key.get_secret_value()}"
        return httpx.Client(
            base_url=self.settings.base_url, headers=headers, timeout=self.settings.timeout_s, trust_env=True
        )

    def _begin(
        self, client: httpx.Client, request: GenerationRequest, folder: Path, progress: Progress
    ) -> Mapping[str, str]:
        note = folder / "task.json"
        known = _read(note)
        if known is not None and known.request == request.digest:
            if known.state == "accepted":
                return known.handle
            raise Unavailable("error.remote.ambiguous", part=self.info.name, remedy=self.settings.base_url)
        _write(note, Task("creating", request.digest))
        handle = self._create(client, request, folder, progress)
        _write(note, Task("accepted", request.digest, handle))
        return handle

    def _create(
        self, client: httpx.Client, request: GenerationRequest, folder: Path, progress: Progress
    ) -> Mapping[str, str]:
        """Create once. Only answers that say that nothing was accepted lift the note, and only 429 is tried again."""
        note = folder / "task.json"
        for attempt in range(_BUSY_TRIES):
            try:
                answer = self.create(client, request, folder)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
                note.unlink()
                raise Unavailable("error.remote.unreachable", part=self.info.name, remedy="base_url") from error
            except httpx.HTTPError as error:
                raise self._ambiguous() from error
            except ColophonError:
                note.unlink()
                raise
            if answer.status_code == 429 and attempt + 1 < _BUSY_TRIES:
                try:
                    _rest(_pause(answer, attempt, self.settings.poll_s), partial(progress, 0.0))
                except Cancelled:
                    note.unlink()
                    raise
                continue
            if answer.status_code >= 500:
                raise self._ambiguous()
            body = _json(answer)
            handle = self.accepted(body) if answer.is_success else {}
            if handle:
                return handle
            if answer.is_success and not isinstance(body, dict):
                raise self._ambiguous()
            note.unlink()
            raise self.refusal(answer.status_code, body)
        raise AssertionError("the last attempt returns or raises")

    def _ambiguous(self) -> Unavailable:
        return Unavailable("error.remote.ambiguous", part=self.info.name, remedy=self.settings.base_url)

    def _wait(self, client: httpx.Client, handle: Mapping[str, str], progress: Progress) -> Status:
        pause_s, longest_s = self.settings.poll_s
        started = time.monotonic()
        share = 0.0
        while True:
            status = self._looked(client, handle)
            if status is not None and status.state == "done":
                return status
            if status is not None and status.state == "failed":
                raise status.error or ColophonError("error.remote.failed", part=self.info.name)
            spent_s = time.monotonic() - started
            if spent_s > self.settings.deadline_s:
                self._stop(client, handle)
                raise Unavailable(
                    "error.remote.deadline", part=self.info.name, remedy="deadline_s",
                    limit_s=round(self.settings.deadline_s),
                )  # fmt: skip
            told = status.share if status is not None and status.share is not None else 1 - exp(-spent_s / 90)
            share = max(share, min(1.0, told))
            self._sleep(min(pause_s, longest_s), client, handle, partial(progress, share * _POLL_SHARE))
            pause_s = min(longest_s, pause_s * 1.5)

    def _looked(self, client: httpx.Client, handle: Mapping[str, str]) -> Status | None:
        """The status, or None when the service could not be asked just now: looking is free and is tried again."""
        try:
            answer = self.look(client, handle)
        except httpx.TransportError:
            return None
        if answer.status_code == 429 or answer.status_code >= 500:
            return None
        body = _json(answer)
        if not answer.is_success:
            raise self.refusal(answer.status_code, body)
        return self.status(body) if isinstance(body, dict) else None

    def _sleep(
        self, seconds: float, client: httpx.Client, handle: Mapping[str, str], report: Callable[[], None]
    ) -> None:
        try:
            _rest(seconds, report)
        except Cancelled:
            self._stop(client, handle)
            raise

    def _stop(self, client: httpx.Client, handle: Mapping[str, str]) -> None:
        try:
            self.stop(client, handle)
        except httpx.HTTPError:
            return  # it is given up here either way

    def _download(self, status: Status, folder: Path) -> Path:
        limits = FetchLimits(
            bytes=self.settings.download_bytes, time_s=self.settings.timeout_s * 5, idle_s=self.settings.timeout_s,
            kinds=("mp4", "mov", "webm"), trusted=frozenset([self.settings.base_url]),
            allow_loopback=self.settings.allow_loopback,
        )  # fmt: skip
        return fetch(status.url, limits, folder / "result.mp4", self._download_headers(status.url))

    def _download_headers(self, url: str) -> Mapping[str, str]:
        """Result links of most services carry their own signature; the key goes to no other host."""
        return {}

    def _rewrite(
        self, request: GenerationRequest, result: Path, status: Status, workspace: Workspace, progress: Progress
    ) -> Draft:
        info, format = probe(result), request.format
        facts = {"licence": self.info.licence, "model": self.settings.model, **status.facts}
        if (info.width_px, info.height_px) != (format.width_px, format.height_px):
            facts["model_size"] = f"{info.width_px}x{info.height_px}"
        if carries_manifest(result):
            facts["ingredient"] = str(result.relative_to(workspace.folder))
        total, cuts = round(request.duration_s * request.fps), cut_frames(request)
        with workspace.video(format) as writer:
            shown = 0
            for shown, frame in enumerate(read_i420(result, format), 1):
                writer.write(frame, cut=shown - 1 in cuts)
                if shown % 24 == 0:
                    progress(_FETCH_SHARE + (1 - _FETCH_SHARE) * min(1.0, shown / total))
                if shown == total:
                    break
            sound = read_sound(result) if request.sound else None
            if sound is not None:
                writer.write_sound(sizes.fit_sound(sound.samples, sound.rate_hz, shown / request.fps))
            return writer.finish(self.info.name, self.info.version, previsualisation=False, facts=facts)


def _rest(seconds: float, report: Callable[[], None]) -> None:
    """Sleep in slices, so that a cancel is heard soon."""
    end = time.monotonic() + seconds
    report()
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_S))
        report()


def _read(note: Path) -> Task | None:
    try:
        return Task(**json.loads(note.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(note: Path, task: Task) -> None:
    """Replace the note in one step, so that a crash leaves the old one or the new one."""
    fresh = note.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(task)), "utf-8")
    fresh.replace(note)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _pause(answer: httpx.Response, attempt: int, poll_s: tuple[float, float]) -> float:
    asked = answer.headers.get("retry-after", "")
    return min(poll_s[1], float(asked) if asked.isdigit() else poll_s[0] * 2**attempt)


def refused(engine: str, http_status: int) -> ColophonError:
    """The error behind an HTTP status when the service says no more."""
    if http_status == 401:
        return Unavailable("error.remote.key", part=engine, remedy="key")
    if http_status in (402, 403):
        return Unavailable("error.remote.account", part=engine, remedy="account")
    if http_status == 404:
        return Unavailable("error.remote.missing", part=engine, remedy="model")
    if http_status == 429:
        return Unavailable("error.remote.busy", part=engine, remedy="wait")
    if http_status >= 500:
        return Unavailable("error.remote.service", part=engine, remedy="wait")
    return UsageError("error.remote.parameter", part=engine)


def moderated(engine: str, what: str) -> Blocked:
    """The service refused the content: ``text``, ``reference``, ``person`` or ``output``."""
    return Blocked(f"error.remote.moderated_{what}", part=engine)
