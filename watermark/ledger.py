"""The memory that outlives metadata: what was released, findable by mark, by manifest and by likeness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from watermark.fingerprint import MATCH_SHARE, Fingerprint, similarity
from watermark.invisible import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """One released file. No prompt, no user.

    Attributes:
        release_id: our name for it.
        manifest_label: ``urn:c2pa:...``.
        manifest: the manifest store, as signed.
        payload: 16 hex digits.
        sha256: hex digest of the released bytes.
        created_at: aware.
        engine: name of the engine.
    """

    release_id: str
    manifest_label: str
    manifest: bytes
    payload: str
    sha256: str
    fingerprint: Fingerprint
    created_at: dt.datetime
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that looks or sounds alike; `score` in [0, 1]."""

    entry: Entry
    score: float


class Ledger(Protocol):
    """Look-ups over everything that was released."""

    def by_payload(self, payload: str) -> Entry | None:
        """The release whose mark carries these 16 hex digits."""

    def words(self) -> Words:
        """uint64 [n]: every word that was issued; what is not released yet may be among them."""

    def by_manifest(self, label: str) -> Entry | None:
        """The release with this manifest label."""

    def by_fingerprint(self, fingerprint: Fingerprint, limit: int) -> Sequence[Match]:
        """Releases that look or sound alike, best first, none below `MATCH_SHARE`."""


@dataclass(frozen=True, slots=True)
class MemoryLedger:
    """A ledger in memory, for tests and for the command line without a data base."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    def by_payload(self, payload: str) -> Entry | None:
        return next((e for e in self.entries if e.payload == payload), None)

    def words(self) -> Words:
        return np.array([int(entry.payload, 16) for entry in self.entries], np.uint64)

    def by_manifest(self, label: str) -> Entry | None:
        return next((e for e in self.entries if e.manifest_label == label), None)

    def by_fingerprint(self, fingerprint: Fingerprint, limit: int) -> Sequence[Match]:
        return ranked(fingerprint, self.entries, limit)


def ranked(fingerprint: Fingerprint, candidates: Sequence[Entry], limit: int) -> list[Match]:
    """Candidates by likeness, best first; those below `MATCH_SHARE` are left out."""
    matches = [Match(entry, similarity(fingerprint, entry.fingerprint)) for entry in candidates]
    kept = sorted((m for m in matches if m.score >= MATCH_SHARE), key=lambda m: -m.score)
    return kept[:limit]
