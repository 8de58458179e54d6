"""The report to take away: what Verify found, signed, as JSON.

The signature is a compact JWS (RFC 7515, ES256): anybody can check it with the public
key inside, and whoever trusts the installation's certificate knows whose answer it is. It says hash, detectors and
time, as the EU code of practice asks (measure 2.1.2).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from errors import Unavailable
from watermark.config import NAME, VERSION
from watermark.inspect import StampReport

_KEY_FILE = "report.key"
_NUMBER_BYTES = 32


class ReportSigner:
    """Signs Verify reports with a key of its own, made on first use in a folder; never with the media key."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _KEY_FILE
        folder.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            _make_key(self._path)

    def sign(self, report: StampReport, now: dt.datetime) -> dict[str, Any]:
        """The public report with ``signature``, a compact JWS over the rest.

        Raises:
            Unavailable: the key cannot be read.
        """
        body = {"issuer": NAME, "tool": f"{NAME} {VERSION}", "time": _utc(now), "report": report.as_dict(public=True)}
        key = self._key()
        header = {"alg": "ES256", "typ": "JWS", "jwk": self._public(key)}
        signed = f"{_encoded(header)}.{_encoded(body)}"
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        mark = _base64(r.to_bytes(_NUMBER_BYTES) + s.to_bytes(_NUMBER_BYTES))
        return {**body, "signature": f"{signed}.{mark}"}

    def made(self, document: dict[str, Any]) -> bool:
        """Whether the key of this installation signed the document, and the document is whole.

        Raises:
            Unavailable: the key cannot be read.
        """
        if not holds(document):
            return False
        header = json.loads(_raw(str(document["signature"]).split(".")[0]))
        return bool(header["jwk"] == self._public(self._key()))

    @staticmethod
    def _public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
        point = key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": _number(point.x), "y": _number(point.y)}

    def _key(self) -> ec.EllipticCurvePrivateKey:
        try:
            key = serialization.load_pem_private_key(self._path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise Unavailable("error.signing.pem", part=_KEY_FILE, remedy="PEM") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Unavailable("error.signing.pem", part=_KEY_FILE, remedy="EC P-256")
        return key


def holds(document: dict[str, Any]) -> bool:
    """Whether a signed report is whole: the signature fits, and what it signs is what the document says."""
    try:
        head, body, mark = str(document["signature"]).split(".")
        jwk = json.loads(_raw(head))["jwk"]
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(_raw(jwk["x"])), int.from_bytes(_raw(jwk["y"])), ec.SECP256R1()
        )
        raw = _raw(mark)
        signature = encode_dss_signature(int.from_bytes(raw[:_NUMBER_BYTES]), int.from_bytes(raw[_NUMBER_BYTES:]))
        numbers.public_key().verify(signature, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        stated = {key: value for key, value in document.items() if key != "signature"}
        return bool(json.loads(_raw(body)) == stated)
    except (KeyError, ValueError, TypeError, RecursionError, InvalidSignature):
        return False


def _make_key(path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def _encoded(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(value: int) -> str:
    return _base64(value.to_bytes(_NUMBER_BYTES))


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
