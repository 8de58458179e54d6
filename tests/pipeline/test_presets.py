"""What we offer ourselves meets no rule: every preset in every language, and the example of the empty page."""

from __future__ import annotations

import pytest

from locales.catalog import tags, translate
from pipeline import reasons
from pipeline.presets import PRESETS
from pipeline.workbench import EXAMPLE
from safety import policy
from safety.detectors.prompt import PromptDetector
from safety.screen import Screener
from safety.signals import TextItem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def screener() -> Screener:
    """The text screen with the names that are bundled."""
    return Screener([PromptDetector()], policy.load("strict"))


@pytest.mark.parametrize("language", tags())
def test_no_preset_is_refused(screener: Screener, language: str) -> None:
    texts = [translate(preset.prompt_key, language) for preset in PRESETS.values()]
    found = {text: reasons.of(screener.judge([TextItem("prompt", text)])) for text in texts}
    assert {text: items for text, items in found.items() if items} == {}


def test_the_example_is_not_refused(screener: Screener) -> None:
    assert reasons.of(screener.judge([TextItem("prompt", EXAMPLE.prompt)])) == []
