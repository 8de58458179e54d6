import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import InputError, UsageError
from pipeline.plan import Line, Shot, ShotPlan, share_out

PLAN = {
    "shots": [
        {"duration_s": 2.5, "action": "A boat", "camera": "orbit", "dialogue": [{"speaker": "A", "line": "Hi"}],
        "references": ["image1"]},
        {"duration_s": 1, "action": "海", "transition": "fade"},
    ],
    "title": "T",
}  # fmt: skip


def test_json_round_trip():
    plan = ShotPlan.from_json(json.dumps(PLAN))
    assert plan.shots[0].dialogue == (Line("A", "Hi"),)
    assert ShotPlan.from_dict(plan.as_dict()) == plan


def test_csv_is_read():
    text = '\ufeffduration_s,action,camera,references,dialogue\n"2,5",A boat,orbit,@image1 audio1,A: Hi | B: Yes\n'
    shot = ShotPlan.from_csv(text).shots[0]
    assert (shot.duration_s, shot.references) == (2.5, ("image1", "audio1"))
    assert shot.dialogue == (Line("A", "Hi"), Line("B", "Yes"))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"duration_s": 0}, "error.plan.duration"),
        ({"duration_s": True}, "error.plan.duration"),
        ({"duration_s": float("nan")}, "error.plan.duration"),
        ({"action": "  "}, "error.plan.field"),
        ({"camera": "spin"}, "error.plan.choice"),
        ({"colour": "red"}, "error.plan.unknown"),
        ({"references": ["../x"]}, "error.plan.field"),
        ({"dialogue": ["Hi"]}, "error.plan.field"),
    ],
)
def test_a_wrong_field_is_named(change, key):
    with pytest.raises(UsageError) as caught:
        ShotPlan.from_dict({"shots": [{"duration_s": 2, "action": "x", **change}]})
    assert caught.value.key == key
    assert caught.value.params["shot"] == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "null"])
def test_what_is_no_plan_is_unreadable(text):
    with pytest.raises(InputError):
        ShotPlan.from_json(text)


def test_thirteen_shots_are_too_many():
    with pytest.raises(UsageError):
        ShotPlan.from_dict({"shots": [{"duration_s": 1, "action": "x"}] * 13})


@given(st.lists(st.one_of(st.none(), st.floats(0.2, 30)), min_size=1, max_size=12), st.floats(2, 30))
def test_lengths_always_add_up(wishes, total):
    lengths = share_out(wishes, [10.0] * len(wishes), total)
    assert sum(round(length * 1000) for length in lengths) == round(total * 1000)
    assert all(length >= 0 for length in lengths)


@given(st.lists(st.floats(0.2, 30), min_size=1, max_size=12), st.integers(48, 900))
def test_frames_always_add_up(lengths, frames):
    plan = ShotPlan(tuple(Shot(length, "x") for length in lengths))
    starts = plan.starts(24, frames)
    assert starts[0] == 0
    assert starts[-1] == frames
    assert all(b > a for a, b in pairwise(starts))
