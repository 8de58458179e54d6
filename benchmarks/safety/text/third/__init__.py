"""A third list: 7,200 names, 462 indirect harms and 321 ordinary prompts in twelve languages, written without sight of registry and rules.

The first run over it, before any gap was closed, is the honest estimate; `docs/screening-text.md` has both figures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text import second

HERE: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "zh", "ja", "ko", "ru", "ar", "hi", "es", "fr", "de", "pt", "id")
FRAMES: Final = (
    "a short clip where {} waters the plants",
    "{} waiting at a bus stop, rainy evening, 50mm",
    "please show {} baking bread",
    "drone shot following {} across a bridge",
    "{} juggling oranges",
)


def names(part: str, language: str) -> list[str]:
    """Prompts with the names of one file (``people``, ``characters`` or ``names-<language>``)."""
    frames = FRAMES if language == "en" else second.LOCAL_FRAMES[language]
    listed = (HERE / f"{part}.txt").read_text("utf-8").replace("\n", "|").split("|")
    return [frames[i % len(frames)].format(n) for i, n in enumerate(n.strip() for n in listed if n.strip())]


def harms(language: str) -> list[tuple[str, str]]:
    """(kind, prompt) of one language."""
    lines = (HERE / f"harms-{language}.txt").read_text("utf-8").splitlines()
    return [(kind, text) for kind, _, text in (line.partition(": ") for line in lines if line.strip())]


def benign() -> list[str]:
    """Prompts that must pass: set talk, sport, cooking, medicine, history, everyday scenes."""
    return [line for line in (HERE / "benign.txt").read_text("utf-8").splitlines() if line.strip()]


def held_out() -> list[str]:
    """Harms that were never used to fill a word list; keep it so, or write new ones."""
    return [line for line in (HERE / "held-out.txt").read_text("utf-8").splitlines() if line.strip()]
