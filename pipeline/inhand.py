"""The job that a worker has in hand: its lease, its clock, its heartbeat, and how it ends."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from errors import ColophonError
from pipeline import intake, reasons, tracing
from pipeline.approval import Approval
from pipeline.engines import Cancelled, Engine
from pipeline.engines.choose import Choice
from pipeline.quarantine import Draft, Quarantine, Workspace
from pipeline.reasons import AppealTokens
from pipeline.release import Door
from pipeline.request import GenerationRequest
from pipeline.storage import StorageSilent
from records import audit, jobs
from records.jobs import Lease, LeaseLost
from records.session import Database, outage
from safety.screen import Cleared, Held, Refusal, Screener
from safety.verdict import Verdict
from watermark.stamp import Stamper, StampOrder

log = structlog.get_logger("pipeline.run")
AWAITING_STAMP = "error.stamp.awaiting_timestamp"
PULSE_S = 2.0  # a lease is renewed so often, so that a dead worker is told from a living one soon


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run needs; built once by the composition root.

    Attributes:
        choose: names the engine for a request that leaves the choice to us, and why.
        engine: the engine of a name.
        order: the stamp order of a draft (who made it, when, where to verify).
    """

    database: Database
    quarantine: Quarantine
    screener: Screener
    choose: Callable[[GenerationRequest], Choice]
    engine: Callable[[str], Engine]
    stamper: Stamper
    order: Callable[[GenerationRequest, Draft, Workspace], StampOrder]
    door: Door
    appeals: AppealTokens
    lease_s: float = 30.0
    rest_s: float = 60.0


class Stop(Exception):
    """The job ends here without a release; the row says how."""

    def __init__(self, state: str, verdict: Verdict | None = None, release_id: str | None = None) -> None:
        super().__init__(state)
        self.state, self.verdict, self.release_id = state, verdict, release_id


