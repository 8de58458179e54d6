"""Signing in through an OpenID provider: a small real one on loopback, a real browser, and what goes wrong."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Form, Header, HTTPException
from fastapi.responses import RedirectResponse

from moderation.accounts import SignInFailed
from records.migrate import upgrade
from records.session import Database
from tests.moderation.conftest import Clock
from tests.ui.conftest import served
from tests.ui.desk.conftest import Site, make_site
from ui.desk.oauth import Errand, Provider

CLIENT, SECRET = "colophon", "a client secret"


@dataclass
class OpenId:
    """A provider that checks what a provider has to: secret, redirect address, one use of a code, the challenge."""

    person: dict[str, Any] = field(default_factory=lambda: {"sub": "1", "preferred_username": "anna"})
    url: str = ""
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def app(self) -> FastAPI:
        app = FastAPI()
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()

        @app.get("/.well-known/openid-configuration")
        def discovery() -> dict[str, str]:
            names = ("authorization", "token", "userinfo")
            return {"issuer": self.url} | {f"{name}_endpoint": f"{self.url}/{name}" for name in names}

        @app.get("/authorization")
        def authorize(redirect_uri: str, state: str, code_challenge: str, client_id: str) -> RedirectResponse:
            code = secrets.token_hex(8)
            self.codes[code] = (code_challenge, redirect_uri)
            return RedirectResponse(f"{redirect_uri}?code={code}&state={state}", 303)

        @app.post("/token")
        def token(
            code: str = Form(), code_verifier: str = Form(), redirect_uri: str = Form(), authorization: str = Header()
        ) -> dict[str, str]:
            challenge, back = self.codes.pop(code, ("", ""))
            made = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
            if authorization != basic or made != challenge or back != redirect_uri:
                raise HTTPException(400)
            self.tokens.add(given := secrets.token_hex(8))
            return {"access_token": given, "token_type": "bearer"}

        @app.get("/userinfo")
        def userinfo(authorization: str = Header()) -> dict[str, Any]:
            if authorization.removeprefix("Bearer ") not in self.tokens:
                raise HTTPException(401)
            return self.person

        return app


@pytest.fixture(scope="module")
def openid() -> Iterator[OpenId]:
    provider = OpenId()
    with served(provider.app()) as url:
        # Another site than the desk's 127.0.0.1, so that cookies behave as they do between real sites.
        provider.url = url.replace("127.0.0.1", "localhost")
        yield provider


@pytest.fixture
def site(openid: OpenId, tmp_path: Path) -> Iterator[Site]:
    openid.person = {"sub": "1", "preferred_username": "anna"}
    database = Database(f"sqlite:///{tmp_path}/colophon.db")
    upgrade(database)
    yield make_site(database, tmp_path, Clock(), provider=Provider(openid.url, CLIENT, SECRET), oauth_logins=("anna",))
    database.close()


@pytest.fixture
def desk_url(site: Site) -> Iterator[str]:
    with served(site.app) as url:
        yield f"{url}/desk"


@pytest.mark.browser
@pytest.mark.slow
def test_a_reviewer_on_the_list_comes_in_and_stays(desk_url: str, browser: Any) -> None:
    page = browser.new_context(locale="en").new_page()
    page.goto(f"{desk_url}/login")
    page.get_by_text("Hugging Face").click()
    page.wait_for_url(f"{desk_url}/")
    assert page.locator(".bar .who").count() == 1
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["colophon_desk"]["sameSite"] == "Strict"
    assert cookies["colophon_desk"]["httpOnly"]
    assert "colophon_desk_errand" not in cookies


def walk(client: Any, desk_url: str, **changes: str) -> Any:
    """Go to the provider and come back, with parts of its answer changed."""
    import httpx

    sent = client.get(f"{desk_url}/login/oauth")
    assert sent.status_code == 303
    there = httpx.get(sent.headers["location"], follow_redirects=False)
    back = httpx.URL(there.headers["location"])
    return client.get(back.copy_merge_params(changes)), back


@pytest.fixture
def client() -> Iterator[Any]:
    import httpx

    with httpx.Client(follow_redirects=False) as client:
        yield client


def signed_in(client: Any, desk_url: str) -> bool:
    return bool(client.get(f"{desk_url}/", headers={"accept": "text/html"}).status_code == 200)


@pytest.mark.parametrize("login", ["eve", "ANNA", "anna ", "", None, ["anna"], "ben"])
def test_nobody_else_comes_in(desk_url: str, client: Any, openid: OpenId, login: object) -> None:
    openid.person = {"sub": "2", "preferred_username": login}
    answer, _ = walk(client, desk_url)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/login?failed=1")
    assert not signed_in(client, desk_url)


@pytest.mark.parametrize("change", [{"state": "x"}, {"state": ""}, {"code": "x"}, {"code": ""}])
def test_a_forged_answer_opens_nothing(desk_url: str, client: Any, change: dict[str, str]) -> None:
    answer, _ = walk(client, desk_url, **change)
    assert answer.headers["location"].endswith("/login?failed=1")
    assert not signed_in(client, desk_url)


def test_an_answer_is_good_once_and_in_its_own_browser(desk_url: str, client: Any) -> None:
    import httpx

    answer, back = walk(client, desk_url)
    assert answer.status_code == 200
    assert signed_in(client, desk_url)
    client.cookies.delete("colophon_desk")
    assert client.get(back).headers["location"].endswith("/login?failed=1")
    with httpx.Client() as other:
        assert other.get(back).headers["location"].endswith("/login?failed=1")


def test_a_provider_that_is_down_is_a_failed_sign_in(site: Site, tmp_path: Path, client: Any) -> None:
    down = Provider("http://127.0.0.1:9", CLIENT, SECRET)
    broken = make_site(site.desk.database, tmp_path, Clock(), provider=down, people=False)
    with served(broken.app) as url:
        assert client.get(f"{url}/desk/login/oauth").headers["location"].endswith("/login?failed=1")


def test_a_provider_speaks_https() -> None:
    with pytest.raises(SignInFailed):
        Provider("http://provider.example", CLIENT, SECRET)
    assert Errand.of("") is None
    assert Errand.of("x.y") is None
    errand = Errand.begin()
    assert Errand.of(str(errand)) == errand
