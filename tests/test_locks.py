"""The type lock: the promise-bearing types cannot be made, copied or changed outside their module."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from pathlib import Path

import pytest

from errors import ColophonError, ReleaseRefused
from pipeline.release import Release
from pipeline.request import GenerationRequest
from safety.screen import Cleared
from safety.signals import Signal
from safety.verdict import Decision, Finding, Verdict, combine
from watermark.stamp import Stamped

REQUEST = GenerationRequest("a boat")


def _verdict(decision: Decision = Decision.ALLOW) -> Verdict:
    finding = Finding(decision, "", 0, Signal("a", "1", 0.0, 1.0))
    return combine([finding], digest=REQUEST.digest, policy_version="1", profile="strict")


def test_nobody_but_the_screener_clears() -> None:
    with pytest.raises(TypeError):
        Cleared(REQUEST, _verdict())
    with pytest.raises(TypeError):
        Cleared(REQUEST, _verdict(), mint=object())


def test_nobody_but_the_door_releases(tmp_path: Path) -> None:
    with pytest.raises(ReleaseRefused):
        Release("rel-1", tmp_path, "0" * 64)
    with pytest.raises(ReleaseRefused):
        Release("rel-1", tmp_path, "0" * 64, object())


def test_nobody_but_the_stamper_stamps(tmp_path: Path) -> None:
    empty = {f.name: None for f in dataclasses.fields(Stamped)}
    with pytest.raises(ColophonError):
        Stamped(**{**empty, "path": tmp_path})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Cleared, Release, Stamped, Verdict, GenerationRequest])
def test_they_are_frozen(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_a_verdict_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(_verdict())


def test_no_findings_are_no_permission() -> None:
    with pytest.raises(ValueError, match="nothing was judged"):
        combine([], digest="0" * 64, policy_version="1", profile="strict")


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])  # noqa: S301
def test_a_clearance_is_not_copied(copier: object) -> None:
    from safety import screen

    cleared = Cleared(REQUEST, _verdict(), mint=screen._MINT)
    with pytest.raises(TypeError):
        copier(cleared)  # type: ignore[operator]


def test_a_request_has_no_field_for_a_voice() -> None:
    names = {field.name for field in dataclasses.fields(GenerationRequest)}
    assert not {name for name in names if "voice" in name or "speaker" in name or "timbre" in name}
