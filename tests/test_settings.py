"""Settings: typing errors are refused, secrets do not show, and the documented table is the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

import settings
from errors import UsageError

TABLE = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(settings.PREFIX):
            monkeypatch.delenv(name)


def test_defaults_load() -> None:
    assert settings.load().profile == "strict"


@pytest.mark.parametrize("name", ["COLOPHON_PROFIL", "COLOPHON_SIGNIN__SOURCE"])
def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(UsageError, match=r"error\.settings\.unknown"):
        settings.load()


def test_a_misspelt_nested_setting_is_refused_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOPHON_MARK__SECRE", "planted-secret")
    with pytest.raises(UsageError) as caught:
        settings.load()
    assert "planted-secret" not in str(caught.value)


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOPHON_MARK__SECRET", "planted-secret-planted-secret-12")
    assert "planted" not in repr(settings.load())


def test_the_table_is_generated_from_the_model() -> None:
    assert TABLE.read_text("utf-8") == settings.table(), "run: python -m settings > docs/settings.md"
