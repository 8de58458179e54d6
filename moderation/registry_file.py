"""Accepted proposals as a registry file of the host, in the format that `safety.registry` reads."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from moderation.proposals import Entry, in_force

KINDS: Final = {"person": "person", "character": "character", "mark": "brand"}


def rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """One registry row for each entry in force."""
    return [_row(entry) for entry in entries]


def _row(entry: Entry) -> dict[str, Any]:
    kind = KINDS[entry.kind]
    further = list(dict.fromkeys(entry.names[1:]))
    return {
        "id": f"{kind}:host-{re.sub(r'[^a-z0-9-]', '-', entry.entry_id.lower())}",
        "kind": kind,
        "name": entry.names[0],
        "names": {"en": further} if further else {},
        "source": "accepted proposal",
    }


def write(session: Session, path: Path) -> int:
    """Write the entries in force to `path`, all or nothing; returns the version of the registry."""
    version, entries = in_force(session)
    draft = path.with_suffix(".part")
    draft.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(entries)), "utf-8")
    os.replace(draft, path)
    return version
