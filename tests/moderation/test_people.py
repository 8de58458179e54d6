"""Consent, protection of names, reviewers' accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
import pytest
from sqlalchemy.orm import Session

from errors import Blocked, UsageError
from moderation import accounts, consent, proposals
from moderation.cases import Choice
from moderation.desk import Desk
from moderation.roles import NotAllowed
from moderation.throttle import TooMany
from records import reviewers
from tests.moderation.conftest import ANNA, SARA, Clock, policy

FILE, OTHER = "a" * 64, "b" * 64
PASSWORD = "a long enough password"


@pytest.fixture
def studio(desk: Desk) -> Desk:
    """The same desk under the profile that knows consent."""
    desk.policy = policy("studio")
    return desk


@contextmanager
def writing(desk: Desk) -> Iterator[Session]:
    with desk.database.write() as session:
        yield session


def granted(desk: Desk, clock: Clock, choice: Choice = Choice.APPROVE) -> str:
    """A decided consent for FILE by account v-1; returns the person's secret."""
    with writing(desk) as session:
        asked = consent.begin(session, desk.context, "v-1", ["film"], {"r.png": FILE}, 30)
        folder = desk.config.folder / "captures"
        folder.mkdir(exist_ok=True)
        (folder / "x.webm").write_bytes(b"recording")
        (folder / "r.png").write_bytes(b"reference")
        consent.submit(session, desk.context, asked.secret, "x.webm")
    lease = desk.claim(ANNA)
    assert lease
    shown = desk.case(ANNA, lease.case_id).application
    assert shown["phrase"] == asked.phrase
    assert desk.reference(ANNA, lease.case_id, "reference1") == (folder / "r.png", False)
    desk.reveal(ANNA, lease.case_id, lease.token, "reference1")
    assert desk.reference(ANNA, lease.case_id, "reference1") == (folder / "r.png", True)
    desk.decide(lease.case_id, ANNA, choice, "likeness.real_person", token=lease.token)
    clock.go(11)
    desk.settle()
    assert list(folder.iterdir()) == []
    return asked.secret


def allowed(desk: Desk, account: str = "v-1", purpose: str = "film", file: str = FILE) -> bool:
    """Whether a reference passes."""
    return desk.consented(account, purpose, file) is not None


def test_a_consent_covers_its_account_purpose_and_file_only(studio: Desk, clock: Clock) -> None:
    assert not allowed(studio)
    granted(studio, clock)
    assert allowed(studio)
    assert not allowed(studio, account="v-2")
    assert not allowed(studio, purpose="advertising")
    assert not allowed(studio, file=OTHER)


def test_a_consent_ends_with_its_time_and_on_wish(studio: Desk, clock: Clock) -> None:
    secret = granted(studio, clock)
    clock.go(31 * 86_400)
    assert not allowed(studio)
    clock.go(-20 * 86_400)
    assert allowed(studio)
    with writing(studio) as session:
        consent.revoke(session, studio.context, secret)
    assert not allowed(studio)


def test_screening_is_told_which_consent_it_is(studio: Desk, clock: Clock) -> None:
    granted(studio, clock)
    assert studio.consent_id("v-1", "film", FILE).startswith("k-")
    assert studio.consent_id("v-1", "advertising", FILE) == ""


def test_a_host_who_leaves_the_profile_takes_every_consent_along(studio: Desk, clock: Clock) -> None:
    granted(studio, clock)
    studio.policy = policy("strict")
    assert not allowed(studio)


def test_a_consent_needs_an_account(studio: Desk) -> None:
    with pytest.raises(UsageError, match=r"consent\.account"), writing(studio) as session:
        consent.begin(session, studio.context, "", ["film"], {"r.png": FILE}, 30)


def test_a_declined_consent_gives_nothing(studio: Desk, clock: Clock) -> None:
    granted(studio, clock, Choice.BLOCK)
    assert not allowed(studio)


def test_a_capture_is_good_once_and_for_ten_minutes(studio: Desk, clock: Clock) -> None:
    with writing(studio) as session:
        asked = consent.begin(session, studio.context, "v-1", ["film"], {"r.png": FILE}, 30)
        late = consent.begin(session, studio.context, "v-1", ["film"], {"r.png": FILE}, 30)
        consent.submit(session, studio.context, asked.secret, "x.webm")
    assert asked.phrase != late.phrase
    with pytest.raises(UsageError, match=r"consent\.used"), writing(studio) as session:
        consent.submit(session, studio.context, asked.secret, "y.webm")
    clock.go(601)
    with pytest.raises(UsageError, match=r"consent\.expired"), writing(studio) as session:
        consent.submit(session, studio.context, late.secret, "y.webm")


def test_the_strict_profile_knows_no_consent(desk: Desk) -> None:
    with pytest.raises(Blocked), writing(desk) as session:
        consent.begin(session, desk.context, "v-1", ["film"], {"r.png": FILE}, 30)


def test_no_plain_digest_of_a_reference_is_stored(studio: Desk, clock: Clock) -> None:
    granted(studio, clock)
    with studio.database.read() as session:
        assert FILE not in str(session.connection().exec_driver_sql("SELECT * FROM consents").all())


