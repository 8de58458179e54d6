"""Lengths of time in words."""

from __future__ import annotations

from ui.visit import Visit


def span(seconds: float | None, visit: Visit) -> str:
    """A length of time, rounded as an estimate deserves."""
    whole = round(seconds or 0)
    if whole < 60:
        return visit.say("ui.span.seconds", count=max(1, whole))
    return visit.say("ui.span.minutes", count=round(whole / 60))
