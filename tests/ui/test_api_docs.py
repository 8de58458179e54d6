"""Every example of docs/api.md runs as it is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.conftest import Site
from tests.ui.scripted import clip

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = re.findall(r"```(python|bash)\n(.*?)```", PAGE.read_text("utf-8"), re.S)
EXPECTED = ("released gradio_api/file=", "none", '"allowed": true', '"finding": "none"')


@pytest.mark.parametrize(("block", "expected"), list(zip(BLOCKS, EXPECTED, strict=True)))
def test_an_example_works_as_printed(site: Site, tmp_path: Path, block: tuple[str, str], expected: str) -> None:
    pytest.importorskip("gradio_client")
    language, text = block
    clip(tmp_path / "any.mp4", 4)
    if language == "python":
        head = f"URL, FILE = {site.url!r}, {str(tmp_path / 'any.mp4')!r}\n"
        command = [sys.executable, "-c", head + text]
    else:
        command = ["bash", "-euc", text]
    environment = {**os.environ, "URL": site.url, "FILE": str(tmp_path / "any.mp4")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout.replace("/gradio_api", "gradio_api")
