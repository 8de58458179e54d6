"""Page, HTTP, functions, MCP and command line say the same of a file: the whole service runs, nothing is scripted."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import app
from media.decode import read_picture
from media.encode import write_picture
from settings import load
from tests.ui.conftest import served
from tests.watermark.conftest import scene
from watermark.__main__ import main
from watermark.report import holds

gradio_client = pytest.importorskip("gradio_client")
mcp = pytest.importorskip("mcp")
pytestmark = [pytest.mark.browser, pytest.mark.slow]
VOLATILE = ("ms", "file")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service, as `app.py` composes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLOPHON_DATA", str(tmp_path_factory.mktemp("service")))
        with served(app.build(app.compose(load(), work=False))) as url:
            yield url


@pytest.fixture(scope="module")
def files(service: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each answer: never marked, stamped, and stamped with its metadata gone."""
    folder = tmp_path_factory.mktemp("files")
    plain, whole, bare = (folder / f"{name}.png" for name in ("none", "ours_intact", "marked"))
    write_picture(plain, scene(800, 600, seed=5))
    assert main(["stamp", str(plain), str(whole)]) == 0
    write_picture(bare, read_picture(whole))
    return {path.stem: path for path in (plain, whole, bare)}


@pytest.mark.parametrize("finding", ["none", "ours_intact", "marked"])
def test_every_way_in_gives_the_same_report(
    service: str, files: dict[str, Path], browser: Any, capsys: pytest.CaptureFixture[str], finding: str
) -> None:
    path = files[finding]
    signed = httpx.post(f"{service}/v1/verify", files={"file": (path.name, path.read_bytes())}, timeout=60).json()
    assert holds(signed)
    capsys.readouterr()
    assert main(["verify", str(path), "--json"]) == 0
    answers = {
        "http": signed["report"],
        "page": _page(service, path, browser),
        "function": _function(service, path),
        "mcp": _mcp(service, path),
        "command line": _without_confidence(json.loads(capsys.readouterr().out)),
    }
    assert signed["report"]["finding"] == finding
    wanted = _lasting(answers["http"])
    assert {name: _lasting(answer) == wanted for name, answer in answers.items()} == dict.fromkeys(answers, True)


def _lasting(report: dict[str, Any]) -> dict[str, Any]:
    """Without how long it took, and under which name it came."""
    return {name: value for name, value in report.items() if name not in VOLATILE}


def _without_confidence(report: dict[str, Any]) -> dict[str, Any]:
    """The command line is for the host: it says how sure it is, too."""
    for mark in filter(None, report["watermark"].values()):
        del mark["confidence"]
    return report


def _page(service: str, path: Path, browser: Any) -> dict[str, Any]:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(service)
        page.get_by_role("tab", name="Verify").click()
        page.set_input_files("#verify-input", path)
        document = json.loads(page.locator("#slip input[name=document]").get_attribute("value", timeout=60_000))
    assert holds(document)
    return dict(document["report"])


def _function(service: str, path: Path) -> dict[str, Any]:
    client = gradio_client.Client(service, verbose=False)
    return dict(client.predict(file=gradio_client.handle_file(str(path)), api_name="/verify"))


def _mcp(service: str, path: Path) -> dict[str, Any]:
    with ThreadPoolExecutor(1) as other:  # the browser's driver has a loop running in this one
        return other.submit(asyncio.run, _asked(service, path)).result()


async def _asked(service: str, path: Path) -> dict[str, Any]:
    from mcp.client.streamable_http import streamable_http_client

    with path.open("rb") as file:
        sent = httpx.post(f"{service}/gradio_api/upload", files={"files": (path.name, file)}, timeout=60).json()
    async with (
        streamable_http_client(f"{service}/gradio_api/mcp/") as (incoming, outgoing, *_),
        mcp.ClientSession(incoming, outgoing) as session,
    ):
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        (verify,) = (name for name in names if name.endswith("verify"))
        answer = await session.call_tool(verify, {"file": {"path": sent[0]}})
    return dict(ast.literal_eval(answer.content[0].text))  # Gradio writes an answer as Python does
