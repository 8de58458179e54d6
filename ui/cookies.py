"""How the page sets a cookie."""

from __future__ import annotations

from ui import visitor
from ui.config import UiConfig


def cookie(
    name: str, value: str, config: UiConfig, *, script_may_read: bool = False, lifetime_s: int = visitor.LIFETIME_S
) -> str:
    """A ``Set-Cookie`` header. In a frame of another site it is partitioned, else it is sent on our own site only."""
    parts = [f"{name}={value}", "Path=/", f"Max-Age={lifetime_s}"]
    if not script_may_read:
        parts.append("HttpOnly")
    if config.framed:
        parts += ["SameSite=None", "Secure", "Partitioned"]
    else:
        parts += ["SameSite=Lax", *(["Secure"] if config.secure_cookie else [])]
    return "; ".join(parts)
