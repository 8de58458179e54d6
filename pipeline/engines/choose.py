"""Which engine runs when the visitor leaves the choice to us, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from errors import ColophonError, Unavailable
from pipeline.engines import Availability, Engine, sizes
from pipeline.request import GenerationRequest

FALLBACK = "animatic"
ASKED = "engine.choice.asked"
# Best first: sound with the picture before silence, our machine before somebody else's.
ORDER = ("ltx2", "minimax_h3", "kandinsky6", "wan", "stills", "ark", "videos_api", "hf_inference", FALLBACK)


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that runs and the message key that says why (its parameter is ``engine``)."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How one engine stands to a request: ready, or the message that says what is missing."""

    name: str
    ready: Availability


def choose(request: GenerationRequest, engines: Mapping[str, Engine]) -> Choice:
    """A local model that is ready and can do what is asked; else a remote one with a key; else the animatic.

    Args:
        engines: all engines by name, built from the settings.

    Raises:
        Unavailable: no engine can do it, which needs an installation without the animatic.
    """
    for name in (*ORDER, *sorted(set(engines) - set(ORDER))):
        engine = engines.get(name)
        if engine is not None and standing(request, engine).ready.available:
            return Choice(name, f"engine.choice.{engine.info.kind}")
    raise Unavailable("error.engine.unknown", part="auto", remedy="python -m pipeline engines --json")


def standing(request: GenerationRequest, engine: Engine) -> Standing:
    """Whether an engine is ready for this request; if not, why."""
    try:
        fit(request, engine)
    except ColophonError as error:
        return Standing(engine.info.name, Availability(False, error.key, error.params))
    return Standing(engine.info.name, engine.availability())


def fit(request: GenerationRequest, engine: Engine) -> None:
    """Refuse what the engine cannot do, ready or not, before it costs anybody time.

    Raises:
        UsageError: size, rate, length, kind of output or references are outside what it can do; the key says which.
    """
    sizes.check(request, engine.info)
    lint = getattr(engine, "lint", None)
    if lint is not None:
        lint(request)


def standings(request: GenerationRequest, engines: Iterable[Engine]) -> list[Standing]:
    """All engines, for the picker that greys out what cannot run and says why."""
    return [standing(request, engine) for engine in engines]
