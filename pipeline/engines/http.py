"""Fetching a file from an address that somebody else chose, without being turned against our own network.

Rules (OWASP, Server-Side Request Forgery Prevention): https only; no user names in addresses; every address that a
name resolves to must be public, and the connection goes to exactly that address, so that a second look-up cannot give
another one; every redirect is checked again; proxies of the environment are not used; size, time and type are bounded.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

from errors import InputError
from media.sniff import sniff

_MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK_BYTES = 64 * 1024
_EMBEDDED = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64 carries an IPv4 address in its last 32 bits
    ipaddress.ip_network("64:ff9b:1::/48"),
)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one fetch.

    Attributes:
        bytes: largest file.
        time_s: for the whole fetch, redirects included.
        idle_s: longest silence of the server.
        kinds: accepted kinds by content: names of `media.sniff.Container` or media types up to the slash.
        trusted: origins (``https://host:port``) named by the operator, for which a private address and plain http are
            allowed.
        allow_loopback: also allow this machine; for tests against local servers only.
    """

    bytes: int = 200 * 2**20
    time_s: float = 120.0
    idle_s: float = 20.0
    kinds: tuple[str, ...] = ("video", "image", "audio")
    trusted: frozenset[str] = field(default_factory=frozenset)
    allow_loopback: bool = False


def fetch(url: str, limits: FetchLimits, target: Path | None = None, headers: Mapping[str, str] | None = None) -> Path:
    """Fetch a media file.

    Args:
        url: absolute address.
        target: where to write; by default a fresh temporary file that the caller removes.
        headers: sent to the first origin only, never along with a redirect to another one.

    Raises:
        InputError: ``error.fetch.*``: the address is not allowed, or the answer is too large, too slow, cut off,
            not found or not a media file. Nothing is left behind then.
    """
    target = target or _temporary()
    deadline = time.monotonic() + limits.time_s
    try:
        with _answer(url, limits, dict(headers or {}), deadline) as response, target.open("wb") as file:
            _copy(response, file, limits, deadline)
        _check_kind(target, limits)
    except httpx.TimeoutException as error:
        target.unlink(missing_ok=True)
        raise InputError("error.fetch.slow", limit_s=round(limits.time_s)) from error
    except httpx.RemoteProtocolError as error:
        target.unlink(missing_ok=True)
        raise InputError("error.fetch.cut_off") from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        target.unlink(missing_ok=True)
        raise InputError("error.fetch.unreachable") from error
    except InputError:
        target.unlink(missing_ok=True)
        raise
    return target


def _temporary() -> Path:
    handle, name = tempfile.mkstemp(prefix="fetch-")
    os.close(handle)
    return Path(name)


@contextmanager
def _answer(url: str, limits: FetchLimits, headers: dict[str, str], deadline: float) -> Iterator[httpx.Response]:
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=limits.idle_s) as client:
        first = httpx.URL(url)
        here = first
        for _ in range(_MAX_REDIRECTS + 1):
            own = headers if origin(here) == origin(first) else {}
            with client.stream("GET", **_call(here, limits, own, deadline)) as response:
                if response.status_code not in _REDIRECTS:
                    _check_status(response)
                    yield response
                    return
                here = here.join(response.headers.get("location", ""))
        raise InputError("error.fetch.redirects", limit=_MAX_REDIRECTS)


def _call(url: httpx.URL, limits: FetchLimits, headers: dict[str, str], deadline: float) -> dict[str, Any]:
    """Arguments of a request that goes to a checked address and still shows the name to TLS and to the server."""
    if time.monotonic() >= deadline:
        raise InputError("error.fetch.slow", limit_s=round(limits.time_s))
    address = _checked(url, limits)
    literal = f"[{address}]" if ":" in address else address
    return {
        "url": url.copy_with(host=literal),
        "headers": {**headers, "Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
        "extensions": {"sni_hostname": url.host},
    }


def origin(url: httpx.URL | str) -> str:
    """Scheme, host and port of an address."""
    url = httpx.URL(url)
    port = url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
    return f"{url.scheme}://{url.host}:{port}"


def _checked(url: httpx.URL, limits: FetchLimits) -> str:
    """The address to connect to.

    Raises:
        InputError: scheme, user name, name or address is not allowed.
    """
    trusted = origin(url) in {origin(item) for item in limits.trusted}
    plain = trusted or limits.allow_loopback
    if url.scheme != "https" and not (plain and url.scheme == "http"):
        raise InputError("error.fetch.scheme")
    if url.userinfo or not url.host:
        raise InputError("error.fetch.address")
    found = _resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
    allowed = [trusted or public(item) or (limits.allow_loopback and item.is_loopback) for item in found]
    if not found or not all(allowed):
        raise InputError("error.fetch.address")
    return str(found[0])


def _resolve(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError("error.fetch.unreachable") from error
    return [ipaddress.ip_address(str(answer[4][0]).split("%")[0]) for answer in answers]


def public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is of the public internet, looking into IPv6 forms that carry an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if any(address in network for network in _EMBEDDED):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _check_status(response: httpx.Response) -> None:
    if response.status_code != 200:
        raise InputError("error.fetch.status", status=response.status_code)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise InputError("error.fetch.kind")


def _copy(response: httpx.Response, file: IO[bytes], limits: FetchLimits, deadline: float) -> None:
    declared = response.headers.get("content-length", "")
    too_large = InputError("error.fetch.large", limit_mb=limits.bytes // 2**20)
    if declared.isdigit() and int(declared) > limits.bytes:
        raise too_large
    have = 0
    for chunk in response.iter_raw(_CHUNK_BYTES):
        have += len(chunk)
        if have > limits.bytes:
            raise too_large
        if time.monotonic() >= deadline:
            raise InputError("error.fetch.slow", limit_s=round(limits.time_s))
        file.write(chunk)


def _check_kind(path: Path, limits: FetchLimits) -> None:
    """Believe the bytes, not the header."""
    try:
        container = sniff(path)
    except InputError as error:
        raise InputError("error.fetch.kind") from error
    if container.name not in limits.kinds and container.mime.split("/")[0] not in limits.kinds:
        raise InputError("error.fetch.kind")
