"""What reviewers may do: everything goes through the same run and the same door."""

from __future__ import annotations

import shutil

import pytest

from errors import UsageError
from pipeline.overrule import Overrule
from pipeline.views import JobState
from records import releases
from safety import policy
from safety.screen import Screener
from tests.pipeline.conftest import Bench


@pytest.fixture
def desk(bench: Bench) -> Overrule:
    return Overrule(bench.database, bench.quarantine, bench.door, bench.studio.dispatcher)


def _held_release(bench: Bench) -> str:
    with bench.database.read() as session:
        (row,) = releases.in_state(session, releases.HELD)
    return row.release_id


def test_an_overturned_refusal_runs_and_is_released(bench: Bench, desk: Overrule) -> None:
    view = bench.run(bench.submit("something forbidden").job_id)
    assert view.state is JobState.REFUSED
    desk.approve(view.job_id, "case-1")
    assert bench.run(view.job_id).state is JobState.RELEASED


def test_an_overturned_output_is_the_same_output(bench: Bench, desk: Overrule) -> None:
    bench.detector.output = 1.0
    view = bench.run(bench.submit().job_id)
    assert view.state is JobState.REFUSED
    desk.approve(view.job_id, "case-1")
    assert bench.run(view.job_id).state is JobState.RELEASED


def test_the_highest_severity_is_never_overruled(bench: Bench, desk: Overrule) -> None:
    rules = bench.folder / "policies" / "test.json"
    rules.write_text(rules.read_text().replace('"severity": 2', '"severity": 4'))
    policy._load.cache_clear()
    screener = Screener([bench.detector], policy.load("strict", rules.parent))
    view = bench.run(bench.submit("something forbidden").job_id, screener=screener)
    desk.approve(view.job_id, "case-1")
    assert bench.run(view.job_id, screener=screener).state is JobState.REFUSED
    assert bench.files() == []


def test_a_held_output_is_approved_once(bench: Bench, desk: Overrule) -> None:
    bench.detector.output = 0.6
    view = bench.run(bench.submit().job_id)
    desk.approve(view.job_id, "case-1")
    desk.approve(view.job_id, "case-1")
    assert bench.studio.job(view.job_id, "visitor").state is JobState.RELEASED
    assert len(bench.files()) == 1


def test_a_restricted_release_has_no_public_page(bench: Bench, desk: Overrule) -> None:
    bench.detector.output = 0.6
    view = bench.run(bench.submit().job_id)
    desk.restrict(view.job_id, "case-1")
    release = bench.studio.job(view.job_id, "visitor").release
    assert release is not None
    with pytest.raises(UsageError):
        bench.studio.release(release.release_id)


def test_a_refused_held_job_stays_private(bench: Bench, desk: Overrule) -> None:
    bench.detector.output = 0.6
    view = bench.run(bench.submit().job_id)
    desk.refuse(view.job_id, [], "case-1")
    assert bench.studio.job(view.job_id, "visitor").state is JobState.REFUSED
    assert bench.files() == []
    assert desk.media(_held_release(bench)).exists()


def test_what_was_taken_down_does_not_return(bench: Bench, desk: Overrule) -> None:
    view = bench.run(bench.submit().job_id)
    assert view.release is not None
    desk.withdraw(view.release.release_id, "case-1")
    desk.stay_down(view.release.release_id, "case-1")
    again = bench.run(bench.submit().job_id)
    assert again.error is not None
    assert again.error[0] == "error.release.stay_down"
    assert bench.files() == []
    desk.restore(view.release.release_id, "case-2")
    assert bench.run(bench.submit().job_id).state is JobState.RELEASED


def test_without_its_references_a_job_has_to_be_sent_again(bench: Bench, desk: Overrule) -> None:
    view = bench.run(bench.submit("something forbidden").job_id)
    with bench.database.write() as session:
        from records import jobs

        row = jobs.get(session, view.job_id)
        row.request = {
            **row.request,
            "references": [{"file": "image1.png", "role": "auto", "label": "", "sha256": "0"}],
        }
    shutil.rmtree(bench.quarantine.root / view.job_id, ignore_errors=True)
    with pytest.raises(UsageError, match="references_gone"):
        desk.approve(view.job_id, "case-1")


@pytest.mark.parametrize("name", ["../x", "image1/../..", "", "image1.png"])
def test_a_reference_name_is_no_path(bench: Bench, desk: Overrule, name: str) -> None:
    view = bench.run(bench.submit("something doubtful").job_id)
    assert desk.reference(view.job_id, name) is None
