"""axe-core over the page: every tab, language and theme, on a running service.

    npm pack axe-core@4.10.3 && tar xzf axe-core-4.10.3.tgz package/axe.min.js
    python -m benchmarks.page.axe URL package/axe.min.js [--languages en,ar] [--shots FOLDER]

Prints one JSON object: runs, and each serious or critical finding with its places. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from locales.catalog import tags

TABS = ("create", "jobs", "verify", "about")
THEMES = ("light", "dark")
SERIOUS = ("serious", "critical")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


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


def walk(browser: Any, url: str, script: str, language: str, theme: str, shots: Path | None) -> list[dict[str, Any]]:
    """All tabs in one language and theme."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale=language, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".carried")
    page.evaluate(script)
    found = []
    for place, tab in enumerate(TABS):
        page.get_by_role("tab").nth(place).click()
        page.wait_for_timeout(150)
        found += [{"language": language, "theme": theme, "tab": tab, **item} for item in examine(page)]
        if shots:
            page.screenshot(path=shots / f"{language}-{theme}-{tab}.jpg", type="jpeg", quality=60)
    context.close()
    return found


def main() -> int:
    """Examine a running service."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("script", type=Path)
    parser.add_argument("--languages", default=",".join(tags()))
    parser.add_argument("--shots", type=Path)
    chosen = parser.parse_args()
    if chosen.shots:
        chosen.shots.mkdir(parents=True, exist_ok=True)
    languages, found = chosen.languages.split(","), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for language in languages:
            for theme in THEMES:
                found += walk(browser, chosen.url, chosen.script.read_text(), language, theme, chosen.shots)
        browser.close()
    runs = len(languages) * len(THEMES) * len(TABS)
    print(json.dumps({"runs": runs, "findings": found}, ensure_ascii=False, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
