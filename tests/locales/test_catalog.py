"""The catalogue: complete, consistent, and forgiving to those who ask for what it does not have."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import catalog

SOURCE = catalog.texts("en")
OTHERS = [tag for tag in catalog.tags() if tag != "en"]


# What a visitor of the trial page meets is complete in every language; the rest may fall back to English.
VISITORS = (
    "ui.", "policy.", "verify.", "lint.", "preset.", "engine.choice.", "error.media.", "error.request.", "error.job.",
    "error.verify.", "error.plan.", "error.appeal.", "error.report.", "error.unknown", "error.internal", "appeal.",
)  # fmt: skip


@pytest.mark.parametrize("tag", OTHERS)
def test_every_language_has_every_text_that_a_visitor_meets(tag: str) -> None:
    own = json.loads((catalog.FOLDER / f"{tag}.json").read_text("utf-8"))
    assert sorted(key for key in SOURCE.keys() - own.keys() if key.startswith(VISITORS)) == []
    assert sorted(own.keys() - SOURCE.keys()) == []


@pytest.mark.parametrize("tag", [*OTHERS, catalog.PSEUDO])
def test_placeholders_are_the_same_everywhere(tag: str) -> None:
    own = catalog.texts(tag)
    wrong = {key for key in SOURCE if catalog.placeholders(own[key]) != catalog.placeholders(SOURCE[key])}
    assert wrong == set()


@pytest.mark.parametrize("tag", ["en", *OTHERS])
def test_no_text_is_empty_or_shouts(tag: str) -> None:
    wrong = {key for key, text in catalog.texts(tag).items() if not text.strip() or re.search(r"[!！]", text)}
    assert wrong == set()


@pytest.mark.parametrize("tag", ["zh-Hans", "zh-Hant", "ar", "ru", "ja", "ko", "hi"])
def test_sentences_are_written_in_their_own_script(tag: str) -> None:
    own = json.loads((catalog.FOLDER / f"{tag}.json").read_text("utf-8"))
    latin = {key for key, text in own.items() if len(SOURCE[key].split()) > 3 and text.isascii()}
    assert latin <= {"ui.js.verify.kinds", "ui.result.facts"}


@pytest.mark.parametrize(
    ("asked", "given_"),
    [
        ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"), ("ar-EG", "ar"), ("tlh", "en"), ("", "en"), ("de-CH,fr;q=0.9", "de"),
        ("tlh,fr;q=0.4,ja;q=0.8", "ja"), ("en;q=0", "en"), ("zz", "zz"), ("de;q=x,es", "es"),
    ],
)  # fmt: skip
def test_the_best_language_is_found(asked: str, given_: str) -> None:
    assert catalog.best(asked) == given_


@given(st.text(max_size=300))
def test_any_header_leads_to_a_language(header: str) -> None:
    assert catalog.best(header) in {*catalog.tags(), catalog.PSEUDO}


def test_a_text_is_filled_and_unknown_things_do_no_harm() -> None:
    assert catalog.translate("ui.step.now", "xx") == SOURCE["ui.step.now"]
    assert catalog.translate("no.such.key", "de") == "no.such.key"
    assert "7" in catalog.translate("ui.progress.position", "en", position=7)
    assert "{position}" in catalog.translate("ui.progress.position", "en")
    assert catalog.translate("ui.progress.position", "en", position="{0.__class__}").endswith("{0.__class__}")


def test_the_pseudo_locale_marks_every_text() -> None:
    assert all(text.startswith("⟦") and text.endswith("⟧") for text in catalog.texts("zz").values())


def test_arabic_reads_from_right_to_left() -> None:
    assert [tag for tag in catalog.tags() if catalog.direction(tag) == "rtl"] == ["ar"]


def test_all_languages_fit_the_shape_that_gradio_takes() -> None:
    everything = catalog.i18n()
    assert list(everything) == list(catalog.tags())
    assert everything["de"].keys() == SOURCE.keys()
