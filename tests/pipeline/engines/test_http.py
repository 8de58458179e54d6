"""The fetch that the Verify page and the remote engines share."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from errors import InputError
from pipeline.engines.http import FetchLimits, fetch, public
from tests.pipeline.engines import build, fakes

LOCAL = FetchLimits(allow_loopback=True, time_s=5, idle_s=1)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[fakes.Service]:
    with fakes.serve(fakes.Videos(build.write_clip(tmp_path / "clip.mp4", seconds=0.5))) as running:
        yield running


def test_file_arrives_unchanged(service: fakes.Service, tmp_path: Path) -> None:
    path = fetch(f"{service.base}/result.mp4", LOCAL, tmp_path / "out.mp4")
    assert path.read_bytes() == service.clip.read_bytes()


def test_without_a_target_a_temporary_file_is_made(service: fakes.Service) -> None:
    path = fetch(f"{service.base}/result.mp4", LOCAL)
    assert path.read_bytes() == service.clip.read_bytes()
    path.unlink()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a", "https://localhost/a", "https://10.0.0.1/a", "https://192.168.1.1/a",
        "https://169.254.169.254/latest", "https://[::1]/a", "https://[::ffff:127.0.0.1]/a", "https://0.0.0.0/a",
        "https://[fd00::1]/a", "https://[64:ff9b::7f00:1]/a", "https://[2002:7f00:1::]/a", "https://2130706433/a",
        "https://0x7f.1/a", "https://100.64.0.1/a", "https://224.0.0.1/a", "https://user:pw@1.1.1.1/a", "https:///a",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"error\.fetch\.(address|unreachable)"):
        fetch(url, FetchLimits(time_s=2), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("url", ["http://1.1.1.1/a", "file:///etc/passwd", "ftp://1.1.1.1/a", "gopher://1.1.1.1/", "x"])
def test_only_https_is_opened(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"error\.fetch\.scheme"):
        fetch(url, FetchLimits(time_s=2), tmp_path / "out")


def test_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def both(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("93.184.216.34", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(InputError, match=r"error\.fetch\.address"):
        fetch("https://example.org/a", FetchLimits(time_s=2), tmp_path / "out")


def test_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, service: fakes.Service, tmp_path: Path
) -> None:
    """A name that answers differently at the second look-up cannot lead elsewhere."""
    looks: list[str] = []
    real = socket.getaddrinfo

    def once(host: str, port: int, *rest: Any, **named: Any) -> Any:
        if host != "rebind.test":
            return real(host, port, *rest, **named)
        looks.append(host)
        return [(socket.AF_INET, 1, 6, "", ("127.0.0.1" if len(looks) == 1 else "10.0.0.7", port))]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    port = service.base.rsplit(":", 1)[1]
    fetch(f"http://rebind.test:{port}/result.mp4", LOCAL, tmp_path / "out.mp4")
    assert looks == ["rebind.test"]
    assert service.result_headers[0]["Host"] == f"rebind.test:{port}"


def test_redirect_to_a_private_address_is_refused(service: fakes.Service, tmp_path: Path) -> None:
    service.result = "redirect"
    with pytest.raises(InputError, match=r"error\.fetch\.address"):
        fetch(f"{service.base}/result.mp4", LOCAL, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    ("result", "key"), [("truncated", "cut_off"), ("html", "kind"), ("huge", "large"), ("hang", "slow")]
)
def test_bad_answers_leave_nothing_behind(result: str, key: str, service: fakes.Service, tmp_path: Path) -> None:
    service.result = result
    with pytest.raises(InputError, match=rf"error\.fetch\.{key}"):
        fetch(f"{service.base}/result.mp4", LOCAL, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_size_is_bounded_even_when_the_server_does_not_declare_it(service: fakes.Service, tmp_path: Path) -> None:
    tight = FetchLimits(bytes=1000, allow_loopback=True)
    with pytest.raises(InputError, match=r"error\.fetch\.large"):
        fetch(f"{service.base}/result.mp4", tight, tmp_path / "out.mp4")


def test_kind_is_judged_by_the_bytes(service: fakes.Service, tmp_path: Path) -> None:
    pictures = FetchLimits(kinds=("image",), allow_loopback=True)
    with pytest.raises(InputError, match=r"error\.fetch\.kind"):
        fetch(f"{service.base}/result.mp4", pictures, tmp_path / "out.mp4")


def test_operators_own_server_may_be_private(service: fakes.Service, tmp_path: Path) -> None:
    own = FetchLimits(trusted=frozenset([service.base]))
    assert fetch(f"{service.base}/result.mp4", own, tmp_path / "out.mp4").exists()


def test_trust_in_one_port_is_not_trust_in_another(service: fakes.Service, tmp_path: Path) -> None:
    own = FetchLimits(trusted=frozenset(["http://127.0.0.1:9"]))
    with pytest.raises(InputError, match=r"error\.fetch\.scheme"):
        fetch(f"{service.base}/result.mp4", own, tmp_path / "out.mp4")


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert public(ipaddress.ip_address(address))
