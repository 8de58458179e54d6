"""What this machine has, without importing torch, and how a model is laid out on it."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from typing import Any, Literal

from pipeline.engines.config import LocalSettings, Weights

GIB = 2**30
ZERO_GPU_GIB = 48.0


@dataclass(frozen=True, slots=True)
class Hardware:
    """An accelerator and the memory beside it. `kind` ``zero`` is a shared ZeroGPU lease; sizes in GiB."""

    kind: Literal["cuda", "zero", "none"] = "none"
    name: str = ""
    memory_gib: float = 0.0
    host_gib: float = 0.0
    torch: Literal["cuda", "cpu", "missing"] = "missing"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a pipeline is placed on the device."""

    device: str
    offload: Literal["none", "model", "group"]
    fp8: bool
    tiling: bool


@lru_cache(maxsize=1)
def detect() -> Hardware:
    """The first CUDA device (asked through the driver, in a few milliseconds), or none."""
    host_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    if zero_gpu():
        return Hardware("zero", "ZeroGPU", ZERO_GPU_GIB, host_gib, _torch())
    device = _cuda()
    if device is None:
        return Hardware(host_gib=host_gib, torch=_torch())
    return Hardware("cuda", *device, host_gib, _torch())


def zero_gpu() -> bool:
    """Whether this is a ZeroGPU Space."""
    try:
        from spaces.config import Config
    except ImportError:
        return False
    return bool(Config.zero_gpu)


def _torch() -> Literal["cuda", "cpu", "missing"]:
    if find_spec("torch") is None:
        return "missing"
    return "cpu" if metadata.version("torch").endswith("+cpu") else "cuda"


def _cuda() -> tuple[str, float] | None:
    """Name and GiB of the first device, from the driver library."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    device, count, size = ctypes.c_int(), ctypes.c_int(), ctypes.c_size_t()
    name = ctypes.create_string_buffer(100)
    calls: list[tuple[Any, ...]] = [
        (driver.cuInit, 0),
        (driver.cuDeviceGetCount, ctypes.byref(count)),
        (driver.cuDeviceGet, ctypes.byref(device), 0),
    ]
    if any(call(*arguments) != 0 for call, *arguments in calls) or count.value < 1:
        return None
    driver.cuDeviceGetName(name, len(name), device)
    driver.cuDeviceTotalMem_v2(ctypes.byref(size), device)
    return name.value.decode("utf-8", "replace"), size.value / GIB


def layout(settings: LocalSettings, weights: Weights, hardware: Hardware) -> Layout | None:
    """The fastest layout that fits, or None when nothing fits.

    The whole model on the device; else part by part; else the large part in 8 bits, part by part; else layer by
    layer, for which the host must hold the weights. What the settings fix stays fixed.
    """
    if settings.device == "cpu":
        return Layout("cpu", "none", settings.storage == "fp8", False)
    room_gib = hardware.memory_gib - settings.working_gib
    for offload, fp8 in (("none", False), ("model", False), ("none", True), ("model", True), ("group", True)):
        if settings.offload not in ("auto", offload) or (
            settings.storage != "auto" and (settings.storage == "fp8") != fp8
        ):
            continue
        if _needs_gib(weights, offload, fp8) <= room_gib and _fits_host(weights, offload, fp8, hardware):
            return Layout("cuda", offload, fp8, hardware.memory_gib < 40)  # type: ignore[arg-type]
    if settings.offload == "group" and settings.storage == "full" and _fits_host(weights, "group", False, hardware):
        return Layout("cuda", "group", False, True)
    return None


def _needs_gib(weights: Weights, offload: str, fp8: bool) -> float:
    saved = weights.largest_gib / 2 if fp8 else 0.0
    if offload == "none":
        return weights.total_gib - saved
    if offload == "model":
        second = min(weights.largest_gib, weights.total_gib - weights.largest_gib)
        return max(weights.largest_gib - saved, second)
    return 2.0


def _fits_host(weights: Weights, offload: str, fp8: bool, hardware: Hardware) -> bool:
    held = weights.total_gib - (weights.largest_gib / 2 if fp8 else 0.0)
    return offload == "none" or held + 4 <= hardware.host_gib
