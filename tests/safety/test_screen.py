"""The door: nothing is allowed that was not looked at, and only the Screener clears."""

from __future__ import annotations

import copy
import hashlib
import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.policy import Policy, Rule
from safety.screen import Cleared, Held, Refusal, Screener
from safety.signals import Evidence, MediaItem, Signal, SignalState, TextItem
from safety.verdict import Decision
from safety.vouching import Claimant, Vouch

RULES = (
    Rule(signal="face.photographic", at_least=0.8, decision="block", policy="likeness.real_person", severity=3,
         dsa="X", text="policy.likeness.real_person"),
    Rule(signal="face.photographic", at_least=0.4, decision="review", policy="likeness.lifelike", severity=2,
         dsa="X", text="policy.likeness.lifelike"),
    Rule(signal="text.name", at_least=0.5, decision="block", policy="names.person", severity=2, dsa="X", text="t"),
)  # fmt: skip
POLICY = Policy(RULES, "strict", "rules-1")


@dataclass
class Fake:
    """A detector that reports what it is told to."""

    signals: object
    kinds: frozenset[str] = frozenset({"image"})
    name: str = "fake"
    version: str = "1"
    calls: list[object] = field(default_factory=list)

    def observe(self, item):
        self.calls.append(item)
        if isinstance(self.signals, Exception):
            raise self.signals
        return self.signals


@dataclass(frozen=True)
class Request:
    digest: str
    items: tuple[MediaItem, ...] = ()
    words: tuple[TextItem, ...] = ()

    def texts(self):
        return self.words

    def media(self):
        return self.items


def signal(score=0.0, name="face.photographic", state=SignalState.OK):
    return Signal(name, "1", score, 0.4, state, (Evidence("image1", box=(0.1, 0.1, 0.2, 0.2)),))


@pytest.fixture
def picture(tmp_path: Path) -> MediaItem:
    path = tmp_path / "picture.png"
    path.write_bytes(b"picture")
    return MediaItem("image1", "image", str(path), hashlib.sha256(b"picture").hexdigest())


def screener(*detectors, **options):
    return Screener(detectors, POLICY, **options)


def test_a_request_without_findings_is_cleared(picture):
    outcome = screener(Fake([signal(0.0)])).screen_request(Request("d", (picture,)))
    assert isinstance(outcome, Cleared)
    assert outcome.request.digest == outcome.verdict.digest == "d"


@pytest.mark.parametrize(("score", "kind"), [(0.9, Refusal), (0.5, Held)])
def test_a_finding_refuses_or_holds_with_reason_place_and_appeal(picture, score, kind):
    outcome = screener(Fake([signal(score)])).screen_request(Request("d", (picture,)))
    assert isinstance(outcome, kind)
    (reason,) = outcome.reasons
    assert reason.place.box == (0.1, 0.1, 0.2, 0.2)
    assert reason.rule_key.endswith(".rule")
    assert reason.remedy_key.endswith(".remedy")
    assert outcome.appeal.startswith("policy.appeal.")


@pytest.mark.parametrize("report", [RuntimeError("x"), MemoryError(), [], None, ["no signal"], ValueError("x")])
def test_a_detector_that_fails_or_says_nothing_holds(picture, report):
    verdict = screener(Fake(report)).judge([picture])
    assert verdict.decision is Decision.REVIEW
    assert verdict.findings[0].signal.state is SignalState.ERROR
    assert verdict.evidence[0].where == "image1"


def test_a_faulty_detector_does_not_hide_what_another_one_found(picture):
    verdict = screener(Fake(RuntimeError("x")), Fake([signal(0.9)], name="other")).judge([picture])
    assert verdict.decision is Decision.BLOCK


def test_an_item_that_no_detector_looks_at_is_held(picture):
    verdict = screener(Fake([signal()], kinds=frozenset({"audio"}))).judge([picture])
    assert verdict.decision is Decision.REVIEW
    assert verdict.findings[0].signal.state is SignalState.UNSUPPORTED


def test_nothing_to_judge_is_held():
    assert screener(Fake([signal()])).judge([]).decision is Decision.REVIEW


def test_bytes_that_are_not_what_was_hashed_are_held(picture):
    detector = Fake([signal(0.0)])
    verdict = screener(detector).judge([replace(picture, sha256="0" * 64)])
    assert verdict.decision is Decision.REVIEW
    assert not detector.calls


def test_a_file_that_vanished_is_held(picture):
    Path(picture.path).unlink()
    assert screener(Fake([signal(0.0)])).judge([picture]).decision is Decision.REVIEW


def test_the_same_bytes_are_looked_at_once_and_judged_alike(picture):
    detector = Fake([signal(0.5)])
    door = screener(detector)
    assert door.judge([picture]) == door.judge([picture])
    assert len(detector.calls) == 1


def test_a_new_detector_version_looks_again(picture):
    detector = Fake([signal(0.5)])
    door = screener(detector)
    door.judge([picture])
    detector.version, detector.signals = "2", [signal(0.9)]
    assert door.judge([picture]).decision is Decision.BLOCK


def test_a_fault_is_not_remembered(picture):
    detector = Fake(RuntimeError("once"))
    door = screener(detector)
    assert door.judge([picture]).decision is Decision.REVIEW
    detector.signals = [signal(0.0)]
    assert door.judge([picture]).decision is Decision.ALLOW


def test_the_memory_is_bounded(picture):
    door = screener(Fake([signal(0.0)], kinds=frozenset({"text"})), remember=3)
    for number in range(9):
        door.judge([TextItem("prompt", str(number))])
    assert len(door._known) == 3


