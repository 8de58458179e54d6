"""Loading diffusers pipelines: pinned, safetensors only, no remote code, laid out for the device, one at a time."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from errors import Unavailable
from pipeline.engines import hardware
from pipeline.engines.config import LocalSettings, Weights
from pipeline.engines.hardware import Hardware, Layout

COMMIT = re.compile(r"[0-9a-f]{40}")
_LARGE = ("transformer", "transformer_2")
_SHELF: dict[tuple[Any, ...], Any] = {}


def present(weights: Weights) -> bool:
    """Whether the weights lie in a local folder or in the cache of the model hub's client."""
    if Path(weights.model).is_dir():
        return True
    from huggingface_hub import try_to_load_from_cache

    names = ("model_index.json", "modular_model_index.json")
    return any(isinstance(try_to_load_from_cache(weights.model, n, revision=weights.revision), str) for n in names)


def pinned(weights: Weights, settings: LocalSettings) -> dict[str, Any]:
    """Arguments of every `from_pretrained`: exact revision, safetensors only, no code from the repository.

    Raises:
        Unavailable: a repository id without a commit id.
    """
    local = Path(weights.model).is_dir()
    if not local and not COMMIT.fullmatch(weights.revision):
        raise Unavailable("error.engine.revision", part=weights.model, remedy="revision", model=weights.model)
    return {
        "revision": None if local else weights.revision,
        "use_safetensors": True,
        "trust_remote_code": False,
        "local_files_only": local or not settings.download,
    }


def load(
    cls: Any,
    weights: Weights,
    settings: LocalSettings,
    machine: Hardware,
    finish: Callable[[Any], None] | None = None,
    exact: tuple[str, ...] = (),
) -> Any:
    """A placed pipeline of class `cls`; the one loaded last is kept, others are let go.

    Args:
        finish: changes a fresh pipeline before it is placed (scheduler, adapters).
        exact: parts that stay in 32 bits.

    Raises:
        Unavailable: weights are missing, gated or broken, or no layout fits the device.
    """
    key = (cls.__name__, weights, settings)
    if key in _SHELF:
        return _SHELF[key]
    plan = hardware.layout(settings, weights, machine)
    if plan is None:
        raise Unavailable(
            "error.engine.device_memory", part=weights.model, remedy="OFFLOAD",
            have_gib=round(machine.memory_gib), need_gib=round(settings.working_gib + 2),
        )  # fmt: skip
    clear()
    _quiet()
    dtype = {"default": dtypes(settings), **dict.fromkeys(exact, _full())}
    with loading(weights):
        parts = _slim_parts(cls, weights, settings) if plan.fp8 else {}
        pipe = cls.from_pretrained(weights.model, dtype=dtype, **pinned(weights, settings), **parts)
    pipe.set_progress_bar_config(disable=True)
    if finish is not None:
        finish(pipe)
    place(pipe, plan, settings)
    _SHELF[key] = pipe
    return pipe


def _slim_parts(cls: Any, weights: Weights, settings: LocalSettings) -> dict[str, Any]:
    """The large parts, put into 8 bits before the others are read: the host never holds everything at 16."""
    if not hasattr(cls, "load_config"):
        return {}
    from diffusers import AutoModel

    arguments = pinned(weights, settings)
    where = {name: value for name, value in arguments.items() if name in ("revision", "local_files_only")}
    listed = cls.load_config(weights.model, **where)
    parts = {}
    for name in _LARGE:
        if (listed.get(name) or [None])[0] is not None:
            part = AutoModel.from_pretrained(weights.model, subfolder=name, dtype=dtypes(settings), **arguments)
            parts[name] = _slim(part, settings)
    return parts


def _slim(part: Any, settings: LocalSettings) -> Any:
    import torch

    if all(parameter.dtype != torch.float8_e4m3fn for parameter in part.parameters()):
        part.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtypes(settings))
    return part


def clear() -> None:
    """Let go of loaded pipelines and their device memory."""
    _SHELF.clear()
    gc.collect()
    if find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def dtypes(settings: LocalSettings) -> Any:
    """The computing type as torch names it."""
    import torch

    return getattr(torch, settings.dtype)


def _full() -> Any:
    import torch

    return torch.float32


def named(weights: Weights) -> dict[str, str]:
    """Model and revision for the record; of a local folder only its name."""
    if Path(weights.model).is_dir():
        return {"model": Path(weights.model).name, "revision": "local"}
    return {"model": weights.model, "revision": weights.revision}


def _quiet() -> None:
    """No progress bars in the log of a service."""
    import diffusers
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()


@contextmanager
def loading(weights: Weights) -> Iterator[None]:
    """Turn the faults of loading into a plain refusal."""
    from huggingface_hub.errors import GatedRepoError

    try:
        yield
    except GatedRepoError as error:
        raise Unavailable("error.engine.gated", part=weights.model, remedy="HF_TOKEN", model=weights.model) from error
    except (OSError, ValueError, ImportError, AttributeError) as error:
        raise Unavailable(
            "error.engine.weights_broken", part=weights.model, remedy="revision", model=weights.model
        ) from error


def place(pipe: Any, plan: Layout, settings: LocalSettings) -> None:
    """Put a pipeline where `plan` says."""
    import torch

    if plan.fp8:
        for name in _LARGE:
            part = getattr(pipe, name, None)
            if part is not None:
                _slim(part, settings)
    vae: Any = getattr(pipe, "vae", None)
    if plan.tiling and hasattr(vae, "enable_tiling"):
        vae.enable_tiling()
    if plan.offload == "none":
        pipe.to(plan.device)
    elif getattr(pipe, "_components_manager", None) is not None:  # modular pipelines place their parts by need
        pipe._components_manager.enable_auto_cpu_offload(device=plan.device)
    elif plan.offload == "model":
        pipe.enable_model_cpu_offload(device=plan.device)
    else:
        pipe.enable_group_offload(
            onload_device=torch.device(plan.device), offload_type="leaf_level", use_stream=True, low_cpu_mem_usage=True
        )


def release_hooks() -> None:
    """Give back what a broken run left on the device."""
    for pipe in _SHELF.values():
        if hasattr(pipe, "maybe_free_model_hooks"):
            pipe.maybe_free_model_hooks()
