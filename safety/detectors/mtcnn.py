"""MTCNN (Zhang et al. 2016) on plain arrays: the face finder of last resort.

Weights: read as data from the ``facenet-pytorch`` package (MIT); its code, which needs old torch and torchvision, is
not imported. Steps and constants as in that package, so that its published scores hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Picture
from safety.detectors.finders import Face, face_of
from safety.detectors.graphs import Attribute, Node, open_session, write
from safety.detectors.torchfile import read_state

Boxes = NDArray[np.float32]  # [N, 5]: left, top, right, bottom, score
_SHRINK, _CELL, _STRIDE = 0.709, 12, 2


class Mtcnn:
    """Proposal, refinement and output networks in a row.

    Args:
        folder: holds ``pnet.pt``, ``rnet.pt`` and ``onet.pt``.
        threshold: least score of the last network.
        least_px: smallest face searched for.
    """

    def __init__(self, folder: Path, threshold: float = 0.7, least_px: int = 20, threads: int = 1) -> None:
        self.name = "mtcnn"
        self._least_px, self._thresholds = least_px, (0.6, 0.7, threshold)
        self._propose, self._refine, self._output = (
            open_session(network(name, read_state(folder / f"{name}net.pt")), threads) for name in "pro"
        )

    def find(self, view: Picture) -> list[Face]:
        boxes = self._proposals(view)
        boxes = self._refined(view, boxes, self._refine, 24, self._thresholds[1])
        boxes = self._refined(view, boxes, self._output, 48, self._thresholds[2], last=True)
        corners = np.column_stack([boxes[:, :2], boxes[:, 2:4] - boxes[:, :2]])
        return [face_of(corner, score) for corner, score in zip(corners, boxes[:, 4], strict=True)]

    def _proposals(self, view: Picture) -> Boxes:
        found: list[Boxes] = []
        scale = _CELL / self._least_px
        while min(view.shape[:2]) * scale >= _CELL:
            size = (int(view.shape[1] * scale + 1), int(view.shape[0] * scale + 1))
            small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
            score, shift = self._propose.run(None, {"x": _blob([small])})
            found.append(_proposed(score[0, 1], shift[0], scale, self._thresholds[0]))
            scale *= _SHRINK
        return _squared(_kept(np.concatenate(found), 0.7)) if found else np.zeros((0, 5), np.float32)

    def _refined(self, view: Picture, boxes: Boxes, net: Any, side: int, least: float, last: bool = False) -> Boxes:
        crops = [_crop(view, box, side) for box in boxes]
        if not crops:
            return np.zeros((0, 5), np.float32)
        score, shift = net.run(None, {"x": _blob(crops)})
        sure = score[:, 1] > least
        moved = _shifted(np.column_stack([boxes[sure, :4], score[sure, 1]]).astype(np.float32), shift[sure], 1)
        kept = _kept(moved, 0.7, smaller=last)
        return kept if last else _squared(kept)


def network(name: str, state: dict[str, NDArray[np.float32]]) -> bytes:
    """The p-, r- or o-network as ONNX bytes: input [N, 3, H, W], outputs score [N, 2, ..] and box shift [N, 4, ..]."""
    pools = {"p": (2,), "r": (3, 3), "o": (3, 3, 2)}[name]
    nodes: list[Node] = []
    weights = {key: value for key, value in state.items() if not key.startswith("prelu")}
    weights |= {key: value[:, None, None] for key, value in state.items() if key.startswith("prelu")}
    current, layer = "x", 1
    while f"conv{layer}.weight" in state:
        kernel = list(state[f"conv{layer}.weight"].shape[2:])
        names = [current, f"conv{layer}.weight", f"conv{layer}.bias"]
        nodes.append(Node("Conv", names, [f"c{layer}"], {"kernel_shape": kernel}))
        nodes.append(Node("PRelu", [f"c{layer}", f"prelu{layer}.weight"], [f"a{layer}"]))
        current = f"a{layer}"
        if layer <= len(pools):
            side = pools[layer - 1]
            pooling: dict[str, Attribute] = {"kernel_shape": [side, side], "strides": [2, 2], "ceil_mode": 1}
            nodes.append(Node("MaxPool", [current], [f"m{layer}"], pooling))
            current = f"m{layer}"
        layer += 1
    tail = _tail_conv(current) if name == "p" else _tail_dense(current, layer, weights)
    return write(nodes + tail, weights, ["x"], ["score", "shift"])


def _tail_conv(current: str) -> list[Node]:
    return [
        Node("Conv", [current, "conv4_1.weight", "conv4_1.bias"], ["raw"], {"kernel_shape": [1, 1]}),
        Node("Softmax", ["raw"], ["score"], {"axis": 1}),
        Node("Conv", [current, "conv4_2.weight", "conv4_2.bias"], ["shift"], {"kernel_shape": [1, 1]}),
    ]


def _tail_dense(current: str, layer: int, weights: dict[str, NDArray[np.float32]]) -> list[Node]:
    weights[f"prelu{layer}.weight"] = weights[f"prelu{layer}.weight"].reshape(-1)
    after = layer + 1
    return [
        Node("Transpose", [current], ["turned"], {"perm": [0, 3, 2, 1]}),
        Node("Flatten", ["turned"], ["flat"], {"axis": 1}),
        Node("Gemm", ["flat", f"dense{layer}.weight", f"dense{layer}.bias"], ["d"], {"transB": 1}),
        Node("PRelu", ["d", f"prelu{layer}.weight"], ["e"]),
        Node("Gemm", ["e", f"dense{after}_1.weight", f"dense{after}_1.bias"], ["raw"], {"transB": 1}),
        Node("Softmax", ["raw"], ["score"], {"axis": 1}),
        Node("Gemm", ["e", f"dense{after}_2.weight", f"dense{after}_2.bias"], ["shift"], {"transB": 1}),
    ]


def _proposed(score: NDArray[np.float32], shift: NDArray[np.float32], scale: float, least: float) -> Boxes:
    rows, columns = np.nonzero(score >= least)
    first = np.stack([columns, rows], 1).astype(np.float32) * _STRIDE
    boxes = np.column_stack(
        [np.floor((first + 1) / scale), np.floor((first + _CELL) / scale), score[rows, columns]]
    ).astype(np.float32)
    shifts = shift[:, rows, columns].T
    kept = _order(boxes, 0.5)
    return _shifted(boxes[kept], shifts[kept], 0)


def _blob(crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    stacked = (np.stack(crops).astype(np.float32) - 127.5) / 128
    return np.ascontiguousarray(stacked.transpose(0, 3, 1, 2))


def _crop(view: Picture, box: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    left, top, right, bottom = (int(np.trunc(value)) for value in box[:4])
    height, width = view.shape[:2]
    part = view[max(0, top - 1) : min(height, bottom), max(0, left - 1) : min(width, right)]
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA)) if part.size else _nothing(side)


def _nothing(side: int) -> NDArray[np.uint8]:
    return np.zeros((side, side, 3), np.uint8)


def _shifted(boxes: Boxes, shift: NDArray[np.float32], extra: int) -> Boxes:
    size = boxes[:, 2:4] - boxes[:, :2] + extra
    return np.column_stack([boxes[:, :4] + shift * np.tile(size, 2), boxes[:, 4]]).astype(np.float32)


def _squared(boxes: Boxes) -> Boxes:
    size = boxes[:, 2:4] - boxes[:, :2]
    side = size.max(1, keepdims=True)
    start = boxes[:, :2] + size / 2 - side / 2
    return np.column_stack([start, start + side, boxes[:, 4]]).astype(np.float32)


def _kept(boxes: Boxes, overlap: float, smaller: bool = False) -> Boxes:
    return boxes[_order(boxes, overlap, smaller)]


def _order(boxes: Boxes, overlap: float, smaller: bool = False) -> list[int]:
    """Indices after non-maximum suppression; `smaller` compares with the smaller area instead of the union."""
    area = (boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1)
    waiting, kept = np.argsort(-boxes[:, 4], kind="stable"), []
    while waiting.size:
        best, rest = int(waiting[0]), waiting[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:4], boxes[rest, 2:4])
        both = np.maximum(0, high - low + 1).prod(1)
        base = np.minimum(area[best], area[rest]) if smaller else area[best] + area[rest] - both
        waiting = rest[both / base <= overlap]
    return kept
