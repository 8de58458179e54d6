"""Words of strangers made harmless: manifests, XMP and tags are free text that anyone can write."""

from __future__ import annotations

import unicodedata
from typing import Any

MAX_CHARACTERS = 300
MAX_ITEMS = 200


def plain(value: object, limit: int = MAX_CHARACTERS) -> str:
    """Text without control, bidi-control and unassigned characters, at most `limit` long; "" for anything else.

    Markup is left as it is: whoever shows it escapes it.
    """
    if not isinstance(value, str):
        return ""
    kept = "".join(c for c in value[: limit * 4] if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return kept[:limit]


def listed(value: object) -> list[Any]:
    """A list, cut to `MAX_ITEMS`; empty for anything else."""
    return value[:MAX_ITEMS] if isinstance(value, list) else []


def mapped(value: object) -> dict[str, Any]:
    """A mapping; empty for anything else."""
    return value if isinstance(value, dict) else {}
