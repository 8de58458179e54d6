"""Lines of text: what is drawn, and in which order."""

from __future__ import annotations

import numpy as np
import pytest

from media.lettering import _leftwards, _runs, line_mask


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("اسم (حالة)", ["(", "حالة", ")", "اسم "]),
        ("توقيع (JWS, ES256) هنا", ["هنا", " (", "JWS, ES256", ")", "توقيع "]),
        ("قيمة SHA-256", ["SHA-256", "قيمة "]),
    ],
)
def test_brackets_turn_and_words_of_other_scripts_stay_whole(text: str, drawn: list[str]) -> None:
    assert [run for _, run in _leftwards(_runs(text))] == drawn


@pytest.mark.parametrize("text", ["(", "@", "&"])
def test_what_a_font_lacks_comes_from_another(text: str) -> None:
    alone, among = line_mask(text, 40), line_mask(f"ب{text}", 40)
    rows = np.flatnonzero(alone.any(axis=1))
    assert among.shape[1] >= alone.shape[1]
    assert among[rows[0] : rows[-1] + 1].any()
    assert [kind for kind, _ in _runs(f"ب{text}")] == ["arabic", "sans"]
