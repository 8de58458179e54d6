"""One job, from its row to its release. This file is the picture of the README:

GenerationRequest --safety.screen_request--> Cleared | Refusal | Held
Cleared --Engine.generate(cleared, quarantine/<job>)--> Draft              frames and sound, no public path
Draft --safety.screen_output--> Verdict: ALLOW | REVIEW | BLOCK            no signal, error, unknown: never ALLOW
  BLOCK ----------> shred the draft --> refused, with reasons and appeal
  ALLOW | REVIEW -> watermark.stamp --> Stamped                            mark, label, encode, records, signature last
Stamped --pipeline.release--> re-opened by an independent reader; a miss: ReleaseRefused
  ALLOW --> releases/ --> Release
  REVIEW -> held/ --> a reviewer decides --> resume --> the same door again
every arrow --> records.audit
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import Any

import structlog

from errors import ColophonError, Unavailable
from pipeline import intake, reasons
from pipeline.approval import Approval
from pipeline.engines import Cancelled, Engine
from pipeline.engines.choose import ASKED, Choice
from pipeline.quarantine import Draft, Quarantine, Workspace, shred
from pipeline.reasons import AppealTokens
from pipeline.release import Door
from pipeline.request import GenerationRequest
from pipeline.vouchers import PEOPLE
from records import audit, jobs
from records.jobs import Lease, LeaseLost
from records.session import Database
from safety.screen import Cleared, Held, Refusal, Screener
from safety.verdict import Decision, Verdict
from safety.vouching import Claimant
from watermark.stamp import Stamped, Stamper, StampOrder

log = structlog.get_logger("pipeline.run")
AWAITING_STAMP = "error.stamp.awaiting_timestamp"


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


def run(job_id: str, worker: str, tools: Tools) -> bool:
    """Work on a job until it is released, held, refused, cancelled or failed. Never raises for the job's own fault.

    Returns:
        False when there was nothing to do: somebody else works on it, or it is over.
    """
    with tools.database.write() as session:
        lease = jobs.lease(session, job_id, worker, tools.lease_s)
    if lease is None:
        return False
    job = _Job(lease, tools)
    with job.ending():
        request = job.opened()
        cleared = _screened(request, job)
        draft = _rendered(cleared, job)
        verdict = _judged(draft, job)
        stamped = _stamped(draft, cleared, job)
        _released(stamped, draft, verdict, cleared, job)
    return True


def _screened(request: GenerationRequest, job: _Job) -> Cleared[GenerationRequest]:
    job.enter("screening")
    outcome = job.tools.screener.screen_request(request, Claimant(job.visitor, request.purpose))
    job.judged("request", outcome.verdict)
    match outcome:
        case Cleared():
            return outcome
        case Refusal() | Held():
            return job.overruled(request, outcome)


def _rendered(cleared: Cleared[GenerationRequest], job: _Job) -> Draft:
    job.enter("rendering")
    name = cleared.request.engine
    choice = job.tools.choose(cleared.request) if name == "auto" else Choice(name, ASKED)
    engine = job.tools.engine(choice.name)
    ready = engine.availability()
    if not ready.available:
        raise Unavailable(ready.key, **ready.params)
    job.choice = choice.key
    draft = engine.generate(cleared, job.workspace, job.progress)
    job.note("draft.made", {"digest": draft.digest, "engine": draft.engine, "version": draft.engine_version})
    return draft


def _judged(draft: Draft, job: _Job) -> Verdict:
    job.enter("checking")
    verdict = job.tools.screener.screen_output(draft.digest, draft.items())
    job.judged("output", verdict)
    if verdict.decision is Decision.BLOCK and not job.approval.covers_output(verdict):
        raise Stop("refused", verdict)
    return verdict


def _stamped(draft: Draft, cleared: Cleared[GenerationRequest], job: _Job) -> Stamped:
    job.enter("stamping")
    order = replace(job.tools.order(cleared.request, draft, job.workspace), consent_verified=cleared.consented)
    stamped = job.tools.stamper.stamp(draft, order, job.workspace.outbox(ENDINGS[draft.kind]))
    job.note("draft.stamped", {"sha256": stamped.sha256, "manifest": stamped.manifest_label, "draft": draft.digest})
    return stamped


def _released(stamped: Stamped, draft: Draft, verdict: Verdict, cleared: Cleared[GenerationRequest], job: _Job) -> None:
    job.enter("verifying")
    request = cleared.request
    facts = {
        "seed": request.seed, "timings_s": job.timings(), PEOPLE: cleared.shows_people, "restricted": job.approval.restricted,
        "choice": job.choice, "part": request.part, **_shape(draft),
    }  # fmt: skip
    if verdict.decision is Decision.ALLOW or job.approval.covers_output(verdict):
        job.tools.door.publish(stamped, verdict, job.lease, facts, job.approval.case)
    else:
        release_id = job.tools.door.hold(stamped, verdict, job.lease, facts)
        raise Stop("held", verdict, release_id)


ENDINGS = {"video": ".mp4", "image": ".png", "audio": ".wav"}


def _shape(draft: Draft) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "engine": draft.engine,
        "previsualisation": draft.previsualisation,
        "duration_s": round(draft.duration_s, 3),
        "width_px": draft.format.width_px if draft.format else 0,
        "height_px": draft.format.height_px if draft.format else 0,
        "fps": float(draft.format.fps) if draft.format and draft.kind == "video" else 0.0,
        "audio": draft.sound() is not None,
        "model": {name: value for name, value in draft.facts.items() if name != "ingredient"},
    }


@dataclass(slots=True)
class _Job:
    """The job in hand: its lease, its clock, its heartbeat, and how it ends."""

    lease: Lease
    tools: Tools
    state: str = "screening"
    share: float = 0.0
    choice: str = ""
    visitor: str = ""
    _record: Mapping[str, Any] = field(default_factory=dict)
    _clock: dict[str, float] = field(default_factory=dict)
    _entered: float = field(default_factory=time.perf_counter)
    _cancel: bool = False
    _lost: bool = False
    _reported: float = 0.0

    @property
    def workspace(self) -> Workspace:
        return self.tools.quarantine.workspace(self.lease.job_id)

    def opened(self) -> GenerationRequest:
        """The request, on a workspace without the leftovers of an earlier attempt."""
        for leftover in (*self.workspace.folder.glob("draft-*"), self.workspace.folder / "out"):
            shred(leftover)
        with self.tools.database.read() as session:
            row = jobs.get(session, self.lease.job_id)
            self._record, self.visitor = row.request, row.visitor
        return intake.from_record(self._record, self.workspace)

    def enter(self, state: str) -> None:
        """Begin a step."""
        self._clock[self.state] = self._clock.get(self.state, 0.0) + time.perf_counter() - self._entered
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

    def judged(self, stage: str, verdict: Verdict) -> None:
        """Store a verdict and its audit link."""
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
        except LeaseLost:
            log.warning("job.lease_lost", job=self.lease.job_id)
            return
        except Stop as stop:
            self._end(stop.state, verdict=stop.verdict, release_id=stop.release_id)
        except Cancelled:
            self._end("cancelled")
        except ColophonError as error:
            log.warning("job.failed", job=self.lease.job_id, key=error.key)
            if error.key == AWAITING_STAMP:
                self._rest()
            else:
                self._end("failed", error=(error.key, error.params))
        except Exception:
            log.exception("job.fault", job=self.lease.job_id)
            self._end("failed", error=("error.internal", {}))
        finally:
            done.set()
            heart.join()
            self._tidy()

    def _keep_alive(self, done: Event) -> None:
        while not done.wait(self.tools.lease_s / 3):
            self._beat()

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
        """Wait for a time-stamp service; never published without it."""
        with self.tools.database.write() as session:
            jobs.postpone(session, jobs.holder(session, self.lease), self.tools.rest_s)

    def _tidy(self) -> None:
        """Drafts go at once; references stay while a person may still have to look at them."""
        with self.tools.database.read() as session:
            state = jobs.get(session, self.lease.job_id).state
        if state in ("held", "refused", *jobs.WORKING, jobs.WAITING):
            if not self._lost:
                for leftover in (*self.workspace.folder.glob("draft-*"), self.workspace.folder / "out"):
                    shred(leftover)
        else:
            self.tools.quarantine.discard(self.lease.job_id)


def worker_name() -> str:
    """A name for this worker, unique enough for logs."""
    return f"worker-{secrets.token_hex(4)}"
