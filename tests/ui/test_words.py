"""No text for people stands in the code of the page, and none is asked for that does not exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ui
from locales.catalog import texts

FOLDER = Path(ui.__file__).parent
MODULES = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("desk"))
PROSE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
MARKUP = re.compile(
    r"^(<|[a-z-]* ?'self'|default-src|script-src|img-src|media-src|worker-src|window\.)|[;{}=]|%[YHd]|^[MC]\d"
)
CSS_CLASS = re.compile(r"^[a-z-]+( [a-z-]+)*$")
FONTS = {"Segoe UI", "Noto Sans", "Helvetica Neue"}
KEY = re.compile(r"^(ui|error|policy|verify|desk|engine)\.[a-z0-9_.]+[a-z0-9_]$")


def strings(path: Path) -> Iterator[ast.Constant]:
    """String constants of a module, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    quoted = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quoted:
            yield node


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_no_sentence_stands_in_the_code(path: Path) -> None:
    found = [
        (node.lineno, node.value)
        for node in strings(path)
        if PROSE.search(node.value)
        and not MARKUP.search(node.value)
        and not CSS_CLASS.match(node.value)
        and node.value not in FONTS
    ]
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_every_key_exists(path: Path) -> None:
    missing = {node.value for node in strings(path) if KEY.match(node.value)} - texts("en").keys()
    assert missing == set()


def test_every_key_of_the_script_exists() -> None:
    script = (FOLDER / "assets" / "page.js").read_text("utf-8")
    asked = set(re.findall(r'say\("([a-z_.]+)"', script))
    assert asked
    assert {f"ui.js.{key}" for key in asked} - texts("en").keys() == set()


def test_the_script_and_the_style_name_no_other_site() -> None:
    for name in ("page.js", "page.css"):
        assert not re.search(r"https?://", (FOLDER / "assets" / name).read_text("utf-8"))


def test_verify_passes_no_judgement() -> None:
    judging = re.compile(r"\b(real|fake|authentic|genuine)\b", re.I)
    spoken = {
        k: v for k, v in texts("en").items() if k.startswith(("verify.", "ui.verify.", "ui.evidence.", "ui.slip."))
    }
    assert spoken
    assert [key for key, text in spoken.items() if judging.search(text)] == []
