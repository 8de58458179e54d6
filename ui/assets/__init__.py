"""Style sheet, script and seal of the page; all local."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
SCRIPTS = ("page.js", "write.js", "live.js")
FILES = {"page.css": "text/css", **dict.fromkeys(SCRIPTS, "text/javascript"), "seal.svg": "image/svg+xml"}


@cache
def read(name: str) -> bytes:
    """Bytes of one of `FILES`."""
    return (FOLDER / name).read_bytes()


@cache
def version() -> str:
    """Changes whenever an asset changes, so that browsers may keep them for long."""
    return hashlib.sha256(b"".join(read(name) for name in FILES)).hexdigest()[:12]
