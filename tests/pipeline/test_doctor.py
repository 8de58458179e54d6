"""What stops a public launch: one fact at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from errors import Unavailable
from locales.catalog import translate
from pipeline.doctor import Facts, checks, require

READY = Facts(
    signing_source="pem", persistent=True, desk_users=1, secure_cookies=True, public_url="https://example.org",
    tsa_urls=("https://tsa.example.org",), mark_secret_chars=64,
)  # fmt: skip
BLOCKERS: list[tuple[str, dict[str, Any]]] = [
    ("development_certificate", {"signing_source": "development"}),
    ("no_timestamps", {"tsa_urls": ()}),
    ("mark_secret_short", {"mark_secret_chars": 31}),
    ("no_persistent_storage", {"persistent": False}),
    ("detector_missing", {"missing_detectors": ("faces",)}),
    ("no_desk_user", {"desk_users": 0}),
    ("insecure_cookies", {"secure_cookies": False}),
    ("no_public_url", {"public_url": ""}),
    ("cage_open", {"caged": False}),
    ("no_public_url", {"public_url": "http://example.org"}),
]


def test_a_ready_deployment_has_no_finding() -> None:
    assert require(READY) == []


@pytest.mark.parametrize(("name", "change"), BLOCKERS)
def test_one_lack_stops_the_start_and_is_named(name: str, change: dict[str, Any]) -> None:
    facts = replace(READY, **change)
    (finding,) = checks(facts)
    assert (finding.kind, finding.id) == ("blocker", name)
    with pytest.raises(Unavailable) as caught:
        require(facts)
    assert caught.value.params["part"] == name


def test_advice_does_not_stop_and_comes_after_blockers() -> None:
    facts = replace(READY, mark_secret_chars=0, profile="studio")
    assert [finding.id for finding in require(facts)] == ["mark_secret_local", "profile_not_strict"]
    assert [finding.kind for finding in checks(replace(facts, desk_users=0))] == ["blocker", "advice", "advice"]


@pytest.mark.parametrize(("name", "change"), BLOCKERS)
def test_every_finding_has_words(name: str, change: dict[str, Any]) -> None:
    for finding in checks(replace(READY, **change)):
        for key in (finding.key, finding.remedy_key):
            assert translate(key, "en", **finding.params) != key