PROPOSAL: dict[str, Any] = {
    "kind": "character", "name": "Nuvola the Cloud Fox", "aliases": ["Nuvola"], "description": "A fox of clouds.",
    "owner": "Studio N", "contact": "n@studio.example", "statement": True,
    "fingerprints": [{"pdq": "AA==", "phash": "AA=="}],
}  # fmt: skip


def test_an_accepted_proposal_is_in_force_at_once_versioned_and_reversible(desk: Desk, clock: Clock) -> None:
    reloaded: list[bool] = []
    desk.on_registry = lambda: reloaded.append(True)
    with writing(desk) as session:
        secret = proposals.propose(session, desk.context, PROPOSAL, "192.0.2.1")
        assert proposals.in_force(session) == (0, ())
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.APPROVE, "ip.character", token=lease.token)
    clock.go(11)
    desk.settle()
    assert reloaded == [True]
    assert desk.case_status(secret).outcome == "approve"
    with writing(desk) as session:
        version, (entry,) = proposals.in_force(session)
        assert entry.names == ("Nuvola the Cloud Fox", "Nuvola")
        with pytest.raises(NotAllowed):
            proposals.withdraw(session, desk.context, ANNA, entry.entry_id)
        proposals.withdraw(session, desk.context, SARA, entry.entry_id)
        later, none = proposals.in_force(session)
        assert later > version
        assert none == ()
        proposals.restore(session, desk.context, SARA, entry.entry_id)
        assert len(proposals.in_force(session)[1]) == 1


def test_a_declined_proposal_changes_nothing(desk: Desk, clock: Clock) -> None:
    with writing(desk) as session:
        proposals.propose(session, desk.context, PROPOSAL, "192.0.2.1")
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.BLOCK, "ip.character", token=lease.token)
    clock.go(11)
    desk.settle()
    with desk.database.read() as session:
        assert proposals.in_force(session) == (0, ())


@pytest.mark.parametrize(
    "change",
    [{"statement": False}, {"name": ""}, {"kind": "song"}, {"template": "face"}, {"fingerprints": [{"face": "x"}]}],
)
def test_incomplete_proposals_are_refused(desk: Desk, change: dict[str, Any]) -> None:
    with pytest.raises(UsageError), writing(desk) as session:
        proposals.propose(session, desk.context, PROPOSAL | change, "192.0.2.1")


def add(desk: Desk, login: str = "anna", totp: bool = False) -> str:
    with writing(desk) as session:
        return accounts.add(session, desk.context, login, PASSWORD, ["reviewer"], totp=totp)[1]


def sign_in(desk: Desk, password: str = PASSWORD, code: str = "", address: str = "192.0.2.1") -> accounts.SignedIn:
    return accounts.sign_in(desk.database, desk.context, "anna", password, code, address)


def test_a_session_opens_and_ends(desk: Desk, clock: Clock) -> None:
    add(desk)
    cookie = sign_in(desk).cookie
    found = accounts.resume(desk.database, desk.context, cookie)
    assert found
    assert re.fullmatch(r"r-[0-9a-f]{8}", found.reviewer.reviewer_id)
    clock.go(desk.config.login.idle_s + 1)
    assert accounts.resume(desk.database, desk.context, cookie) is None


def test_a_disabled_reviewer_is_out_at_once(desk: Desk) -> None:
    add(desk)
    cookie = sign_in(desk).cookie
    with writing(desk) as session:
        accounts.disable(session, "anna")
    assert accounts.resume(desk.database, desk.context, cookie) is None
    with pytest.raises(accounts.SignInFailed):
        sign_in(desk)


def test_a_code_is_asked_for_and_good_once(desk: Desk, clock: Clock) -> None:
    generator = pyotp.parse_uri(add(desk, totp=True))
    assert isinstance(generator, pyotp.TOTP)
    with pytest.raises(accounts.SignInFailed):
        sign_in(desk)
    code = generator.at(clock())
    sign_in(desk, code=code)
    with pytest.raises(accounts.SignInFailed):
        sign_in(desk, code=code)
    clock.go(30)
    sign_in(desk, code=generator.at(clock()))


def test_attempts_from_one_address_end_for_every_name(desk: Desk) -> None:
    add(desk)
    for number in range(desk.config.login.per_address.count):
        with pytest.raises(accounts.SignInFailed):
            accounts.sign_in(desk.database, desk.context, f"nobody{number}", "x", "", "192.0.2.1")
    with pytest.raises(TooMany):
        sign_in(desk)
    sign_in(desk, address="192.0.2.2")


def test_passwords_are_long_and_never_stored(desk: Desk) -> None:
    with pytest.raises(UsageError), writing(desk) as session:
        accounts.add(session, desk.context, "anna", "short", ["reviewer"])
    with pytest.raises(UsageError), writing(desk) as session:
        accounts.add(session, desk.context, "anna", PASSWORD, ["emperor"])
    add(desk)
    with desk.database.read() as session:
        row = reviewers.by_login(session, "anna")
    assert row
    assert row.password_hash.startswith("$argon2id$")


def test_oauth_needs_the_allow_list(desk: Desk) -> None:
    add(desk)
    with pytest.raises(accounts.SignInFailed):
        accounts.sign_in_external(desk.database, desk.context, "anna")
    login = desk.config.login.model_copy(update={"oauth_logins": ("anna",)})
    desk.config = desk.config.model_copy(update={"login": login})
    assert accounts.sign_in_external(desk.database, desk.context, "anna").cookie
