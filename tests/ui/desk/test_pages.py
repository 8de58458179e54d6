"""The desk's pages over HTTP: work, media, settings, attacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.encode import write_picture
from moderation import accounts, proposals
from tests.media import makers
from tests.moderation.conftest import FakePipeline, add_job, release_of
from tests.ui.desk.conftest import PASSWORD, Site, add_film, claim, client, field, signed_in

XSS = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"


def test_a_story_by_forms(site: Site, film_file: Path) -> None:
    add_film(site, film_file)
    site.desk.sync()
    browser = signed_in(site, "anna")
    address, csrf, token = claim(browser)
    html = browser.get(address).text
    assert "face.photographic" in html
    assert "yunet-1" in html
    form = {"csrf": csrf, "token": token, "choice": "block", "policy": "likeness.real_person", "facts": "A face."}
    answer = browser.post(f"{address}/decide", data=form)
    assert answer.status_code == 303
    assert "undo=" in answer.headers["location"]
    undone = browser.post(f"{address}/undo", data={"csrf": csrf})
    assert undone.headers["location"] == address


def test_the_film_is_served_in_ranges_to_its_reviewer_only(site: Site, film_file: Path) -> None:
    add_film(site, film_file)
    site.desk.sync()
    anna, ben = signed_in(site, "anna"), signed_in(site, "ben")
    address, _, _ = claim(anna)
    part = anna.get(f"{address}/media", headers={"range": "bytes=0-99"})
    assert (part.status_code, len(part.content), part.headers["cache-control"]) == (206, 100, "no-store")
    assert anna.get(f"{address}/poster").content[:2] == b"\xff\xd8"
    assert "<rect" in anna.get(f"{address}/wave").text
    assert ben.get(f"{address}/media").status_code == 403
    assert client(site).get(f"{address}/media").status_code == 303
    assert signed_in(site, "audit").get(f"{address}/media").status_code == 403


def test_a_reference_is_veiled_until_a_look_is_logged(site: Site, film_file: Path) -> None:
    add_film(site, film_file)
    site.desk.sync()
    browser = signed_in(site, "anna")
    address, csrf, token = claim(browser)
    veiled = browser.get(f"{address}/reference/image1").content
    assert veiled[:2] == b"\xff\xd8"
    assert len(veiled) < 1500
    browser.post(f"{address}/reveal", data={"csrf": csrf, "token": token, "what": "image1"})
    assert browser.get(f"{address}/reference/image1").content[:4] == b"\x89PNG"
    assert "looked unveiled" in browser.get(address, headers={"accept-language": "en"}).text


@pytest.mark.parametrize(
    "path", ["/desk/", "/desk/case/c-1", "/desk/figures", "/desk/settings", "/desk/export/dsa.csv"]
)
def test_nobody_gets_in_without_a_session(site: Site, path: str) -> None:
    answer = client(site).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/login")


@pytest.mark.parametrize(
    ("login", "method", "path"),
    [
        ("anna", "get", "/desk/figures"), ("anna", "get", "/desk/export/audit.jsonl"),
        ("anna", "get", "/desk/registry"),
        ("anna", "get", "/desk/?queue=minors"), ("sara", "get", "/desk/?queue=minors"), ("audit", "post", "CASE/claim"),
        ("anna", "post", "CASE/assign"), ("audit", "post", "CASE/note"), ("root", "get", "CASE"),
        ("anna", "post", "/desk/registry/p-1/withdraw"), ("sara", "get", "/desk/export/dsa.json"),
        ("kim", "get", "CASE"),
    ],
)  # fmt: skip
def test_roles_are_not_escalated_by_address(site: Site, login: str, method: str, path: str) -> None:
    add_job(site.desk)
    site.desk.sync()
    with site.desk.database.read() as session:
        case_id = session.connection().exec_driver_sql("SELECT case_id FROM cases").scalar_one()
    browser = signed_in(site, login)
    address = path.replace("CASE", f"/desk/case/{case_id}")
    csrf = field(browser.get("/desk/").text, "csrf")
    if method == "get":
        assert browser.get(address).status_code == 403
    else:
        answer = browser.post(address, data={"csrf": csrf, "text": "x", "to": ""})
        assert answer.status_code == 403


def test_forms_without_their_token_are_refused(site: Site) -> None:
    add_job(site.desk)
    site.desk.sync()
    browser = signed_in(site, "anna")
    address, csrf, token = claim(browser)
    other = field(signed_in(site, "ben").get("/desk/").text, "csrf")
    for wrong in ("", other, csrf[:-1]):
        form = {"csrf": wrong, "token": token, "choice": "approve", "policy": "likeness.real_person"}
        assert browser.post(f"{address}/decide", data=form).status_code == 403
    foreign = browser.post(f"{address}/decide", data={**form, "csrf": csrf}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert site.desk.queue(accounts_reviewer(site, "ben")).lines[0].state == "open"


def accounts_reviewer(site: Site, login: str) -> accounts.Reviewer:
    """The reviewer behind a name."""
    from records import reviewers

    with site.desk.database.read() as session:
        row = reviewers.by_login(session, login)
        assert row
        return accounts.find(session, row.reviewer_id)


def test_a_sign_in_form_from_elsewhere_is_refused(site: Site) -> None:
    answer = client(site).post("/desk/login", data={"login": "anna", "password": PASSWORD, "csrf": "x" * 30})
    assert answer.status_code == 403


def test_the_session_cookie_is_secure_http_only_and_strict(site: Site) -> None:
    browser = client(site)
    csrf = field(browser.get("/desk/login").text, "csrf")
    answer = browser.post("/desk/login", data={"login": "anna", "password": PASSWORD, "csrf": csrf})
    cookie = next(value for name, value in answer.headers.multi_items() if name == "set-cookie")
    assert "colophon_desk=" in cookie
    for word in ("Secure", "HttpOnly", "SameSite=strict", "Path=/desk"):
        assert word in cookie
    with site.desk.database.read() as session:
        stored = session.connection().exec_driver_sql("SELECT session_hash FROM desk_sessions").scalar_one()
    assert stored not in cookie


def test_guessing_passwords_ends_early_even_with_the_right_one(site: Site) -> None:
    browser = client(site)
    csrf = field(browser.get("/desk/login").text, "csrf")
    codes = [
        browser.post("/desk/login", data={"login": "anna", "password": f"wrong {n}", "csrf": csrf}).status_code
        for n in range(site.desk.config.login.per_login.count + 1)
    ]
    assert codes == [303] * 5 + [429]
    right = browser.post("/desk/login", data={"login": "anna", "password": PASSWORD, "csrf": csrf})
    assert right.status_code == 429


@pytest.mark.parametrize("place", ["prompt", "notice", "message", "note", "evidence", "line"])
def test_no_text_of_others_becomes_markup(site: Site, place: str) -> None:
    job_id = add_job(site.desk, prompt=XSS if place == "prompt" else "a lamp")
    if place in ("evidence", "line"):
        store_everywhere(site, job_id)
    browser = signed_in(site, "anna")
    if place == "notice":
        release_id = release_of(site.desk, add_job(site.desk, state="released", release="released"))
        report = {"kind": "other", "where": f"{release_id} {XSS}", "description": XSS, "name": XSS, "signature": XSS}
        site.desk.report(report, "192.0.2.1")
    if place == "message":
        site.desk.appeal(f"appeal-token-of-{job_id}", XSS)
    site.desk.sync()
    reviewer = accounts_reviewer(site, "anna")
    for line in site.desk.queue(reviewer).lines:
        if place == "note":
            site.desk.note(reviewer, line.case_id, XSS)
        html = browser.get(f"/desk/case/{line.case_id}").text
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        if (place == "notice") == (line.kind == "notice"):
            assert "&lt;script&gt;alert(1)" in html
            assert "{{7*7}}" in html


def store_everywhere(site: Site, job_id: str) -> None:
    """Put markup into what detectors and shot plans store."""
    from sqlalchemy import select

    from records.tables import JobRow, VerdictRow

    with site.desk.database.write() as session:
        verdict = session.execute(select(VerdictRow)).scalar_one()
        verdict.signals = [
            {**verdict.signals[0], "name": XSS, "version": XSS, "evidence": [{"where": XSS, "entry": XSS}]}
        ]
        job = session.get(JobRow, job_id)
        assert job
        job.request = {**job.request, "plan": {"shots": [{"action": XSS, "dialogue": [{"speaker": XSS, "line": XSS}]}]}}


def test_pages_allow_no_inline_script_and_no_frame(site: Site) -> None:
    policy = signed_in(site, "anna").get("/desk/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy


def test_keys_are_remembered_and_never_double(site: Site) -> None:
    browser = signed_in(site, "anna")
    csrf = field(browser.get("/desk/settings").text, "csrf")
    assert browser.post("/desk/settings", data={"csrf": csrf, "key_approve": "y"}).status_code == 303
    assert "<kbd>y</kbd>" in browser.get("/desk/settings").text or 'value="y"' in browser.get("/desk/settings").text
    assert browser.post("/desk/settings", data={"csrf": csrf, "key_approve": "b"}).status_code == 409
    assert browser.post("/desk/settings", data={"csrf": csrf, "key_approve": "!"}).status_code == 409


def test_figures_and_exports_open_for_the_auditor(site: Site) -> None:
    add_job(site.desk, state="refused")
    site.desk.sync()
    site.desk.clock.go(1)  # type: ignore[attr-defined]
    browser = signed_in(site, "audit")
    assert "Real people" in browser.get("/desk/figures", headers={"accept-language": "en"}).text
    assert len(browser.get("/desk/export/dsa.json").json()["statements"]) == 1
    for name in ("transparency.json", "transparency.csv", "dsa.csv", "audit.jsonl"):
        assert browser.get(f"/desk/export/{name}").status_code == 200


def test_bulk_by_the_page(site: Site) -> None:
    for _ in range(2):
        add_job(site.desk)
    site.desk.sync()
    browser = signed_in(site, "sara")
    html = browser.get("/desk/").text
    csrf, ids = field(html, "csrf"), [line.case_id for line in site.desk.queue(accounts_reviewer(site, "sara")).lines]
    preview = browser.post("/desk/bulk", data={"csrf": csrf, "case": ids, "choice": "approve"}).text
    form = {"csrf": csrf, "case": ids, "choice": "approve", "policy": "likeness.real_person", "facts": ""}
    done = browser.post("/desk/bulk", data={**form, "seal": field(preview, "seal")})
    assert done.headers["location"] == "/desk/?decided=2"


def test_the_appeal_page_without_an_account(site: Site) -> None:
    job_id = add_job(site.desk, state="refused")
    site.desk.sync()
    browser = client(site)
    html = browser.get(f"/appeal/appeal-token-of-{job_id}").text
    sent = browser.post(f"/appeal/appeal-token-of-{job_id}", data={"csrf": field(html, "csrf"), "message": XSS})
    assert sent.status_code == 303
    status = browser.get(sent.headers["location"])
    assert status.status_code == 200
    assert "r-" not in status.text.replace("colophon-", "")
    assert browser.get("/appeal/nonsense-nonsense-nonsense").status_code == 404
    assert browser.get("/case/nonsense").status_code == 404


def test_the_report_page_and_its_api(site: Site) -> None:
    release_id = release_of(site.desk, add_job(site.desk, state="released", release="released"))
    browser = client(site)
    for kind in ("impersonation", "intimate_image", "minor", "copyright", "counter_notice", "illegal_content", "order"):
        assert browser.get(f"/report?kind={kind}&where={XSS}").status_code == 200
    html = browser.get("/report?kind=other").text
    form = {"csrf": field(html, "csrf"), "kind": "other", "where": release_id, "description": "short"}
    again = browser.post("/report", data=form)
    assert again.status_code == 409
    assert release_id in again.text
    assert browser.post("/report", data={**form, "description": "Long enough to be read."}).status_code == 303
    body = {"kind": "other", "where": release_id, "description": "By the interface, long enough."}
    answer = browser.post("/v1/report", json=body)
    assert answer.status_code == 201
    assert browser.get(answer.json()["status"]).status_code == 200
    assert browser.post("/v1/report", content=b"[" * 50_000).status_code == 400
    assert browser.post("/v1/report", content=b"x" * 100_000).status_code == 400
    assert browser.post("/v1/report", json={"kind": "other"}).json()["field"] == "where"


def test_a_flood_of_reports_is_answered_with_429(site: Site) -> None:
    browser, codes = client(site), []
    for number in range(site.desk.config.report_throttle.count + 1):
        body = {"kind": "other", "where": "rel-0123456789abcdef", "description": f"Number {number} of a flood."}
        codes.append(browser.post("/v1/report", json=body).status_code)
    assert codes == [201] * 10 + [429]


def test_the_retention_page_says_what_the_settings_say(site: Site) -> None:
    html = client(site).get("/retention", headers={"accept-language": "en"}).text
    assert f"{site.desk.config.retention.captures_hours} hours" in html
    assert f"{site.desk.config.retention.statements_days} days" in html


def test_a_full_story_from_refusal_to_stay_down(site: Site, film_file: Path) -> None:
    job_id = add_film(site, film_file)
    site.desk.sync()
    clock, port = site.desk.clock, site.desk.port
    assert isinstance(port, FakePipeline)

    def decide(login: str, choice: str, policy: str = "likeness.real_person") -> None:
        browser = signed_in(site, login)
        address, csrf, token = claim(browser)
        form = {"csrf": csrf, "token": token, "choice": choice, "policy": policy, "facts": ""}
        assert browser.post(f"{address}/decide", data=form).status_code == 303
        clock.go(11)  # type: ignore[attr-defined]
        site.desk.settle()

    decide("anna", "block")
    site.desk.appeal(f"appeal-token-of-{job_id}", "It is my own face.")
    decide("ben", "approve")
    release_id = release_of(site.desk, job_id)
    site.desk.report({"kind": "other", "where": release_id, "description": "This should not be here."}, "192.0.2.1")
    decide("anna", "block", "notice.other")
    assert [name for name, _ in port.calls] == ["refuse", "approve", "withdraw", "stay_down"] or [
        name for name, _ in port.calls
    ] == ["refuse", "restore", "withdraw", "stay_down"]


def test_golden_cases_by_the_page(site: Site) -> None:
    add_job(site.desk)
    site.desk.sync()
    anna, sara = signed_in(site, "anna"), signed_in(site, "sara")
    address, csrf, token = claim(anna)
    form = {"csrf": csrf, "token": token, "choice": "block", "policy": "likeness.real_person", "facts": ""}
    anna.post(f"{address}/decide", data=form)
    site.desk.clock.go(11)  # type: ignore[attr-defined]
    site.desk.settle()
    html = sara.get(address).text
    golden = {"csrf": field(html, "csrf"), "expected": "block", "copies": "1"}
    assert sara.post(f"{address}/golden", data=golden | {"copies": "x"}).status_code == 409
    assert sara.post(f"{address}/golden", data=golden).headers["location"] == "/desk/golden"
    assert address.rsplit("/", 1)[1][2:10] in sara.get("/desk/golden").text
    assert "copies" not in anna.get(address).text
    assert anna.get("/desk/golden").status_code == 403
    assert anna.post(f"{address}/golden", data=golden | {"csrf": csrf}).status_code == 403


def protect(site: Site, picture: Path | None, **changes: str) -> Any:
    """Send the form for protection as a browser does."""
    browser = client(site)
    form = {"kind": "character", "name": "Nuvola the Cloud Fox", "owner": "Studio N", "contact": "n@studio.example",
            "aliases": "Nuvola\nCloud Fox", "description": "", "statement": "yes",
            "csrf": field(browser.get("/protect").text, "csrf")}  # fmt: skip
    files = {"picture": ("my mascot.png", picture.read_bytes() if picture else b"")}
    return browser.post("/protect", data=form | changes, files=files)


def test_a_protected_picture_is_hashed_and_not_kept(site: Site, tmp_path: Path) -> None:
    write_picture(tmp_path / "mascot.png", makers.picture(320, 240, seed=5))
    sent = protect(site, tmp_path / "mascot.png")
    assert sent.status_code == 303
    browser = signed_in(site, "anna")
    address, csrf, token = claim(browser)
    assert "Nuvola" in browser.get(address).text
    form = {"csrf": csrf, "token": token, "choice": "approve", "policy": "ip.character", "facts": ""}
    browser.post(f"{address}/decide", data=form)
    site.desk.clock.go(11)  # type: ignore[attr-defined]
    site.desk.settle()
    with site.desk.database.read() as session:
        (entry,) = proposals.in_force(session)[1]
        stored = str(session.connection().exec_driver_sql("SELECT entry FROM registry_proposals").all())
    assert entry.fingerprints[0]["pdq"]
    assert "my mascot" not in stored
    senior = signed_in(site, "sara")
    for change, left in (("withdraw", 0), ("restore", 1)):
        token = field(senior.get("/desk/registry").text, "csrf")
        assert senior.post(f"/desk/registry/{entry.entry_id}/{change}", data={"csrf": token}).status_code == 303
        with site.desk.database.read() as session:
            assert len(proposals.in_force(session)[1]) == left
    assert senior.post(f"/desk/registry/{entry.entry_id}/erase", data={"csrf": token}).status_code == 404


def test_a_picture_that_is_none_is_named_and_the_words_are_kept(site: Site, tmp_path: Path, film_file: Path) -> None:
    (tmp_path / "text.png").write_text("<script>alert(1)</script>")
    write_picture(tmp_path / "plain.png", np.full((64, 64, 3), 128, np.uint8))
    for path in (tmp_path / "text.png", film_file, tmp_path / "plain.png"):
        answer = protect(site, path)
        assert answer.status_code in (409, 422), path
        assert "Studio N" in answer.text
        assert "alert(1)" not in answer.text
    assert protect(site, None).status_code == 303
    assert protect(site, None, statement="no").status_code == 409


@pytest.mark.parametrize("path", ["/protect", "/report", "/appeal/" + "x" * 40, "/desk/login"])
def test_a_body_without_end_is_refused_before_it_is_read(site: Site, path: str) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    huge = client(site).post(path, content=b"a=1", headers=form | {"content-length": str(10**9)})
    endless = client(site).post(path, content=iter([b"a=1"]), headers=form)
    assert {huge.status_code, endless.status_code} == {413}


def test_no_text_of_a_proposal_becomes_markup(site: Site) -> None:
    words = dict.fromkeys(("name", "owner", "contact", "description", "aliases"), XSS)
    assert protect(site, None, **words).status_code == 303
    browser, senior = signed_in(site, "anna"), signed_in(site, "sara")
    address, csrf, token = claim(browser)
    pages = [browser.get(address).text]
    form = {"csrf": csrf, "token": token, "choice": "approve", "policy": "ip.character", "facts": ""}
    browser.post(f"{address}/decide", data=form)
    site.desk.clock.go(11)  # type: ignore[attr-defined]
    site.desk.settle()
    pages.append(senior.get("/desk/registry").text)
    for html in pages:
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert "<img src=x" not in html
