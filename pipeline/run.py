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

from dataclasses import replace
from typing import Any

from errors import Unavailable
from pipeline.engines.choose import ASKED, Choice
from pipeline.inhand import PULSE_S, Job, Stop, Tools, worker_name
from pipeline.quarantine import Draft
from pipeline.request import GenerationRequest
from pipeline.vouchers import PEOPLE
from records import jobs
from safety.screen import Cleared, Held, Refusal
from safety.verdict import Decision, Verdict
from safety.vouching import Claimant
from watermark.stamp import Stamped

__all__ = ["PULSE_S", "Tools", "run", "worker_name"]


def run(job_id: str, worker: str, tools: Tools, over: int = 0) -> bool:
    """Work on a job until it is released, held, refused, cancelled or failed. Never raises for the job's own fault.

    Args:
        over: fencing token of a dead worker whose lease need not run out first.

    Returns:
        False when there was nothing to do: somebody else works on it, or it is over.
    """
    with tools.database.write() as session:
        lease = jobs.lease(session, job_id, worker, tools.lease_s, over)
    if lease is None:
        return False
    job = Job(lease, tools)
    with job.ending():
        request = job.opened()
        cleared = _screened(request, job)
        draft = _rendered(cleared, job)
        verdict = _judged(draft, job)
        stamped = _stamped(draft, cleared, job)
        _released(stamped, draft, verdict, cleared, job)
    return True


def _screened(request: GenerationRequest, job: Job) -> Cleared[GenerationRequest]:
    job.enter("screening")
    outcome = job.tools.screener.screen_request(request, Claimant(job.visitor, request.purpose))
    job.judged("request", outcome.verdict)
    match outcome:
        case Cleared():
            return outcome
        case Refusal() | Held():
            return job.overruled(request, outcome)


def _rendered(cleared: Cleared[GenerationRequest], job: Job) -> Draft:
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


def _judged(draft: Draft, job: Job) -> Verdict:
    job.enter("checking")
    verdict = job.tools.screener.screen_output(draft.digest, draft.items())
    job.judged("output", verdict)
    if verdict.decision is Decision.BLOCK and not job.approval.covers_output(verdict):
        raise Stop("refused", verdict)
    return verdict


def _stamped(draft: Draft, cleared: Cleared[GenerationRequest], job: Job) -> Stamped:
    job.enter("stamping")
    order = replace(job.tools.order(cleared.request, draft, job.workspace), consent_verified=cleared.consented)
    stamped = job.tools.stamper.stamp(draft, order, job.workspace.outbox(cleared.request.ending))
    job.note("draft.stamped", {"sha256": stamped.sha256, "manifest": stamped.manifest_label, "draft": draft.digest})
    return stamped


def _released(stamped: Stamped, draft: Draft, verdict: Verdict, cleared: Cleared[GenerationRequest], job: Job) -> None:
    job.enter("verifying")
    request = cleared.request
    facts = {
        "seed": request.seed, "timings_s": job.timings(), "detectors_s": job.detectors_s,
        "restricted": job.approval.restricted, PEOPLE: cleared.shows_people,
        "choice": job.choice, "part": request.part, **_shape(draft),
    }  # fmt: skip
    if verdict.decision is Decision.ALLOW or job.approval.covers_output(verdict):
        job.tools.door.publish(stamped, verdict, job.lease, facts, job.approval.case)
    else:
        release_id = job.tools.door.hold(stamped, verdict, job.lease, facts)
        raise Stop("held", verdict, release_id)


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
