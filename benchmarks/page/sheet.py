"""Contact sheets of the page: every tab in every language at three widths, and every state that a job can end in.

    python -m benchmarks.page.sheet tabs URL FOLDER [--languages en,ar]
    python -m benchmarks.page.sheet states FOLDER

`tabs` looks at a running service: it makes one clip there, so that lists and reports are filled. `states` serves a page
with prepared jobs by itself. Both leave the single pictures in the folder beside the sheets.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.Image import Resampling

from benchmarks.page.axe import ARGUMENTS, CHROMIUM, STATES, TABS, prepared_page
from locales.catalog import tags

WIDTHS = {"desktop": (1440, 900), "tablet": (834, 1112), "phone": (390, 844)}
THUMB_PX = {"desktop": 230, "tablet": 150, "phone": 104}
SIDE_BY_SIDE = {"desktop": 2, "tablet": 3, "phone": 3}  # languages in a row of the sheet
GAP_PX = 8
PATIENCE_MS = 300_000
SHOWN_JS = "[...document.querySelectorAll('video')].every(video => !video.checkVisibility() || video.readyState >= 2)"
SHEET_JS = "document.querySelector('.work > .result').scrollIntoView()"
PROMPT = "A lighthouse above the sea at dusk. Waves below the cliff, the camera moves closer."


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(browser: Any, url: str, language: str, theme: str, **more: Any) -> Any:
    """The page, ready, in one language and theme."""
    context = browser.new_context(locale=language, color_scheme=theme, reduced_motion="reduce", **more)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.wait_for_selector("#stage .carried", state="attached")
    return page


def visited(browser: Any, url: str) -> tuple[Any, str]:
    """What a browser holds that has made a clip, and the clip's id."""
    page = opened(browser, url, "en", "light")
    page.click("#more .label-wrap")
    page.locator("#resolution label").first.click()
    page.fill("#duration input[type=number]", "4")
    page.fill("#prompt textarea", PROMPT)
    page.click("#generate")
    page.wait_for_selector("#stage [data-state=released]")
    link = page.locator("[data-link*='release=']").first.get_attribute("data-link")
    state = page.context.storage_state()
    page.context.close()
    return state, link.partition("release=")[2]


def shoot(page: Any, path: Path, width: str) -> Path:
    """What stands in the window."""
    page.set_viewport_size(_size(width))
    page.wait_for_timeout(200)
    page.screenshot(path=path, type="jpeg", quality=80)
    return path


def _size(width: str) -> dict[str, int]:
    return dict(zip(("width", "height"), WIDTHS[width], strict=True))


def tabs_of(browser: Any, url: str, language: str, theme: str, state: Any, release: str, folder: Path) -> None:
    """All tabs in all widths."""
    page = opened(browser, f"{url}/?tab=verify&release={release}", language, theme, storage_state=state)
    page.wait_for_selector("#slip .slip")
    for place, tab in enumerate(TABS):
        page.get_by_role("tab").nth(place).click()
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_function(SHOWN_JS)
        for width in WIDTHS:
            shoot(page, folder / f"{tab}-{language}-{width}.jpg", width)
    page.context.close()


def states_of(browser: Any, url: str, folder: Path) -> list[str]:
    """Every ending of a job and every reason for not taking one, on a desktop and on a phone; their names."""
    from tests.ui.scripted import TROUBLES

    page, names = opened(browser, url, "en", "light"), []
    for words, state in {**STATES, **dict.fromkeys(TROUBLES, "")}.items():
        page.fill("#prompt textarea", f"A boat, {words}" if not state else words)
        page.click("#generate")
        page.wait_for_selector(f"#stage [data-state={state}]" if state else "#notice [role=alert]")
        page.wait_for_timeout(800)
        name = words.replace(",", "").replace(" ", "-")
        names.append(name)
        for width in ("desktop", "phone"):
            page.set_viewport_size(_size(width))
            page.evaluate(SHEET_JS if state and width == "phone" else "window.scrollTo(0, 0)")
            shoot(page, folder / f"{name}-{width}.jpg", width)
        page.set_viewport_size(_size("desktop"))
    page.context.close()
    return names


def sheet(cells: Sequence[Path], across: int, thumb_px: int, path: Path) -> None:
    """Pictures of one shape as a table of thumbnails."""
    rows = [cells[at : at + across] for at in range(0, len(cells), across)]
    pictures = [[Image.open(cell).convert("RGB") for cell in row] for row in rows]
    width, height = pictures[0][0].size
    size = (thumb_px, round(height * thumb_px / width))
    step = (size[0] + GAP_PX, size[1] + GAP_PX)
    table = Image.new("RGB", (step[0] * len(rows[0]) + GAP_PX, step[1] * len(rows) + GAP_PX), "#8A8474")
    for down, row in enumerate(pictures):
        for across, picture in enumerate(row):
            spot = (GAP_PX + across * step[0], GAP_PX + down * step[1])
            table.paste(picture.resize(size, Resampling.LANCZOS), spot)
    table.save(path, quality=60, optimize=True)


def show_tabs(url: str, folder: Path, languages: Sequence[str]) -> None:
    """Sheets with the four tabs of each language in a row; themes by turns."""
    with chromium() as browser:
        state, release = visited(browser, url)
        for place, language in enumerate(languages):
            tabs_of(browser, url, language, ("light", "dark")[place % 2], state, release, folder)
    for width, thumb_px in THUMB_PX.items():
        cells = [folder / f"{tab}-{language}-{width}.jpg" for language in languages for tab in TABS]
        sheet(cells, SIDE_BY_SIDE[width] * len(TABS), thumb_px, folder / f"sheet-{width}.jpg")


def show_states(folder: Path) -> None:
    """Two sheets, on a desktop and on a phone."""
    with prepared_page() as url, chromium() as browser:
        names = states_of(browser, url, folder)
    for width, across, thumb_px in (("desktop", 3, 400), ("phone", 5, 160)):
        cells = [folder / f"{name}-{width}.jpg" for name in names]
        sheet(cells, across, thumb_px, folder / f"sheet-{width}.jpg")


def main() -> int:
    """Make the sheets."""
    parser = argparse.ArgumentParser()
    parts = parser.add_subparsers(dest="part", required=True)
    tabs = parts.add_parser("tabs")
    tabs.add_argument("url")
    tabs.add_argument("folder", type=Path)
    tabs.add_argument("--languages", default=",".join(tags()))
    parts.add_parser("states").add_argument("folder", type=Path)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    if chosen.part == "states":
        show_states(chosen.folder)
    else:
        show_tabs(chosen.url.rstrip("/"), chosen.folder, chosen.languages.split(","))
    return 0


if __name__ == "__main__":
    sys.exit(main())
