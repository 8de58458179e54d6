"""The shipped rows on likeness and intimate content: what each profile does with each signal, place by place."""

from __future__ import annotations

import json

import pytest

from safety import policy
from safety.policy import FOLDER, Rule
from safety.signals import Evidence, Signal, SignalState
from safety.vouching import LIKENESS

ROWS = [
    Rule.model_validate(row)
    for name in ("likeness", "intimate")
    for row in json.loads((FOLDER / f"{name}.json").read_text())
]


def decided(profile, name, score, where="image1", state=SignalState.OK):
    (finding,) = policy.load(profile).judge([Signal(name, "1", score, 0.4, state, (Evidence(where),))])
    return finding.decision.value, finding.policy


@pytest.mark.parametrize(("profile", "name", "score", "where", "decision", "rule"), [
    ("strict", "face.photographic", 0.80, "image1", "block", "likeness.real_person"),
    ("strict", "face.photographic", 0.79, "image1", "review", "likeness.lifelike"),
    ("strict", "face.photographic", 0.40, "video2", "review", "likeness.lifelike"),
    ("strict", "face.photographic", 0.39, "image1", "allow", ""),
    ("studio", "face.photographic", 0.99, "image1", "review", "likeness.real_person"),
    ("studio", "face.photographic", 0.39, "image1", "allow", ""),
    ("strict", "face.photographic", 0.90, "output", "review", "likeness.output"),
    ("studio", "face.photographic", 0.90, "output", "allow", ""),
    ("strict", "face.split", 0.85, "image1", "block", "likeness.real_person"),
    ("studio", "face.split", 0.85, "image1", "block", "likeness.real_person"),
    ("strict", "face.split", 0.79, "image1", "review", "likeness.lifelike"),
    ("strict", "body.photographic", 0.90, "image1", "review", "likeness.body"),
    ("strict", "body.photographic", 0.89, "image1", "allow", ""),
    ("studio", "body.photographic", 0.99, "image1", "allow", ""),
    ("strict", "child.photographic", 0.50, "image1", "review", "likeness.minor"),
    ("studio", "child.photographic", 0.50, "video1", "review", "likeness.minor"),
    ("studio", "child.photographic", 0.49, "image1", "allow", ""),
    ("strict", "voice.speech", 0.50, "audio1", "block", "likeness.voice"),
    ("studio", "voice.speech", 0.50, "audio1", "review", "likeness.voice"),
    ("strict", "voice.speech", 0.90, "video1", "allow", ""),
    ("strict", "voice.singing", 0.50, "audio1", "review", "likeness.voice"),
    ("strict", "explicit.picture", 0.85, "output", "block", "intimate.explicit"),
    ("studio", "explicit.picture", 0.85, "image1", "block", "intimate.explicit"),
    ("strict", "explicit.picture", 0.50, "image1", "review", "intimate.explicit"),
    ("strict", "explicit.picture", 0.49, "image1", "allow", ""),
    ("strict", "explicit.skin", 0.90, "image1", "review", "intimate.explicit"),
    ("studio", "explicit.skin", 0.99, "image1", "allow", ""),
])  # fmt: skip
def test_each_row_does_what_the_page_says(profile, name, score, where, decision, rule):
    assert decided(profile, name, score, where) == (decision, rule)


@pytest.mark.parametrize("name", sorted({row.signal for row in ROWS}))
@pytest.mark.parametrize("state", [SignalState.ERROR, SignalState.UNSUPPORTED])
@pytest.mark.parametrize("profile", policy.PROFILES)
def test_a_detector_that_could_not_look_is_never_allowed(profile, name, state):
    assert decided(profile, name, 0.0, state=state)[0] == "review"


def test_a_child_is_graver_than_a_lifelike_face_and_no_consent_answers_for_it():
    severity = {row.policy: row.severity for row in ROWS}
    assert severity["likeness.minor"] > severity["likeness.lifelike"]
    assert not "child.photographic".startswith(LIKENESS)
    assert {row.dsa for row in ROWS if row.policy == "likeness.minor"} == {"STATEMENT_CATEGORY_PROTECTION_OF_MINORS"}


def test_every_row_says_why_it_exists_and_how_grave_it_is():
    for row in ROWS:
        assert row.note
        assert row.severity >= 2
        assert row.dsa.startswith("STATEMENT_CATEGORY_")


def test_a_score_never_lowers_a_decision():
    rank = {"allow": 0, "review": 1, "block": 2}
    for profile in policy.PROFILES:
        for row in ROWS:
            where = "audio1" if row.signal.startswith("voice") else "image1"
            ranks = [rank[decided(profile, row.signal, score / 20, where)[0]] for score in range(21)]
            assert ranks == sorted(ranks)
