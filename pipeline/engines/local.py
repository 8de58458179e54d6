"""Running diffusers pipelines: one clip at a time, with progress, cancel and plain refusals."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from errors import ColophonError, Unavailable
from media.clip import Sound
from pipeline.engines import Availability, EngineInfo, Progress, hardware, sizes, zerogpu
from pipeline.engines.config import LocalSettings, Weights
from pipeline.engines.cuts import cut_frames
from pipeline.engines.hardware import Hardware
from pipeline.engines.score import score
from pipeline.engines.weights import COMMIT, clear, present, release_hooks
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest
from safety.screen import Cleared

S = TypeVar("S", bound=LocalSettings)

_LIBRARIES = ("torch", "diffusers", "transformers", "accelerate")
_MODEL_SHARE = 0.9
_TURN = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a model made.

    Attributes:
        pictures: uint8 [F, H, W, 3] RGB.
        fps: rate of the pictures.
        sound: samples [channels, n] and their rate, or None from a silent model.
        facts: for the record.
    """

    pictures: NDArray[np.uint8]
    fps: Fraction
    sound: tuple[NDArray[Any], int] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class LocalEngine(ABC, Generic[S]):
    """An engine that runs a diffusers pipeline in this process (or in a ZeroGPU lease)."""

    info: EngineInfo
    libraries: ClassVar[tuple[str, ...]] = _LIBRARIES

    def __init__(self, settings: S, machine: Hardware | None = None) -> None:
        self.settings = settings
        self._machine = machine

    @classmethod
    @abstractmethod
    def from_config(cls, config: Any) -> Self:
        """From the settings of all engines (`EnginesConfig`)."""

    @property
    def machine(self) -> Hardware:
        return self._machine or hardware.detect()

    @abstractmethod
    def weights(self) -> tuple[Weights, ...]:
        """Every set of weights that a request may need; the first is needed by all."""

    @abstractmethod
    def pipe(self, request: GenerationRequest) -> Any:
        """The placed pipeline for a request, loaded on first use."""

    @abstractmethod
    def make(self, request: GenerationRequest, progress: Progress) -> Made:
        """Run the model."""

    @abstractmethod
    def steps(self) -> int:
        """Denoising steps of one clip."""

    def gate(self) -> Availability | None:
        """A condition of the licence that is not met yet."""
        return None

    def availability(self) -> Availability:
        """Whether a clip can be made now. Imports no model library and downloads nothing."""
        checks = (self.gate, self._lacks_library, self._lacks_device, self._lacks_weights)
        return next((found for check in checks if (found := check())), Availability(True))

    def _lacks_library(self) -> Availability | None:
        missing = next((name for name in self.libraries if find_spec(name) is None), None)
        return _no("error.engine.library", missing, f"pip install {missing}") if missing else None

    def _lacks_device(self) -> Availability | None:
        if self.settings.device == "cpu":
            return None
        if self.machine.kind == "none" or self.machine.torch != "cuda":
            return _no("error.engine.device", self.info.name, "animatic")
        if hardware.layout(self.settings, self.weights()[0], self.machine) is None:
            need_gib = round(self.settings.working_gib + 2)
            return _no(
                "error.engine.device_memory", self.info.name, self._setting("OFFLOAD"),
                have_gib=round(self.machine.memory_gib), need_gib=need_gib,
            )  # fmt: skip
        return None

    def _lacks_weights(self) -> Availability | None:
        weights = self.weights()[0]
        if not Path(weights.model).is_dir() and not COMMIT.fullmatch(weights.revision):
            return _no("error.engine.revision", self.info.name, self._setting("WEIGHTS__REVISION"), model=weights.model)
        if self.settings.download or present(weights):
            return None
        return _no("error.engine.weights", self.info.name, self._setting("DOWNLOAD"), model=weights.model)

    def _setting(self, name: str) -> str:
        return f"COLOPHON_ENGINES__{self.info.name.upper()}__{name}"

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        """Make a draft.

        Raises:
            UsageError: the request is outside what the model can do.
            Cancelled: `progress` said so.
            Unavailable: weights, device or memory are missing; the message names the setting to change.
        """
        request = job.request
        sizes.check(request, self.info)
        with _TURN:
            if self.machine.kind == "zero" and self.settings.device != "cpu":
                self.pipe(request)  # loaded here, so that the lease pays for the run alone
                return zerogpu.rent(self, request, workspace, progress)
            return self.render(request, workspace, progress)

    def render(self, request: GenerationRequest, workspace: Workspace, progress: Progress) -> Draft:
        """The part that needs the device."""
        progress(0.0)
        with plainly(self.info.name, self._setting("SHORT_SIDE_PX")):
            made = self.make(request, lambda done: progress(done * _MODEL_SHARE))
        return self.store(request, made, workspace, progress)

    def store(self, request: GenerationRequest, made: Made, workspace: Workspace, progress: Progress) -> Draft:
        """Write what was made as a draft in the requested format."""
        format, total = request.format, round(request.duration_s * request.fps)
        cuts = cut_frames(request)
        with workspace.video(format) as writer:
            for index, frame in enumerate(sizes.frames(made.pictures, made.fps, format, request.duration_s)):
                writer.write(frame, cut=index in cuts)
                if index % 24 == 0:
                    progress(_MODEL_SHARE + (1 - _MODEL_SHARE) * index / total)
            sound = self._sound(request, made)
            if sound is not None:
                writer.write_sound(sound)
            return writer.finish(
                self.info.name,
                self.info.version,
                previsualisation=False,
                facts={**self._facts(request, made), **made.facts},
            )

    def _sound(self, request: GenerationRequest, made: Made) -> Sound | None:
        if not request.sound:
            return None
        if made.sound is None:
            return score(request)
        return sizes.fit_sound(*made.sound, request.duration_s)

    def _facts(self, request: GenerationRequest, made: Made) -> dict[str, str]:
        scored = {"sound": "animatic"} if request.sound and made.sound is None else {}
        return {"licence": self.info.licence, **scored}

    def gpu_seconds(self, request: GenerationRequest) -> int:
        """Estimated device seconds of one clip, never below 20."""
        area = min(1.0, self.settings.short_side_px / request.format.short_side_px) ** 2
        megapixels = request.format.width_px * request.format.height_px / 1e6 * area
        work = self.steps() * megapixels * request.duration_s * request.fps * self.settings.gpu_seconds
        return max(20, round(15 + work))


def _no(key: str, part: str, remedy: str, **params: Any) -> Availability:
    return Availability(False, key, {"part": part, "remedy": remedy, **params})


def on_step(progress: Progress, steps: int, start: float = 0.0, end: float = 1.0) -> Callable[..., dict[str, Any]]:
    """A step callback that reports progress; raising `Cancelled` in it ends the run at once."""

    def report(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        progress(start + (end - start) * min(1.0, (step + 1) / steps))
        return tensors

    return report


def generator(seed: int) -> Any:
    """Noise from the host, so that a seed gives the same noise on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


@contextmanager
def plainly(engine: str, setting: str) -> Iterator[None]:
    """Turn running out of memory into a refusal that names the setting to change; free what a fault left behind.

    Raises:
        Unavailable: ``error.engine.memory``.
    """
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        clear()
        raise Unavailable("error.engine.memory", part=engine, remedy=setting) from error
    except ColophonError:
        release_hooks()
        raise
    except RuntimeError as error:
        if "out of memory" not in str(error).lower() and "can't allocate memory" not in str(error).lower():
            raise
        clear()
        raise Unavailable("error.engine.memory", part=engine, remedy=setting) from error
