"""Soft-binding resolution: from a mark, a fingerprint or a file back to the manifest (C2PA Soft Binding API 1.0).

Plain functions without a web framework; `watermark.api` puts them behind ``/v1``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from watermark.credentials import ISCC
from watermark.fingerprint import Fingerprint, FrameCode, iscc_code
from watermark.inspect import StampReport
from watermark.ledger import Entry, Ledger, Match

DEFAULT_RESULTS: Final = 10
MAX_RESULTS: Final = 100
MAX_VALUE_CHARACTERS: Final = 2_000  # of a query; longer ones are posted
MAX_POSTED_CHARACTERS: Final = 100_000
_PAYLOAD_BYTES: Final = 8


class BadQuery(ValueError):
    """The request is not one that the API defines; status 400."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Answers over one ledger.

    Args:
        ledger: what was released.
        mark_algorithm: the name of our own mark; it is on no list yet, and says so by its namespace.
    """

    ledger: Ledger
    mark_algorithm: str

    def supported(self) -> dict[str, list[dict[str, str]]]:
        """``GET /services/supportedAlgorithms``."""
        return {"watermarks": [{"alg": self.mark_algorithm}], "fingerprints": [{"alg": ISCC}]}

    def by_binding(self, alg: str, value: str, max_results: int = DEFAULT_RESULTS) -> dict[str, Any]:
        """``/matches/byBinding``.

        Args:
            alg: our mark's name or ``io.iscc.v0``.
            value: base64 of the payload (8 bytes, or its 16 hex digits), or of the text of an ISCC Image-Code.

        Raises:
            BadQuery: unknown algorithm, not base64, or not such a value.
        """
        _check_count(max_results)
        raw = _decoded(value)
        if alg == self.mark_algorithm:
            entry = self.ledger.by_payload(_payload(raw))
            return _matches([] if entry is None else [Match(entry, 1.0)], max_results)
        if alg == ISCC:
            code = iscc_code(raw.decode("ascii", "replace"))
            if code is None:
                raise BadQuery("value is not an ISCC Image-Code")
            query = Fingerprint((FrameCode(0.0, code),))
            return _matches(self.ledger.by_fingerprint(query, max_results), max_results)
        raise BadQuery("alg is not supported")

    def by_content(self, report: StampReport, alg: str | None, max_results: int = DEFAULT_RESULTS) -> dict[str, Any]:
        """``/matches/byContent``, from what was read in the content.

        Raises:
            BadQuery: unknown algorithm.
        """
        _check_count(max_results)
        if alg not in (None, self.mark_algorithm, ISCC):
            raise BadQuery("alg is not supported")
        if report.entry is not None and alg != ISCC:
            return _matches([Match(report.entry, 1.0)], max_results)
        if report.reading is None or alg == self.mark_algorithm:
            return _matches([], max_results)
        return _matches(self.ledger.by_fingerprint(report.reading.fingerprint, max_results), max_results)

    def manifest(self, manifest_id: str) -> Entry | None:
        """``/manifests/{manifestId}``: the release whose active manifest has this label."""
        return self.ledger.by_manifest(manifest_id) if len(manifest_id) <= 300 else None


def _matches(matches: Sequence[Match], max_results: int) -> dict[str, Any]:
    rows = [{"manifestId": m.entry.manifest_label, "similarityScore": round(m.score * 10) * 10} for m in matches]
    return {"matches": rows[:max_results]}


def _check_count(max_results: int) -> None:
    if not 1 <= max_results <= MAX_RESULTS:
        raise BadQuery(f"maxResults lies between 1 and {MAX_RESULTS}")


def _decoded(value: str) -> bytes:
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadQuery("value is not base64") from error
    if not raw:
        raise BadQuery("value is empty")
    return raw


def _payload(raw: bytes) -> str:
    if len(raw) == _PAYLOAD_BYTES:
        return raw.hex()
    text = raw.decode("ascii", "replace").lower()
    if len(text) != 2 * _PAYLOAD_BYTES or any(c not in "0123456789abcdef" for c in text):
        raise BadQuery("value is not a payload of 64 bits")
    return text
