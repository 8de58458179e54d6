"""One story through everything that a deployment runs, told with the keyboard alone.

A request is held, refused by one reviewer, appealed, let through by another, released, reported, taken down, and
does not come back. Page, desk, screening, engine, stamp, door and records are the real ones; only the wait for the
undo window is short.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import app as root
from moderation import accounts
from records import releases, staydown
from records.tables import ReleaseRow
from settings import Desk, Settings, Web
from tests.ui.conftest import painted, served
from tests.ui.desk.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PROMPT = "A bottle of Coca-Cola on a wooden table."
WAIT_S = 90


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, root.Colophon]]:
    """A whole deployment on loopback, with two reviewers."""
    chosen = Settings(data=tmp_path / "data", desk=Desk(second_look_rate=0.0), web=Web(example=False))
    colophon = root.compose(chosen)
    colophon.desk.config = colophon.desk.config.model_copy(update={"undo_s": 0})
    with colophon.database.write() as session:
        for login in ("anna", "ben"):
            accounts.add(session, colophon.desk.context, login, PASSWORD, ["reviewer"])
    with served(root.build(colophon)) as url:
        yield url, colophon


class Hand:
    """A person with a keyboard and no mouse."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_context(locale="en", viewport={"width": 1440, "height": 900}).new_page()
        self.page.set_default_timeout(WAIT_S * 1000)
        self.page.goto(address)
        painted(self.page)

    def reach(self, selector: str, most: int = 200) -> None:
        """Tab until the focus is on an element."""
        for _ in range(most):
            if self.page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way to {selector} by keyboard")

    def write(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.insert_text(text)

    def retype(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press(key)
        painted(self.page)

    def sign_in(self, login: str) -> None:
        self.write("[name=login]", login)
        self.write("[name=password]", PASSWORD)
        self.press("Enter")

    def see(self, selector: str) -> Any:
        return self.page.wait_for_selector(selector)

    @property
    def case(self) -> str:
        return str(self.page.evaluate("document.body.dataset.case"))


def order(visitor: Hand) -> None:
    """Ask for the same two seconds as always; the brand in it makes a person decide."""
    visitor.see("#generate")
    visitor.write("#prompt textarea", PROMPT)
    visitor.retype("#duration input[type=number]", "2")
    visitor.reach("#more button")
    visitor.page.keyboard.press("Enter")
    visitor.see("#seed textarea, #seed input")
    visitor.retype("#seed textarea, #seed input", "7")
    visitor.reach("#generate")
    visitor.page.keyboard.press("Enter")
    visitor.see("#stage [data-state=held]")


def fetched(address: str) -> int:
    """The status of an address."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def released(colophon: root.Colophon) -> Sequence[ReleaseRow]:
    """What is public now."""
    with colophon.database.read() as session:
        return releases.in_state(session, releases.PUBLIC)


def eventually(true: Any) -> None:
    """Wait for what a worker does."""
    for _ in range(WAIT_S * 5):
        if true():
            return
        time.sleep(0.2)
    raise AssertionError("it did not happen")


def test_what_one_reviewer_refused_another_releases_and_a_report_ends_for_good(
    running: tuple[str, root.Colophon], browser: Any
) -> None:
    url, colophon = running
    visitor = Hand(browser, url)
    order(visitor)

    colophon.desk.sync()
    anna, ben = Hand(browser, f"{url}/desk/"), Hand(browser, f"{url}/desk/")
    anna.sign_in("anna")
    anna.press("n")
    held = anna.case
    anna.press("b")
    colophon.desk.settle()
    visitor.see("#stage [data-state=refused]")

    visitor.write("#appeal textarea", "A bottle as in every kitchen; no advertisement.")
    visitor.reach("#appeal button")
    visitor.page.keyboard.press("Enter")
    visitor.see("#appeal-said .note")
    anna.press("n")
    assert anna.page.url.endswith("/desk/")
    ben.sign_in("ben")
    ben.press("n")
    assert ben.case != held
    assert "no advertisement" in ben.page.inner_text(".history")
    ben.press("a")
    colophon.desk.settle()
    eventually(lambda: released(colophon))
    visitor.page.reload()
    visitor.see("#stage [data-state=released]")

    (release,) = released(colophon)
    link = f"{url}/gradio_api/file={colophon.settings.releases / release.release_id / release.file_name}"
    assert fetched(link) == 200

    reporter = Hand(browser, f"{url}/report?kind=other&where={release.release_id}")
    reporter.write("textarea[name=description]", "This is an advertisement for a soft drink after all.")
    reporter.reach("button.primary")
    reporter.press("Enter")
    anna.press("n")
    anna.reach("[name=facts]")
    anna.page.keyboard.insert_text("The bottle fills the picture in every frame.")
    anna.page.keyboard.press("Escape")
    anna.press("b")
    colophon.desk.settle()
    assert fetched(link) in (403, 404)
    reporter.page.reload()
    assert reporter.page.locator("text=taken down").count() >= 1

    visitor.page.goto(url)
    order(visitor)
    colophon.desk.sync()
    ben.press("n")
    ben.press("a")
    colophon.desk.settle()
    visitor.see("#stage [data-state=failed]")
    assert released(colophon) == []
    with colophon.database.read() as session:
        assert staydown.match(session, draft_digest=release.draft_digest) == release.release_id
