"""Rules as data: (signal, score, context) -> decision, policy id, severity, DSA category, text.

A rule set is the union of the files in `safety/policies/*.json`. Detectors never decide and rules
never touch pixels. Two defaults cannot be written away: a signal that is not OK is held for review,
and a fired signal that no rule knows is held for review.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from errors import UsageError
from safety.signals import Signal, SignalState
from safety.verdict import Decision, Finding

FOLDER = Path(__file__).parent / "policies"
PROFILES = ("strict", "studio")
SYSTEM_POLICY = "system.not_judged"


class Rule(BaseModel):
    """One reviewed row of policy.

    Attributes:
        signal: signal name or pattern (``face.*``).
        at_least: the rule applies from this score on, [0, 1].
        decision: ``review`` or ``block``; there is no rule that allows.
        policy: policy id named in verdicts, statements of reasons and the public policy page.
        severity: 1 (low) to 4 (minors, intimate).
        dsa: category of the DSA transparency database.
        where: patterns of evidence places it applies to (``image*``, ``output``); all by default.
        profiles: profiles it is part of; all by default.
        text: locale key prefix of the refusal text.
        note: why the rule exists; for reviewers of this file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    signal: str
    at_least: float = Field(ge=0.0, le=1.0)
    decision: Literal["review", "block"]
    policy: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    severity: int = Field(ge=1, le=4)
    dsa: str
    where: tuple[str, ...] = ("*",)
    profiles: tuple[Literal["strict", "studio"], ...] = ("strict", "studio")
    text: str
    note: str = ""

    def applies(self, signal: Signal, profile: str) -> bool:
        """Whether the rule speaks about this signal at its score and place."""
        places = {e.where for e in signal.evidence} or {"*"}
        return (
            profile in self.profiles
            and fnmatchcase(signal.name, self.signal)
            and signal.score >= self.at_least
            and any(p == "*" or fnmatchcase(p, pattern) for p in places for pattern in self.where)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A loaded rule set for one profile. `version` changes whenever any rule changes."""

    rules: tuple[Rule, ...]
    profile: str
    version: str

    def judge(self, signals: Iterable[Signal]) -> list[Finding]:
        """One finding for each signal: its worst matching rule, or ALLOW, or a fail-closed REVIEW."""
        return [self._judge(signal) for signal in signals]

    def _judge(self, signal: Signal) -> Finding:
        if signal.state is not SignalState.OK:
            return _held(signal, "policy.system.not_judged")
        matching = [rule for rule in self.rules if rule.applies(signal, self.profile)]
        if matching:
            worst = max(matching, key=lambda r: (Decision(r.decision).rank, r.severity))
            return Finding(Decision(worst.decision), worst.policy, worst.severity, signal, worst.text, worst.dsa)
        known = any(fnmatchcase(signal.name, rule.signal) for rule in self.rules)
        if signal.fired and not known:
            return _held(signal, "policy.system.not_judged")
        return Finding(Decision.ALLOW, "", 0, signal)


def _held(signal: Signal, text: str) -> Finding:
    return Finding(Decision.REVIEW, SYSTEM_POLICY, 1, signal, text, "STATEMENT_CATEGORY_OTHER_VIOLATION_TC")


def load(profile: str, folder: Path = FOLDER) -> Policy:
    """The rule set of `folder` for a profile.

    Raises:
        UsageError: unknown profile, no rule at all, or a malformed row (file and row are named).
    """
    if profile not in PROFILES:
        raise UsageError("error.policy.profile", profile=profile)
    return _load(profile, folder)


@cache
def _load(profile: str, folder: Path) -> Policy:
    rules: list[Rule] = []
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.json")):
        digest.update(path.read_bytes())
        rules += _rows(path)
    if not rules:
        raise UsageError("error.policy.empty", folder=folder.name)
    return Policy(tuple(rules), profile, digest.hexdigest()[:12])


def _rows(path: Path) -> Sequence[Rule]:
    try:
        rows = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UsageError("error.policy.malformed", file=path.name, row=0) from error
    parsed = []
    for number, row in enumerate(rows, 1):
        try:
            parsed.append(Rule.model_validate(row))
        except ValidationError as error:
            raise UsageError("error.policy.malformed", file=path.name, row=number) from error
    return parsed
