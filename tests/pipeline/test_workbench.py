"""What a visitor can do around a job: advice, own data, erasing it, taking it along to a login."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from errors import Unavailable, UsageError
from media.encode import write_picture
from pipeline.engines import Engine, Limits, build
from pipeline.engines.config import EnginesConfig
from pipeline.run import run
from pipeline.views import JobState, JobView, RequestForm, Upload
from pipeline.workbench import HOUSE, Workbench
from records import audit, jobs, releases
from records.tables import JobRow
from tests.media import makers
from tests.pipeline.conftest import CARD, Bench

FORM = RequestForm("a red boat", engine="card", resolution="480p", duration_s=2.0, seed=7, title="Boats")


@pytest.fixture
def workbench(bench: Bench) -> Workbench:
    """The studio of the bench with everything around a job; engines beside the test engine are the real ones."""
    config = EnginesConfig()

    def engine(name: str) -> Engine:
        return bench.engine if name == "card" else build(name, config)

    parts = {field.name: getattr(bench.studio, field.name) for field in fields(bench.studio)}
    return Workbench(**{**parts, "engine": engine}, door=bench.door)


def finished(bench: Bench, form: RequestForm = FORM, visitor: str = "visitor") -> JobView:
    """A job that ran to its end."""
    job_id = bench.studio.submit(form, visitor).job_id
    run(job_id, "worker", bench.tools)
    return bench.studio.job(job_id, visitor)


def kept(bench: Bench) -> str:
    """Everything that the job table holds, as one text."""
    with bench.database.read() as session:
        return json.dumps([row.request for row in session.query(JobRow).all()], default=str)


# ---- erase -------------------------------------------------------------------------------------------------------


def test_erasing_takes_files_down_and_forgets_the_words(bench: Bench, workbench: Workbench) -> None:
    view = finished(bench)
    assert view.release is not None
    assert workbench.erase("visitor") == 1
    assert bench.files() == bench.drafts() == []
    assert workbench.jobs("visitor") == []
    assert "red boat" not in kept(bench)
    assert "Boats" not in kept(bench)
    with pytest.raises(UsageError, match=r"release\.unknown"):
        workbench.release(view.release.release_id)
    with bench.database.read() as session:
        row = releases.get(session, view.release.release_id, releases.WITHDRAWN)
        assert row.payload == view.release.payload
        assert audit.verify(session).broken_at is None


def test_a_copy_of_an_erased_clip_is_still_recognised(bench: Bench, workbench: Workbench, tmp_path: Path) -> None:
    view = finished(bench)
    assert view.release is not None
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(view.release.path.read_bytes())
    workbench.erase("visitor")
    assert bench.inspector.inspect(copy).as_dict()["record"]["release_id"] == view.release.release_id


def test_erasing_cancels_what_waits_and_drops_its_references(
    bench: Bench, workbench: Workbench, tmp_path: Path
) -> None:
    path = tmp_path / "me.png"
    write_picture(path, makers.picture(320, 240))
    job_id = workbench.submit(replace(FORM, uploads=[Upload(path, label="me.png")]), "visitor").job_id
    assert any(bench.quarantine.root.rglob("image1*"))
    assert workbench.erase("visitor") == 1
    assert not any(bench.quarantine.root.rglob("image1*"))
    assert "me.png" not in kept(bench)
    assert not run(job_id, "worker", bench.tools)
    assert bench.files() == []


def test_erasing_stops_a_job_at_work(bench: Bench, workbench: Workbench) -> None:
    bench.engine.fault = lambda: None if not workbench.jobs("visitor") else _erased(workbench)
    job_id = workbench.submit(FORM, "visitor").job_id
    run(job_id, "worker", bench.tools)
    with bench.database.read() as session:
        row = session.get(JobRow, job_id)
        assert row is not None
        assert row.state == JobState.CANCELLED.value
    assert bench.files() == bench.drafts() == []
    assert "red boat" not in kept(bench)


def _erased(workbench: Workbench) -> None:
    workbench.erase("visitor")


def test_erasing_leaves_other_visitors_and_held_jobs_alone(bench: Bench, workbench: Workbench) -> None:
    held = finished(bench, replace(FORM, prompt="something doubtful"))
    assert held.state is JobState.HELD
    finished(bench, visitor="other")
    assert workbench.erase("visitor") == 0
    assert workbench.job(held.job_id, "visitor").state is JobState.HELD
    assert len(bench.files()) == len(workbench.jobs("other")) == 1


# ---- export ------------------------------------------------------------------------------------------------------


def test_an_export_holds_everything_and_nobody_elses(bench: Bench, workbench: Workbench) -> None:
    view = finished(bench)
    refused = finished(bench, replace(FORM, prompt="forbidden"))
    finished(bench, replace(FORM, prompt="not mine"), visitor="other")
    told = json.loads(json.dumps(workbench.export("visitor"), default=str))
    assert [job["job_id"] for job in told["jobs"]] == [view.job_id, refused.job_id]
    first, second = told["jobs"]
    assert view.release is not None
    assert (first["request"]["prompt"], first["release"]["sha256"]) == ("a red boat", view.release.sha256)
    assert first["release"]["mark"] == view.release.payload
    assert second["reasons"][0]["policy"] == "test.word"
    assert "release" not in second
    assert "not mine" not in json.dumps(told)


def test_an_export_after_erasing_holds_no_words(bench: Bench, workbench: Workbench) -> None:
    finished(bench)
    workbench.erase("visitor")
    assert "red boat" not in json.dumps(workbench.export("visitor"), default=str)


# ---- adopt -------------------------------------------------------------------------------------------------------


def test_a_login_takes_over_the_jobs_of_its_browser_only(bench: Bench, workbench: Workbench) -> None:
    mine = finished(bench)
    finished(bench, visitor="other")
    assert workbench.adopt("visitor", "hf-1") == 1
    assert [job.job_id for job in workbench.jobs("hf-1")] == [mine.job_id]
    assert workbench.jobs("visitor") == []
    assert len(workbench.jobs("other")) == 1
    with pytest.raises(UsageError, match=r"job\.unknown"):
        workbench.job(mine.job_id, "visitor")


def test_a_running_job_is_adopted_and_still_ends(bench: Bench, workbench: Workbench) -> None:
    job_id = workbench.submit(FORM, "visitor").job_id
    workbench.adopt("visitor", "hf-1")
    run(job_id, "worker", bench.tools)
    assert workbench.job(job_id, "hf-1").state is JobState.RELEASED


# ---- advice ------------------------------------------------------------------------------------------------------


def test_advice_names_rule_engine_time_and_what_is_left(workbench: Workbench) -> None:
    told = workbench.advise(replace(FORM, engine="auto", prompt="something forbidden"), "visitor")
    assert [(item.policy, item.where) for item in told.reasons] == [("test.word", "prompt")]
    assert (told.engine, told.choice_key) == ("animatic", "engine.choice.animatic")
    assert told.outline is not None
    assert len(told.outline["shots"]) >= 1
    assert told.time_s is not None
    assert told.time_s > 0
    assert told.left_today == told.per_day == workbench.fair_use.per_day
    assert workbench.jobs("visitor") == []


def test_advice_without_words_tells_what_is_left_only(workbench: Workbench) -> None:
    workbench.submit(FORM, "visitor")
    told = workbench.advise(replace(FORM, prompt=" "), "visitor")
    assert (told.engine, told.outline, told.problems) == ("", None, ())
    assert told.left_today == told.per_day - 1
    assert told.wait_s > 0


def test_advice_says_what_the_chosen_engine_cannot_do(bench: Bench, workbench: Workbench) -> None:
    bench.engine.info = replace(CARD, limits=Limits(resolutions=("480p",), duration_s=(2.0, 4.0)))
    told = workbench.advise(replace(FORM, resolution="1080p"), "visitor")
    assert next((item.level, item.key) for item in told.problems) == ("error", "error.engine.resolution")
    assert told.time_s is None


# ---- what the chosen engine can do -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"resolution": "1080p"}, "error.engine.resolution"),
        ({"fps": 60}, "error.engine.fps"),
        ({"duration_s": 9.0}, "error.engine.duration"),
        ({"shots": {"shots": [{"duration_s": 5.0, "action": "a boat"}]}}, "error.engine.duration"),
        ({"output": "image"}, "error.engine.output"),
    ],
)
def test_what_the_chosen_engine_cannot_do_is_refused_at_once(
    bench: Bench, workbench: Workbench, changes: dict[str, object], key: str
) -> None:
    bench.engine.info = replace(CARD, limits=Limits(resolutions=("480p",), duration_s=(2.0, 4.0)))
    with pytest.raises(UsageError, match=key.replace(".", r"\.")):
        workbench.submit(replace(FORM, **changes), "visitor")  # type: ignore[arg-type]
    assert workbench.jobs("visitor") == []
    assert list(bench.quarantine.root.iterdir()) == []


def test_an_unknown_engine_is_refused_at_once(workbench: Workbench) -> None:
    with pytest.raises(Unavailable, match=r"error\.engine\.unknown"):
        workbench.submit(replace(FORM, engine="dream"), "visitor")


def test_a_job_that_begins_while_it_is_looked_at_has_no_place(bench: Bench) -> None:
    job_id = bench.submit().job_id
    with bench.database.read() as session:
        seen = jobs.get(session, job_id)
        with bench.database.write() as other:
            jobs.lease(other, job_id, "worker", 30.0)
        assert seen.state == jobs.WAITING
        assert jobs.position(session, seen) == 0


# ---- the example and appeals -------------------------------------------------------------------------------------


def test_the_example_is_made_once_and_belongs_to_nobody(workbench: Workbench) -> None:
    workbench.make_example()
    workbench.make_example()
    assert len(workbench.jobs(HOUSE)) == 1
    assert workbench.example() is None


def test_the_newest_refusal_has_the_way_to_a_person(bench: Bench, workbench: Workbench) -> None:
    assert workbench.latest_appeal("visitor") == ""
    refused = finished(bench, replace(FORM, prompt="forbidden"))
    assert workbench.latest_appeal("visitor") == refused.appeal
