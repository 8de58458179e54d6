"""Language, cookies and headers of the page, without a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from locales.catalog import tags, translate
from tests.ui.conftest import SECRET
from tests.ui.scripted import ScriptedStudio, clip
from ui import visitor
from ui.config import UiConfig
from ui.markup import el, localise_json, t
from ui.mount import mount


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    root = tmp_path_factory.mktemp("edge")
    config = UiConfig(
        releases=root / "releases", quarantine=root / "quarantine", secret=SECRET, max_upload_mb=1, mcp=False
    )
    app = FastAPI()
    mount(app, ScriptedStudio(config.releases), config)  # type: ignore[arg-type]
    app.state.config = config
    return TestClient(app)


@pytest.mark.parametrize("tag", tags())
def test_the_page_speaks_the_visitors_language(client: TestClient, tag: str) -> None:
    client.cookies.clear()
    page = client.get("/", headers={"accept-language": tag})
    assert page.headers["content-language"] == tag
    assert f'<html lang="{tag}" dir="{"rtl" if tag == "ar" else "ltr"}"' in page.text
    assert json.dumps(translate("ui.create.generate", tag))[1:-1] in page.text
    assert "@@" not in page.text


def test_the_switch_is_remembered_and_beats_the_browser(client: TestClient) -> None:
    client.cookies.clear()
    switched = client.get("/?lang=ja&view=api", headers={"accept-language": "de"}, follow_redirects=False)
    assert switched.status_code == 303
    assert switched.headers["location"] == "./?view=api"
    assert client.get("/", headers={"accept-language": "de"}).headers["content-language"] == "ja"


def test_the_cookie_is_signed_hidden_from_scripts_and_given_once(client: TestClient) -> None:
    client.cookies.clear()
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert visitor.read(first.cookies[visitor.COOKIE], SECRET)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "set-cookie" not in client.get("/").headers


def test_a_forged_cookie_is_replaced(client: TestClient) -> None:
    client.cookies.clear()
    answer = client.get("/", headers={"cookie": f"{visitor.COOKIE}=someone.else"})
    assert visitor.read(answer.cookies[visitor.COOKIE], SECRET)


def test_a_framed_page_may_keep_its_cookie(tmp_path: Path) -> None:
    from ui.edge import Edge

    config = UiConfig(releases=tmp_path, quarantine=tmp_path / "q", secret=SECRET, framed=True)
    assert "SameSite=None; Secure; Partitioned" in Edge(FastAPI(), config)._cookie("a", "b")


def test_the_page_keeps_to_itself(client: TestClient) -> None:
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r'(?:src|href|content)="https?://', page.text)
    assert client.get("/gradio_api/info").headers["x-content-type-options"] == "nosniff"


def test_too_large_an_upload_is_refused(client: TestClient) -> None:
    answer = client.post(
        "/gradio_api/upload", files={"files": ("big.png", b"\x89PNG\r\n\x1a\n" + b"0" * 2**20, "image/png")}
    )
    assert answer.status_code == 413


def test_released_files_are_served_and_nothing_else(client: TestClient) -> None:
    config: UiConfig = client.app.state.config  # type: ignore[attr-defined]
    released, secret = config.releases / "r" / "a.mp4", config.quarantine / "b.mp4"
    for path in (released, secret):
        path.parent.mkdir(parents=True, exist_ok=True)
        clip(path, 2)
    assert client.get(f"/gradio_api/file={released}").content == released.read_bytes()
    for path in (secret, Path("/etc/passwd"), config.releases / ".." / "quarantine" / "b.mp4"):
        assert client.get(f"/gradio_api/file={path}").status_code in (403, 404)


def test_assets_are_few_and_small(client: TestClient) -> None:
    sizes = [len(client.get(f"/ui/{name}").content) for name in ("page.css", "page.js", "seal.svg")]
    assert sum(sizes) < 100_000
    assert client.get("/ui/../mount.py").status_code == 404
    assert client.get("/ui/mount.py").status_code == 404


def test_only_typed_functions_are_public(client: TestClient) -> None:
    named = client.get("/gradio_api/info").json()["named_endpoints"]
    assert set(named) == {"/generate", "/job", "/screen", "/verify"}
    assert all(parameter["type"] for endpoint in named.values() for parameter in endpoint["parameters"])


@pytest.mark.parametrize("profile", ["strict", "studio"])
def test_the_purpose_is_asked_where_consents_are_used(tmp_path: Path, profile: str) -> None:
    config = UiConfig(releases=tmp_path, quarantine=tmp_path / "q", secret=SECRET, profile=profile, mcp=False)
    app = FastAPI()
    mount(app, ScriptedStudio(config.releases), config)  # type: ignore[arg-type]
    parts = TestClient(app).get("/config", headers={"accept-language": "de"}).json()["components"]
    (asked,) = (part["props"] for part in parts if part["props"].get("elem_id") == "purpose")
    assert asked["visible"] is (profile == "studio")
    assert asked["choices"][3] == [translate("report.consent.film", "de"), "film"]
    assert asked["value"] == "own_use"


def test_texts_with_quotes_and_tags_cannot_break_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.markup.translate", lambda key, locale: 'a"</script>\n')
    assert json.loads(localise_json(json.dumps([t("x")]), "en")) == ['a"</script>\n']
    assert "</script" not in localise_json(t("x"), "en")


def test_markup_escapes_what_people_wrote() -> None:
    assert el("p", "<b>", title='"') == '<p title="&#34;">&lt;b&gt;</p>'


@pytest.mark.parametrize(("path", "code"), [("/no/<b>such</b>/thing", 404), ("/login", 405), ("/monitoring", 404)])
def test_a_person_who_finds_nothing_is_told_so_in_their_language(client: TestClient, path: str, code: int) -> None:
    client.cookies.clear()
    answer = client.get(f"{path}?q=such", headers={"accept": "text/html,*/*;q=0.8", "accept-language": "ar"})
    assert answer.status_code == code
    assert '<html lang="ar" dir="rtl"' in answer.text
    assert translate("ui.missing.title", "ar") in answer.text
    assert "such" not in answer.text
    assert client.get(urljoin(path, re.findall(r'href="([^"]*page\.css[^"]*)"', answer.text)[0])).status_code == 200
    assert urljoin(path, re.findall(r'<a href="([^"]*)"', answer.text)[0]) == "/"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/nothing", "*/*"),
        ("POST", "/nothing", "text/html"),
        ("GET", "/v1/nothing", "text/html"),
        ("GET", "/gradio_api/nothing", "text/html"),
        ("GET", "/desk", "text/html"),
    ],
)
def test_programs_are_told_in_json_that_nothing_is_there(
    client: TestClient, method: str, path: str, accept: str
) -> None:
    answer = client.request(method, path, headers={"accept": accept})
    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


def test_a_reason_in_words_is_not_replaced(client: TestClient) -> None:
    client.cookies.clear()
    answer = client.get("/my/data.json", headers={"accept": "text/html", "accept-language": "ar"})
    assert answer.text == translate("error.job.unknown", "ar")
