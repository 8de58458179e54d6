"""Fetch a file from an address that a stranger gave: public hosts only, pinned, bounded, never redirected inward.

The name is resolved once, every address must be public, and the connection goes to exactly the address that was
checked, so that a second answer of the name server changes nothing (DNS rebinding).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from errors import InputError

_PORTS: Final = {"http": 80, "https": 443}
_REDIRECTS: Final = 3
_PIECE_BYTES: Final = 1 << 18
_CONNECT_S: Final = 10.0


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet; mapped and tunnelled ones are judged by what they hide."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if ip in ipaddress.ip_network("64:ff9b::/96"):  # NAT64 hides an IPv4 address
            return False
    return ip.is_global and not ip.is_multicast


def fetch(
    url: str, target: Path, limit_bytes: int, limit_s: float = 30.0, public: Callable[[str], bool] = is_public
) -> None:
    """Write what stands at `url` to `target`.

    Args:
        limit_bytes: more is refused while it arrives, whatever the server announced.
        limit_s: for everything together, redirects included.
        public: the judge of addresses; tests replace it.

    Raises:
        InputError: ``error.fetch.url`` for what is no plain web address, ``error.fetch.address`` for a host that is not
            public, ``error.fetch.failed`` when the server does not give the file, ``error.verify.too_large``.
    """
    deadline = time.monotonic() + limit_s
    for _ in range(_REDIRECTS + 1):
        onward = _one(_checked(url), target, limit_bytes, deadline, public)
        if onward is None:
            return
        url = urljoin(url, onward)
    raise InputError("error.fetch.failed")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise InputError("error.fetch.url") from error
    plain = parts.scheme in _PORTS and parts.hostname and not parts.username and not parts.password
    if not plain or len(url) > 2000 or port not in (None, *_PORTS.values()) or any(c in url for c in "\r\n\0"):
        raise InputError("error.fetch.url")
    return parts


def _address(host: str, port: int, public: Callable[[str], bool]) -> str:
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise InputError("error.fetch.failed") from error
    if not found or not all(public(address) for address in found):
        raise InputError("error.fetch.address")
    return sorted(found)[0]


def _one(
    parts: SplitResult, target: Path, limit_bytes: int, deadline: float, public: Callable[[str], bool]
) -> str | None:
    """One request; the address to go on to, or None when the file is there."""
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    connection = http.client.HTTPConnection(host, port, timeout=_CONNECT_S)
    try:
        raw = socket.create_connection((_address(host, port, public), port), timeout=_CONNECT_S)
        secure = parts.scheme == "https"
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if secure else raw
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": "Colophon-Verify", "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        if answer.status in (301, 302, 303, 307, 308):
            return answer.getheader("Location") or ""
        if answer.status != 200:
            raise InputError("error.fetch.failed")
        _save(answer, target, limit_bytes, deadline)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise InputError("error.fetch.failed") from error
    finally:
        connection.close()
    return None


def _save(answer: http.client.HTTPResponse, target: Path, limit_bytes: int, deadline: float) -> None:
    total = 0
    with target.open("wb") as file:
        while piece := answer.read1(_PIECE_BYTES):
            total += len(piece)
            if total > limit_bytes:
                raise InputError("error.verify.too_large", limit_mb=limit_bytes >> 20)
            if time.monotonic() > deadline:
                raise InputError("error.fetch.failed")
            file.write(piece)
