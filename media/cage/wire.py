"""What travels through the pipe of a cage process: small JSON headers and raw bytes. Nothing is ever unpickled."""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LENGTHS: Final = struct.Struct(">IQ")
MAX_HEADER_BYTES: Final = 16 * 2**20
MAX_BODY_BYTES: Final = 512 * 2**20
_DTYPES: Final = {"uint8": np.uint8, "float32": np.float32}
_PIECE_BYTES: Final = 1 << 20


class Broken(Exception):
    """The other side stopped, went silent, or sent what it may not send."""


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A header and the bytes that follow it."""

    header: dict[str, Any]
    body: bytearray

    def array(self) -> NDArray[Any]:
        """The array that the header describes.

        Raises:
            Broken: dtype, shape and length do not fit together.
        """
        dtype, shape = _DTYPES.get(str(self.header.get("dtype"))), self.header.get("shape")
        if dtype is None or not isinstance(shape, list) or not 1 <= len(shape) <= 3:
            raise Broken("array")
        if not all(type(side) is int and side >= 0 for side in shape):
            raise Broken("shape")
        if math.prod(shape) * np.dtype(dtype).itemsize != len(self.body):
            raise Broken("length")
        return np.frombuffer(self.body, dtype).reshape(shape)


def send(pipe: int, header: dict[str, Any], body: NDArray[Any] | bytes = b"") -> None:
    """Write one message; blocks until it is taken."""
    if isinstance(body, np.ndarray):
        header = {**header, "dtype": str(body.dtype), "shape": list(body.shape)}
        view = memoryview(np.ascontiguousarray(body).reshape(-1).view(np.uint8).data)
    else:
        view = memoryview(body)
    head = json.dumps(header).encode()
    _write(pipe, memoryview(_LENGTHS.pack(len(head), len(view)) + head))
    _write(pipe, view)


def _write(pipe: int, view: memoryview) -> None:
    while view:
        view = view[os.write(pipe, view[:_PIECE_BYTES]) :]


class Receiver:
    """Reads messages.

    Args:
        silence_s: longest time without a byte.
        limit_s: longest time in all; None for a stream that its reader takes at leisure.
    """

    def __init__(self, pipe: int, silence_s: float, limit_s: float | None = None) -> None:
        self._pipe, self._silence_s = pipe, silence_s
        self._end = None if limit_s is None else time.monotonic() + limit_s
        self._poll = select.poll()
        self._poll.register(pipe, select.POLLIN)

    def next(self) -> Message:
        """The next message.

        Raises:
            Broken: see there.
        """
        head_bytes, body_bytes = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
        if head_bytes > MAX_HEADER_BYTES or body_bytes > MAX_BODY_BYTES:
            raise Broken("size")
        try:
            header = json.loads(self._exactly(head_bytes))
        except (ValueError, RecursionError) as error:
            raise Broken("header") from error
        if not isinstance(header, dict):
            raise Broken("header")
        return Message(header, self._exactly(body_bytes))

    def _exactly(self, count: int) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            wait_s = self._silence_s
            if self._end is not None:
                wait_s = min(wait_s, self._end - time.monotonic())
            if wait_s <= 0 or not self._poll.poll(wait_s * 1000):
                raise Broken("silence")
            got = os.readv(self._pipe, [view])
            if not got:
                raise Broken("end")
            view = view[got:]
        return data
