"""From signals to one verdict: the worst signal wins, and no signal is no permission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from safety.signals import Evidence, Signal


class Decision(StrEnum):
    """Ordered by severity: ALLOW < REVIEW < BLOCK."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        return ("allow", "review", "block").index(self.value)


@dataclass(frozen=True, slots=True)
class Finding:
    """One policy rule applied to one signal.

    Attributes:
        decision: what the rule asks for.
        policy: policy id, e.g. ``likeness.real_person``; empty for ALLOW.
        severity: 0 (none) to 4 (minors, intimate).
        signal: the observation that the rule judged.
        text_key: locale key prefix; ``<key>.rule``, ``<key>.remedy`` and ``<key>.appeal`` exist.
        dsa_category: statement category of the DSA transparency database; empty for ALLOW.
    """

    decision: Decision
    policy: str
    severity: int
    signal: Signal
    text_key: str = ""
    dsa_category: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The combined outcome over all findings. Has no truth value on purpose.

    Attributes:
        decision: the worst decision of all findings.
        findings: every finding, worst first.
        digest: SHA-256 (hex) of exactly what was judged.
        policy_version: version of the rule set that judged it.
        profile: ``strict`` or ``studio``.
        took_s: seconds that each detector looked, by its name; those that remembered the answer are not in it.
    """

    decision: Decision
    findings: tuple[Finding, ...]
    digest: str
    policy_version: str
    profile: str
    took_s: Mapping[str, float] = field(default_factory=dict, compare=False)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value; compare .decision")

    @property
    def policies(self) -> tuple[str, ...]:
        """Policy ids that were not satisfied, worst first, each once."""
        return tuple(dict.fromkeys(f.policy for f in self.findings if f.decision is not Decision.ALLOW))

    @property
    def signals(self) -> tuple[Signal, ...]:
        return tuple(f.signal for f in self.findings)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Evidence behind everything that was not allowed."""
        return tuple(e for f in self.findings if f.decision is not Decision.ALLOW for e in f.signal.evidence)


def combine(findings: Iterable[Finding], *, digest: str, policy_version: str, profile: str) -> Verdict:
    """The verdict over all findings: the worst decision wins.

    Raises:
        ValueError: there is no finding at all, or no digest. Nothing judged is never ALLOW.
    """
    ordered = sorted(findings, key=lambda f: (-f.decision.rank, -f.severity, f.policy, f.signal.name))
    if not ordered:
        raise ValueError("no findings: nothing was judged")
    if not digest:
        raise ValueError("a verdict names the digest of what was judged")
    return Verdict(ordered[0].decision, tuple(ordered), digest, policy_version, profile)
