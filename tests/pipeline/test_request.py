"""A request that exists is valid; every other one is refused with a key of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ColophonError
from pipeline import intake
from pipeline.plan import Shot, ShotPlan
from pipeline.quarantine import Quarantine
from pipeline.request import GenerationRequest
from pipeline.views import RequestForm, Upload
from tests.media import makers


@pytest.mark.parametrize(
    ("facts", "key", "status"),
    [
        ({"prompt": ""}, "error.request.empty_prompt", 5),
        ({"prompt": " \u200b\n".replace("\u200b", "")}, "error.request.empty_prompt", 5),
        ({"prompt": "a" * 50_000}, "error.request.long_prompt", 5),
        ({"resolution": "8k"}, "error.request.size", 2),
        ({"aspect": "2:1"}, "error.request.size", 2),
        ({"fps": 1000}, "error.request.fps", 2),
        ({"duration_s": 0.1}, "error.request.duration", 2),
        ({"duration_s": float("nan")}, "error.request.duration", 2),
        ({"duration_s": 10_800.0}, "error.request.duration", 2),
        ({"seed": -1}, "error.request.seed", 2),
        ({"output": "hologram"}, "error.request.output", 2),
    ],
)
def test_what_is_not_valid_does_not_exist(facts: dict[str, Any], key: str, status: int) -> None:
    with pytest.raises(ColophonError) as caught:
        GenerationRequest(**{"prompt": "a boat", **facts})
    assert (caught.value.key, caught.value.exit_status) == (key, status)


@given(st.text(min_size=1, max_size=200))
def test_any_text_has_a_digest_and_is_screened(prompt: str) -> None:
    try:
        request = GenerationRequest(prompt)
    except ColophonError:
        return
    assert len(request.digest) == 64
    assert request.texts()[0].text == prompt


def test_everything_an_engine_could_act_on_changes_the_digest() -> None:
    base = GenerationRequest("a boat")
    others = [
        GenerationRequest("a boat", negative_prompt="x"), GenerationRequest("a boat", seed=1),
        GenerationRequest("a boat", fps=25), GenerationRequest("a boat", aspect="1:1"),
        GenerationRequest("a boat", plan=ShotPlan((Shot(5.0, "a boat"),))), GenerationRequest("a boat", sound=False),
    ]  # fmt: skip
    assert len({base.digest, *(other.digest for other in others)}) == 7


def test_dialogue_and_file_names_are_screened(tmp_path: Path) -> None:
    workspace = Quarantine(tmp_path / "q").workspace("job-1")
    clip = makers.video(tmp_path / "planted name.mp4")
    shots = {"shots": [{"duration_s": 3, "action": "walks", "dialogue": [{"speaker": "A", "line": "planted line"}]}]}
    form = RequestForm("a boat", [Upload(clip, label="planted name.mp4")], shots=shots, seed=1)
    request = intake.admit(form, workspace)
    texts = {item.text for item in request.texts()}
    assert {"planted name.mp4", "A: planted line"} <= texts
    assert "planted" not in str(request.references[0].path)


def test_a_request_survives_its_record(tmp_path: Path) -> None:
    workspace = Quarantine(tmp_path / "q").workspace("job-1")
    form = RequestForm("a boat", [Upload(makers.video(tmp_path / "a.mp4"), "scene")], seed=5, title="T")
    request = intake.admit(form, workspace)
    assert intake.from_record(intake.to_record(request), workspace) == request


def test_a_changed_reference_is_noticed(tmp_path: Path) -> None:
    workspace = Quarantine(tmp_path / "q").workspace("job-1")
    request = intake.admit(RequestForm("a boat", [Upload(makers.video(tmp_path / "a.mp4"))], seed=5), workspace)
    record = intake.to_record(request)
    request.references[0].path.write_bytes(b"other")
    with pytest.raises(ColophonError, match="references_gone"):
        intake.from_record(record, workspace)


@given(st.text(st.characters(), max_size=60))
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    cleaned = intake.clean(text + "\x00\ud800\u202e")
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert "\u202e" in cleaned


def test_too_many_references_are_refused(tmp_path: Path) -> None:
    workspace = Quarantine(tmp_path / "q").workspace("job-1")
    clip = makers.video(tmp_path / "a.mp4", seconds=0.2)
    with pytest.raises(ColophonError, match=r"error\.request\.references"):
        intake.admit(RequestForm("a boat", [Upload(clip)] * 4, seed=5), workspace)
