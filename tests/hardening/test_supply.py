"""What is installed is what was chosen: exact pins, digests for all of them, no model format that runs code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)", re.M)


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return {re.sub(r"[-_.]+", "-", pin).lower(): version for pin, version in PIN.findall(text)}


def test_every_pin_is_locked_with_digests() -> None:
    locked = _pins("requirements.lock")
    assert {name: locked.get(name) for name in _pins("requirements.txt")} == _pins("requirements.txt")
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements.lock").read_text().split("\n", 1)[1])
    assert len(entries) > 100
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-nodeps.txt"])
def test_no_requirement_floats(name: str) -> None:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    assert [line for line in lines if line and "==" not in line] == []


def test_no_code_of_ours_unpickles() -> None:
    """`torch.load` without `weights_only`, and `pickle` outside the tests, can run what a file says."""
    loose = re.compile(r"(?<!_)\bpickle\.loads?\(|torch\.load\((?![^)]*weights_only=True)|joblib\.load\(")
    folders = ("media", "safety", "watermark", "records", "pipeline", "moderation", "ui", "locales", "spaces")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert [str(path) for path in files if loose.search(path.read_text())] == []
