"""Addresses of strangers lead outward only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from errors import InputError
from watermark import fetch as module
from watermark.fetch import fetch, is_public

INWARD = [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INWARD)
def test_inward_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_outward_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://a.example/", "gopher://a/", "http://user:word@a.example/", "http://a.example:22/", "",
     "x", "http:///x", "http://a.example:99999/", "http://a.example/\r\nHost: b", "javascript:1", "http://[::1"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fetch"):
        fetch(url, tmp_path / "x", 100)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "127.1"])
def test_spellings_of_loopback_are_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fetch"):
        fetch(f"http://{host}/", tmp_path / "x", 100)
    assert not (tmp_path / "x").exists()


def test_one_inward_address_among_outward_ones_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(InputError, match="address"):
        fetch("http://a.example/", tmp_path / "x", 100)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/inward":
                self.send_response(302)
                self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
                self.end_headers()
                return
            if self.path == "/loop":
                self.send_response(302)
                self.send_header("Location", "/loop")
                self.end_headers()
                return
            self.send_response(200 if self.path != "/gone" else 410)
            self.end_headers()
            self.wfile.write(b"x" * 1000)

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.fixture
def open_port(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    port = urlsplit(server).port
    assert port is not None
    monkeypatch.setattr(module, "_PORTS", {"http": port, "https": 443})
    return server


def only_loopback(address: str) -> bool:
    return address == "127.0.0.1"


def test_a_file_is_fetched(open_port: str, tmp_path: Path) -> None:
    fetch(f"{open_port}/a", tmp_path / "x", 1000, public=only_loopback)
    assert (tmp_path / "x").stat().st_size == 1000


@pytest.mark.parametrize(
    ("path", "limit", "key"),
    [("a", 999, "too_large"), ("gone", 1000, "failed"), ("inward", 1000, "address"), ("loop", 9, "failed")],
)  # fmt: skip
def test_limits_redirects_and_failures(open_port: str, tmp_path: Path, path: str, limit: int, key: str) -> None:
    with pytest.raises(InputError, match=key):
        fetch(f"{open_port}/{path}", tmp_path / "x", limit, public=only_loopback)
