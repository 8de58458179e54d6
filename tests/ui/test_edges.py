"""The routes around the page: uploads before they are stored, own data, sign-in, the address of a caller."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.types import Message

from pipeline.fairuse import FAIR_USE
from tests.ui.conftest import SECRET, Site
from tests.ui.scripted import ScriptedStudio, clip
from ui import login, receipt, visitor
from ui.config import UiConfig
from ui.desk.oauth import Provider
from ui.edge import Caller
from ui.pace import Pace
from ui.uploads import Uploads
from ui.visit import address
from watermark.inspect import StampReport
from watermark.report import ReportSigner

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def config(root: Path, **more: object) -> UiConfig:
    (root / "releases").mkdir(exist_ok=True)
    return UiConfig(releases=root / "releases", quarantine=root / "q", secret=SECRET, **more)  # type: ignore[arg-type]


def guarded(settings: UiConfig) -> TestClient:
    """The guard before a route that stores whatever comes through."""
    app = FastAPI()

    @app.post("/gradio_api/upload")
    async def store() -> list[str]:
        return ["stored"]

    app.add_middleware(Uploads, config=settings)
    return TestClient(app)


@pytest.mark.parametrize(
    ("body", "status"),
    [(PNG, 200), (b"#!/bin/sh\nrm -rf", 415), (b"<svg onload=x>", 415), (b"", 415), (b"PK\x03\x04zip", 415)],
)
def test_only_media_comes_to_the_store(tmp_path: Path, body: bytes, status: int) -> None:
    answer = guarded(config(tmp_path)).post("/gradio_api/upload", files={"files": ("a.png", body)})
    assert answer.status_code == status
    if status != 200:
        assert "detail" in answer.json()


def test_what_is_too_large_is_refused_by_its_length(tmp_path: Path) -> None:
    client = guarded(config(tmp_path, max_upload_mb=1))
    answer = client.post("/gradio_api/upload", files={"files": ("a.png", PNG + b"\0" * 2**21)})
    assert (answer.status_code, answer.json()["error"]) == (413, "error.upload.large")


def test_a_full_disk_stores_nothing(tmp_path: Path) -> None:
    from dataclasses import replace

    client = guarded(config(tmp_path, fair_use=replace(FAIR_USE, free_mb=10**9)))
    assert client.post("/gradio_api/upload", files={"files": ("a.png", PNG)}).status_code == 507


def test_a_body_whose_file_header_never_ends_is_not_gathered(tmp_path: Path) -> None:
    """Sent in pieces without a stated length, such a body would otherwise fill the memory before it is refused."""
    asked = 0
    answers: list[Message] = []

    async def endless() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"--b\r\n" + b"x" * 2**15, "more_body": asked < 64}

    async def send(message: Message) -> None:
        answers.append(message)

    path = "/gradio_api/upload"
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
    }
    with ThreadPoolExecutor(1) as pool:  # the browser tests keep a loop of their own in this thread
        pool.submit(lambda: asyncio.run(Uploads(FastAPI(), config(tmp_path))(scope, endless, send))).result()
    assert answers[0]["status"] == 415
    assert asked < 8


def test_a_flood_of_files_is_slowed(tmp_path: Path) -> None:
    client = guarded(config(tmp_path))
    answers = [client.post("/gradio_api/upload", files={"files": ("a.png", PNG)}).status_code for _ in range(125)]
    assert answers[:120] == [200] * 120
    assert set(answers[120:]) == {429}


def test_the_page_takes_a_clip_and_not_a_text(site: Site, tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", 4)
    good = httpx.post(f"{site.url}/gradio_api/upload", files={"files": (tmp_path / "a.mp4").read_bytes()})
    bad = httpx.post(
        f"{site.url}/gradio_api/upload", files={"files": b"not a picture"}, headers={"accept-language": "de"}
    )
    assert (good.status_code, bad.status_code) == (200, 415)


def test_the_address_comes_from_the_named_header_only() -> None:
    headers = Headers({"x-forwarded-for": "6.6.6.6", "x-real": "1.1.1.1, 2.2.2.2"})
    assert address(headers, "9.9.9.9", "") == "9.9.9.9"
    assert address(headers, "9.9.9.9", "x-real") == "2.2.2.2"
    assert address(headers, "9.9.9.9", "x-absent") == "9.9.9.9"


def test_a_pace_counts_each_caller_for_a_while() -> None:
    pace = Pace(2, 3600.0)
    assert [pace.allows("a") for _ in range(3)] == [True, True, False]
    assert pace.allows("b")


def test_data_belongs_to_the_cookie(site: Site) -> None:
    assert httpx.get(f"{site.url}/my/data.json").status_code == 404
    cookies = {visitor.COOKIE: visitor.sign("somebody", SECRET)}
    answer = httpx.get(f"{site.url}/my/data.json", cookies=cookies)
    assert answer.json()["visitor"] == "somebody"
    assert "no-store" in answer.headers["cache-control"]
    assert httpx.get(f"{site.url}/my/rel-x/plan.json", cookies=cookies).status_code == 404


def test_the_address_in_labels_leads_to_the_report(site: Site) -> None:
    answer = httpx.get(f"{site.url}/verify?release=rel-1&evil=2")
    assert answer.headers["location"] == "./?tab=verify&release=rel-1"


@pytest.mark.parametrize("broken", ["changed", "foreign", "text"])
def test_only_our_own_whole_reports_come_onto_our_paper(tmp_path: Path, broken: str) -> None:
    signer = ReportSigner(tmp_path / "keys")
    signing = ReportSigner(tmp_path / "others") if broken == "foreign" else signer
    document = signing.sign(StampReport("a.mp4", kind="video", state="none", finding="none"), datetime.now(UTC))
    if broken == "changed":
        document["report"]["finding"] = "ours_intact"
    app = FastAPI()
    app.include_router(receipt.router(signer, lambda _: Caller("de", None)))
    body = "[" if broken == "text" else json.dumps(document)
    for kind in ("pdf", "json"):
        assert TestClient(app).post(f"/verify/report.{kind}", data={"document": body}).status_code == 400


class Issuer(http.server.BaseHTTPRequestHandler):
    """A small OpenID provider that knows one person and one code."""

    def log_message(self, *_: object) -> None:
        """Nothing to the console."""

    def _send(self, body: object, status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        home = f"http://127.0.0.1:{self.server.server_address[1]}"
        if self.path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
            self._send({name: f"{home}/{name}" for name in names})
        elif self.headers["authorization"] == "Bearer token":
            self._send({"sub": "5f0c", "preferred_username": "anna"})
        else:
            self._send({}, 401)

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self._send({"access_token": "token"}) if asked["code"] == ["good"] else self._send({}, 400)


@pytest.fixture
def issuer() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.parametrize("code", ["good", "stolen"])
def test_a_login_takes_the_list_of_the_browser_along(tmp_path: Path, issuer: str, code: str) -> None:
    settings, studio = config(tmp_path), ScriptedStudio(tmp_path / "releases")
    app = FastAPI()
    app.include_router(login.router(studio, settings, Provider(issuer, "id", "secret")))  # type: ignore[arg-type]
    from pipeline.views import RequestForm

    studio.submit(RequestForm(prompt="made before"), "anonymous")
    client = TestClient(app, follow_redirects=False)
    client.cookies.set(visitor.COOKIE, visitor.sign("anonymous", SECRET), domain="testserver.local")
    there = urlsplit(client.get("/login/huggingface").headers["location"])
    state = parse_qs(there.query)["state"][0]
    assert "code_challenge" in parse_qs(there.query)
    forged = client.get(f"/login/callback?code={code}&state=other")
    assert forged.headers["location"].endswith("failed")
    back = client.get(f"/login/callback?code={code}&state={state}")
    owner = {key: who for key, (who, _, _) in studio.owned.items()}
    if code == "stolen":
        assert back.headers["location"].endswith("failed")
        assert set(owner.values()) == {"anonymous"}
        return
    assert visitor.read(client.cookies[visitor.COOKIE].strip('"'), SECRET) == "hf-5f0c"
    assert visitor.name_of(client.cookies[visitor.NAME_COOKIE].strip('"'), SECRET) == "anna"
    assert set(owner.values()) == {"hf-5f0c"}


def test_a_silent_provider_leads_back_to_the_page(tmp_path: Path) -> None:
    app = FastAPI()
    provider = Provider("http://127.0.0.1:9", "id", "secret")
    app.include_router(login.router(ScriptedStudio(tmp_path), config(tmp_path), provider))  # type: ignore[arg-type]
    answer = TestClient(app, follow_redirects=False).get("/login/huggingface")
    assert answer.headers["location"] == "../?signin=failed"
