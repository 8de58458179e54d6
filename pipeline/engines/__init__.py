"""Engines: anything that turns a cleared request into a draft in quarantine.

`ENGINES` is the plug-in table. An engine whose library, weight or key is missing says so through
`availability`; it never raises at import and never downloads anything by being asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any, Literal, Protocol

from errors import ColophonError, Unavailable
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest
from safety.screen import Cleared

ENGINES: dict[str, str] = {
    "animatic": "pipeline.engines.animatic:AnimaticEngine",
    "ltx2": "pipeline.engines.ltx2:Ltx2Engine",
    "wan": "pipeline.engines.wan:WanEngine",
    "stills": "pipeline.engines.stills:StillsEngine",
    "kandinsky6": "pipeline.engines.kandinsky6:Kandinsky6Engine",
    "minimax_h3": "pipeline.engines.minimax_h3:MinimaxH3Engine",
    "ark": "pipeline.engines.ark:ArkEngine",
    "videos_api": "pipeline.engines.videos_api:VideosApiEngine",
    "hf_inference": "pipeline.engines.hf_inference:HfInferenceEngine",
}


class Cancelled(ColophonError):
    """The visitor cancelled; raised by `Progress` inside the engine."""


class Progress(Protocol):
    """Called by an engine with the finished share [0, 1]. Raises `Cancelled` when the job was cancelled."""

    def __call__(self, done: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine can do. Durations in seconds.

    Attributes:
        references: most references by kind.
        parents: roles of a clip that it can go on from (``extend``) or change (``edit``).
    """

    resolutions: tuple[str, ...] = ("480p", "720p", "1080p")
    frame_rates: tuple[int, ...] = (24, 25, 30)
    duration_s: tuple[float, float] = (2.0, 30.0)
    references: Mapping[str, int] = field(default_factory=lambda: {"image": 9, "video": 3, "audio": 3})
    outputs: tuple[str, ...] = ("video",)
    parents: tuple[str, ...] = ()
    sound: bool = True


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Who the engine is.

    Attributes:
        kind: ``animatic``, ``local`` or ``remote``.
        version: of the engine or model revision.
        licence: SPDX id or name of the licence of engine or weights.
        previsualisation: it draws a plan of a film and does not synthesise footage.
    """

    name: str
    kind: Literal["animatic", "local", "remote"]
    version: str
    licence: str
    limits: Limits
    previsualisation: bool = False


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an engine can run now; if not, a message key with parameters says what to do."""

    available: bool
    key: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Turns a cleared request into a draft. Heavy imports happen in `generate` or `availability`."""

    info: EngineInfo

    def availability(self) -> Availability: ...

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        """Raises `Cancelled`, `Unavailable` or another `ColophonError`; leaves nothing outside `workspace`."""
        ...


def build(name: str, config: Any) -> Engine:
    """The engine of that name, configured (`Class.from_config(config)`).

    Raises:
        Unavailable: there is no such engine, or its adapter cannot be loaded.
    """
    try:
        engine: Engine = resolve_name(ENGINES[name]).from_config(config)
    except (KeyError, ImportError, AttributeError) as error:
        raise Unavailable("error.engine.unknown", part=name, remedy="python -m pipeline engines --json") from error
    return engine
