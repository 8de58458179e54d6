"""What people wrote and uploaded is nowhere after a run, except in the rows that retention clears, and then nowhere.

A prompt, a title, a file name, an EXIF value, an address and a cookie are planted; the whole data folder, the logs, the
output's bytes and its manifest are searched for them, also compressed parts.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

import logs
from pipeline.run import run
from pipeline.views import JobState, RequestForm, Upload
from records import audit, jobs
from records.jobs import erased_request
from records.tables import AuditPayloadRow, JobRow
from tests.hosting.node import ToneEngine
from tests.pipeline.conftest import Bench

PROMPT, TITLE, FILE, EXIF = "zyxprompt lighthouse", "zyxtitle", "zyxfile-holiday", "zyxexif-camera"
ADDRESS, VISITOR = "203.0.113.77", "zyxvisitor"
PLANTED = [word.encode() for word in ("zyxprompt", TITLE, FILE, EXIF, ADDRESS)]


def _upload(folder: Path) -> Upload:
    path = folder / f"{FILE}.jpg"
    picture, exif = Image.effect_noise((320, 240), 60).convert("RGB"), Image.Exif()
    exif[0x010E] = exif[0x0110] = EXIF
    picture.save(path, exif=exif)
    return Upload(path, "auto", f"{FILE}.jpg")


def _found(folder: Path, *, but: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """Planted words, and the files that hold them."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(but or ("\0",))]
    return {(word.decode(), path.name) for path in files for word in PLANTED if word in path.read_bytes()}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "data").mkdir()
    return Bench(tmp_path / "data", engine=ToneEngine())


def _run(bench: Bench, folder: Path, prompt: str) -> str:
    form = RequestForm(
        prompt=prompt, title=TITLE, uploads=[_upload(folder)], engine="card", output="audio", resolution="480p",
        duration_s=2.0, fps=24, seed=7,
    )  # fmt: skip
    job_id = bench.studio.submit(form, VISITOR, ADDRESS).job_id
    run(job_id, "worker", bench.tools)
    return job_id


def test_nothing_planted_is_left(bench: Bench, tmp_path: Path) -> None:
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        logs.configure()
        released, refused = _run(bench, tmp_path, PROMPT), _run(bench, tmp_path, f"{PROMPT} forbidden")
    states = {job: bench.studio.job(job, VISITOR).state for job in (released, refused)}
    assert states == {released: JobState.RELEASED, refused: JobState.REFUSED}
    assert not [word for word in PLANTED if word.decode() in told.getvalue()]
    # While it is kept, a text stands in the job's row alone: no audit payload, no manifest, no file.
    assert _found(bench.folder, but=("colophon.db", "reference", "image1")) == set()
    with bench.database.read() as session:
        payloads = " ".join(session.execute(text("SELECT payload FROM audit_payloads")).scalars())
        assert not [word for word in PLANTED if word.decode() in payloads]
        assert ADDRESS not in str([row.request for row in session.query(JobRow)])
    _past_retention(bench)
    assert _found(bench.folder) == set()


def _past_retention(bench: Bench) -> None:
    """What housekeeping does with jobs; erased texts leave the pages of the database file, too."""
    with bench.database.write() as session:
        for row in session.query(JobRow):
            row.request = erased_request(row.request)
    with bench.database.read() as session:
        gone = frozenset(jobs.alive(session))
    bench.quarantine.sweep(gone)
    bench.database.scrub()


def test_an_erased_text_is_gone_from_the_file_and_the_chain_stays_whole(bench: Bench, tmp_path: Path) -> None:
    _run(bench, tmp_path, PROMPT)
    _past_retention(bench)
    with bench.database.read() as session:
        assert audit.verify(session).broken_at is None
        assert session.query(AuditPayloadRow).count() > 0
