"""Every refusal, error and interruption that a visitor can meet, in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from errors import ColophonError
from locales.catalog import translate
from tests.ui.conftest import SECRET, Site, served
from tests.ui.scripted import TROUBLES, ScriptedStudio
from tests.ui.test_page import ask
from ui.config import UiConfig
from ui.mount import mount

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WAIT_MS = 60_000
TERMS = "2026-10"
Open = Callable[..., Any]
# A notification that can be asked afterwards; shown by the browser as always.
HEARD = """
window.heard = [];
const Plain = window.Notification;
window.Notification = class extends Plain {
  constructor(title, options) { super(title, options); window.heard.push([title, options.body]); }
};
Object.defineProperty(document, "hidden", { get: () => window.away === true });
"""


@pytest.fixture
def open_page(browser: Any, site: Site) -> Iterator[Open]:
    contexts = []

    def opened(url: str = "", **settings: Any) -> Any:
        context = browser.new_context(locale="en", reduced_motion="reduce", **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(HEARD)
        page.goto(url or site.url)
        page.wait_for_selector("#generate")
        page.wait_for_selector(".carried")
        return page

    yield opened
    for context in contexts:
        context.close()


def serve(root: Path, studio: ScriptedStudio, port: int = 0, **settings: Any) -> served:
    """Another page of the same studio."""
    config = UiConfig(
        releases=studio.folder, quarantine=root / "quarantine", secret=SECRET, poll_s=0.3, mcp=False, **settings
    )
    app = FastAPI()
    mount(app, studio, config)  # type: ignore[arg-type]
    return served(app, port)


def test_each_reason_for_not_taking_a_request_is_said_and_the_words_stay(open_page: Open) -> None:
    page = open_page()
    for words, trouble in TROUBLES.items():
        page.fill("#prompt textarea", f"A boat, {words}")
        page.click("#generate")
        error = trouble()
        known = (error.key, error.params) if isinstance(error, ColophonError) else ("error.internal", {})
        page.wait_for_selector(f"#notice [role=alert]:has-text('{translate(known[0], 'en', **known[1])[:60]}')")
        assert page.input_value("#prompt textarea") == f"A boat, {words}"
        assert page.locator("#notice a").count() == (words == "stop me")


def test_a_withdrawn_release_is_said_and_not_played(open_page: Open) -> None:
    page = open_page()
    ask(page, "to be withdrawn", "released")
    assert translate("ui.withdrawn.title") in page.inner_text("#stage")
    assert not page.locator("#player video, #download").count()


def test_a_job_erased_in_another_tab_is_gone_in_this_one(open_page: Open) -> None:
    page = open_page()
    ask(page, "stuck in two tabs", "rendering")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("tab", name="My jobs").click()
    other.on("dialog", lambda dialog: dialog.accept())
    other.click("[data-action=erase]")
    page.wait_for_selector("#stage [data-state=gone]")
    assert translate("ui.gone.text") in page.inner_text("#stage")


def test_a_session_that_ended_is_said(open_page: Open) -> None:
    page = open_page()
    ask(page, "stuck without a session", "rendering")
    page.context.clear_cookies()
    page.wait_for_selector("#stage [data-state=gone]")
    page.click("#stage [data-state=gone] a")
    page.wait_for_selector("#stage .stage.empty .carried")


def test_the_page_catches_up_after_a_restart(open_page: Open, tmp_path: Path) -> None:
    studio = ScriptedStudio(tmp_path / "releases", looks_per_step=3)
    with serve(tmp_path, studio) as url:
        page = open_page(url)
        ask(page, "a long harbour", "screening")
    page.wait_for_selector(".banner:not([hidden])")
    with serve(tmp_path, studio, port=int(url.rpartition(":")[2])):
        page.wait_for_selector("#stage [data-state=released]")
        page.wait_for_function("document.querySelector('#prompt textarea')?.value === 'a long harbour'")


def test_terms_are_accepted_once_and_noted(open_page: Open, tmp_path: Path) -> None:
    studio = ScriptedStudio(tmp_path / "releases")
    with serve(tmp_path, studio, terms=TERMS) as url:
        page = open_page(url)
        page.fill("#prompt textarea", "a harbour under terms")
        page.click("#generate")
        page.wait_for_selector(f"#notice [role=alert]:has-text('{translate('error.terms')}')")
        assert studio.forms == []
        page.check("#terms input")
        page.click("#generate")
        page.wait_for_selector("#stage [data-state=released]")
        assert studio.terms == [TERMS]
        page.reload()
        page.wait_for_selector("#terms input:checked")


def test_who_asked_is_told_when_it_is_ready(open_page: Open) -> None:
    page = open_page(permissions=["notifications"])
    page.evaluate("window.away = true")
    ask(page, "a harbour far away", "released")
    page.wait_for_function("window.heard.length === 1")
    assert translate("ui.result.title") in page.evaluate("window.heard[0][1]")
    assert page.title().startswith("●")


def test_without_permission_the_offer_stands_beside_the_steps(open_page: Open) -> None:
    page = open_page()
    page.evaluate("() => { Object.defineProperty(Notification, 'permission', { get: () => 'default' }); }")
    ask(page, "stuck and asked", "rendering")
    page.wait_for_selector("#stage [data-action=notify]:visible")
    page.click("#stage [data-action=notify]")
    page.wait_for_selector("#stage [role=status]")


def test_wrong_and_oversize_files_are_named_and_not_sent(open_page: Open, tmp_path: Path) -> None:
    studio = ScriptedStudio(tmp_path / "releases")
    (tmp_path / "notes.txt").write_text("nothing to see")
    (tmp_path / "fake.png").write_text("#!/bin/sh")
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 2**21)
    with serve(tmp_path, studio, max_upload_mb=1) as url:
        page = open_page(url)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if "/upload" in request.url else None)
        for name, words in (("notes.txt", "refs.kind"), ("large.png", "refs.large")):
            page.set_input_files("#reference-files", tmp_path / name)
            said = translate(f"ui.js.{words}", "en", label=name, limit=1)
            page.wait_for_selector(f"#references .live:has-text('{said}')")
        assert sent == []
        page.set_input_files("#reference-files", tmp_path / "fake.png")
        page.wait_for_selector(f"#references .live:has-text('fake.png: {translate('error.media.unsupported')[:30]}')")
        assert len(sent) == 1
        assert page.locator(".ref").count() == 0
