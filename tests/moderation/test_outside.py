"""Appeals by secret link, notices by anyone, stay-down."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from errors import UsageError
from moderation.cases import CaseKind, Choice
from moderation.context import hash_token
from moderation.desk import Desk
from moderation.roles import NotAllowed, Reviewer
from moderation.throttle import TooMany
from records import staydown
from records.moderation_tables import CaseRow, NoticeRow
from records.tables import JobRow, ReleaseRow
from tests.moderation.conftest import ANNA, BEN, SARA, TOM, Clock, FakePipeline, add_job, release_of

P = "likeness.real_person"


def notice(where: str, kind: str = "impersonation", **more: Any) -> dict[str, Any]:
    """A complete notice."""
    return {"kind": kind, "where": where, "description": "This shows me without my consent.", "relation": "self"} | more


INTIMATE = {"email": "a@b.example", "good_faith": True, "signature": "A. B."}


def decide(desk: Desk, clock: Clock, reviewer: Reviewer, choice: Choice, policy: str = P) -> str:
    """Claim, decide and settle the next case of a reviewer; returns its id."""
    lease = desk.claim(reviewer)
    assert lease, "nothing to claim"
    desk.decide(lease.case_id, reviewer, choice, policy, token=lease.token)
    clock.go(desk.config.undo_s + 1)
    desk.settle()
    return lease.case_id


def test_an_appeal_against_an_automatic_refusal_is_reversed_by_a_person(
    desk: Desk, clock: Clock, pipeline: FakePipeline
) -> None:
    job_id = add_job(desk, state="refused")
    secret = desk.appeal(f"appeal-token-of-{job_id}", "That is a statue.")
    assert desk.case_status(secret).state == "open"
    decide(desk, clock, ANNA, Choice.APPROVE)
    assert pipeline.calls == [("approve", job_id)]
    status = desk.case_status(secret)
    assert (status.state, status.outcome, status.locale) == ("closed", "approve", "de")


def test_every_automatic_refusal_gets_one_statement(desk: Desk) -> None:
    job_id = add_job(desk, state="refused")
    desk.sync()
    desk.sync()
    found = desk.appealable(f"appeal-token-of-{job_id}")
    assert found.statement is not None
    assert found.statement.fields["automated_decision"] == "AUTOMATED_DECISION_FULLY"


def test_another_reviewer_decides_the_appeal(desk: Desk, clock: Clock, pipeline: FakePipeline) -> None:
    job_id = add_job(desk)
    desk.sync()
    decide(desk, clock, ANNA, Choice.BLOCK)
    desk.appeal(f"appeal-token-of-{job_id}", "Please look again.")
    assert desk.claim(ANNA) is None
    appeal_id = desk.queue(ANNA, "appeals").lines[0].case_id
    with pytest.raises(NotAllowed):
        desk.claim_one(ANNA, appeal_id)
    with pytest.raises(NotAllowed):
        desk.assign(SARA, appeal_id, ANNA)
    decide(desk, clock, BEN, Choice.APPROVE)
    assert [name for name, _ in pipeline.calls] == ["refuse", "approve"]


def test_an_appeal_upheld_states_its_reasons_again(desk: Desk, clock: Clock) -> None:
    job_id = add_job(desk)
    desk.sync()
    decide(desk, clock, ANNA, Choice.BLOCK)
    secret = desk.appeal(f"appeal-token-of-{job_id}", "Please look again.")
    decide(desk, clock, BEN, Choice.BLOCK)
    status = desk.case_status(secret)
    assert status.outcome == "block"
    assert status.statement is not None


def test_a_message_on_a_held_job_joins_its_case(desk: Desk) -> None:
    job_id = add_job(desk)
    desk.appeal(f"appeal-token-of-{job_id}", "It is my own face.")
    lines = desk.queue(ANNA).lines
    assert [line.kind for line in lines] == ["held"]
    assert "It is my own face." in [step.text for step in desk.case(ANNA, lines[0].case_id).history]


def test_an_appeal_sent_twice_is_one_appeal(desk: Desk) -> None:
    job_id = add_job(desk, state="refused")
    first = desk.appeal(f"appeal-token-of-{job_id}", "one")
    assert desk.appeal(f"appeal-token-of-{job_id}", "two") == first
    assert len(desk.queue(ANNA).lines) == 1


def test_an_appeal_replayed_after_its_decision_opens_nothing(desk: Desk, clock: Clock) -> None:
    job_id = add_job(desk, state="refused")
    first = desk.appeal(f"appeal-token-of-{job_id}", "one")
    decide(desk, clock, ANNA, Choice.BLOCK)
    assert desk.appeal(f"appeal-token-of-{job_id}", "again") == first
    assert list(desk.queue(BEN).lines) == []


@pytest.mark.parametrize("token", ["", "x", "appeal-token-of-nobody", "' OR 1=1 --" * 3, "0" * 64, "a" * 5000])
def test_forged_tokens_open_nothing(desk: Desk, token: str) -> None:
    add_job(desk, state="refused")
    with pytest.raises(UsageError, match=r"error\.appeal\.unknown"):
        desk.appeal(token, "hello")


def test_the_stored_hash_is_not_a_token(desk: Desk) -> None:
    job_id = add_job(desk, state="refused")
    with pytest.raises(UsageError):
        desk.appeal(hash_token(f"appeal-token-of-{job_id}"), "hello")


def test_an_appeal_too_late(desk: Desk, clock: Clock) -> None:
    job_id = add_job(desk, state="refused")
    desk.sync()
    clock.go(86_400 * (desk.config.appeal_window_days + 1))
    with pytest.raises(UsageError, match=r"error\.appeal\.late"):
        desk.appeal(f"appeal-token-of-{job_id}", "hello")


def test_a_released_job_has_nothing_to_appeal(desk: Desk) -> None:
    job_id = add_job(desk, state="refused")
    with desk.database.write() as session:
        job = session.get(JobRow, job_id)
        assert job
        job.state = "released"
    with pytest.raises(UsageError, match=r"error\.appeal\.nothing"):
        desk.appeal(f"appeal-token-of-{job_id}", "hello")


def released(desk: Desk) -> str:
    """A public release; returns its id."""
    return release_of(desk, add_job(desk, state="released", release="released"))


def test_a_notice_takes_a_release_down_for_good_and_an_appeal_brings_it_back(
    desk: Desk, clock: Clock, pipeline: FakePipeline
) -> None:
    job_id = add_job(desk, state="released", release="released")
    release_id = release_of(desk, job_id)
    secret = desk.report(notice(release_id), "192.0.2.1")
    decide(desk, clock, ANNA, Choice.BLOCK, "notice.impersonation")
    assert [name for name, _ in pipeline.calls] == ["withdraw", "stay_down"]
    assert desk.case_status(secret).outcome == "block"
    assert desk.case_status(secret).statement is None
    with desk.database.read() as session:
        row = session.get(ReleaseRow, release_id)
        assert row
        assert staydown.match(session, sha256=row.sha256) == release_id
        assert staydown.match(session, draft_digest=row.draft_digest) == release_id
        same = staydown.match(session, fingerprint={"frames": [1, 2]}, similar=lambda a, b: a == b)
        assert same == release_id
        assert staydown.match(session, sha256="f" * 64) is None
    desk.appeal(f"appeal-token-of-{job_id}", "It is a parody of my own film.")
    assert desk.claim(ANNA) is None
    decide(desk, clock, BEN, Choice.APPROVE)
    with desk.database.read() as session:
        assert staydown.match(session, sha256=row.sha256) is None
        again = session.get(ReleaseRow, release_id)
        assert again
        assert again.state == "released"


def test_the_statement_of_a_notice_names_its_source_and_not_automation(desk: Desk, clock: Clock) -> None:
    job_id = add_job(desk, state="released", release="released")
    desk.report(notice(release_of(desk, job_id), "copyright", name="A", email="a@b.example", good_faith=True,
                       accurate=True, signature="A", work="My film", address="1 Road"), "192.0.2.1")  # fmt: skip
    decide(desk, clock, ANNA, Choice.BLOCK, "notice.copyright")
    stated = desk.appealable(f"appeal-token-of-{job_id}").statement
    assert stated
    fields = stated.fields
    assert fields["source_type"] == "SOURCE_ARTICLE_16"
    assert (fields["automated_detection"], fields["automated_decision"]) == ("No", "AUTOMATED_DECISION_NOT_AUTOMATED")
    assert fields["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert fields["category_specification"] == ["KEYWORD_COPYRIGHT_INFRINGEMENT"]


def test_an_intimate_image_is_hidden_at_once_and_has_two_hours(desk: Desk, pipeline: FakePipeline) -> None:
    release_id = released(desk)
    desk.report(notice(release_id, "intimate_image", **INTIMATE), "192.0.2.1")
    assert pipeline.calls == [("withdraw", release_id)]
    line = desk.queue(SARA).lines[0]
    assert (line.queue, line.severity) == ("intimate", 4)
    assert (line.due_at - line.opened_at).total_seconds() == 7200


def test_a_notice_that_is_not_upheld_puts_the_hidden_release_back(
    desk: Desk, clock: Clock, pipeline: FakePipeline
) -> None:
    release_id = released(desk)
    desk.report(notice(release_id, "intimate_image", **INTIMATE), "192.0.2.1")
    for reviewer in (SARA, TOM):
        decide(desk, clock, reviewer, Choice.APPROVE, "notice.intimate_image")
    assert pipeline.calls == [("withdraw", release_id), ("restore", release_id)]


def test_orders_have_three_hours(desk: Desk) -> None:
    order = {"name": "Court", "email": "c@court.example", "law": "Act 1", "authority": "High Court"}
    desk.report(notice(released(desk), "order", **order), "192.0.2.1")
    line = desk.queue(SARA).lines[0]
    assert (line.queue, (line.due_at - line.opened_at).total_seconds()) == ("orders", 10_800)


def test_the_same_notice_twice_is_one_and_a_second_one_joins_its_case(desk: Desk) -> None:
    release_id = released(desk)
    first = desk.report(notice(release_id), "192.0.2.1")
    assert desk.report(notice(release_id, description="this shows me  without my consent."), "192.0.2.2") == first
    other = desk.report(notice(release_id, description="I know this person and they did not agree."), "192.0.2.3")
    assert other != first
    with desk.database.read() as session:
        assert len(session.execute(select(CaseRow)).scalars().all()) == 1
        assert len(session.execute(select(NoticeRow)).scalars().all()) == 2


def test_a_flood_from_one_address_stops(desk: Desk) -> None:
    release_id = released(desk)
    for number in range(desk.config.report_throttle.count):
        desk.report(notice(release_id, description=f"This shows me, number {number}."), "192.0.2.1")
    with pytest.raises(TooMany):
        desk.report(notice(release_id, description="This shows me, once more."), "192.0.2.1")
    desk.report(notice(release_id, description="This shows me, from elsewhere."), "192.0.2.9")
    assert len(desk.queue(ANNA).lines) == 1


def test_a_flood_from_many_addresses_stops(desk: Desk) -> None:
    desk.config = desk.config.model_copy(update={"report_total": desk.config.report_total.model_copy(
        update={"count": 5})})  # fmt: skip
    release_id = released(desk)
    for number in range(5):
        desk.report(notice(release_id, description=f"This shows me, number {number}."), f"192.0.2.{number}")
    with pytest.raises(TooMany):
        desk.report(notice(release_id, description="This shows me, once more."), "192.0.2.77")


def test_no_address_is_stored(desk: Desk) -> None:
    desk.report(notice(released(desk)), "192.0.2.77")
    with desk.database.read() as session:
        for name in ("desk_hits", "notices", "case_events", "audit_payloads"):
            rows = session.connection().exec_driver_sql(f"SELECT * FROM {name}").all()
            assert rows
            assert "192.0.2.77" not in str(rows)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "nonsense"}, None),
        ({"description": "short"}, "description"),
        ({"relation": ""}, "relation"),
        ({"email": "no address"}, "email"),
        ({"surprise": 1}, "surprise"),
        ({"description": "x" * 6000}, "description"),
    ],
)
def test_incomplete_notices_name_the_field(desk: Desk, change: dict[str, Any], field: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        desk.report(notice("rel-0123456789abcdef") | change, "192.0.2.1")
    assert caught.value.params.get("field") == field


def test_a_dmca_notice_needs_its_statutory_elements(desk: Desk) -> None:
    complete = {"name": "A", "email": "a@b.example", "good_faith": True, "accurate": True, "signature": "A",
                "work": "My film", "address": "1 Road"}  # fmt: skip
    for missing in complete:
        left = {name: value for name, value in complete.items() if name != missing}
        with pytest.raises(UsageError, match=r"error\.report\.field"):
            desk.report(notice(released(desk), "copyright", **left), "192.0.2.1")


def test_a_notice_about_nothing_of_ours_is_still_looked_at(desk: Desk, clock: Clock, pipeline: FakePipeline) -> None:
    secret = desk.report(notice("https://elsewhere.example/video"), "192.0.2.1")
    decide(desk, clock, ANNA, Choice.APPROVE, "notice.impersonation")
    assert pipeline.calls == []
    assert desk.case_status(secret).state == "closed"


def test_a_status_link_is_not_guessable_from_the_case_id(desk: Desk) -> None:
    desk.report(notice(released(desk)), "192.0.2.1")
    line = desk.queue(ANNA).lines[0]
    for guess in (line.case_id, hash_token(line.case_id), ""):
        with pytest.raises(UsageError):
            desk.case_status(guess)
    assert line.kind == CaseKind.NOTICE
