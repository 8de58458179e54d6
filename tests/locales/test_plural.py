"""The form of a word that goes with a number."""

from __future__ import annotations

import pytest

from locales import catalog, plural

SIX = ["zero", "one", "two", "few", "many", "other"]


@pytest.mark.parametrize(
    ("tag", "forms", "expected"),
    [
        ("en", ["one", "other"], {0: "other", 1: "one", 2: "other", 21: "other"}),
        ("fr", ["one", "other"], {0: "one", 1: "one", 2: "other"}),
        ("ru", ["one", "few", "many"], {0: "many", 1: "one", 3: "few", 11: "many", 14: "many", 21: "one", 22: "few"}),
        ("ar", SIX, {0: "zero", 1: "one", 2: "two", 3: "few", 11: "many", 100: "other", 103: "few", 111: "many"}),
        ("ja", ["other"], {0: "other", 1: "other", 5: "other"}),
        ("ar", ["one", "other"], {1: "other", 7: "other"}),
    ],
)
def test_each_language_counts_in_its_own_way(tag: str, forms: list[str], expected: dict[int, str]) -> None:
    assert {n: plural.form(forms, n, tag) for n in expected} == expected


def test_what_is_no_whole_number_takes_the_last_form() -> None:
    assert plural.form(["one", "other"], "1.5", "en") == "other"
    assert plural.form(["one", "other"], None, "de") == "other"


def test_forms_stand_behind_the_placeholder_of_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "texts", lambda tag: {"x": "{count} {count|job|jobs}"})
    assert catalog.translate("x", "en", count=1) == "1 job"
    assert catalog.translate("x", "en", count=4) == "4 jobs"
    assert catalog.translate("x", "en") == "{count} {count|job|jobs}"
    assert catalog.placeholders("{count} {count|job|jobs}") == {"count"}
