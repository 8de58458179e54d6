"""What a decision does to a job or a release, and the port through which it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from moderation.cases import Case, CaseKind, Choice


class Effect(StrEnum):
    """An effect outside the desk. Each is idempotent: carried out twice, it changes nothing more."""

    APPROVE = "approve"
    RESTRICT = "restrict"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    STAY_DOWN = "stay_down"
    RESTORE = "restore"
    GRANT = "grant"
    DECLINE = "decline"
    PUBLISH = "publish"
    REJECT = "reject"


class PipelinePort(Protocol):
    """What the desk asks of the pipeline. Every method is idempotent and opens its own transaction.

    `case` is the id of the case that decided; the pipeline writes it into its own audit facts.
    `approve` resumes a held or refused job through the same release door, checked again; `restrict` does so for
    its maker alone. `withdraw` takes a release from every public place and clears caches; `restore` undoes
    it and lifts a stay-down. `stay_down` remembers digests and fingerprint so that the output cannot return.
    `media` is the stamped file of a release, held ones included; `reference` a reference file of a job that still
    exists.
    """

    def approve(self, job_id: str, case: str) -> None: ...
    def restrict(self, job_id: str, case: str) -> None: ...
    def refuse(self, job_id: str, reasons: Sequence[Mapping[str, Any]], case: str) -> None: ...
    def withdraw(self, release_id: str, case: str) -> None: ...
    def restore(self, release_id: str, case: str) -> None: ...
    def stay_down(self, release_id: str, case: str) -> None: ...
    def media(self, release_id: str) -> Path: ...
    def reference(self, job_id: str, name: str) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class EnforcementAction:
    """One effect on one subject, made by a decision and never changed."""

    effect: Effect
    subject: str
    policy: str = ""

    def as_dict(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Reached:
    """What a case reaches: the job, and its release where there is one, with the release's state."""

    job_id: str = ""
    release_id: str = ""
    release_state: str = ""


def plan(case: Case, choice: Choice, policy: str, reached: Reached) -> tuple[EnforcementAction, ...]:
    """The effects of a choice. Second looks, golden cases and escalations have none."""
    if not case.live or choice is Choice.ESCALATE:
        return ()
    if case.kind is CaseKind.CONSENT:
        return (EnforcementAction(Effect.GRANT if choice is Choice.APPROVE else Effect.DECLINE, case.subject, policy),)
    if case.kind is CaseKind.PROPOSAL:
        return (EnforcementAction(Effect.PUBLISH if choice is Choice.APPROVE else Effect.REJECT, case.subject, policy),)
    if case.kind is CaseKind.HELD or reached.release_state in ("", "held"):
        return _on_job(choice, policy, reached)
    return _on_release(choice, policy, reached)


def _on_job(choice: Choice, policy: str, reached: Reached) -> tuple[EnforcementAction, ...]:
    if not reached.job_id:
        return ()
    effect = {Choice.APPROVE: Effect.APPROVE, Choice.RESTRICT: Effect.RESTRICT}.get(choice, Effect.REFUSE)
    return (EnforcementAction(effect, reached.job_id, policy),)


def _on_release(choice: Choice, policy: str, reached: Reached) -> tuple[EnforcementAction, ...]:
    if choice is Choice.APPROVE:
        return (EnforcementAction(Effect.RESTORE, reached.release_id, policy),)
    if choice is Choice.RESTRICT:
        return (EnforcementAction(Effect.WITHDRAW, reached.release_id, policy),)
    return (
        EnforcementAction(Effect.WITHDRAW, reached.release_id, policy),
        EnforcementAction(Effect.STAY_DOWN, reached.release_id, policy),
    )


def execute(port: PipelinePort, action: EnforcementAction, reasons: Sequence[Mapping[str, Any]], case: str) -> None:
    """Carry out an effect on a job or release; those on consents and proposals happen in the desk's own records."""
    if action.effect is Effect.REFUSE:
        port.refuse(action.subject, reasons, case)
        return
    effects = {
        Effect.APPROVE: port.approve,
        Effect.RESTRICT: port.restrict,
        Effect.WITHDRAW: port.withdraw,
        Effect.STAY_DOWN: port.stay_down,
        Effect.RESTORE: port.restore,
    }
    if action.effect in effects:
        effects[action.effect](action.subject, case)