@dataclass(slots=True)
class Job:
    """The job in hand: its lease, its clock, its heartbeat, and how it ends."""

    lease: Lease
    tools: Tools
    state: str = "screening"
    share: float = 0.0
    choice: str = ""
    visitor: str = ""
    _record: Mapping[str, Any] = field(default_factory=dict)
    _clock: dict[str, float] = field(default_factory=dict)
    _looks: Counter[str] = field(default_factory=Counter)
    _entered: float = field(default_factory=time.perf_counter)
    _cancel: bool = False
    _lost: bool = False
    _reported: float = 0.0

    @property
    def workspace(self) -> Workspace:
        return self.tools.quarantine.workspace(self.lease.job_id, self.lease.token)

    def opened(self) -> GenerationRequest:
        """The request, on a workspace without the leftovers of an earlier attempt."""
        self.workspace.clear()
        self.tools.quarantine.recall(self.lease.job_id)
        with self.tools.database.read() as session:
            row = jobs.get(session, self.lease.job_id)
            self._record, self.visitor = row.request, row.visitor
        return intake.from_record(self._record, self.workspace)

    def enter(self, state: str) -> None:
        """Begin a step."""
        self._clock[self.state] = self._clock.get(self.state, 0.0) + time.perf_counter() - self._entered
        tracing.step(state)
        self._entered, self.state, self.share = time.perf_counter(), state, 0.0
        self._beat()
        self._stop_if_asked()

    def progress(self, done: float) -> None:
        """`pipeline.engines.Progress`."""
        self.share = min(1.0, max(0.0, done))
        if time.perf_counter() - self._reported > 0.5:
            self._beat()
        self._stop_if_asked()

    def _beat(self) -> None:
        self._reported = time.perf_counter()
        try:
            with self.tools.database.write() as session:
                self._cancel |= jobs.step(session, self.lease, self.state, self.share, self.tools.lease_s)
        except LeaseLost:
            self._lost = True

    def _stop_if_asked(self) -> None:
        if self._lost:
            raise LeaseLost("error.job.lease_lost")
        if self._cancel:
            raise Cancelled("error.job.cancelled")

    def timings(self) -> dict[str, float]:
        """Seconds spent in each finished step, under the names of the contract."""
        names = {"screen": ("screening", "checking"), "generate": ("rendering",), "stamp": ("stamping",)}
        return {name: round(sum(self._clock.get(s, 0.0) for s in states), 3) for name, states in names.items()}

    @property
    def detectors_s(self) -> dict[str, float]:
        """Seconds that each detector looked at this job so far."""
        return {name: round(seconds, 4) for name, seconds in self._looks.items()}

    def judged(self, stage: str, verdict: Verdict) -> None:
        """Store a verdict and its audit link."""
        self._looks.update(verdict.took_s)
        with self.tools.database.write() as session:
            jobs.holder(session, self.lease)
            jobs.add_verdict(session, self.lease.job_id, stage, reasons.verdict_facts(verdict))
            facts = {
                "decision": verdict.decision,
                "policies": verdict.policies,
                "policy_version": verdict.policy_version,
            }
            audit.append(session, actor="system", action=f"{stage}.judged", subject=self.lease.job_id, facts=facts)

    def note(self, action: str, facts: Mapping[str, Any]) -> None:
        with self.tools.database.write() as session:
            audit.append(session, actor="system", action=action, subject=self.lease.job_id, facts=facts)

    @property
    def approval(self) -> Approval:
        """What a reviewer approved of this job; by default nothing."""
        return Approval.of(self._record)

    def overruled(self, request: GenerationRequest, outcome: Refusal | Held) -> Cleared[GenerationRequest]:
        """The cleared request, if a reviewer approved exactly this one; else it is refused or waits."""
        if not self.approval.covers_request(outcome.verdict):
            raise Stop("refused" if isinstance(outcome, Refusal) else "held", outcome.verdict)
        return self.tools.screener.clear_reviewed(request, outcome.verdict, case=self.approval.case)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Keep the lease alive, and end the row and the quarantine folder whatever happens inside."""
        done = Event()
        heart = Thread(target=self._keep_alive, args=(done,), daemon=True, name=f"lease-{self.lease.job_id}")
        heart.start()
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a job ends with a reason, whatever went wrong in it
            self._conclude(error)
        finally:
            done.set()
            heart.join()
            self._close()

    def _conclude(self, error: Exception) -> None:
        """End the row as the fault says. While the database is silent the row is left to its lease, which runs out."""
        try:
            self._settle(error)
        except LeaseLost:
            log.warning("job.lease_lost", job=self.lease.job_id)
            self._lost = True
        except DBAPIError as fault:
            if not outage(fault):
                raise
            log.warning("database.silent", job=self.lease.job_id)
            self._lost = True

    def _settle(self, error: Exception) -> None:
        match error:
            case LeaseLost():
                raise error
            case Stop():
                self._end(error.state, verdict=error.verdict, release_id=error.release_id)
            case Cancelled():
                self._end("cancelled")
            case ColophonError():
                log.warning("job.failed", job=self.lease.job_id, key=error.key)
                if error.key == AWAITING_STAMP or isinstance(error, StorageSilent):
                    self._rest()
                else:
                    self._end("failed", error=(error.key, error.params))
            case DBAPIError() if outage(error):
                raise error
            case _:
                log.error("job.fault", job=self.lease.job_id, exc_info=error)
                self._end("failed", error=("error.internal", {}))

    def _keep_alive(self, done: Event) -> None:
        while not done.wait(min(PULSE_S, self.tools.lease_s / 3)):
            try:
                self._beat()
            except DBAPIError:
                log.warning("database.silent", job=self.lease.job_id)

    def _close(self) -> None:
        """Drafts of this attempt go, even when the database is silent; whoever has the job now keeps theirs."""
        try:
            self._tidy()
        except DBAPIError:
            self.workspace.clear(own=True)

    def _end(
        self,
        state: str,
        *,
        verdict: Verdict | None = None,
        error: tuple[str, Mapping[str, Any]] | None = None,
        release_id: str | None = None,
    ) -> None:
        why: Sequence[Mapping[str, Any]] = reasons.of(verdict) if verdict is not None else ()
        with self.tools.database.write() as session:
            row = jobs.holder(session, self.lease)
            token = self.tools.appeals.of(row.job_id) if state in ("held", "refused") else ""
            jobs.finish(session, row, state, error=error, reasons=why, release_id=release_id, appeal_token=token)
            facts = {
                "error": error[0] if error else "",
                "policies": list(verdict.policies) if verdict is not None else [],
            }
            audit.append(session, actor="system", action=f"job.{state}", subject=row.job_id, facts=facts)

    def _rest(self) -> None:
        """Wait for a service that is down; never published without it."""
        with self.tools.database.write() as session:
            jobs.postpone(session, jobs.holder(session, self.lease), self.tools.rest_s)

    def _tidy(self) -> None:
        """Drafts go at once; references stay while a person may still have to look at them."""
        with self.tools.database.read() as session:
            state = jobs.get(session, self.lease.job_id).state
        if state in ("held", "refused", *jobs.WORKING, jobs.WAITING):
            self.workspace.clear(own=self._lost)
        else:
            self.tools.quarantine.discard(self.lease.job_id)


def worker_name() -> str:
    """A name for this worker, unique enough for logs."""
    return f"worker-{secrets.token_hex(4)}"
