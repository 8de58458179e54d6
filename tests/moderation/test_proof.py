"""Edits behind the chain are found and named; checkpoints notice a cut tail; exports are valid."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select, text

from errors import UsageError
from moderation import checkpoints, consent, proposals, retention, transparency
from moderation.cases import Choice
from moderation.checkpoints import Notary, message
from moderation.desk import Desk
from moderation.reasons import CATEGORIES, StatementOfReasons, make
from records import audit
from records.moderation_tables import ProposalRow
from records.session import Database
from tests.moderation.conftest import ANNA, SARA, Clock, add_job, policy
from tests.moderation.test_people import PROPOSAL

P = "likeness.real_person"


def decided(desk: Desk, clock: Clock) -> str:
    """A blocked case; returns its id."""
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, "Something.", token=lease.token)
    clock.go(11)
    desk.settle()
    return lease.case_id


def edit(database: Database, statement: str, *tables: str) -> None:
    """Change the database as its owner could: without triggers, outside the application."""
    with database.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET session_replication_role = replica"))
            session.execute(text(statement))
            session.execute(text("SET session_replication_role = DEFAULT"))
            return
        session.execute(text("PRAGMA foreign_keys=OFF"))
        for table in tables:
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
        session.execute(text(statement))


def problems(desk: Desk) -> list[str]:
    """What a check finds."""
    with desk.database.read() as session:
        report = checkpoints.verify(session, desk.config.folder)
    return [f"{problem.subject}: {problem.problem}" for problem in report.problems]


def test_an_untouched_desk_is_intact(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    with desk.database.write() as session:
        Notary(desk.config.folder).checkpoint(session, clock())
    assert problems(desk) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE case_events SET actor = 'r-ben' WHERE kind = 'decided'", "case_events CASE #3: changed"),
        ("UPDATE case_events SET time = opened.t FROM (SELECT MIN(time) AS t FROM case_events) AS opened"
         " WHERE kind = 'settled'", "case_events CASE #4: changed"),
        ("DELETE FROM case_events WHERE kind = 'settled'", "case_events CASE: deleted"),
        ("UPDATE cases SET outcome = 'approve'", "cases CASE: changed: outcome"),
        ("UPDATE cases SET assigned_to = 'r-x'", "cases CASE: changed: assigned_to"),
        ("UPDATE cases SET urgency = 4", "cases CASE: changed: state"),
        ("UPDATE audit_events SET actor = 'r-ben' WHERE sequence = 2", "audit_events #2: changed"),
        ("DELETE FROM audit_events WHERE sequence = 2", "audit_events #2: missing"),
        ("UPDATE audit_payloads SET payload = '{}' WHERE sequence = 2", "audit_events #2: payload"),
    ],
)  # fmt: skip
def test_edits_behind_the_chain_are_found_and_named(desk: Desk, clock: Clock, statement: str, found: str) -> None:
    case_id = decided(desk, clock)
    edit(desk.database, statement, "case_events", "audit_events")
    assert any(line.startswith(found.replace("CASE", case_id)) for line in problems(desk)), problems(desk)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE consents SET state = 'granted'", "consents k-"),
        ("UPDATE consents SET account = 'v-2'", "consents k-"),
        ("UPDATE registry_entries SET active = NOT active", "registry_entries p-"),
        ("DELETE FROM registry_entries WHERE version = (SELECT MAX(version) FROM registry_entries)",
         "registry_entries p-"),
        ("UPDATE case_texts SET body = 'x' WHERE kind = 'facts' AND body <> ''", "case_texts c-"),
    ],
)  # fmt: skip
def test_edits_of_consents_entries_and_texts_are_found(desk: Desk, clock: Clock, statement: str, found: str) -> None:
    decided(desk, clock)
    desk.policy = policy("studio")
    with desk.database.write() as session:
        asked = consent.begin(session, desk.context, "v-1", ["film"], {"r.png": "a" * 64}, 30)
        consent.submit(session, desk.context, asked.secret, "x.webm")
        consent.revoke(session, desk.context, asked.secret)
        proposals.propose(session, desk.context, PROPOSAL, "192.0.2.1")
        proposals.decide(session, desk.context, session.execute(select(ProposalRow.proposal_id)).scalar_one(), True)
    with desk.database.write() as session:
        (entry,) = proposals.in_force(session)[1]
        proposals.withdraw(session, desk.context, SARA, entry.entry_id)
    assert problems(desk) == []
    edit(desk.database, statement)
    assert any(line.startswith(found) for line in problems(desk)), problems(desk)


def test_a_changed_statement_is_found(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    with desk.database.write() as session:
        fields = json.loads(json.dumps(session.execute(text("SELECT fields FROM statements")).scalar_one()))
        fields = json.loads(fields) if isinstance(fields, str) else fields
        fields["decision_facts"] = "Nothing."
        session.execute(text("UPDATE statements SET fields = :f"), {"f": json.dumps(fields)})
    assert [line.split(":")[-1] for line in problems(desk)] == [" changed"]


def test_a_cut_tail_is_found_even_when_its_checkpoint_went_with_it(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    with desk.database.write() as session:
        size = Notary(desk.config.folder).checkpoint(session, clock()).size
    for statement in (f"DELETE FROM audit_payloads WHERE sequence = {size}",
                      f"DELETE FROM audit_events WHERE sequence = {size}"):  # fmt: skip
        edit(desk.database, statement, "audit_events")
    assert any("truncated" in line for line in problems(desk))
    edit(desk.database, "DELETE FROM audit_checkpoints")
    assert f"audit_events #{size}: truncated" in problems(desk)


def test_a_forged_checkpoint_is_found(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    with desk.database.write() as session:
        Notary(desk.config.folder).checkpoint(session, clock())
        session.execute(text("UPDATE audit_checkpoints SET signature = :s"), {"s": "00" * 64})
    assert any(line.endswith("signature") for line in problems(desk))


def test_an_export_is_proof_without_the_database(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    with desk.database.write() as session:
        point = Notary(desk.config.folder).checkpoint(session, clock())
        lines = list(checkpoints.export(session))
    previous = audit.GENESIS
    for line in (line for line in lines if "hash" in line):
        assert line["previous"] == previous
        previous = line["hash"]
        assert "payload" not in line
    last = lines[-1]["checkpoint"]
    assert last["head"] == previous
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(last["key"]))
    key.verify(bytes.fromhex(last["signature"]), message(last["size"], last["head"], point.time))


def test_the_key_is_private_and_stays_the_same(desk: Desk) -> None:
    first = Notary(desk.config.folder).public
    assert Notary(desk.config.folder).public == first
    assert (desk.config.folder / "checkpoint-key.pem").stat().st_mode & 0o077 == 0


def test_exports_hold_every_statement_in_force(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    add_job(desk, state="refused")
    desk.sync()
    start, end = clock() - timedelta(days=1), clock() + timedelta(days=1)
    with desk.database.read() as session:
        body = json.loads(transparency.dsa_json(session, start, end))["statements"]
        rows = list(csv.DictReader(io.StringIO(transparency.dsa_csv(session, start, end))))
        report = transparency.report(session, desk.context, start, end)
    assert len(body) == len(rows) == report["statements"] == 2
    assert {row["category"] for row in body} <= CATEGORIES
    assert [StatementOfReasons.model_validate(row).puid for row in body] == [row["puid"] for row in rows]
    assert report["statements_by_automation"] == {
        "AUTOMATED_DECISION_FULLY": 1, "AUTOMATED_DECISION_NOT_AUTOMATED": 1,
    }  # fmt: skip


def test_a_decision_that_can_still_be_undone_is_not_exported(desk: Desk, clock: Clock) -> None:
    add_job(desk)
    desk.sync()
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, P, "x", token=lease.token)
    with desk.database.read() as session:
        body = transparency.dsa_json(session, clock() - timedelta(days=1), clock() + timedelta(days=1))
    assert json.loads(body)["statements"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decision_visibility": ()}, "statement"),
        ({"category": "STATEMENT_CATEGORY_NONSENSE"}, "category"),
        ({"puid": "has spaces"}, "puid"),
        ({"decision_facts": ""}, "decision_facts"),
        ({"incompatible_content_ground": None}, "statement"),
        ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "statement"),
        ({"decision_visibility": ("DECISION_VISIBILITY_OTHER",)}, "statement"),
        ({"source_identity": "A. B."}, "statement"),
        ({"content_type": ()}, "content_type"),
        ({"automated_decision": "MAYBE"}, "automated_decision"),
        ({"content_language": "de"}, "content_language"),
        ({"content_date": "2030-01-01"}, "statement"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_statement_that_the_database_would_reject_is_not_made(change: dict[str, object], field: str) -> None:
    good: dict[str, object] = {
        "decision_visibility": ("DECISION_VISIBILITY_CONTENT_REMOVED",), "category": "STATEMENT_CATEGORY_VIOLENCE",
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT", "incompatible_content_ground": "rule",
        "incompatible_content_explanation": "why", "content_type": ("CONTENT_TYPE_VIDEO",),
        "content_date": "2026-01-01", "application_date": "2026-01-02", "decision_facts": "facts",
        "source_type": "SOURCE_VOLUNTARY", "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY", "puid": "a-1",
    }  # fmt: skip
    make(**good)
    with pytest.raises(UsageError) as caught:
        make(**(good | change))
    assert caught.value.params["field"] == field


def test_retention_erases_texts_and_the_chain_still_holds(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    decided(desk, clock)
    clock.go(86_400 * 400)
    with desk.database.write() as session:
        session.execute(text("UPDATE jobs SET updated_at = created_at"))
        first = retention.run(session, desk.context)
        again = retention.run(session, desk.context)
    assert first["case_texts"] == 1
    assert first["refused_prompts"] == 1
    # The chain keeps its own time, so the events of the first run count as old on this turned clock.
    assert {name for name, count in again.items() if count} <= {"audit_payloads"}
    with desk.database.read() as session:
        assert session.execute(text("SELECT COUNT(*) FROM case_texts")).scalar() == 0
        assert "a lamp" not in str(session.execute(text("SELECT request FROM jobs")).all())
    assert problems(desk) == []


def test_erased_audit_payloads_leave_the_chain_whole(desk: Desk, clock: Clock) -> None:
    decided(desk, clock)
    with desk.database.write() as session:
        session.execute(text("DELETE FROM audit_payloads"))
    assert problems(desk) == []
