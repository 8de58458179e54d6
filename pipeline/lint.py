"""Problems of a plan, found before anything costs time or money.

A problem names a message key; it is never a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pipeline.plan import Shot, ShotPlan
from pipeline.request import NOT_SHOWN, GenerationRequest
from pipeline.script import mentions, plan_from_prompt
from pipeline.words import find

SHORT_SHOT_S = 0.8
SPEECH_UNITS_PER_S = 17.0  # Latin letters; a Han character or syllable block counts for three


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at.

    Attributes:
        level: ``error`` (this cannot work as written) or ``hint``.
        shot: number from 1; 0 is about the whole.
    """

    level: Literal["error", "hint"]
    key: str
    shot: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)


def lint(request: GenerationRequest) -> list[Problem]:
    """All problems of a request, errors first."""
    names = {r.name: r.kind for r in request.references}
    plan = request.plan or plan_from_prompt(request.prompt, request.duration_s, list(names.items()), request.title)
    found = [*_whole(request, plan, names)]
    for number, shot in enumerate(plan.shots, 1):
        found += _shot(shot, number, names)
    told = [replace(p, params={"shot": p.shot, **p.params}) for p in found]
    return sorted(told, key=lambda p: p.level != "error")


def _whole(request: GenerationRequest, plan: ShotPlan, names: Mapping[str, str]) -> Iterator[Problem]:
    unknown = [n for n in mentions(request.prompt) if n not in names]
    for name in unknown:
        yield Problem("error", "lint.mention", 0, {"name": name})
    if request.plan is not None and abs(plan.duration_s - request.duration_s) > 0.05:
        yield Problem("hint", "lint.duration", 0, {"plan_s": round(plan.duration_s, 2), "clip_s": request.duration_s})
    used = {name for shot in plan.shots for name in shot.references} | set(mentions(request.prompt))
    idle = {r.name for r in request.references if r.role in NOT_SHOWN}
    for name, kind in names.items():
        if name not in used | idle and kind != "audio":
            yield Problem("hint", "lint.unused", 0, {"name": name})
    if len(plan.shots) > 1 and request.duration_s / len(plan.shots) < SHORT_SHOT_S:
        yield Problem("hint", "lint.crowded", 0, {"shots": len(plan.shots), "clip_s": request.duration_s})


def _shot(shot: Shot, number: int, names: Mapping[str, str]) -> Iterator[Problem]:
    for name in dict.fromkeys([*shot.references, *mentions(shot.action)]):
        if name not in names:
            yield Problem("error", "lint.reference", number, {"name": name})
    if shot.duration_s < SHORT_SHOT_S:
        yield Problem("hint", "lint.short", number, {"duration_s": round(shot.duration_s, 2)})
    needed = sum(_speech_s(line.line) for line in shot.dialogue)
    if needed > shot.duration_s:
        yield Problem(
            "hint", "lint.dialogue", number, {"needed_s": round(needed, 1), "duration_s": round(shot.duration_s, 2)}
        )
    if not shot.references and not any(find(area, shot.action) for area in ("setting", "subject")):
        yield Problem("hint", "lint.vague", number)
    if len({f.concept for f in find("camera", shot.action)}) > 1:
        yield Problem("hint", "lint.camera", number)
    if shot.transition == "match" and number == 1:
        yield Problem("hint", "lint.transition", number)


def _speech_s(line: str) -> float:
    return 0.3 + sum(3.0 if ord(c) > 0x2E80 else 1.0 for c in line) / SPEECH_UNITS_PER_S


def describe(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Plain facts for JSON output."""
    return [{"level": p.level, "key": p.key, "shot": p.shot, "params": dict(p.params)} for p in problems]
