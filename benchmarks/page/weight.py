"""First contentful paint and weight of the page, in Chromium, on a running service.

    python -m benchmarks.page.weight URL [--visits 7]

Every visit is a new visitor with an empty cache. Prints one JSON object, with the load of the machine, without which
the times say little.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from typing import Any

from benchmarks.page.axe import ARGUMENTS, CHROMIUM

WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}
PAINT_JS = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
PARTS_JS = "performance.getEntriesByType('resource').map(part => [part.name, part.encodedBodySize])"


def visit(browser: Any, url: str, width: str) -> tuple[float, int, int]:
    """First paint in milliseconds, bytes of all parts as sent, and how many came from other sites."""
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    context = browser.new_context(viewport=size)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#stage .carried")
    parts = page.evaluate(PARTS_JS)
    found = page.evaluate(PAINT_JS), sum(size for _, size in parts), sum(not n.startswith(url) for n, _ in parts)
    context.close()
    return found


def main() -> int:
    """Visit a running service."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--visits", type=int, default=7)
    chosen = parser.parse_args()
    told: dict[str, Any] = {"load": [round(part, 1) for part in os.getloadavg()], "cores": os.cpu_count()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width in WIDTHS:
            found = [visit(browser, chosen.url.rstrip("/"), width) for _ in range(chosen.visits)]
            told[width] = {
                "first_paint_ms": round(statistics.median(paint for paint, _, _ in found)),
                "slowest_ms": round(max(paint for paint, _, _ in found)),
                "megabytes": round(max(size for _, size, _ in found) / 1e6, 3),
                "foreign": max(count for _, _, count in found),
            }
        browser.close()
    print(json.dumps(told, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
