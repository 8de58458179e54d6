"""What a deployment lacks for a safe public launch. Facts go in, findings come out; nothing is read or changed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from errors import Unavailable

MARK_SECRET_CHARS = 32


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a deployment.

    Attributes:
        signing_source: where the signing key comes from, as in the settings.
        tsa_urls: time-stamp services.
        persistent: data outlives a restart: database, keys and releases.
        missing_detectors: required detectors that cannot work.
        desk_users: reviewers who can sign in.
        secure_cookies: cookies are sent over HTTPS only.
        public_url: address under which visitors reach the page.
        mark_secret_chars: length of the configured secret of the mark; 0 when it is made on first start.
        profile: policy profile.
        caged: decoders of strangers' files can open nothing and reach no network (`media.cage`).
    """

    signing_source: str
    persistent: bool
    desk_users: int
    secure_cookies: bool
    public_url: str
    tsa_urls: Sequence[str] = field(default=())
    missing_detectors: Sequence[str] = field(default=())
    mark_secret_chars: int = 0
    profile: str = "strict"
    caged: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. The text is ``doctor.<id>``, what to do ``doctor.<id>.remedy``.

    Attributes:
        kind: ``blocker`` stops a start in production; ``advice`` does not.
        id: name of the check.
        params: placeholders of its texts.
    """

    kind: Literal["blocker", "advice"]
    id: str
    params: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"doctor.{self.id}"

    @property
    def remedy_key(self) -> str:
        return f"doctor.{self.id}.remedy"


def checks(facts: Facts) -> list[Finding]:
    """All findings, blockers first."""
    return sorted((*_signing(facts), *_service(facts)), key=lambda finding: finding.kind != "blocker")


def require(facts: Facts) -> list[Finding]:
    """Refuse to go on with a blocker; returns the advice that is left.

    Raises:
        Unavailable: ``part`` names every blocker.
    """
    found = checks(facts)
    blockers = [finding.id for finding in found if finding.kind == "blocker"]
    if blockers:
        raise Unavailable("error.doctor.blocked", part=", ".join(blockers))
    return found


def _signing(facts: Facts) -> Iterator[Finding]:
    if facts.signing_source == "development":
        yield Finding("blocker", "development_certificate")
    if not facts.tsa_urls:
        yield Finding("blocker", "no_timestamps")
    if not facts.mark_secret_chars:
        yield Finding("advice", "mark_secret_local")
    elif facts.mark_secret_chars < MARK_SECRET_CHARS:
        yield Finding("blocker", "mark_secret_short", {"limit": str(MARK_SECRET_CHARS)})


def _service(facts: Facts) -> Iterator[Finding]:
    if not facts.persistent:
        yield Finding("blocker", "no_persistent_storage")
    for name in facts.missing_detectors:
        yield Finding("blocker", "detector_missing", {"name": name})
    if not facts.desk_users:
        yield Finding("blocker", "no_desk_user")
    if not facts.secure_cookies:
        yield Finding("blocker", "insecure_cookies")
    if not facts.public_url.startswith("https://"):
        yield Finding("blocker", "no_public_url")
    if not facts.caged:
        yield Finding("blocker", "cage_open")
    if facts.profile != "strict":
        yield Finding("advice", "profile_not_strict", {"name": facts.profile})
