"""The Dockerfile without an engine: a linter reads it, and each of its steps is taken in a root folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosting import image
from tests.hosting.image import ROOT, Image, ignored, steps


def test_the_linter_finds_nothing() -> None:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if linter is None:
        pytest.skip("requirements-dev.txt is not installed")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_steps_are_read_with_their_continuation() -> None:
    read = steps("# a word\nFROM a\n\nRUN one \\\n    && two\n")
    assert [(step.name, step.text) for step in read] == [("FROM", "a"), ("RUN", "one  && two")]


@pytest.mark.parametrize(("path", "out"), [
    (".git/config", True), (".dockerignore", False), ("data/jobs.db", True), ("pipeline/data/x", False),
    ("pipeline/__pycache__/a.pyc", True), ("media/a.pyc", True), ("app.py", False), ("spaces/deploy.py", True),
])  # fmt: skip
def test_no_private_file_comes_into_the_image(path: str, out: bool) -> None:
    assert ignored(path, (ROOT / ".dockerignore").read_text().split()) is out


def test_an_instruction_that_is_not_known_is_an_error(tmp_path: Path) -> None:
    if why := image.missing():
        pytest.skip(why)
    (tmp_path / "Dockerfile").write_text("FROM a\nADD http://x y\n")
    with pytest.raises(ValueError, match="ADD"):
        Image(tmp_path / "root").build(tmp_path)


@pytest.mark.slow
def test_every_step_runs_and_the_image_starts(tmp_path_factory: pytest.TempPathFactory) -> None:
    if why := image.missing():
        pytest.skip(why)
    made = Image(tmp_path_factory.mktemp("image") / "root")
    try:
        made.build(ROOT)
    except image.Offline:
        pytest.skip("no package index")
    assert made.done == [step.name for step in steps((ROOT / "Dockerfile").read_text())]
    assert not (made.folder / "srv" / "colophon" / "tests").exists()
    assert (made.folder / "data").stat().st_uid == 10001
    assert (made.folder / "data" / "keys").stat().st_mode & 0o777 == 0o700
    assert "GUI: NONE" in made.inside("import cv2; print(' '.join(cv2.getBuildInformation().split()))")
    assert made.inside("import cv2; print(cv2.__file__)").startswith("/opt/python/")
    told = made.start()
    assert told["uid"] == 10001
    written = {path.name for path in (made.folder / "data").iterdir()}
    assert "colophon.db" in written
