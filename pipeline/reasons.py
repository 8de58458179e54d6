"""Verdicts as rows and as reasons: which place, which rule, how sure, what to do. No score reaches the public."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.views import ReasonView
from safety.signals import Evidence
from safety.verdict import Decision, Finding, Verdict

MAX_REASONS = 12


def of(verdict: Verdict) -> list[dict[str, Any]]:
    """The reasons of a verdict that did not allow, worst first, one for each rule and place."""
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for finding in verdict.findings:
        if finding.decision is Decision.ALLOW:
            continue
        for place in finding.signal.evidence or (Evidence("request"),):
            seen.setdefault((finding.policy, place.where), asdict(_reason(finding, place)))
    return list(seen.values())[:MAX_REASONS]


def _reason(finding: Finding, place: Evidence) -> ReasonView:
    key = finding.text_key or f"policy.{finding.policy}"
    return ReasonView(
        policy=finding.policy, where=place.where, rule_key=f"{key}.rule", remedy_key=f"{key}.remedy",
        sureness=sureness(finding.signal.score), time_s=place.time_s, box=place.box, span=place.span,
    )  # fmt: skip


def sureness(score: float) -> str:
    """Three words instead of a number, so that the page is no oracle."""
    return "certain" if score >= 0.9 else "likely" if score >= 0.6 else "possible"


def views(rows: Sequence[Mapping[str, Any]]) -> list[ReasonView]:
    """Stored reasons as the page sees them."""
    return [ReasonView(**{**row, "box": _pair(row.get("box")), "span": _pair(row.get("span"))}) for row in rows]


def _pair(value: Any) -> Any:
    return tuple(value) if value is not None else None


def verdict_facts(verdict: Verdict) -> dict[str, Any]:
    """The columns of `VerdictRow`."""
    return {
        "decision": verdict.decision.value,
        "policies": list(verdict.policies),
        "policy_version": verdict.policy_version,
        "profile": verdict.profile,
        "digest": verdict.digest,
        "signals": [_signal_facts(finding) for finding in verdict.findings],
    }


def _signal_facts(finding: Finding) -> dict[str, Any]:
    signal = finding.signal
    return {
        "name": signal.name,
        "version": signal.version,
        "score": round(signal.score, 4),
        "threshold": signal.threshold,
        "state": signal.state.value,
        "detail": signal.detail,
        "evidence": [asdict(place) for place in signal.evidence],
        "decision": finding.decision.value,
        "policy": finding.policy,
        "severity": finding.severity,
        "dsa": finding.dsa_category,
    }


@dataclass(frozen=True, slots=True)
class AppealTokens:
    """Secret link tokens, derived from the job: its owner always finds it, the database keeps a hash only."""

    secret: bytes = field(repr=False)

    def of(self, job_id: str) -> str:
        """The token of a job: 26 characters, 128 bits."""
        digest = hmac.new(self.secret, f"appeal|{job_id}".encode(), hashlib.sha256).digest()
        return b32encode(digest[:16]).decode().rstrip("=").lower()
