"""The run: what ends where, and that no fault lets an unstamped byte out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from errors import StampFailed
from pipeline.views import JobState
from records import audit, jobs, releases
from records.session import now
from records.tables import JobRow
from safety.verdict import Decision
from tests.pipeline.conftest import Bench
from watermark import inspect
from watermark.invisible import Extraction


def test_a_harmless_request_is_released_with_its_whole_stamp(bench: Bench) -> None:
    view = bench.run(bench.submit().job_id)
    assert view.state is JobState.RELEASED
    assert view.release is not None
    report = bench.inspector.inspect(view.release.path).as_dict()
    assert report["state"] == "ours_intact"
    assert report["watermark"]["video"]["payload"] == report["watermark"]["audio"]["payload"] == view.release.payload
    assert report["aigc"]["Label"] == "1"
    assert report["label"]["visible"]
    assert report["record"]["release_id"] == view.release.release_id
    assert hashlib.sha256(view.release.path.read_bytes()).hexdigest() == view.release.sha256
    assert bench.drafts() == []


def test_every_step_stands_in_the_audit_chain(bench: Bench) -> None:
    bench.run(bench.submit().job_id)
    with bench.database.read() as session:
        assert audit.verify(session).broken_at is None
        actions = [row.action for row in session.query(audit.AuditRow).order_by(audit.AuditRow.sequence)]
    assert actions == [
        "job.queued", "request.judged", "draft.made", "output.judged", "draft.stamped", "release.released",
    ]  # fmt: skip


def test_a_forbidden_prompt_is_refused_with_reason_and_appeal(bench: Bench) -> None:
    view = bench.run(bench.submit("something forbidden").job_id)
    assert view.state is JobState.REFUSED
    assert [(r.policy, r.where) for r in view.reasons] == [("test.word", "prompt")]
    assert len(view.appeal) == 26
    with bench.database.read() as session:
        found = jobs.by_appeal(session, view.appeal)
        assert found is not None
        assert found.job_id == view.job_id
    assert bench.files() == bench.drafts() == []


def test_a_doubtful_prompt_waits_before_anything_is_made(bench: Bench) -> None:
    view = bench.run(bench.submit("something doubtful").job_id)
    assert view.state is JobState.HELD
    assert bench.files() == bench.drafts() == []


def test_a_reviewers_approval_of_exactly_this_request_lets_it_run(bench: Bench) -> None:
    view = bench.run(bench.submit("something doubtful").job_id)
    with bench.database.write() as session:
        row = jobs.get(session, view.job_id)
        digest = jobs.verdicts(session, view.job_id)[0].digest
        row.request = {**row.request, "approval": {"request": digest, "case": "case-1"}}
        jobs.requeue(session, row)
    assert bench.run(view.job_id).state is JobState.RELEASED


def test_an_approval_of_another_request_does_not_count(bench: Bench) -> None:
    view = bench.run(bench.submit("something doubtful").job_id)
    with bench.database.write() as session:
        row = jobs.get(session, view.job_id)
        row.request = {**row.request, "approval": {"request": "0" * 64, "case": "case-1"}}
        jobs.requeue(session, row)
    assert bench.run(view.job_id).state is JobState.HELD


def test_a_planted_output_is_stopped_and_shredded(bench: Bench) -> None:
    bench.detector.output = 1.0
    view = bench.run(bench.submit().job_id)
    assert view.state is JobState.REFUSED
    assert view.reasons[0].where == "output"
    assert bench.files() == bench.drafts() == []


def test_a_doubtful_output_is_held_stamped_and_not_public(bench: Bench) -> None:
    bench.detector.output = 0.6
    view = bench.run(bench.submit().job_id)
    assert view.state is JobState.HELD
    assert view.release is None
    assert bench.files() == []
    (held,) = bench.door.private.rglob("*.mp4")
    assert bench.inspector.inspect(held).state == "ours_intact"


def test_a_held_output_is_released_through_the_same_door(bench: Bench) -> None:
    bench.detector.output = 0.6
    view = bench.run(bench.submit().job_id)
    with bench.database.read() as session:
        (row,) = releases.in_state(session, releases.HELD)
    bench.door.approve(row.release_id, "reviewer-1", "case-1")
    released = bench.studio.job(view.job_id, "visitor")
    assert released.state is JobState.RELEASED
    assert released.release is not None
    assert released.release.path.exists()


def test_a_held_file_changed_in_between_stays_where_it_is(bench: Bench) -> None:
    bench.detector.output = 0.6
    bench.run(bench.submit().job_id)
    with bench.database.read() as session:
        (row,) = releases.in_state(session, releases.HELD)
    path = bench.door.private / row.release_id / row.file_name
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(Exception, match=r"error\.release\.digest"):
        bench.door.approve(row.release_id, "reviewer-1", "case-1")
    assert bench.files() == []


def test_a_withdrawn_release_is_gone_at_once_and_can_come_back(bench: Bench) -> None:
    view = bench.run(bench.submit().job_id)
    assert view.release is not None
    bench.door.withdraw(view.release.release_id, "reviewer-1", "case-1")
    assert bench.files() == []
    assert bench.studio.job(view.job_id, "visitor").release is None
    bench.door.restore(view.release.release_id, "reviewer-2", "case-2")
    assert len(bench.files()) == 1


def _boom(*_: Any, **__: Any) -> Any:
    raise RuntimeError("planted")


FAULTS: dict[str, Callable[[Bench, pytest.MonkeyPatch], None]] = {
    "screener": lambda bench, patch: patch.setattr(bench.tools.screener, "screen_request", _boom),
    "engine": lambda bench, patch: patch.setattr(bench.engine, "fault", _boom),
    "output screening": lambda bench, patch: patch.setattr(bench.tools.screener, "screen_output", _boom),
    "stamper": lambda bench, patch: patch.setattr(bench.tools.stamper, "stamp", _boom),
    "mark": lambda bench, patch: patch.setattr("watermark.stamp.PixelEmbedder", _boom),
    "label": lambda bench, patch: patch.setattr("watermark.stamp.Label", _boom),
    "signature": lambda bench, patch: patch.setattr("watermark.stamp.sign", _boom),
    "reader": lambda bench, patch: patch.setattr(bench.inspector, "inspect", _boom),
    "move": lambda bench, patch: patch.setattr("pipeline.shelf._move", _boom),
}


@pytest.mark.parametrize("part", FAULTS)
def test_a_fault_of_any_part_fails_the_job_and_leaves_nothing(
    bench: Bench, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = bench.submit().job_id
    FAULTS[part](bench, monkeypatch)
    view = bench.run(job_id)
    assert view.state is JobState.FAILED
    assert view.release is None
    bench.door.sweep()
    assert bench.files() == bench.drafts() == []


SKIPPED_LAYERS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "mark in the picture": lambda patch: patch.setattr(
        "watermark.stamp.PixelEmbedder.embed", lambda self, frame, *_: frame
    ),
    "mark in the sound": lambda patch: patch.setattr("watermark.stamp.embed_sound", lambda sound, *_: sound),
    "label": lambda patch: patch.setattr("watermark.stamp.Label.draw", lambda self, frame: frame),
}


@pytest.mark.parametrize("layer", SKIPPED_LAYERS)
def test_a_stamper_that_forgets_a_layer_releases_nothing(
    bench: Bench, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    SKIPPED_LAYERS[layer](monkeypatch)
    monkeypatch.setattr("watermark.readback.require_label", lambda *_: None)
    view = bench.run(bench.submit().job_id)
    assert view.state is JobState.FAILED
    assert view.error is not None
    assert view.error[0].startswith("error.release.")
    assert bench.files() == []


def test_a_mark_that_only_the_memory_knows_opens_no_door(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door asks whether a stranger's copy will be readable, not whether we know what we have just written."""
    told = inspect._mark

    def faint(mark: Extraction | None, public: bool) -> dict[str, Any] | None:
        return told(None if mark is None else replace(mark, recalled=True), public)

    monkeypatch.setattr(inspect, "_mark", faint)
    view = bench.run(bench.submit().job_id)
    assert view.error is not None
    assert view.error[0] == "error.release.mark"
    assert bench.files() == []


