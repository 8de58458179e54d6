"""The path lock: nothing in quarantine has a public path."""

from __future__ import annotations

import os
import stat
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from errors import QuarantineBreach
from media.clip import Sound, VideoFormat
from media.colour import black
from pipeline import leftovers
from pipeline.quarantine import Draft, Quarantine
from records.tables import JobRow
from tests.pipeline.conftest import Bench

FORMAT = VideoFormat(64, 48, Fraction(24))


def _draft(quarantine: Quarantine) -> Draft:
    with quarantine.workspace("job-1").video(FORMAT) as writer:
        for number in range(6):
            writer.write(black(64, 48), cut=number == 3)
        writer.write_sound(Sound(np.zeros((2, 12_000), np.float32), 48_000))
        return writer.finish("animatic", "1", previsualisation=True)


def test_a_draft_is_not_a_path(tmp_path: Path) -> None:
    draft = _draft(Quarantine(tmp_path / "q"))
    with pytest.raises(QuarantineBreach):
        os.fspath(draft)  # type: ignore[call-overload]
    with pytest.raises(QuarantineBreach):
        open(draft)  # type: ignore[call-overload]  # noqa: SIM115


def test_a_draft_gives_its_frames_cuts_and_sound(tmp_path: Path) -> None:
    draft = _draft(Quarantine(tmp_path / "q"))
    sound = draft.sound()
    assert len(list(draft.frames())) == 6
    assert draft.cuts_s == (0.125,)
    assert sound is not None
    assert sound.samples.shape == (2, 12_000)


def test_equal_drafts_have_equal_digests(tmp_path: Path) -> None:
    first, second = (_draft(Quarantine(tmp_path / name)) for name in ("a", "b"))
    assert first.digest == second.digest


def test_the_folder_is_ours_alone(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "q")
    folder = quarantine.workspace("job-1").folder
    assert stat.S_IMODE(quarantine.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("public", [".", "q", "q/inside"])
def test_it_may_not_touch_a_public_folder(tmp_path: Path, public: str) -> None:
    with pytest.raises(QuarantineBreach):
        Quarantine(tmp_path / "q", public=(tmp_path / public,))


@pytest.mark.parametrize("job_id", ["../x", "a/b", "", ".", "a b"])
def test_a_job_id_is_no_path(tmp_path: Path, job_id: str) -> None:
    with pytest.raises(QuarantineBreach):
        Quarantine(tmp_path / "q").workspace(job_id)


def test_a_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    workspace = Quarantine(tmp_path / "q").workspace("job-1")
    with pytest.raises(ValueError, match="shape"), workspace.video(FORMAT) as writer:
        writer.write(black(64, 48)[:10])
    assert list(workspace.folder.iterdir()) == []


def test_leftovers_of_earlier_attempts_and_of_ended_jobs_go_and_a_living_draft_stays(bench: Bench) -> None:
    """A worker died with a draft; its job went on, and is at work, waits, is held, or is over."""
    tokens = {"rendering": (1, 2), "queued": (1,), "held": (1, 2), "released": (1,)}
    names = {}
    for state, attempts in tokens.items():
        job_id = names[state] = bench.submit().job_id
        for attempt in attempts:
            with bench.quarantine.workspace(job_id, attempt).audio() as writer:
                writer.write_sound(Sound(np.zeros((2, 480), np.float32), 48_000))
        with bench.database.write() as session:
            row = session.get_one(JobRow, job_id)
            row.state, row.token = state, 2
    being_admitted = bench.quarantine.workspace("job-new", 1).audio()
    being_admitted.write_sound(Sound(np.zeros((2, 480), np.float32), 48_000))
    assert sorted(leftovers.clear(bench.database, bench.quarantine)) == sorted(names.values())
    left = {path.parent.relative_to(bench.quarantine.root).as_posix() for path in bench.drafts()}
    assert left == {f"{names['rendering']}/draft-2-1", "job-new/draft-1-1"}
    assert leftovers.clear(bench.database, bench.quarantine) == []


def test_the_sweep_keeps_only_living_jobs(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "q")
    for job_id in ("job-1", "job-2"):
        (quarantine.workspace(job_id).folder / "secret").write_text("x")
    (quarantine.root / "link").symlink_to(tmp_path)
    assert quarantine.sweep(keep=frozenset({"job-2"})) == ["job-1", "link"]
    assert [p.name for p in quarantine.root.iterdir()] == ["job-2"]
    assert tmp_path.exists()
