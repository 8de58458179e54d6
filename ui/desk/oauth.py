"""Signing in with an OpenID provider (Hugging Face on a Space): authorization code with PKCE, then an allow-list.

Sources: RFC 6749 section 4.1, RFC 7636, RFC 9700 (state bound to the browser, exact redirect address), OpenID Connect
Core 5.3 and Discovery 4. Who the person is comes from the provider's userinfo endpoint over TLS; no token is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from moderation.accounts import SignInFailed

SCOPE = "openid profile"
_TIMEOUT_S = 10.0
_MOST_BYTES = 64_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Errand:
    """One attempt to sign in, as it stands in a cookie of ten minutes while the person is at the provider."""

    state: str
    verifier: str

    @classmethod
    def begin(cls) -> Errand:
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @classmethod
    def of(cls, cookie: str) -> Errand | None:
        """The attempt in a cookie, or None."""
        state, _, verifier = cookie.partition(".")
        return cls(state, verifier) if len(state) >= 32 and len(verifier) >= 43 else None

    def __str__(self) -> str:
        return f"{self.state}.{self.verifier}"


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider and our registration there.

    Attributes:
        issuer: its address; ``https`` except on loopback.
        public_url: address of this deployment, the beginning of the redirect address; empty: as the request says.
    """

    issuer: str
    client_id: str
    client_secret: str
    public_url: str = ""

    def __post_init__(self) -> None:
        _checked(self.issuer)

    def address(self, errand: Errand, back: str) -> str:
        """Where to send the browser.

        Raises:
            SignInFailed: the provider does not answer.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(errand.verifier.encode()).digest()).rstrip(b"=").decode()
        with self._client() as client:
            place = self._endpoint(client, "authorization_endpoint")
        return f"{place}?" + urlencode({
            "response_type": "code", "client_id": self.client_id, "redirect_uri": back, "scope": SCOPE,
            "state": errand.state, "code_challenge": challenge, "code_challenge_method": "S256",
        })  # fmt: skip

    def login(self, errand: Errand | None, answer: Mapping[str, str], back: str) -> str:
        """The user name that the provider vouches for, after the browser came back; see `person`."""
        name = self.person(errand, answer, back).get("preferred_username")
        if not isinstance(name, str) or not name:
            raise SignInFailed("error.desk.sign_in")
        return name

    def person(self, errand: Errand | None, answer: Mapping[str, str], back: str) -> dict[str, Any]:
        """What the provider says about who signed in.

        Raises:
            SignInFailed: another browser's answer, a used or forged code, a provider that does not answer.
        """
        code, state = answer.get("code", ""), answer.get("state", "")
        if errand is None or not code or not hmac.compare_digest(errand.state.encode(), state.encode()):
            raise SignInFailed("error.desk.sign_in")
        with self._client() as client:
            tokens = _json(client.post(
                self._endpoint(client, "token_endpoint"), auth=(self.client_id, self.client_secret),
                data={"grant_type": "authorization_code", "code": code, "redirect_uri": back,
                      "client_id": self.client_id, "code_verifier": errand.verifier},
            ))  # fmt: skip
            bearer = {"authorization": f"Bearer {tokens.get('access_token', '')}"}
            return _json(client.get(self._endpoint(client, "userinfo_endpoint"), headers=bearer))

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False)

    def _endpoint(self, client: httpx.Client, name: str) -> str:
        found = _json(client.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")).get(name)
        if not isinstance(found, str):
            raise SignInFailed("error.desk.sign_in")
        return _checked(found)


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK or len(answer.content) > _MOST_BYTES:
        raise SignInFailed("error.desk.sign_in")
    found = answer.json()
    if not isinstance(found, dict):
        raise SignInFailed("error.desk.sign_in")
    return found


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise SignInFailed("error.desk.sign_in")
    return address
