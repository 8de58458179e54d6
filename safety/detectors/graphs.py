"""Open ONNX networks, give them new input sizes or outputs, and write small ones from plain arrays.

ONNX files are protocol buffers (onnx.proto3, IR version 8). The few messages needed here are written field by
field, so neither PyTorch nor the ``onnx`` package is needed to run the weights that other packages bring.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable

Attribute = int | float | str | Sequence[int]


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: its type, its input and output names, its attributes."""

    op: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


def open_session(model: Path | bytes, threads: int = 1) -> Any:
    """An onnxruntime session on the CPU.

    Raises:
        Unavailable: onnxruntime or the file is missing, or the file is not a network.
    """
    name = model.name if isinstance(model, Path) else "network"
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        source = str(model) if isinstance(model, Path) else model
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises bare exception classes; all mean: not usable
        raise Unavailable("error.models.unreadable", part=name) from error


def write(nodes: Sequence[Node], weights: Mapping[str, NDArray[np.float32]], inputs: Sequence[str],
          outputs: Sequence[str]) -> bytes:  # fmt: skip
    """The bytes of an ONNX model (opset 13) with float32 inputs [N, 3, H, W] of any size."""
    graph = b"".join(_field(1, _node(node)) for node in nodes) + _field(2, b"network")
    graph += b"".join(_field(5, _tensor(name, array)) for name, array in weights.items())
    graph += b"".join(_field(11, _picture_input(name)) for name in inputs)
    graph += b"".join(_field(12, _field(1, name.encode())) for name in outputs)
    opset = _field(1, b"") + _varint_field(2, 13)
    return _varint_field(1, 8) + _field(7, graph) + _field(8, opset)


def with_any_size(model: bytes, input_name: str, more_outputs: Sequence[str] = ()) -> bytes:
    """The same network with one input [N, 3, H, W] of any size, and outputs without fixed sizes; `more_outputs` are
    inner values that become outputs, too."""
    more = b"".join(_field(12, _field(1, name.encode())) for name in more_outputs)
    return _edited(model, lambda number, body: _any_size(number, body, input_name), more)


def _any_size(number: int, body: bytes, input_name: str) -> bytes | None:
    if number == 11:
        return _picture_input(input_name) if _name(body) == input_name else None
    if number == 12:
        return _field(1, _name(body).encode())
    return None if number == 13 else body  # recorded shapes of inner values would contradict the new size


def _edited(model: bytes, edit: Any, more: bytes = b"") -> bytes:
    out = b""
    for number, wire, value in _fields(model):
        if number != 7:
            out += _raw(number, wire, value)
            continue
        graph = b""
        for inner, inner_wire, inner_value in _fields(value):
            kept = edit(inner, inner_value) if inner_wire == 2 else inner_value
            graph += b"" if kept is None else _raw(inner, inner_wire, kept)
        out += _field(7, graph + more)
    return out


def _name(value_info: bytes) -> str:
    return next((v.decode() for number, _, v in _fields(value_info) if number == 1), "")


def _picture_input(name: str) -> bytes:
    dims = b""
    for size in ("n", 3, "h", "w"):
        dims += _field(1, _varint_field(1, size) if isinstance(size, int) else _field(2, size.encode()))
    tensor = _varint_field(1, 1) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _node(node: Node) -> bytes:
    body = b"".join(_field(1, n.encode()) for n in node.inputs) + b"".join(_field(2, n.encode()) for n in node.outputs)
    body += _field(4, node.op.encode())
    return body + b"".join(_field(5, _attribute(name, value)) for name, value in node.attributes.items())


def _attribute(name: str, value: Attribute) -> bytes:
    head = _field(1, name.encode())
    if isinstance(value, str):
        return head + _field(4, value.encode()) + _varint_field(20, 3)
    if isinstance(value, float):
        return head + _key(2, 5) + struct.pack("<f", value) + _varint_field(20, 1)
    if isinstance(value, int):
        return head + _varint_field(3, value) + _varint_field(20, 2)
    return head + b"".join(_varint_field(8, v) for v in value) + _varint_field(20, 7)


def _tensor(name: str, array: NDArray[Any]) -> bytes:
    kind, stored = (7, "<i8") if array.dtype.kind == "i" else (1, "<f4")
    dims = b"".join(_varint_field(1, n) for n in array.shape)
    data = np.ascontiguousarray(array, stored).tobytes()
    return dims + _varint_field(2, kind) + _field(8, name.encode()) + _field(9, data)


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


@cache
def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _field(number: int, body: bytes) -> bytes:
    return _key(number, 2) + _varint(len(body)) + body


def _varint_field(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value)


def _raw(number: int, wire: int, value: bytes) -> bytes:
    return _field(number, value) if wire == 2 else _key(number, wire) + value


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Field number, wire type and body of each field; scalar bodies are their raw encoding."""
    view, at = memoryview(message), 0
    while at < len(view):
        key, at = _read_varint(view, at)
        wire, start = key & 7, at
        if wire == 0:
            _, at = _read_varint(view, at)
        elif wire == 2:
            size, start = _read_varint(view, at)
            at = start + size
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise ValueError("not a protocol buffer")
        yield key >> 3, wire, bytes(view[start:at])


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
