"""Everything of this package, put together from its settings."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import Unavailable
from watermark import selfproof, signing
from watermark.caged import CagedExaminer
from watermark.config import InspectConfig, SigningConfig, StampConfig
from watermark.inspect import Inspector
from watermark.invisible import KeyRing
from watermark.ledger import Ledger
from watermark.neural import load
from watermark.signing import SignerSource
from watermark.stamp import Stamper
from watermark.trust import TrustStore

_SECRET_FILE = "mark.key"
_SERIALS_FILE = "leaves.txt"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Tools:
    """A stamper and inspectors that share keys and anchors.

    Attributes:
        inspector: opens files in this process: for what we wrote ourselves. It knows our own mark alone, so that no
            other mark can stand in for it at the release door.
        verifier: opens files in the cage: for everybody else's.
    """

    stamper: Stamper
    inspector: Inspector
    verifier: Inspector
    cage: CagedExaminer
    signer: SignerSource
    trust: TrustStore
    keyring: KeyRing

    def close(self) -> None:
        """Stop the processes of the cage."""
        self.cage.close()


def assemble(
    stamp: StampConfig,
    signing_config: SigningConfig,
    keyring: KeyRing,
    trust_folder: Path | None = None,
    ledger: Ledger | None = None,
    neural: Mapping[str, Path] | None = None,
) -> Tools:
    """Open the signer, load the trust lists and neural marks, prove all, and build the tools.

    Args:
        neural: name in `watermark.neural.MARKS` -> TorchScript file.

    Raises:
        Unavailable: a key, certificate, list or mark is missing, or a self-proof failed.
    """
    marks = load(neural or {})
    signer = signing.build(signing_config)
    serials = _own_serials(signing_config.folder, signer)
    trust = TrustStore.from_folder(trust_folder, signer.credential.anchor_pem, serials)
    selfproof.prove(stamp, signer, trust)
    config = InspectConfig(namespace=stamp.namespace)
    cage = CagedExaminer(config, keyring, trust, neural=neural)
    inspector, verifier = (Inspector(config, keyring, trust, ledger, examiner) for examiner in (None, cage))
    return Tools(Stamper(stamp, signer, keyring, trust, cage, marks), inspector, verifier, cage, signer, trust, keyring)


def keyring_of(folder: Path, secret: str = "", *previous: str) -> KeyRing:
    """The key ring of the invisible mark; without a secret, the one in the folder, made on first start.

    Raises:
        Unavailable: the secret is too short.
    """
    current = secret.encode() or _stored_secret(folder)
    try:
        return KeyRing(current, tuple(part.encode() for part in previous))
    except ValueError as error:
        raise Unavailable("error.mark.secret", part="mark.secret", remedy=str(error)) from error


def _stored_secret(folder: Path) -> bytes:
    path = folder / _SECRET_FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
    return path.read_bytes()


def _own_serials(folder: Path, signer: SignerSource) -> frozenset[str]:
    """Serial numbers of every leaf that ever signed here, so that renewed certificates stay ours."""
    if signer.credential.anchor_pem:
        return frozenset()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _SERIALS_FILE
    known = set(path.read_text("ascii").split()) if path.exists() else set()
    if signer.credential.serial not in known:
        known.add(signer.credential.serial)
        path.write_text("\n".join(sorted(known)) + "\n", "ascii")
    return frozenset(known)
