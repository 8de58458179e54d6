"""Health says down, degraded or ok for reasons that can be read."""

from __future__ import annotations

import re

from media.cage.confine import Walls
from pipeline.health import Health
from tests.pipeline.conftest import Bench


def test_all_is_well(bench: Bench) -> None:
    assert Health(bench.database, lambda _: 90.0).report()["status"] == "ok"


def test_an_expired_certificate_is_down(bench: Bench) -> None:
    assert Health(bench.database, lambda _: -1.0).report()["status"] == "down"


def test_a_certificate_that_ends_soon_is_degraded(bench: Bench) -> None:
    assert Health(bench.database, lambda _: 7.0).report()["status"] == "degraded"


def test_a_missing_detector_is_named(bench: Bench) -> None:
    report = Health(bench.database, lambda _: 90.0, ("faces",)).report()
    assert (report["status"], report["missing_detectors"]) == ("degraded", ["faces"])


def test_metrics_count_jobs_by_state(bench: Bench) -> None:
    bench.submit()
    text = Health(bench.database, lambda _: 90.0).metrics().decode()
    assert 'colophon_jobs{state="queued"} 1.0' in text
    assert "colophon_certificate_days 90.0" in text


def test_an_open_cage_is_degraded_and_shown(bench: Bench) -> None:
    report = Health(bench.database, lambda _: 90.0, walls=lambda: Walls(network=True)).report()
    assert (report["status"], report["cage"]) == ("degraded", {"system_calls": False, "network": True})


def test_metrics_tell_steps_refusals_and_failures(bench: Bench) -> None:
    bench.run(bench.submit("forbidden").job_id)
    bench.run(bench.submit(output="image").job_id)
    bench.run(bench.submit("a train").job_id)
    text = Health(bench.database, lambda _: 90.0).metrics().decode()
    assert 'colophon_refusals_day{policy="test.word"} 1.0' in text
    assert 'colophon_jobs{state="refused"} 1.0' in text
    assert "colophon_job_seconds_lately" in text
    assert re.search(r'colophon_detector_seconds_lately\{detector="words"\} [0-9]', text)
    assert "colophon_audit_events" in text
