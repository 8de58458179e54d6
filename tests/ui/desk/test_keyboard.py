"""A reviewer's day by keyboard alone, in Chromium, on 200 seeded cases."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from records.migrate import upgrade
from records.session import Database
from tests.moderation.conftest import add_job
from tests.ui.conftest import ARGUMENTS, painted, served
from tests.ui.desk.conftest import PASSWORD, Site, add_film, film, make_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILMS = 6
CLAIM_TO_NEXT_MS = 1500  # page time from a decision to the next case, on 200 cases


class Now:
    """The real clock, in the shape that the test desk takes."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def go(self, seconds: float) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Site]]:
    folder = tmp_path_factory.mktemp("desk")
    database = Database(f"sqlite:///{folder}/colophon.db")
    upgrade(database)
    site = make_site(database, folder, Now())  # type: ignore[arg-type]
    clip = film(folder / "film.mp4")
    for number in range(200):
        if number < FILMS:
            add_film(site, clip)
        else:
            add_job(site.desk, ("ip.character", "likeness.real_person")[number % 2], prompt=f"a lamp, number {number}")
    site.desk.sync()
    with served(site.app) as url:
        yield url, site
    database.close()


def enter(browser: Any, url: str, login: str) -> Any:
    """Sign in with the keyboard; the page that comes."""
    page = browser.new_context(locale="en", viewport={"width": 1360, "height": 850}).new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{url}/desk/login")
    painted(page)
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation(wait_until="domcontentloaded", timeout=90_000):
        page.keyboard.press("Enter")
    painted(page)
    return page


def press(page: Any, key: str) -> float:
    """Press a key that leads to another page; milliseconds until it is usable, by the page's own clock."""
    with page.expect_navigation(wait_until="domcontentloaded", timeout=90_000):
        page.keyboard.press(key)
    painted(page)
    return float(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))


def until(page: Any, true: str) -> None:
    """Wait for an expression. The page's own policy forbids the evaluation that Playwright's waiting needs."""
    for _ in range(600):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    raise AssertionError(true)


def test_veils_come_off_one_by_one_and_each_look_is_logged(running: tuple[str, Site], browser: Any) -> None:
    page = enter(browser, running[0], "anna")
    press(page, "n")
    stage = page.locator("#stage")
    assert set(stage.get_attribute("class").split()) == {"veil", "blur", "grey", "size"}
    filtered = "getComputedStyle(document.querySelector('#stage video')).filter"
    assert "blur" in page.evaluate(filtered)
    assert page.evaluate("document.querySelector('#stage video').muted")
    for key, name in (("1", "blur"), ("2", "grey"), ("4", "size")):
        page.keyboard.press(key)
        until(page, f"!document.querySelector('#stage').classList.contains('{name}')")
    until(page, f"{filtered} === 'none'")
    page.keyboard.press("3")
    until(page, "!document.querySelector('#stage video').muted")
    page.reload()
    assert page.locator("text=looked unveiled").count() == 4


def test_decide_undo_note_and_next_by_single_keys(running: tuple[str, Site], browser: Any) -> None:
    page = enter(browser, running[0], "ben")
    press(page, "n")
    first = page.evaluate("document.body.dataset.case")
    page.keyboard.press("o")
    page.keyboard.type("a note about b and a")
    assert page.evaluate("document.body.dataset.case") == first
    page.keyboard.press("Escape")
    press(page, "b")
    assert page.evaluate("document.body.dataset.case") != first
    press(page, "u")
    assert page.evaluate("document.body.dataset.case") == first
    times = [press(page, "ab"[n % 2]) for n in range(20)]
    assert statistics.median(times) <= CLAIM_TO_NEXT_MS
    seen = page.evaluate("document.body.dataset.case")
    press(page, "s")
    assert page.evaluate("document.body.dataset.case") != seen


def test_two_reviewers_in_parallel_never_share_a_case(running: tuple[str, Site], chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    seen: dict[str, list[str]] = {"anna": [], "ben": []}

    def work(login: str) -> None:
        with sync_playwright() as driver:
            own = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            page = enter(own, running[0], login)
            press(page, "n")
            for _ in range(6):
                seen[login].append(page.evaluate("document.body.dataset.case"))
                press(page, "a")
            own.close()

    threads = [threading.Thread(target=work, args=(login,)) for login in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(cases) for cases in seen.values()] == [6, 6]
    assert not set(seen["anna"]) & set(seen["ben"])
