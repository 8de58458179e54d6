"""axe-core over the page: every tab, language and theme on a running service, every state, and the desk.

    npm pack axe-core@4.10.3 && tar xzf axe-core-4.10.3.tgz package/axe.min.js
    python -m benchmarks.page.axe package/axe.min.js tabs URL [--languages en,ar]
    python -m benchmarks.page.axe package/axe.min.js states [--languages en,ar]
    python -m benchmarks.page.axe package/axe.min.js desk

`states` and `desk` serve prepared jobs and cases by themselves. Each prints one JSON object: runs, and each serious or
critical finding with its places. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from locales.catalog import tags

TABS = ("create", "jobs", "verify", "about")
THEMES = ("light", "dark")
SERIOUS = ("serious", "critical")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PATIENCE_MS = 120_000
# A prompt for the prepared studio, and the state of the sheet that it leads to.
STATES = {
    "a harbour": "released", "refuse this": "refused", "a harbour, withdrawn": "released", "hold this": "held",
    "fail once": "failed", "stuck in the middle": "rendering",
}  # fmt: skip
SETTLED_MS = 800  # for advice and sheet to be there after a prompt was sent
OPEN_JS = "document.querySelectorAll('details').forEach(part => { part.open = true })"
DESK_PAGES = ("", "figures", "settings", "registry", "golden")
PUBLIC_PAGES = ("report", "retention", "protect", "case/unknown", "appeal/unknown")


def examine(page: Any) -> list[dict[str, Any]]:
    """Serious and critical findings of the page as it stands; axe-core must have been added."""
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [
        {
            "rule": item["id"], "impact": item["impact"],
            "places": [(node["target"], node["failureSummary"][:200]) for node in item["nodes"][:3]],
        }
        for item in found if item["impact"] in SERIOUS
    ]  # fmt: skip


class Walk:
    """A browser with axe-core, and what it found."""

    def __init__(self, browser: Any, script: str) -> None:
        self._browser, self._script = browser, script
        self.runs, self.found = 0, list[dict[str, Any]]()

    def opened(self, url: str, language: str, theme: str, ready: str, width: int = 1440) -> Any:
        """A page of a new visitor, ready."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900}, locale=language, color_scheme=theme, reduced_motion="reduce",
            bypass_csp=True,
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        page.wait_for_selector(ready)
        return page

    def look(self, page: Any, /, **where: str) -> None:
        """One run."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(self._script)
        self.runs += 1
        self.found += [{**where, **item} for item in examine(page)]

    def tabs(self, url: str, language: str, theme: str) -> None:
        """All tabs in one language and theme."""
        page = self.opened(url, language, theme, ".carried")
        for place, tab in enumerate(TABS):
            page.get_by_role("tab").nth(place).click()
            page.wait_for_timeout(150)
            page.evaluate(OPEN_JS)
            self.look(page, language=language, theme=theme, tab=tab)
        page.context.close()

    def states(self, url: str, language: str, theme: str, width: int) -> None:
        """Every ending of a job and every reason for not taking one, then the list and a report."""
        from tests.ui.scripted import TROUBLES

        page = self.opened(url, language, theme, ".carried", width)
        for words, state in {**STATES, **dict.fromkeys(TROUBLES, "")}.items():
            page.fill("#prompt textarea", words if state else f"A boat, {words}")
            page.click("#generate")
            page.wait_for_selector(f"#stage [data-state={state}]" if state else "#notice [role=alert]")
            page.wait_for_timeout(SETTLED_MS)
            page.evaluate(OPEN_JS)
            self.look(page, language=language, theme=theme, state=words)
        page.get_by_role("tab").nth(1).click()
        self.look(page, language=language, theme=theme, state="jobs")
        page.context.close()

    def desk(self, url: str, case: str, password: str) -> None:
        """The forms for everybody, the sign-in, and the desk from inside."""
        page = self.opened(f"{url}/desk/login", "en", "light", "form")
        self.look(page, page="login")
        page.keyboard.type("root")
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        with page.expect_navigation(wait_until="domcontentloaded"):
            page.keyboard.press("Enter")
        for name in (*DESK_PAGES, f"case/{case}"):
            page.goto(f"{url}/desk/{name}")
            self.look(page, page=f"desk/{name.partition('/')[0]}")
        page.context.close()
        for place, language in enumerate(tags()):
            page = self.opened(f"{url}/report", language, THEMES[place % 2], "main, body")
            for name in PUBLIC_PAGES:
                page.goto(f"{url}/{name}")
                self.look(page, language=language, page=name)
            page.context.close()


@contextmanager
def prepared_page() -> Iterator[str]:
    """The page over prepared jobs."""
    from fastapi import FastAPI

    from tests.ui.conftest import SECRET, served
    from tests.ui.scripted import ScriptedStudio
    from ui.config import UiConfig
    from ui.mount import mount

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        app = FastAPI()
        config = UiConfig(releases=root / "releases", quarantine=root / "q", secret=SECRET, poll_s=0.3, mcp=False)
        mount(app, ScriptedStudio(config.releases), config)  # type: ignore[arg-type]
        with served(app) as url:
            yield url


@contextmanager
def prepared_desk() -> Iterator[tuple[str, str, str]]:
    """A desk with a held film: address, case, password of everybody."""
    from moderation import accounts
    from records.migrate import upgrade
    from records.moderation_tables import CaseRow
    from records.session import Database
    from tests.ui.conftest import served
    from tests.ui.desk.conftest import PASSWORD, add_film, film, make_site

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        database = Database(f"sqlite:///{root}/colophon.db")
        upgrade(database)
        site = make_site(database, root, lambda: datetime.now(UTC), people=False)  # type: ignore[arg-type]
        with database.write() as session:
            accounts.add(session, site.desk.context, "root", PASSWORD, ["reviewer", "senior", "admin", "auditor"])
        add_film(site, film(root / "film.mp4"))
        site.desk.sync()
        with database.read() as session:
            case = session.query(CaseRow).first()
        with served(site.app) as url:
            yield url, str(case.case_id), PASSWORD
        database.close()


def run(walk: Walk, part: str, url: str, languages: list[str]) -> None:
    """One part of the matrix."""
    if part == "tabs":
        for language in languages:
            for theme in THEMES:
                walk.tabs(url, language, theme)
    elif part == "states":
        with prepared_page() as here:
            for place, language in enumerate(languages):
                walk.states(here, language, THEMES[place % 2], (1440, 390)[place // 2 % 2])
    else:
        with prepared_desk() as (here, case, password):
            walk.desk(here, case, password)


def main() -> int:
    """Examine one part."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("script", type=Path)
    parser.add_argument("part", choices=("tabs", "states", "desk"))
    parser.add_argument("url", nargs="?", default="")
    parser.add_argument("--languages", default=",".join(tags()))
    chosen = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        walk = Walk(browser, chosen.script.read_text())
        run(walk, chosen.part, chosen.url, chosen.languages.split(","))
        browser.close()
    print(json.dumps({"runs": walk.runs, "findings": walk.found}, ensure_ascii=False, indent=1))
    return 1 if walk.found else 0


if __name__ == "__main__":
    sys.exit(main())
