"""Screening asks the desk for consents, anew each time: what ended no longer helps a reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.digest import sha256_of
from media.encode import write_picture
from moderation import consent
from moderation.cases import Choice
from moderation.desk import Desk
from pipeline.vouchers import Vouchers
from safety import policy as policies
from safety.screen import Screener
from safety.signals import MediaItem
from safety.verdict import Decision
from safety.vouching import Claimant
from tests.media import makers
from tests.moderation.conftest import ANNA, Clock, make_desk, policy
from tests.pipeline.conftest import Bench
from tests.pipeline.test_vouchers import SeesFaces

FILM = Claimant("v-1", "film")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def studio(bench: Bench, tmp_path: Path, clock: Clock) -> Desk:
    desk = make_desk(bench.database, tmp_path / "desk", clock)
    desk.policy = policy("studio")
    return desk


def granted(desk: Desk, clock: Clock, digest: str) -> str:
    """A consent for one file by v-1, for 30 days; returns the person's secret."""
    with desk.database.write() as session:
        asked = consent.begin(session, desk.context, "v-1", ["film"], {"r.png": digest}, 30)
        consent.submit(session, desk.context, asked.secret, "x.webm")
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.APPROVE, "likeness.real_person", token=lease.token)
    clock.go(11)
    desk.settle()
    return asked.secret


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_reference_stops_passing_with_its_consent(
    bench: Bench, studio: Desk, clock: Clock, tmp_path: Path, end: str
) -> None:
    path = tmp_path / "me.png"
    write_picture(path, makers.picture(320, 240, seed=3))
    item = MediaItem("image1", "image", str(path), sha256_of(path))
    vouchers = Vouchers(studio.database, bench.inspector.inspect, studio.consent_id)
    screener = Screener([SeesFaces()], policies.load("studio"), vouch=vouchers)

    def passes(claimant: Claimant | None = FILM) -> bool:
        return screener.judge([item], claimant=claimant).decision is Decision.ALLOW

    assert not passes()
    secret = granted(studio, clock, item.sha256)
    assert passes()
    assert not passes(None)
    assert not passes(Claimant("v-2", "film"))
    assert not passes(Claimant("v-1", "advertising"))
    if end == "revoked":
        with studio.database.write() as session:
            consent.revoke(session, studio.context, secret)
    else:
        clock.go(30 * 86_400)
    assert not passes()
