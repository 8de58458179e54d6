import csv
import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio
import pytest

from pipeline.exports import contact_sheet, cues_of, otio, plan_json, shot_list_csv, srt, timecode, vtt
from pipeline.lint import lint
from pipeline.plan import Line, Shot, ShotPlan
from pipeline.presets import PRESETS
from pipeline.request import GenerationRequest
from pipeline.script import plan_from_prompt

PLAN = ShotPlan(
    (
        Shot(2.0, "=SUM(A1) sea", dialogue=(Line("A", "One --> two\n\nthree"), Line("", "你好"))),
        Shot(1.5, "A forest", transition="fade"),
    ),
    "T",
)


def keys(request):
    return [p.key for p in lint(request)]


def test_missing_references_are_errors_first():
    problems = lint(GenerationRequest("A boat on the sea @image3"))
    assert problems[0].level == "error"
    assert problems[0].params["name"] == "image3"


def test_a_good_prompt_has_no_problem():
    assert keys(GenerationRequest("A boat on the sea at dawn")) == []


@pytest.mark.parametrize(
    ("shot", "key"),
    [
        (Shot(0.5, "the sea"), "lint.short"),
        (Shot(2, "the sea", dialogue=(Line("A", "word " * 30),)), "lint.dialogue"),
        (Shot(2, "hm"), "lint.vague"),
        (Shot(2, "the sea, zoom in, then zoom out"), "lint.camera"),
        (Shot(2, "the sea", transition="match"), "lint.transition"),
    ],
)
def test_each_problem_is_found(shot, key):
    assert key in keys(GenerationRequest("x", plan=ShotPlan((shot,)), duration_s=2))


def test_plan_json_is_read_back():
    assert ShotPlan.from_json(plan_json(PLAN)) == PLAN


def test_timecode():
    assert timecode(61.5, 24) == "00:01:01:12"


def test_csv_runs_no_formula():
    rows = list(csv.DictReader(io.StringIO(shot_list_csv(PLAN, 24))))
    assert len(rows) == 2
    assert rows[0]["action"].startswith("'=")


def test_subtitles_keep_their_blocks():
    text = srt(cues_of(PLAN))
    assert text.count(" --> ") == 2
    assert text.count("\n\n") == 2
    assert vtt(cues_of(PLAN)).startswith("WEBVTT\n\n00:00:00.240")


def test_otio_is_read_by_its_own_library():
    timeline = opentimelineio.adapters.read_from_string(otio(PLAN, Fraction(24)), "otio_json")
    durations = [c.source_range.duration.value for c in timeline.video_tracks()[0]]
    assert durations == [48, 36]


def test_contact_sheet_leaves_the_label_zone_empty():
    sheet = contact_sheet(PLAN, [np.zeros((90, 160, 3), np.uint8)] * 2, 24, 800)
    assert (sheet[: int(sheet.shape[0] * 0.08)] == 250).all()
    assert (sheet < 100).any()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_are_whole(name):
    preset = PRESETS[name]
    texts = json.loads(Path("locales/en.json").read_text(encoding="utf-8"))
    plan = preset.shaped(plan_from_prompt(texts[preset.prompt_key], preset.duration_s))
    assert plan.duration_s == pytest.approx(preset.duration_s)
    assert plan.shots[0].camera == preset.pattern[0][1]
    assert {f"preset.{name}.title", f"preset.{name}.about"} <= set(texts)
