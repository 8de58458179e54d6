"""What README says exists: its tree, its links and its commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = sorted(set(re.findall(r"^python -m (\w+) (\w+)", README, re.MULTILINE)))


def test_every_path_of_the_tree_exists() -> None:
    tree = README.split("## The tree")[1].split("## Limits")[0]
    paths = [
        path for row in re.findall(r"^\| (`[^|]+) \|", tree, re.MULTILINE) for path in re.findall(r"`([^`]+)`", row)
    ]
    assert len(paths) >= 12
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []


@pytest.mark.parametrize(("package", "command"), COMMANDS)
def test_every_command_is_known(package: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    main: Callable[[Sequence[str]], int] = import_module(f"{package}.__main__").main
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert command in capsys.readouterr().out


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile
