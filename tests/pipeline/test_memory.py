"""What was freed goes back to the system."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

import pytest

from pipeline import memory

PIECES, PIECE = 2000, 100_000  # below the size from which glibc maps a piece by itself


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def test_freed_memory_between_living_pieces_goes_back() -> None:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        pytest.skip("this C library keeps nothing back")
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    pieces = [libc.malloc(PIECE) for _ in range(PIECES)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE)
    for piece in pieces[: PIECES * 9 // 10]:
        libc.free(piece)
    before = _resident_mb()
    assert memory.give_back()
    after = _resident_mb()
    for piece in pieces[PIECES * 9 // 10 :]:
        libc.free(piece)
    assert before - after > 100
