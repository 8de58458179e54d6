"""Claims, leases, decisions, double review, undo, settling."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from errors import UsageError
from moderation import quality
from moderation.cases import CaseKind, CaseState, Choice
from moderation.desk import Desk
from moderation.roles import NotAllowed, Reviewer
from records.moderation_tables import CaseRow, StatementRow
from tests.moderation.conftest import (
    ADMIN,
    ANNA,
    AUDITOR,
    BEN,
    CHILD_A,
    CHILD_B,
    CHILD_C,
    SARA,
    TOM,
    Clock,
    FakePipeline,
    add_job,
    job_state,
)  # fmt: skip

P = "likeness.real_person"


def test_sync_opens_one_case_for_each_held_job(desk: Desk) -> None:
    add_job(desk)
    add_job(desk, "minors.sexual")
    assert desk.sync() == 2
    assert desk.sync() == 0


def test_a_job_held_again_gets_a_new_case(desk: Desk, clock: Clock) -> None:
    job_id = add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.APPROVE, P, token=lease.token)
    assert desk.sync() == 0
    clock.go(11)
    desk.settle()
    with desk.database.write() as session:
        session.execute(text("UPDATE jobs SET state = 'held' WHERE job_id = :id"), {"id": job_id})
        session.execute(text(
            "INSERT INTO verdicts"
            " (job_id, stage, decision, policies, policy_version, profile, digest, signals, created_at)"
            " SELECT job_id, 'output', decision, policies, policy_version, profile, digest, signals, created_at"
            " FROM verdicts"
        ))  # fmt: skip
    assert desk.sync() == 1


def test_the_severest_case_comes_first_then_the_oldest(desk: Desk, clock: Clock) -> None:
    older = add_job(desk, "ip.character")
    desk.sync()
    clock.go(60)
    newer, severe = add_job(desk, "ip.character"), add_job(desk, P)
    desk.sync()
    subjects = []
    for _ in range(3):
        lease = desk.claim(ANNA)
        assert lease
        subjects.append(desk.case(ANNA, lease.case_id).case.subject)
        desk.decide(lease.case_id, ANNA, Choice.APPROVE, P, token=lease.token)
    assert subjects == [severe, older, newer]


def test_asking_twice_gives_the_same_case(desk: Desk) -> None:
    add_job(desk)
    add_job(desk)
    desk.sync()
    assert desk.claim(ANNA) == desk.claim(ANNA)


def test_many_reviewers_at_once_never_share_a_case(desk: Desk) -> None:
    for _ in range(12):
        add_job(desk)
    desk.sync()
    taken: list[str] = []
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            reviewer = Reviewer(name, ("reviewer",))
            while lease := desk.claim(reviewer):
                taken.append(lease.case_id)
                desk.decide(lease.case_id, reviewer, Choice.APPROVE, P, token=lease.token)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(f"r-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 12


def test_an_expired_lease_lets_the_next_reviewer_in_and_the_first_out(desk: Desk, clock: Clock) -> None:
    add_job(desk)
    desk.sync()
    first = desk.claim(ANNA)
    assert first
    assert desk.claim(BEN) is None
    clock.go(desk.config.lease_s + 1)
    second = desk.claim(BEN)
    assert second
    assert second.case_id == first.case_id
    with pytest.raises(UsageError, match=r"error\.desk\.lease_lost"):
        desk.decide(first.case_id, ANNA, Choice.BLOCK, P, token=first.token)
    with pytest.raises(UsageError, match=r"error\.desk\.lease_lost"):
        desk.heartbeat(ANNA, first.case_id, first.token)


def test_a_heartbeat_keeps_the_lease(desk: Desk, clock: Clock) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    for _ in range(4):
        clock.go(desk.config.lease_s - 5)
        desk.heartbeat(ANNA, lease.case_id, lease.token)
    assert desk.claim(BEN) is None


def test_a_clock_that_goes_back_frees_leases_and_keeps_the_order_of_events(desk: Desk, clock: Clock) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    clock.go(-86_400)
    assert desk.claim(BEN) is not None
    history = desk.case(BEN, lease.case_id).history
    assert [step.time for step in history] == sorted(step.time for step in history)


def test_a_double_submit_decides_once(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, token=lease.token)
    with pytest.raises(UsageError):
        desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, token=lease.token)
    with desk.database.read() as session:
        assert len(session.execute(select(StatementRow)).scalars().all()) == 1


def test_a_block_states_its_reasons_in_the_same_transaction_and_reaches_the_pipeline(
    desk: Desk, pipeline: FakePipeline, clock: Clock
) -> None:
    job_id = add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    case = desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, "A face in image1.", token=lease.token)
    assert case.state is CaseState.SETTLING
    assert pipeline.calls == []
    with desk.database.read() as session:
        fields = session.execute(select(StatementRow)).scalar_one().fields
    assert fields["decision_facts"] == "A face in image1."
    assert fields["automated_detection"] == "Yes"
    assert fields["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert fields["content_language"] == "DE"
    clock.go(desk.config.undo_s + 1)
    assert desk.settle() == 1
    assert desk.settle() == 0
    assert pipeline.calls == [("refuse", job_id)]
    assert desk.case(ANNA, lease.case_id).case.outcome == "block"


def test_facts_that_name_an_address_are_refused_and_nothing_is_written(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    with pytest.raises(UsageError, match=r"error\.desk\.facts_personal"):
        desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, "write to a@b.example", token=lease.token)
    assert desk.case(ANNA, lease.case_id).case.votes == ()
    assert len(desk.case(ANNA, lease.case_id).history) == 2


def test_undo_within_ten_seconds_gives_the_case_back_and_voids_the_statement(
    desk: Desk, pipeline: FakePipeline, clock: Clock
) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, token=lease.token)
    clock.go(9)
    token = desk.undo(lease.case_id, ANNA)
    clock.go(60)
    assert desk.settle() == 0
    desk.decide(lease.case_id, ANNA, Choice.APPROVE, P, token=token)
    clock.go(11)
    desk.settle()
    assert [name for name, _ in pipeline.calls] == ["approve"]
    with desk.database.read() as session:
        assert session.execute(select(StatementRow.voided)).scalars().all() == [True]


def test_undo_is_too_late_after_the_window_and_not_for_others(desk: Desk, clock: Clock) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, token=lease.token)
    with pytest.raises(UsageError):
        desk.undo(lease.case_id, BEN)
    clock.go(11)
    with pytest.raises(UsageError):
        desk.undo(lease.case_id, ANNA)


def test_a_skip_keeps_the_case_from_that_reviewer_only(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.skip(ANNA, lease.case_id, lease.token, "exposure")
    assert desk.claim(ANNA) is None
    assert desk.claim(BEN) is not None


def test_an_assigned_case_waits_for_its_reviewer(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    case_id = desk.queue(SARA).lines[0].case_id
    desk.assign(SARA, case_id, BEN)
    assert desk.claim(ANNA) is None
    lease = desk.claim(BEN)
    assert lease
    assert lease.case_id == case_id
    with pytest.raises(NotAllowed):
        desk.assign(ANNA, case_id, ANNA)


def test_minors_need_two_who_agree_and_a_third_when_they_do_not(
    desk: Desk, pipeline: FakePipeline, clock: Clock
) -> None:
    add_job(desk, "minors.sexual")
    desk.sync()
    for reviewer, choice in ((CHILD_A, Choice.BLOCK), (CHILD_B, Choice.APPROVE)):
        lease = desk.claim(reviewer)
        assert lease
        assert desk.decide(lease.case_id, reviewer, choice, "minors.sexual", token=lease.token).state is CaseState.OPEN
        assert desk.claim(reviewer) is None
        clock.go(11)
        assert desk.settle() == 0
    lease = desk.claim(CHILD_C)
    assert lease
    desk.decide(lease.case_id, CHILD_C, Choice.BLOCK, "minors.sexual", token=lease.token)
    clock.go(11)
    desk.settle()
    assert [name for name, _ in pipeline.calls] == ["refuse"]


def test_the_second_reviewer_does_not_see_the_first_choice(desk: Desk) -> None:
    add_job(desk, "minors.sexual")
    desk.sync()
    lease = desk.claim(CHILD_A)
    assert lease
    desk.decide(lease.case_id, CHILD_A, Choice.BLOCK, "minors.sexual", "secret words", token=lease.token)
    view = desk.case(CHILD_B, lease.case_id)
    decided = [step for step in view.history if step.kind == "decided"]
    assert [(dict(step.facts), step.text) for step in decided] == [({}, "")]


def test_an_escalated_case_goes_to_a_senior_reviewer(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    case = desk.decide(lease.case_id, ANNA, Choice.ESCALATE, P, "unsure", token=lease.token)
    assert (case.queue, case.state) == ("senior", CaseState.OPEN)
    assert desk.claim(BEN) is None
    senior = desk.claim(TOM)
    assert senior
    assert desk.decide(senior.case_id, TOM, Choice.APPROVE, P, token=senior.token).state is CaseState.SETTLING


@pytest.mark.parametrize("reviewer", [AUDITOR, ANNA, SARA])
def test_nobody_outside_the_child_safety_lane_sees_it(desk: Desk, reviewer: Reviewer) -> None:
    add_job(desk, "minors.sexual")
    desk.sync()
    assert list(desk.queue(reviewer).lines) == []
    case_id = desk.queue(CHILD_A).lines[0].case_id
    with pytest.raises(NotAllowed):
        desk.case(reviewer, case_id)
    with pytest.raises(NotAllowed):
        desk.claim_one(reviewer, case_id)


def test_an_auditor_reads_and_changes_nothing(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    case_id = desk.queue(AUDITOR).lines[0].case_id
    desk.case(AUDITOR, case_id)
    with pytest.raises(NotAllowed):
        desk.claim_one(AUDITOR, case_id)
    with pytest.raises(NotAllowed):
        desk.note(AUDITOR, case_id, "hm")
    with pytest.raises(NotAllowed):
        desk.media(AUDITOR, case_id)
    assert desk.claim(AUDITOR) is None


def test_a_failing_door_is_tried_again_and_ends_with_a_senior(desk: Desk, pipeline: FakePipeline, clock: Clock) -> None:
    job_id = add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.APPROVE, P, token=lease.token)
    pipeline.broken = True
    for _ in range(5):
        clock.go(1000)
        assert desk.settle() == 0
    case = desk.case(SARA, lease.case_id).case
    assert (case.queue, case.state, case.votes) == ("senior", CaseState.OPEN, ())
    assert job_state(desk, job_id) == "held"


def test_a_second_look_is_blind_never_carried_out_and_compared(
    desk: Desk, pipeline: FakePipeline, clock: Clock
) -> None:
    desk.config = desk.config.model_copy(update={"second_look_rate": 1.0})
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, token=lease.token)
    clock.go(11)
    desk.settle()
    assert desk.claim(ANNA) is None
    again = desk.claim(BEN)
    assert again
    view = desk.case(BEN, again.case_id)
    assert view.case.kind is CaseKind.HELD
    assert list(view.earlier) == []
    desk.decide(again.case_id, BEN, Choice.APPROVE, P, token=again.token)
    clock.go(11)
    desk.settle()
    assert [name for name, _ in pipeline.calls] == ["refuse"]
    senior = desk.claim(SARA)
    assert senior
    assert desk.case(SARA, senior.case_id).case.kind is CaseKind.APPEAL


def closed_case(desk: Desk, clock: Clock, choice: Choice = Choice.BLOCK) -> str:
    """A case that ANNA decided."""
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, choice, P, token=lease.token)
    clock.go(11)
    desk.settle()
    return lease.case_id


def test_golden_cases_look_like_any_other_are_compared_and_never_carried_out(
    desk: Desk, pipeline: FakePipeline, clock: Clock
) -> None:
    case_id = closed_case(desk, clock)
    made = desk.golden(SARA, case_id, Choice.BLOCK, 2)
    assert desk.claim(ANNA) is None
    assert desk.claim(SARA) is None
    lease = desk.claim(BEN)
    assert lease
    view = desk.case(BEN, lease.case_id)
    assert (view.case.kind, list(view.earlier)) == (CaseKind.HELD, [])
    desk.decide(lease.case_id, BEN, Choice.APPROVE, P, token=lease.token)
    assert desk.claim(BEN) is None
    clock.go(11)
    desk.settle()
    assert [name for name, _ in pipeline.calls] == ["refuse"]
    assert desk.claim(TOM)
    with desk.database.read() as session:
        rows = {row.case_id: (row.expected, row.decided, row.reviewer) for row in quality.golden_cases(session, ADMIN)}
        with pytest.raises(NotAllowed):
            quality.golden_cases(session, BEN)
    assert rows[lease.case_id] == ("block", "approve", BEN.reviewer_id)
    assert set(rows) == set(made)


def test_only_a_closed_case_becomes_golden_and_only_by_who_may(desk: Desk, clock: Clock) -> None:
    case_id = closed_case(desk, clock)
    (copy,) = desk.golden(ADMIN, case_id, Choice.BLOCK)
    with pytest.raises(NotAllowed):
        desk.golden(BEN, case_id, Choice.BLOCK)
    for wrong, expected, copies in (
        (copy, Choice.BLOCK, 1), (case_id, Choice.ESCALATE, 1), (case_id, Choice.BLOCK, 21), ("c-none", Choice.BLOCK, 1)
    ):  # fmt: skip
        with pytest.raises(UsageError):
            desk.golden(ADMIN, wrong, expected, copies)


def test_the_journal_of_a_case_cannot_be_changed(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    for statement in ("UPDATE case_events SET actor = 'x'", "DELETE FROM case_events"):
        with pytest.raises(DatabaseError, match="append-only"), desk.database.write() as session:
            session.execute(text(statement))


def test_bulk_decides_exactly_what_was_previewed(desk: Desk, clock: Clock, pipeline: FakePipeline) -> None:
    for _ in range(3):
        add_job(desk)
    desk.sync()
    ids = [line.case_id for line in desk.queue(SARA).lines]
    preview = desk.bulk_preview(SARA, ids, Choice.APPROVE)
    assert [line.effects for line in preview.lines] == [("approve",)] * 3
    with pytest.raises(UsageError):
        desk.bulk_decide(SARA, ids, Choice.BLOCK, P, "", preview.seal)
    desk.note(SARA, ids[0], "changed since")
    with pytest.raises(UsageError):
        desk.bulk_decide(SARA, ids, Choice.APPROVE, P, "", preview.seal)
    preview = desk.bulk_preview(SARA, ids, Choice.APPROVE)
    assert desk.bulk_decide(SARA, ids, Choice.APPROVE, P, "", preview.seal).decided == 3
    clock.go(11)
    assert desk.settle() == 3


def test_bulk_is_for_seniors(desk: Desk) -> None:
    add_job(desk)
    desk.sync()
    ids = [line.case_id for line in desk.queue(ANNA).lines]
    assert desk.bulk_preview(ANNA, ids, Choice.APPROVE).lines[0].problem == "error.desk.not_allowed"
    seal = desk.bulk_preview(ANNA, ids, Choice.APPROVE).seal
    assert desk.bulk_decide(ANNA, ids, Choice.APPROVE, P, "", seal).decided == 0


def test_rows_are_what_their_events_say(desk: Desk, clock: Clock) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, token=lease.token)
    clock.go(11)
    desk.settle()
    with desk.database.read() as session:
        row = session.execute(select(CaseRow)).scalar_one()
    folded = desk.case(ANNA, lease.case_id).case
    assert (row.state, row.outcome, row.events) == (folded.state.value, folded.outcome, folded.events)