def test_a_zombie_worker_publishes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = bench.submit().job_id
    stamp = bench.tools.stamper.stamp

    def and_lose_the_lease(*args: Any) -> Any:
        done = stamp(*args)
        with bench.database.write() as session:
            row = session.get(JobRow, job_id)
            assert row is not None
            row.token += 1
            row.lease_until = now()
        return done

    monkeypatch.setattr(bench.tools.stamper, "stamp", and_lose_the_lease)
    assert bench.run(job_id).state not in (JobState.RELEASED, JobState.FAILED)
    assert bench.files() == []


def test_a_cancelled_job_stops_at_its_next_step(bench: Bench) -> None:
    job_id = bench.submit().job_id
    bench.engine.fault = lambda: bench.studio.cancel(job_id, "visitor") and None  # type: ignore[func-returns-value]
    view = bench.run(job_id)
    assert view.state is JobState.CANCELLED
    assert not (bench.quarantine.root / job_id).exists()


def test_a_verdict_about_another_draft_opens_no_door(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = bench.tools.screener.screen_output
    monkeypatch.setattr(bench.tools.screener, "screen_output", lambda digest, items: judge("0" * 64, items))
    view = bench.run(bench.submit().job_id)
    assert view.error is not None
    assert view.error[0] == "error.release.other_draft"
    assert bench.files() == []


def test_without_a_time_stamp_a_job_waits_and_is_released_later(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_tsa(*_: Any) -> Any:
        raise StampFailed("error.stamp.awaiting_timestamp")

    with monkeypatch.context() as broken:
        broken.setattr(bench.tools.stamper, "stamp", no_tsa)
        view = bench.run(bench.submit().job_id, rest_s=0.0)
    assert view.state is JobState.STAMPING
    assert bench.files() == []
    assert bench.run(view.job_id).state is JobState.RELEASED


def test_the_sweep_removes_what_no_row_vouches_for(bench: Bench) -> None:
    bench.run(bench.submit().job_id)
    (bench.door.public / "rel-planted").mkdir()
    (bench.door.public / "rel-planted" / "clip.mp4").write_bytes(b"unstamped")
    (bench.door.public / "loose.mp4").write_bytes(b"unstamped")
    extra = bench.files()[0].parent / "extra.mp4"
    before = len([p for p in bench.files() if p.parent.name.startswith("rel-") and "planted" not in str(p)])
    assert bench.door.sweep() == ["loose.mp4", "rel-planted"]
    assert len(bench.files()) == before
    assert not extra.exists()


def test_only_the_verdicts_meaning_counts(bench: Bench) -> None:
    assert Decision.ALLOW.rank < Decision.REVIEW.rank < Decision.BLOCK.rank


def test_references_of_a_finished_job_are_gone(bench: Bench, tmp_path: Path) -> None:
    view = bench.run(bench.submit().job_id)
    assert not (bench.quarantine.root / view.job_id).exists()
