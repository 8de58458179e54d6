"""An eighth list, frozen before its first run: what people type, in thirteen languages; never trained on.

`harms.txt` holds ``kind language: text``, `benign.txt` ordinary scenes, many of them with words of harms. It was written
after `safety/text/learned.py` had been trained, by the hand that wrote its material, and run once before anything was
changed; docs/screening-text.md has that run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Case, Frozen

HERE: Final = Path(__file__).parent
_LIST: Final = Frozen(HERE)
harms, minors, benign = _LIST.harms, _LIST.minors, _LIST.benign


def usual() -> list[Case]:
    """("", prompt): 51 prompts as people write them for video generators, long and technical; written later."""
    return [("", line) for line in (HERE / "usual.txt").read_text("utf-8").splitlines() if line.strip()]
