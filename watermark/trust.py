"""Whom Verify knows: our own root, the lists in the trust folder, and nobody else.

An anchor of any kind makes c2pa trust a signer, even one meant for time-stamps only, so each anchor entry
has its own address and `TrustStore.role_of` reads the answer back from `trustListUri`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import urllib.request
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from errors import InputError, Unavailable
from watermark.config import NAME, VERSION

Role = Literal["ours", "listed", "unknown"]
OWN_URI: Final = "urn:colophon:trust:own"
_LIST_URI: Final = "urn:colophon:trust:list:"
_TSA_URI: Final = "urn:colophon:trust:tsa:"
EKU: Final = (
    "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9",
    "1.3.6.1.4.1.311.76.59.1.9", "1.3.6.1.4.1.62558.2.1",
)  # fmt: skip
LISTS: Final = {
    "c2pa_trust_list.pem": "https://raw.githubusercontent.com/c2pa-org/conformance-public/main/trust-list/C2PA-TRUST-LIST.pem",
    "c2pa_tsa_trust_list.pem": "https://raw.githubusercontent.com/c2pa-org/conformance-public/main/trust-list/C2PA-TSA-TRUST-LIST.pem",
}
_RECORD: Final = "lists.json"
_MAX_LIST_BYTES = 8 * 2**20


@dataclass(frozen=True)
class TrustStore:
    """Roots by purpose.

    Attributes:
        own_pem: roots whose leaves are ours.
        signers: name of a list and its PEM text.
        tsas: the same for time-stamp authorities.
        own_serials: serial numbers (hex) of our leaves that a public authority issued.
    """

    own_pem: str = ""
    signers: dict[str, str] = field(default_factory=dict)
    tsas: dict[str, str] = field(default_factory=dict)
    own_serials: frozenset[str] = frozenset()

    @classmethod
    def from_folder(
        cls, folder: Path | None, own_pem: str = "", own_serials: frozenset[str] = frozenset()
    ) -> TrustStore:
        """Every `*.pem` of a folder; a name with ``tsa`` in it holds time-stamp authorities.

        Raises:
            Unavailable: a file holds no certificate.
        """
        signers: dict[str, str] = {}
        tsas: dict[str, str] = {}
        for path in sorted(folder.glob("*.pem")) if folder is not None and folder.is_dir() else ():
            (tsas if "tsa" in path.name.lower() else signers)[path.stem] = _checked(path)
        return cls(own_pem, signers, tsas, own_serials)

    def role_of(self, trust_list_uri: str, serial: str) -> Role:
        """Who a trusted signer is, from the anchor that c2pa found and the leaf's serial number."""
        if trust_list_uri == OWN_URI or serial in self.own_serials:
            return "ours"
        return "listed" if trust_list_uri.startswith(_LIST_URI) else "unknown"

    @property
    def empty(self) -> bool:
        """No list is loaded: every foreign signer is unknown, and Verify says so."""
        return not self.signers

    @cached_property
    def context(self) -> Any:
        """The c2pa context of Verify and of the read-back. Made after a fork, shared between threads."""
        import c2pa

        return c2pa.Context.from_dict(self.settings())

    def settings(self) -> dict[str, Any]:
        """c2pa settings: nothing is fetched, no thumbnails, our assertions are created ones."""
        anchors = [_anchor(pem, "manifest", _LIST_URI + name) for name, pem in self.signers.items()]
        anchors += [_anchor(pem, "tsa", _TSA_URI + name) for name, pem in self.tsas.items()]
        if self.own_pem:
            anchors.append(_anchor(self.own_pem, "manifest", OWN_URI))
        trust: dict[str, Any] = {"trust_config": "\n".join(EKU)}
        if anchors:
            trust["anchors"] = anchors
        return {
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": True},
            "builder": {
                "thumbnail": {"enabled": False},
                "claim_generator_info": {"name": NAME, "version": VERSION},
            },
            "trust": trust,
        }


def _anchor(pem: str, kind: str, uri: str) -> dict[str, str]:
    return {"trust_anchors": pem, "trust_kind": kind, "trust_uri": uri}


def _checked(path: Path) -> str:
    # c2pa accepts a PEM with rubbish inside; a list that silently lost its anchors is worse than none.
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (ValueError, OSError) as error:
        raise Unavailable("error.trust.list", part=path.name, remedy="python -m watermark trust update") from error
    return "".join(c.public_bytes(Encoding.PEM).decode() for c in found)


def update(folder: Path, urls: dict[str, str] = LISTS) -> list[dict[str, str | int]]:
    """Download the official C2PA lists into a folder; each is checked before it replaces the old one.

    Returns:
        One row per list: file, url, sha256, certificates, fetched_at.

    Raises:
        Unavailable: a download failed or was no list; the old files stay.
    """
    fresh = {name: _download(url) for name, url in urls.items()}
    rows: list[dict[str, str | int]] = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in fresh.items():
        try:
            count = len(x509.load_pem_x509_certificates(data))
        except ValueError as error:
            raise Unavailable("error.trust.list", part=name, remedy=urls[name]) from error
        rows.append(
            {"file": name, "url": urls[name], "sha256": hashlib.sha256(data).hexdigest(), "certificates": count,
             "fetched_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
        )  # fmt: skip
    for name, data in fresh.items():
        partial = folder / (name + ".new")
        partial.write_bytes(data)
        partial.replace(folder / name)
    (folder / _RECORD).write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    return rows


def listing(folder: Path) -> list[dict[str, str | int]]:
    """The lists in a folder: file, sha256, certificates, and when it was fetched if `update` did it."""
    try:
        known = {row["file"]: row for row in json.loads((folder / _RECORD).read_text("utf-8"))}
    except (OSError, ValueError):
        known = {}
    return [
        {
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "certificates": _checked(path).count("BEGIN CERTIFICATE"),
            "fetched_at": known.get(path.name, {}).get("fetched_at", ""),
        }
        for path in sorted(folder.glob("*.pem"))
    ]


def _download(url: str) -> bytes:
    if not url.startswith("https://"):
        raise InputError("error.trust.url")
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            data: bytes = answer.read(_MAX_LIST_BYTES + 1)
    except OSError as error:
        raise Unavailable("error.trust.download", part=url, remedy="python -m watermark trust update") from error
    if len(data) > _MAX_LIST_BYTES:
        raise Unavailable("error.trust.list", part=url, remedy="python -m watermark trust update")
    return data
