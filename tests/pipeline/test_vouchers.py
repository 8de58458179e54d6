"""Who answers for a likeness: a consent for its account and purpose, and only outputs that show nobody real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from media.digest import sha256_of
from media.encode import write_picture
from pipeline.views import JobState, Upload
from pipeline.vouchers import Vouchers
from safety import policy
from safety.screen import Screener
from safety.signals import Evidence, MediaItem, Signal, TextItem
from tests.media import makers
from tests.pipeline.conftest import Bench


@dataclass
class SeesFaces:
    """Reports a photographed face in every reference, none in texts and outputs."""

    name: str = "faces"
    version: str = "1"
    kinds: frozenset[str] = frozenset({"text", "image", "video", "audio"})

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        seen = isinstance(item, MediaItem) and item.where != "output"
        return [Signal("face.photographic", "1", 0.95 if seen else 0.0, 0.4, evidence=(Evidence(item.where),))]


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "me.png"
    write_picture(path, makers.picture(320, 240, seed=3))
    return path


def door(bench: Bench, consented: dict[tuple[str, str, str], str]) -> Screener:
    vouchers = Vouchers(bench.database, bench.inspector.inspect, lambda *claim: consented.get(claim, ""))
    return Screener([SeesFaces()], policy.load("strict"), vouch=vouchers)


def used(bench: Bench, screener: Screener, file: Path, purpose: str = "own_use"):
    job = bench.submit(uploads=[Upload(file)], purpose=purpose)
    return bench.run(job.job_id, screener=screener)


def test_a_consent_lets_its_reference_pass_for_its_purpose_and_is_recorded_without_a_name(
    bench: Bench, portrait: Path
) -> None:
    screener = door(bench, {("visitor", "film", sha256_of(portrait)): "k-17"})
    assert used(bench, screener, portrait).state is JobState.REFUSED
    view = used(bench, screener, portrait, "film")
    assert view.state is JobState.RELEASED
    assert view.release is not None
    made = view.release.path.read_bytes()
    assert b"consentVerified" in made
    assert b"k-17" not in made


def test_another_account_gets_nothing_from_it(bench: Bench, portrait: Path) -> None:
    screener = door(bench, {("somebody else", "own_use", sha256_of(portrait)): "k-17"})
    assert used(bench, screener, portrait).state is JobState.REFUSED


def test_what_was_made_under_a_consent_is_no_proof_for_the_next_one(bench: Bench, portrait: Path) -> None:
    screener = door(bench, {("visitor", "own_use", sha256_of(portrait)): "k-17"})
    made = used(bench, screener, portrait).release
    assert made is not None
    assert used(bench, screener, made.path).state is JobState.REFUSED


def test_what_shows_nobody_is_its_own_proof(bench: Bench) -> None:
    made = bench.run(bench.submit().job_id).release
    assert made is not None
    view = used(bench, door(bench, {}), made.path)
    assert view.state is JobState.RELEASED
    assert view.release is not None
    assert b"consentVerified" not in view.release.path.read_bytes()
