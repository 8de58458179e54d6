"""axe-core over the states of the page; `COLOPHON_TEST_AXE` names axe.min.js, which is fetched and not kept here.

The whole matrix of tabs, languages and themes is `python -m benchmarks.page.axe`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.page.axe import examine
from tests.ui.conftest import Site

AXE = Path(os.environ.get("COLOPHON_TEST_AXE", "absent"))
pytestmark = [pytest.mark.browser, pytest.mark.slow]
STATES = {
    "a harbour": "released", "refuse this": "refused", "hold this": "held", "fail once": "failed", "stuck": "rendering",
}  # fmt: skip


@pytest.mark.skipif(not AXE.is_file(), reason="COLOPHON_TEST_AXE names no axe.min.js")
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ar", "dark")])
def test_no_state_has_a_serious_finding(browser: Any, site: Site, language: str, theme: str) -> None:
    context = browser.new_context(locale=language, color_scheme=theme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_selector(".carried")
    page.evaluate(AXE.read_text())
    found = {}
    for prompt, state in STATES.items():
        page.fill("#prompt textarea", prompt)
        page.click("#generate")
        page.wait_for_selector(f"#stage [data-state={state}]")
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        found[state] = examine(page)
    page.fill("#prompt textarea", "the queue is full")
    page.click("#generate")
    page.wait_for_selector("#notice [role=alert]")
    found["error"] = examine(page)
    context.close()
    assert {state: items for state, items in found.items() if items} == {}


@pytest.mark.parametrize("width", [720, 320])
def test_the_page_fits_at_200_and_400_percent(browser: Any, site: Site, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 450}, locale="de")
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_selector(".carried")
    for place in range(4):
        page.get_by_role("tab").nth(place).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_first_paint_is_early_and_the_page_is_light(browser: Any, site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_selector(".carried")
    sizes = page.evaluate("performance.getEntriesByType('resource').map(part => [part.name, part.encodedBodySize])")
    assert sum(size for name, size in sizes) < 1_200_000
    assert all(name.startswith(site.url) for name, _ in sizes)
    assert page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 1
    context.close()
