"""Verify: everything that a file's record, labels and marks say, and what our ledger remembers.

States evidence, never a judgement: nothing found does not mean "not AI", and an unknown signer does not mean
"forged". Reading never fails: a file that cannot be read is reported as damaged.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from media.digest import sha256_of
from watermark import aigc
from watermark.chain import Chain, ChainState, read_manifest
from watermark.config import VERSION, InspectConfig
from watermark.examine import Examined, Examiner, Examines
from watermark.fingerprint import agrees
from watermark.invisible import Extraction, KeyRing, Words, recognised
from watermark.ledger import Entry, Ledger, Match, MemoryLedger
from watermark.plain import mapped, plain
from watermark.reading import Reading
from watermark.trust import TrustStore

_MAX_MATCHES: Final = 5
DETECTORS: Final = {"c2pa-python": "0.38.1", "colophon.mark": "1", "colophon.label": "1", "iscc": "0", "tool": VERSION}


@dataclass(frozen=True, slots=True)
class StampReport:
    """What is known about one file.

    Attributes:
        file: name as given; never an absolute path.
        kind: ``image``, ``video``, ``audio``; empty when unreadable.
        state: ``ours_intact``, ``trusted_other``, ``intact_unknown_signer``, ``altered``, ``expired``, ``damaged``,
            ``remote`` or ``none``: what the file's own record says.
        finding: the sentence for people, a key under ``verify.finding.``: the state, or what our marks add to it:
            ``recovered``, ``marked``, ``trace``, ``possible_match``, ``conflict``, ``transplant``.
        chain: the C2PA record, or None.
        aigc, aigc_count: the AIGC record and how many there are; more than one is against GB 45438-2025.
        iptc: digital source type, AI system and version.
        reading: mark, label and fingerprint; None when the content was not decoded.
        entry: the release that the mark or the manifest names.
        recovered: the original record of that release, when the file does not carry it.
        matches: releases that look or sound alike; only when nothing better answers.
        content_agrees: the content is what the ledger remembers; None when not comparable.
        unread: message key why pictures and sound were not read, or not by every reader.
        error: the first of these, when no record answers either: the file could not be read at all.
    """

    file: str
    sha256: str = ""
    kind: str = ""
    state: str = "damaged"
    finding: str = "damaged"
    chain: Chain | None = None
    aigc: aigc.AigcRecord | None = None
    aigc_count: int = 0
    iptc: dict[str, str] = field(default_factory=dict)
    reading: Reading | None = None
    entry: Entry | None = None
    recovered: Chain | None = None
    matches: tuple[Match, ...] = ()
    content_agrees: bool | None = None
    trust_lists: tuple[str, ...] = ()
    unread: str = ""
    error: str = ""
    ms: float = 0.0

    def as_dict(self, *, public: bool = False) -> dict[str, Any]:
        """The contract of `python -m watermark verify --json`.

        Args:
            public: leave out raw confidences, against use as an oracle for removing the mark.
        """
        reading = self.reading or Reading()
        marks = {name: _mark(getattr(reading, name), public) for name in ("video", "audio", "image")}
        report: dict[str, Any] = {
            "file": self.file, "sha256": self.sha256, "kind": self.kind, "state": self.state, "finding": self.finding,
            "c2pa": None if self.chain is None else self.chain.as_dict(),
            "aigc": None if self.aigc is None else self.aigc.as_dict(),
            "aigc_count": self.aigc_count, "iptc": self.iptc or None, "watermark": marks,
            "record": _record(self.entry), "recovered": None if self.recovered is None else self.recovered.as_dict(),
            "content_agrees": self.content_agrees,
            "matches": [
                {"release_id": m.entry.release_id, "manifest_label": m.entry.manifest_label, "score": _score(m, public)}
                for m in self.matches
            ],
            "label": None if reading.label is None else {"visible": reading.label},
            "trust_lists": list(self.trust_lists), "detectors": DETECTORS,
            "neural": [{"alg": r.alg, "track": r.track, "state": r.state} for r in reading.readers],
            "unread": self.unread or None, "ms": round(self.ms, 1),
        }  # fmt: skip
        if self.error:
            report["error"] = self.error
        return report


class Inspector:
    """Reads any file. Safe to share between threads.

    Args:
        config: how far to look.
        keyring: of the invisible mark; all its keys are tried.
        trust: whom we know.
        ledger: what was released; empty by default.
        examiner: who opens the file; by default this process does, without neural readers.
    """

    def __init__(
        self, config: InspectConfig, keyring: KeyRing, trust: TrustStore, ledger: Ledger | None = None,
        examiner: Examines | None = None,
    ) -> None:  # fmt: skip
        self._config = config
        self._trust = trust
        self._ledger = ledger or MemoryLedger()
        self._examiner = examiner or Examiner(config, keyring, trust)

    def inspect(self, path: Path | str, name: str | None = None) -> StampReport:
        """Report on a file. Never raises for what the file holds.

        Args:
            name: file name to report, when `path` is a temporary one.
        """
        started, path = time.perf_counter(), Path(path)
        file = plain(name or path.name)
        try:
            report = self._report(file, path, self._examiner.examine(path))
        except OSError:
            report = StampReport(file, error="error.media.missing")
        return replace(report, ms=(time.perf_counter() - started) * 1000)

    def _report(self, file: str, path: Path, seen: Examined) -> StampReport:
        if not seen.kind:
            return StampReport(file, error=seen.unread or "error.verify.unreadable")
        reading, alike = self._recognised(seen.reading)
        entry = self._entry(reading, seen.chain)
        matches: Sequence[Match] = ()
        if entry is None and reading is not None and seen.state not in ("ours_intact", "trusted_other"):
            matches = self._alike(reading) if alike is None else alike
        report = StampReport(
            file=file, sha256=sha256_of(path), kind=seen.kind, state=seen.state, chain=seen.chain, aigc=seen.aigc,
            aigc_count=seen.aigc_count, iptc=seen.iptc, reading=reading, entry=entry,
            recovered=self._recovered(entry, seen.chain), matches=tuple(matches),
            unread=seen.unread or _unsure(reading),
            error=seen.unread if seen.state in ("none", "damaged") else "",
            content_agrees=None if entry is None or reading is None
            else agrees(reading.fingerprint, entry.fingerprint),
            trust_lists=tuple(sorted(self._trust.signers)),
        )  # fmt: skip
        return replace(report, finding=_finding(report, self._config.namespace))

    def _recognised(self, reading: Reading | None) -> tuple[Reading | None, Sequence[Match] | None]:
        """Marks that are too faint to be read, compared with the words of what looks alike, then with all words.

        Also what looks alike; None when nobody had to ask.
        """
        if reading is None or not _faint(reading):
            return reading, None
        alike = self._alike(reading)
        reading = _compared(reading, np.array([int(match.entry.payload, 16) for match in alike], np.uint64))
        return (_compared(reading, self._ledger.words()) if _faint(reading) else reading), alike

    def _alike(self, reading: Reading) -> Sequence[Match]:
        return self._ledger.by_fingerprint(reading.fingerprint, _MAX_MATCHES)

    def _entry(self, reading: Reading | None, chain: Chain | None) -> Entry | None:
        for mark in reading.found if reading is not None else ():
            if mark.payload is not None and (entry := self._ledger.by_payload(mark.payload.hex)) is not None:
                return entry
        return self._ledger.by_manifest(chain.label) if chain is not None and chain.label else None

    def _recovered(self, entry: Entry | None, chain: Chain | None) -> Chain | None:
        if entry is None or (chain is not None and chain.label == entry.manifest_label):
            return None
        return read_manifest(entry.manifest, self._trust)


def _faint(reading: Reading) -> bool:
    return any(mark is not None and mark.looks for mark in (reading.video, reading.audio, reading.image))


def _compared(reading: Reading, words: Words) -> Reading:
    marks = (reading.video, reading.audio, reading.image)
    video, audio, image = (None if mark is None else recognised(mark, words) for mark in marks)
    return replace(reading, video=video, audio=audio, image=image)


def _finding(report: StampReport, namespace: str) -> str:
    """Which sentence leads the report; a disagreement between record and mark comes before everything."""
    marks = report.reading.found if report.reading is not None else ()
    payloads = {m.payload.hex for m in marks if m.payload is not None}
    if len(payloads) > 1 or (payloads and report.chain is not None and _disagrees(report, payloads, namespace)):
        return "conflict"
    if payloads and report.entry is not None and report.content_agrees is False:
        return "transplant"
    if report.state in ("ours_intact", "trusted_other", "intact_unknown_signer"):
        return report.state
    if payloads:
        return "recovered" if report.entry is not None else "marked"
    if report.matches:
        return "possible_match"
    if report.state == "none" and report.reading is not None and _trace(report.reading):
        return "trace"
    return report.state


def _disagrees(report: StampReport, payloads: set[str], namespace: str) -> bool:
    """The manifest that is there is not the one that the mark names (C2PA 2.4, decoupled, 1.1.2)."""
    chain = report.chain
    if chain is None or chain.state in (ChainState.DAMAGED, ChainState.REMOTE):
        return False
    if report.entry is not None:
        return report.entry.manifest_label != chain.label
    stated = mapped(chain.assertions.get(f"{namespace}.watermark")).get("payload")
    return stated not in payloads


def _unsure(reading: Reading | None) -> str:
    return "error.mark.unread" if reading is not None and reading.unsure else ""


def _trace(reading: Reading) -> bool:
    return any(e is not None and e.state == "unreadable" for e in (reading.video, reading.audio, reading.image))


def _mark(mark: Extraction | None, public: bool) -> dict[str, Any] | None:
    if mark is None:
        return None
    row: dict[str, Any] = {
        "found": mark.state == "found", "state": mark.state, "recalled": mark.recalled,
        "payload": None if mark.payload is None else mark.payload.hex,
        "confidence": round(mark.confidence, 6),
        "segments": [[round(a, 3), round(b, 3)] for a, b in mark.segments],
    }  # fmt: skip
    if public:
        del row["confidence"]
    return row


def _record(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "release_id": entry.release_id, "created_at": entry.created_at.isoformat(timespec="seconds"),
        "manifest_label": entry.manifest_label, "engine": entry.engine,
    }  # fmt: skip


def _score(match: Match, public: bool) -> float:
    return round(match.score, 1 if public else 3)
