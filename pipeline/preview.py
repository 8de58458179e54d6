"""What a request would become, before anything is sent, stored or paid: problems, shots, words, engine, time and cost.

References are looked at where the page has them and are not copied; screening has not begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from media.probe import LIMITS, Limits
from pipeline import intake
from pipeline import lint as linting
from pipeline.engines import Availability, Engine
from pipeline.engines import choose as choosing
from pipeline.engines.choose import ASKED, Choice
from pipeline.engines.compile import Dialect, compile_prompt
from pipeline.engines.remote import Cost
from pipeline.lint import Problem
from pipeline.plan import ShotPlan
from pipeline.request import NOT_SHOWN, GenerationRequest
from pipeline.script import plan_from_prompt
from pipeline.views import RequestForm

# What each engine reads (`pipeline.engines.compile`); the animatic reads the shots themselves.
DIALECTS: dict[str, Dialect] = {
    "ltx2": "prose", "wan": "prose", "stills": "prose", "kandinsky6": "prose", "minimax_h3": "tags", "ark": "at",
    "videos_api": "prose", "hf_inference": "prose",
}  # fmt: skip
ANIMATIC_S_PER_MEGAPIXEL_FRAME = 0.05  # the whole chain on two idle cores, `python -m benchmarks.chain`


@runtime_checkable
class Priced(Protocol):
    """A remote engine."""

    def estimate(self, request: GenerationRequest) -> Cost: ...


@runtime_checkable
class Leased(Protocol):
    """A local engine."""

    def gpu_seconds(self, request: GenerationRequest) -> int: ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request will take.

    Attributes:
        time_s: seconds of work, None when nobody can say (a remote queue).
        cost: None when it is free here or the operator has set no price; `currency` then is empty.
        units, unit: what a service counts: ``second`` or ``million_tokens``; unit is empty for engines of this machine.
        quota_s: ZeroGPU seconds that are asked for; None elsewhere.
    """

    time_s: float | None
    cost: float | None = None
    currency: str = ""
    units: float = 0.0
    unit: str = ""
    quota_s: int | None = None


class _Here:
    """Leaves uploads where they are."""

    def adopt(self, upload: Path | str, name: str) -> Path:
        return Path(upload)


def request_of(form: RequestForm, limits: Limits = LIMITS) -> GenerationRequest:
    """The request of a form, its references left in place. For looking only; `Studio.submit` makes the real one.

    Raises:
        InputError, UsageError: as `intake.admit`. An empty prompt is allowed here.
    """
    form = form if form.prompt.strip() or form.shots else replace(form, prompt="…")
    return intake.admit(form, _Here(), limits)


def lint(form: RequestForm) -> list[Problem]:
    """Problems of a form, errors first. Never a refusal.

    Raises:
        InputError, UsageError: the form cannot be read at all.
    """
    return linting.lint(request_of(form))


def shots(form: RequestForm) -> ShotPlan:
    """The form's own shots, or those that its prompt becomes.

    Raises:
        InputError, UsageError: the form cannot be read at all.
    """
    request = request_of(form)
    if request.plan is not None:
        return request.plan
    shown = [(r.name, r.kind) for r in request.references if r.role not in NOT_SHOWN]
    return plan_from_prompt(request.prompt, request.duration_s, shown, request.title)


def compiled(form: RequestForm, engine: str) -> str:
    """The prompt as an engine gets it; empty for one that reads no prompt.

    Raises:
        InputError, UsageError: the form cannot be read at all.
    """
    dialect = DIALECTS.get(engine)
    return compile_prompt(request_of(form), dialect) if dialect else ""


def estimate(form: RequestForm, engine: Engine) -> Estimate:
    """What the form will take with this engine.

    Raises:
        InputError, UsageError: the form cannot be read at all.
    """
    request = request_of(form)
    if isinstance(engine, Priced):
        cost = engine.estimate(request)
        return Estimate(None, cost.amount, cost.currency if cost.amount is not None else "", cost.units, cost.unit)
    if isinstance(engine, Leased):
        seconds = engine.gpu_seconds(request)
        leased = getattr(engine, "machine", None)
        return Estimate(float(seconds), quota_s=seconds if leased and leased.kind == "zero" else None)
    return Estimate(_drawn_s(request))


def choice(form: RequestForm, engines: Mapping[str, Engine]) -> Choice:
    """Which engine will run and the message key (parameter ``engine``) that says why.

    Raises:
        Unavailable: none can. InputError, UsageError: the form cannot be read at all.
    """
    return Choice(form.engine, ASKED) if form.engine != "auto" else choosing.choose(request_of(form), engines)


def standings(form: RequestForm, engines: Mapping[str, Engine]) -> dict[str, Availability]:
    """How each engine stands to this form: ready, or the message that says why not.

    Raises:
        InputError, UsageError: the form cannot be read at all.
    """
    request = request_of(form)
    return {name: choosing.standing(request, engine).ready for name, engine in engines.items()}


def _drawn_s(request: GenerationRequest) -> float:
    size = request.format
    frames = request.duration_s * request.fps if request.output == "video" else 1.0
    area = 0.0 if request.output == "audio" else size.width_px * size.height_px / 1e6
    return round(2 + frames * area * ANIMATIC_S_PER_MEGAPIXEL_FRAME + 0.2 * request.duration_s, 1)
