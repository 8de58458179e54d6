"""The resolution API as C2PA defines it, Verify by upload, and the signed report."""

from __future__ import annotations

import base64
import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from media.decode import read_picture
from media.encode import write_picture
from watermark.api import RateLimit, router
from watermark.config import StampConfig
from watermark.fingerprint import iscc_text
from watermark.ledger import MemoryLedger
from watermark.report import ReportSigner, holds
from watermark.resolve import Resolver
from watermark.stamp import Stamped
from watermark.tools import Tools
from watermark.turnstile import Busy, Turnstile

MARK = f"{StampConfig().namespace}.mark.1"


@pytest.fixture(scope="module")
def client(tools: Tools, ledger: MemoryLedger, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    app = FastAPI()
    signer = ReportSigner(tmp_path_factory.mktemp("report"))
    routes = router(tools.inspector, Resolver(ledger, MARK), signer, upload_bytes=4 << 20, per_minute=1000)
    app.include_router(routes, prefix="/v1")
    return TestClient(app)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_payload_leads_to_the_manifest(client: TestClient, stamped: Callable[[str], Stamped]) -> None:
    made = stamped("png")
    for value in (bytes.fromhex(made.payload), made.payload.encode()):
        query = {"alg": MARK, "value": b64(value)}
        for answer in (
            client.get("/v1/matches/byBinding", params=query),
            client.post("/v1/matches/byBinding", json=query),
        ):
            assert answer.status_code == 200
            assert answer.json()["matches"][0]["manifestId"] == made.manifest_label
    answer = client.get(f"/v1/manifests/{made.manifest_label}")
    assert answer.headers["content-type"] == "application/c2pa"
    assert answer.content == made.manifest


def test_iscc_leads_to_the_manifest(client: TestClient, stamped: Callable[[str], Stamped]) -> None:
    made = stamped("png")
    code = iscc_text(int(made.fingerprint["frames"][0][1], 16))
    answer = client.get("/v1/matches/byBinding", params={"alg": "io.iscc.v0", "value": b64(code.encode())})
    assert made.manifest_label in [m["manifestId"] for m in answer.json()["matches"]]
    assert all(0 <= m["similarityScore"] <= 100 for m in answer.json()["matches"])


def test_content_leads_to_the_manifest(client: TestClient, stamped: Callable[[str], Stamped], tmp_path: Path) -> None:
    made = stamped("png")
    copy = tmp_path / "copy.jpg"
    write_picture(copy, read_picture(made.path), quality=85)
    for alg in (None, "io.iscc.v0", MARK):
        params = {} if alg is None else {"alg": alg}
        answer = client.post(
            "/v1/matches/byContent", params=params, content=copy.read_bytes(), headers={"content-type": "image/jpeg"}
        )
        assert made.manifest_label in [m["manifestId"] for m in answer.json()["matches"]], alg


@pytest.mark.parametrize(
    ("method", "path", "kwargs", "status"),
    [
        ("get", "/v1/matches/byBinding", {}, 400),
        ("get", "/v1/matches/byBinding", {"params": {"alg": MARK, "value": "***"}}, 400),
        ("get", "/v1/matches/byBinding", {"params": {"alg": "no.such", "value": "AAAA"}}, 400),
        ("get", "/v1/matches/byBinding", {"params": {"alg": MARK, "value": "AAAA"}}, 400),
        ("get", "/v1/matches/byBinding", {"params": {"alg": MARK, "value": "AAAA", "maxResults": 0}}, 400),
        ("get", "/v1/matches/byBinding", {"params": {"alg": MARK, "value": "AAAA", "maxResults": "x"}}, 400),
        ("get", "/v1/matches/byBinding", {"params": {"alg": MARK, "value": "A" * 4000}}, 414),
        ("post", "/v1/matches/byBinding", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("post", "/v1/matches/byBinding", {"json": {"alg": MARK, "value": "A" * 200_000}}, 413),
        ("post", "/v1/matches/byContent", {"content": b"x", "headers": {"content-type": "text/html"}}, 415),
        ("post", "/v1/matches/byContent", {"content": b"x", "headers": {"content-type": "image/png"}}, 415),
        ("get", "/v1/manifests/urn:c2pa:nobody", {}, 404),
        ("get", "/v1/manifests/..%2f..%2fetc%2fpasswd", {}, 404),
        ("post", "/v1/verify", {"files": {"file": ("big.png", b"\x89PNG" + bytes(5 << 20))}}, 413),
        ("post", "/v1/verify", {}, 400),
        ("post", "/v1/verify/url", {"json": {"url": "http://169.254.169.254/latest"}}, 400),
        ("post", "/v1/verify/url", {"json": {"url": "file:///etc/passwd"}}, 400),
    ],
)
def test_errors(client: TestClient, method: str, path: str, kwargs: dict[str, object], status: int) -> None:
    answer = getattr(client, method)(path, **kwargs)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_supported_algorithms(client: TestClient) -> None:
    assert client.get("/v1/services/supportedAlgorithms").json() == {
        "watermarks": [{"alg": MARK}], "fingerprints": [{"alg": "io.iscc.v0"}],
    }  # fmt: skip


def test_verify_answers_with_a_signed_report_and_keeps_nothing(
    client: TestClient, stamped: Callable[[str], Stamped]
) -> None:
    made = stamped("png")
    answer = client.post("/v1/verify", files={"file": ("Jane's holiday.png", made.path.read_bytes())})
    document = answer.json()
    assert answer.status_code == 200
    assert holds(document)
    assert document["report"]["state"] == "ours_intact"
    assert document["report"]["sha256"] == made.sha256
    assert document["report"]["detectors"]
    assert "confidence" not in answer.text
    assert dt.datetime.fromisoformat(document["time"])
    assert not list(Path(tempfile.gettempdir()).glob("colophon-verify-*"))


def test_a_changed_report_does_not_hold(client: TestClient, stamped: Callable[[str], Stamped]) -> None:
    document = client.post("/v1/verify", files={"file": ("a.png", stamped("png").path.read_bytes())}).json()
    document["report"]["state"] = "none"
    assert not holds(document)
    assert not holds({})
    assert not holds({"signature": "a.b.c"})


def test_a_check_too_many_is_told_to_come_back(tools: Tools, ledger: MemoryLedger, tmp_path: Path) -> None:
    app = FastAPI()
    resolver = Resolver(ledger, "example.mark.1")
    app.include_router(router(tools.verifier, resolver, ReportSigner(tmp_path), at_once=0), prefix="/v1")
    answer = TestClient(app).post("/v1/verify", files={"file": ("a.png", b"\x89PNG\r\n\x1a\n")})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_a_turnstile_lets_in_whom_it_has_room_for(tools: Tools, tmp_path: Path) -> None:
    door = Turnstile(tools.verifier, most=1)
    assert door.inspect(tmp_path / "none").error == "error.media.missing"
    with door.enter(), pytest.raises(Busy):
        door.inspect(tmp_path / "none")
    assert door.inspect(tmp_path / "none").error == "error.media.missing"


def test_rate_limit_fills_again() -> None:
    now = [0.0]
    limit = RateLimit(2, lambda: now[0])
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    assert limit.take("b")
    now[0] = 30.0
    assert limit.take("a")
    assert not limit.take("a")