def test_cleared_cannot_be_made_copied_stored_or_subclassed(picture):
    request = Request("d", (picture,))
    cleared = screener(Fake([signal(0.0)])).screen_request(request)
    with pytest.raises(TypeError):
        Cleared(request, cleared.verdict)
    with pytest.raises(TypeError):
        replace(cleared, request=Request("e"))
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            attempt(cleared)
    with pytest.raises(TypeError):
        type("Mine", (Cleared,), {})


def test_a_reviewer_clears_exactly_what_was_held(picture):
    door, request = screener(Fake([signal(0.5)])), Request("d", (picture,))
    held = door.screen_request(request)
    assert door.clear_reviewed(request, held.verdict, "case-1").case == "case-1"
    with pytest.raises(ValueError):
        door.clear_reviewed(request, held.verdict, "")
    with pytest.raises(ValueError):
        door.clear_reviewed(Request("other", (picture,)), held.verdict, "case-1")


def test_a_reviewer_cannot_clear_what_may_never_be_overruled(picture):
    rule = RULES[0].model_copy(update={"severity": 4})
    door, request = Screener([Fake([signal(0.9)])], Policy((rule,), "strict", "1")), Request("d", (picture,))
    with pytest.raises(ValueError):
        door.clear_reviewed(request, door.screen_request(request).verdict, "case-1")


def test_a_proof_answers_the_likeness_signals_only(picture):
    report = [signal(0.9), signal(0.9, name="text.name")]
    verdict = screener(Fake(report), vouch=lambda item, claimant: Vouch("own_output")).judge([picture])
    assert verdict.policies == ("names.person",)
    assert any(s.detail == "vouched:own_output" and s.score == 0 for s in verdict.signals)


def consent(item, claimant):
    return Vouch("consent:k-1") if claimant == Claimant("v-1", "film") else None


@pytest.mark.parametrize("claimant", [None, Claimant("v-2", "film"), Claimant("v-1", "advertising")])
def test_a_consent_answers_for_its_account_and_purpose_only(picture, claimant):
    door, request = screener(Fake([signal(0.9)]), vouch=consent), Request("d", (picture,))
    assert isinstance(door.screen_request(request, claimant), Refusal)
    cleared = door.screen_request(request, Claimant("v-1", "film"))
    assert isinstance(cleared, Cleared)
    assert cleared.consented
    assert cleared.shows_people
    assert isinstance(door.screen_request(request, claimant), Refusal)


def test_what_no_one_had_to_answer_for_shows_no_people(picture):
    cleared = screener(Fake([signal(0.0)]), vouch=consent).screen_request(Request("d", (picture,)))
    assert not cleared.consented
    assert not cleared.shows_people


def test_what_a_reviewer_let_pass_may_show_people(picture):
    door, request = screener(Fake([signal(0.5)])), Request("d", (picture,))
    assert door.clear_reviewed(request, door.screen_request(request).verdict, "case-1").shows_people


def test_a_face_split_over_two_references_is_answered_only_by_two_proofs(picture):
    class Pair(Fake):
        def observe_together(self, items):
            return [Signal("face.split", "1", 0.9, 0.4, evidence=tuple(Evidence(item.where) for item in items))]

    rule = Rule(signal="face.split", at_least=0.8, decision="block", policy="likeness.real_person", severity=3,
                dsa="X", text="t")  # fmt: skip
    both, other = Policy((*RULES, rule), "strict", "1"), replace(picture, where="image2")

    def decided(known):
        def vouch(item, claimant):
            return Vouch("own_output") if item.where in known else None

        detector = Pair([Signal("face.photographic", "1", 0.9, 0.4)])
        return Screener([detector], both, vouch=vouch).judge([picture, other]).decision

    assert decided({"image1"}) is Decision.BLOCK
    assert decided({"image1", "image2"}) is Decision.ALLOW


def test_a_proof_does_not_answer_a_fault(picture):
    report = [signal(0.9), signal(0.0, state=SignalState.ERROR)]
    verdict = screener(Fake(report), vouch=lambda item, claimant: Vouch("own_output")).judge([picture])
    assert verdict.decision is Decision.REVIEW


def test_items_are_also_looked_at_together(picture):
    class Pair(Fake):
        def observe_together(self, items):
            return [signal(0.9)] if len(items) == 2 else []

    other = replace(picture, where="image2")
    assert screener(Pair([signal(0.0)])).judge([picture]).decision is Decision.ALLOW
    assert screener(Pair([signal(0.0)])).judge([picture, other]).decision is Decision.BLOCK


def test_output_is_hashed_where_it_stands(picture):
    verdict = screener(Fake([signal(0.0)])).screen_output("draft", [replace(picture, where="output", sha256="draft")])
    assert verdict.decision is Decision.ALLOW
    assert verdict.digest == "draft"


states = st.sampled_from([*SignalState])
reports = st.one_of(
    st.just(None), st.just([]), st.builds(lambda: RuntimeError("x")),
    st.lists(st.builds(lambda score, state, name: signal(score, name, state), st.floats(0, 1), states,
                       st.sampled_from(["face.photographic", "text.name", "unknown.signal"])), max_size=4),
)  # fmt: skip


# From where on a signal does not pass: its lowest rule, or its own threshold where no rule knows it.
LEAST = {"face.photographic": 0.4, "text.name": 0.5, "unknown.signal": 0.4}


@settings(max_examples=60, deadline=None)
@given(st.lists(reports, min_size=1, max_size=4))
def test_only_a_full_set_of_quiet_reports_allows(report_list):
    detectors = [Fake(r, frozenset({"text"}), f"d{i}") for i, r in enumerate(report_list)]
    verdict = screener(*detectors).judge([TextItem("prompt", "x")])
    quiet = all(
        isinstance(r, list) and r and all(s.state is SignalState.OK and s.score < LEAST[s.name] for s in r)
        for r in report_list
    )
    if verdict.decision is Decision.ALLOW:
        assert quiet
