"""Who signs: a development authority made on the spot, PEM files, or a callback to a key store.

A private key is read only inside `open`, for one signature, and never kept.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from errors import Unavailable
from watermark.config import SigningConfig

EMAIL_PROTECTION: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.4")
C2PA_SIGNING: Final = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
_CA_DAYS, _LEAF_DAYS, _RENEW_DAYS = 3650, 90, 14  # level 2 of the C2PA certificate policy: 90 days at most


@dataclass(frozen=True, slots=True)
class Credential:
    """The public side of a signer.

    Attributes:
        chain_pem: leaf first; the root may be missing.
        anchor_pem: our own root, for Verify to know us by; empty when a public authority issued the leaf.
        development: made by this installation, on no public list.
    """

    chain_pem: str
    anchor_pem: str
    development: bool

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.chain_pem.encode())

    @property
    def serial(self) -> str:
        """Serial number of the leaf, lower-case hex."""
        return f"{self.leaf.serial_number:x}"

    @property
    def expires_at(self) -> dt.datetime:
        return self.leaf.not_valid_after_utc

    def days_left(self, now: dt.datetime) -> float:
        """For `/healthz` and the desk; negative once expired."""
        return (self.expires_at - now).total_seconds() / 86_400


class SignerSource(Protocol):
    """A place where signatures come from."""

    credential: Credential
    config: SigningConfig

    def open(self, tsa_url: str | None) -> Any:
        """A context manager that gives a `c2pa.Signer` for one signature, dated by `tsa_url`."""


SIGNERS: Final[dict[str, str]] = {
    "development": "watermark.signing:DevelopmentSigner",
    "pem": "watermark.signing:PemSigner",
    "callback": "watermark.signing:CallbackSigner",
}


def build(config: SigningConfig) -> SignerSource:
    """The signer that the settings name.

    Raises:
        Unavailable: unknown name, missing file, or an expired certificate.
    """
    if config.source not in SIGNERS:
        raise Unavailable("error.signing.unknown", part=config.source, remedy=", ".join(SIGNERS))
    module, _, name = SIGNERS[config.source].partition(":")
    source = cast(SignerSource, getattr(import_module(module), name)(config))
    if source.credential.days_left(dt.datetime.now(dt.UTC)) <= 0:
        raise Unavailable("error.signing.expired", part=config.source, remedy=str(source.credential.expires_at.date()))
    return source


class PemSigner:
    """Signs with a PEM key and chain (ES256).

    Raises:
        Unavailable: a file is missing or no PEM.
    """

    def __init__(self, config: SigningConfig) -> None:
        self.config = config
        self._key = _require(config.key, "key")
        chain = _read(_require(config.certificates, "certificates"))
        self.credential = _credential(chain)

    def open(self, tsa_url: str | None) -> Any:
        return _pem_signer(self.credential.chain_pem, self._key, tsa_url)


class CallbackSigner:
    """Signs by calling ``module:function(data: bytes) -> bytes``, behind which a KMS or HSM holds the key."""

    def __init__(self, config: SigningConfig) -> None:
        self.config = config
        self.credential = _credential(_read(_require(config.certificates, "certificates")))
        module, _, name = config.callback.partition(":")
        try:
            self._sign = cast(Callable[[bytes], bytes], getattr(import_module(module), name))
        except (ImportError, AttributeError, ValueError) as error:
            raise Unavailable("error.signing.callback", part="callback", remedy=config.callback) from error

    @contextmanager
    def open(self, tsa_url: str | None) -> Iterator[Any]:
        import c2pa

        with c2pa.Signer.from_callback(
            self._sign, c2pa.C2paSigningAlg.ES256, self.credential.chain_pem, tsa_url
        ) as signer:
            yield signer


class DevelopmentSigner:
    """An authority and a leaf of our own, made in a folder on first start; on no public trust list.

    The leaf is renewed two weeks before it ends. Signatures without a time-stamp end with their leaf.
    """

    def __init__(self, config: SigningConfig) -> None:
        self.config = config
        folder = config.folder
        self._key = folder / "leaf.key"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "ca.pem").exists():
            _make_authority(folder)
        if _needs_renewal(folder / "leaf.pem"):
            _make_leaf(folder)
        root = _read(folder / "ca.pem")
        self.credential = Credential(_read(folder / "leaf.pem") + root, root, development=True)

    def open(self, tsa_url: str | None) -> Any:
        return _pem_signer(self.credential.chain_pem, self._key, tsa_url)


@contextmanager
def _pem_signer(chain: str, key: Path, tsa_url: str | None) -> Iterator[Any]:
    import c2pa

    info = c2pa.C2paSignerInfo("es256", chain.encode(), _read(key).encode(), tsa_url)
    with c2pa.Signer.from_info(info) as signer:
        yield signer


def _credential(chain: str) -> Credential:
    try:
        certificates = x509.load_pem_x509_certificates(chain.encode())
    except ValueError as error:
        raise Unavailable("error.signing.pem", part="certificates", remedy="PEM") from error
    root = certificates[-1]
    own = root.issuer == root.subject and len(certificates) > 1
    anchor = root.public_bytes(serialization.Encoding.PEM).decode() if own else ""
    return Credential(chain, anchor, development=False)


def _require(path: Path | None, part: str) -> Path:
    if path is None or not path.is_file():
        raise Unavailable("error.signing.missing", part=part, remedy=part)
    return path


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise Unavailable("error.signing.pem", part=path.name, remedy="PEM") from error


def _needs_renewal(path: Path) -> bool:
    if not path.exists():
        return True
    leaf = x509.load_pem_x509_certificate(path.read_bytes())
    return leaf.not_valid_after_utc - dt.datetime.now(dt.UTC) < dt.timedelta(days=_RENEW_DAYS)


def _make_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Colophon development authority (on no trust list)")
    _write_key(folder / "ca.key", key)
    certificate = _certificate(name, name, key.public_key(), key.public_key(), key, _CA_DAYS, authority=True)
    _write(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _make_leaf(folder: Path) -> None:
    root = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    root_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(root_key, ec.EllipticCurvePrivateKey):
        raise Unavailable("error.signing.pem", part="ca.key", remedy="EC P-256")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(
        _name("Colophon development signer"), root.subject, key.public_key(), root_key.public_key(), root_key,
        _LEAF_DAYS, authority=False,
    )  # fmt: skip
    _write_key(folder / "leaf.key", key)
    _write(folder / "leaf.pem", certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer_public: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    days: int,
    *,
    authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([EMAIL_PROTECTION, C2PA_SIGNING]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Colophon development"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(path, pem, 0o600)


def _write(path: Path, data: bytes, mode: int) -> None:
    fresh = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
    fresh.replace(path)
