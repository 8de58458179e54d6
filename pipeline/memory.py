"""Memory that the C library keeps after a job."""

from __future__ import annotations

import ctypes


def give_back() -> bool:
    """Hand freed memory back to the system; whether the C library can.

    glibc keeps what large pictures have used, in pieces between what still lives: 70 to 90 MB after a few jobs, which
    a day of jobs turns into steady growth (docs/robustness.md).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
