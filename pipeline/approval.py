"""A reviewer's decision about exactly one request, as it stands in the job row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from safety.screen import overrulable
from safety.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved: digests, never "this job", so that nothing else slips through under it.

    Attributes:
        case: id of the deciding case; empty when there is no approval.
        request: digest of the approved request.
        outputs: digests of approved drafts.
        restricted: the release is for its maker alone.
    """

    case: str = ""
    request: str = ""
    outputs: tuple[str, ...] = ()
    restricted: bool = False

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The approval in a job's record."""
        facts = record.get("approval") or {}
        return cls(
            facts.get("case", ""),
            facts.get("request", ""),
            tuple(facts.get("outputs", ())),
            bool(facts.get("restricted")),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "request": self.request,
            "outputs": list(self.outputs),
            "restricted": self.restricted,
        }

    def covers_request(self, verdict: Verdict) -> bool:
        """Whether a reviewer approved the judged request, and may."""
        return bool(self.case) and verdict.digest == self.request and overrulable(verdict)

    def covers_output(self, verdict: Verdict) -> bool:
        """Whether a reviewer approved the judged draft, and may."""
        return bool(self.case) and verdict.digest in self.outputs and overrulable(verdict)
