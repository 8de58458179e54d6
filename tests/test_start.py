"""What a start may cost: heavy libraries wait for the adapter that needs them; OpenCV needs no system library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "diffusers", "transformers", "insightface", "tensorflow")


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_page_imports_no_heavy_library() -> None:
    code = "import sys, app; from ui import mount; from ui.desk import app as desk; print(*sys.modules)"
    assert set(_run(code).split()) & set(HEAVY) == set()


def test_the_command_line_imports_no_gradio() -> None:
    assert _run("import sys, pipeline.__main__; print('gradio' in sys.modules)") == "False"


def test_opencv_is_the_headless_one() -> None:
    assert "GUI: NONE" in _run("import cv2; print(' '.join(cv2.getBuildInformation().split()))")


def test_the_installed_package_named_spaces_is_not_shadowed() -> None:
    assert not (ROOT / "spaces" / "__init__.py").exists()
