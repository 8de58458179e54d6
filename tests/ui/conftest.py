"""A page on loopback and a browser to drive it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from tests.ui.scripted import ScriptedStudio
from ui.config import UiConfig
from ui.mount import mount
from watermark.report import ReportSigner

SECRET = "0123456789abcdef0123456789abcdef"
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]


@dataclass
class Site:
    """A running page."""

    url: str
    studio: ScriptedStudio
    config: UiConfig


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    config = UiConfig(releases=root / "releases", quarantine=root / "quarantine", secret=SECRET, poll_s=0.3, mcp=False)
    studio = ScriptedStudio(config.releases)
    app = FastAPI()
    mount(app, studio, config, signer=ReportSigner(root / "keys"))  # type: ignore[arg-type]
    with served(app) as url:
        yield Site(url, studio, config)


class served:
    """Runs an application on a loopback port: a free one, or one that was used before."""

    def __init__(self, app: FastAPI, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        for _ in range(600):
            if self._server.started:
                break
            time.sleep(0.05)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)


def painted(page: Any) -> None:
    """Wait until a page has been drawn: Chromium drops keys that are pressed before the first paint."""
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """The one driver of this process: Playwright allows no second one in a thread."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    with sync_api.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium."""
    found = (
        os.environ.get("CHROMIUM")
        or next((path for path in BROWSERS if Path(path).exists()), None)
        or shutil.which("chromium")
    )
    if not found:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="session")
def browser(playwright: Any, chromium: str) -> Iterator[Any]:
    launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield launched
    launched.close()
