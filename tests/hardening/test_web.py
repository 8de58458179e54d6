"""The page as an attacker meets it: headers, other sites, closed routes, paths, sizes, secrets. Redirect, rebinding,
IPv6 and decimal forms of addresses that we fetch are in `tests/pipeline/engines/test_http.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from structlog.testing import CapturingLogger

from tests.ui.conftest import SECRET
from tests.ui.scripted import ScriptedStudio, clip
from ui.config import UiConfig
from ui.mount import SESSIONS, mount
from ui.visit import visit

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    root = tmp_path_factory.mktemp("web")
    config = UiConfig(
        releases=root / "releases", quarantine=root / "quarantine", secret=SECRET, max_upload_mb=1, mcp=False
    )
    app = FastAPI(docs_url=None, redoc_url=None)
    mount(app, ScriptedStudio(config.releases), config)  # type: ignore[arg-type]
    app.state.config = config
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/no-such-page", "/ui/page.css", "/theme.css"])
def test_every_answer_carries_its_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "object-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/call/screen"])
def test_another_site_cannot_act_for_a_visitor(client: TestClient, path: str, site: str) -> None:
    answer = client.post(path, json={}, headers={"sec-fetch-site": site, "origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", [
    "/gradio_api/proxy=http://169.254.169.254/latest", "/gradio_api/proxy=https://a.hf.space/x",
    "/gradio_api/deep_link",
    "/monitoring", "/monitoring/summary", "/gradio_api/vibe-code", "/gradio_api/dev/reload", "/gradio_api/runs",
    "/gradio_api/stream/x/0/1/playlist.m3u8", "/gradio_api/custom_component/1/client/component/x.js",
    "/gradio_api/file/etc/passwd", "/docs", "/redoc",
])  # fmt: skip
def test_what_nobody_needs_is_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", [
    "/etc/passwd", "/proc/self/environ", "{releases}/../quarantine/b.mp4", "{releases}/%2e%2e/quarantine/b.mp4",
    "{releases}/r/../../quarantine/b.mp4", "{quarantine}/b.mp4", "{releases}/link.mp4", "http://127.0.0.1:1/x",
    "//evil.example/x", "file:///etc/passwd", "{releases}/r/a.mp4%00.png", "",
])  # fmt: skip
def test_only_released_files_are_served(client: TestClient, name: str) -> None:
    config: UiConfig = client.app.state.config  # type: ignore[attr-defined]
    secret = config.quarantine / "b.mp4"
    secret.parent.mkdir(exist_ok=True)
    clip(secret, 2)
    link = config.releases / "link.mp4"
    if not link.is_symlink():
        link.symlink_to(secret)
    path = name.format(releases=config.releases, quarantine=config.quarantine)
    answer = client.get(f"/gradio_api/file={path}", follow_redirects=False)
    assert answer.status_code in (403, 404)
    assert secret.read_bytes() not in answer.content


def test_nobody_can_take_an_equal_upload_away(client: TestClient) -> None:
    first, second = (
        Path(client.post("/gradio_api/upload", files={"files": ("a.png", PNG, "image/png")}).json()[0])
        for _ in range(2)
    )
    client.post("/gradio_api/run/verify", json={"data": [{"path": str(first)}]})
    assert not first.exists()
    assert second.read_bytes() == PNG


def test_programs_without_a_cookie_share_nothing(client: TestClient) -> None:
    class Call:
        session_hash = None
        client = None

        def __init__(self) -> None:
            self.headers: dict[str, str] = {}

    visitors = {visit(Call(), SECRET).visitor for _ in range(3)}
    assert len(visitors) == 3


@pytest.mark.parametrize(("inputs", "status", "says"), [
    (["a secret wish"], 422, "Die Eingaben passen nicht"), ([], 422, "Die Eingaben passen nicht"),
    (["a secret wish", {"a secret wish": 1}] * 9, 422, "Die Eingaben passen nicht"),
    (["a secret wish", ["a secret wish"]], 422, "Die Eingaben passen nicht"),
    (["a secret wish", None, None, "auto", "480p", "1:1", "a secret wish"], 422, "Die Eingaben passen nicht"),
])  # fmt: skip
def test_a_faulty_call_is_answered_in_words_and_no_line_of_the_log_names_its_inputs(
    client: TestClient, capfd: pytest.CaptureFixture[str], inputs: list[object], status: int, says: str
) -> None:
    answer = client.post("/gradio_api/run/generate", json={"data": inputs}, headers={"accept-language": "de"})
    assert answer.status_code == status
    assert answer.json()["error"].startswith(says)
    written = capfd.readouterr()
    assert "secret wish" not in answer.text + written.out + written.err


def test_a_fault_of_ours_is_answered_in_words_and_logged_without_the_inputs(
    client: TestClient, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: ScriptedStudio, text: str, language: str) -> None:
        raise RuntimeError(text)

    told = CapturingLogger()
    monkeypatch.setattr(ScriptedStudio, "precheck", broken)
    monkeypatch.setattr("ui.calls.log", told)
    answer = client.post("/gradio_api/run/screen", json={"data": ["a secret wish"]}, headers={"accept-language": "de"})
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Bei uns ist etwas")
    written = capfd.readouterr()
    assert "RuntimeError" in str(told.calls)
    assert "secret wish" not in answer.text + written.out + written.err + str(told.calls)


def test_an_upload_is_no_file_for_others(client: TestClient) -> None:
    sent = client.post("/gradio_api/upload", files={"files": ("a.png", PNG, "image/png")})
    for path in sent.json() if sent.status_code == 200 else []:
        assert client.get(f"/gradio_api/file={path}").status_code == 404


def test_a_large_call_is_refused_with_and_without_a_length(client: TestClient) -> None:
    body = b'{"data": ["' + b"a" * 2_100_000 + b'"]}'
    kind = {"content-type": "application/json"}
    assert client.post("/gradio_api/call/screen", content=body, headers=kind).status_code == 413
    pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
    assert client.post("/gradio_api/call/screen", content=pieces, headers=kind).status_code in (400, 413)


def test_a_downloaded_file_says_what_it_is(client: TestClient) -> None:
    config: UiConfig = client.app.state.config  # type: ignore[attr-defined]
    path = config.releases / "rel" / "a.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    clip(path, 2)
    answer = client.get(f"/gradio_api/file={path}")
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"/gradio_api/file={path}", headers={"range": "bytes=0-9"}).status_code == 206


def test_the_page_gives_no_secret_and_no_path_away(client: TestClient) -> None:
    config: UiConfig = client.app.state.config  # type: ignore[attr-defined]
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/gradio_api/app_id"):
        text = client.get(path).text
        assert config.secret.get_secret_value() not in text
        assert str(config.quarantine) not in text
        assert str(Path.home()) not in text
        assert "Traceback" not in text


def test_few_tabs_are_remembered(client: TestClient) -> None:
    routes = client.app.routes  # type: ignore[attr-defined]
    page = next(route.app for route in routes if hasattr(getattr(route, "app", None), "state_holder"))
    assert page.state_holder.capacity == SESSIONS
