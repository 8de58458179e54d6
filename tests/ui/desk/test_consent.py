"""A person consents in a browser with a camera, a reviewer looks, the person takes it back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from media.encode import write_picture
from records.migrate import upgrade
from records.session import Database
from tests.media import makers
from tests.moderation.conftest import Clock
from tests.ui.conftest import ARGUMENTS, served
from tests.ui.desk.conftest import Site, claim, client, field, make_site, signed_in

CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Site]:
    database = Database(f"sqlite:///{tmp_path}/colophon.db")
    upgrade(database)
    yield make_site(database, tmp_path, Clock(), profile="studio")
    database.close()


@pytest.fixture
def face(tmp_path: Path) -> Path:
    write_picture(tmp_path / "me.png", makers.picture(320, 240, seed=4))
    return tmp_path / "me.png"


@pytest.fixture
def camera(playwright: Any, chromium: str) -> Iterator[Any]:
    """A browser whose camera shows a test picture."""
    launched = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *CAMERA])
    yield launched
    launched.close()


def captures(site: Site) -> list[str]:
    """What stands in the private folder."""
    folder = site.desk.config.folder / "captures"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.browser
@pytest.mark.slow
def test_from_the_camera_to_the_reviewer_and_back(studio: Site, camera: Any, face: Path) -> None:
    digest = hashlib.sha256(face.read_bytes()).hexdigest()
    with served(studio.app) as url:
        page = camera.new_context(locale="en", viewport={"width": 390, "height": 844}).new_page()
        page.goto(f"{url}/consent")
        page.get_by_label("Film and art").check()
        page.set_input_files("[name=files]", face)
        page.get_by_role("button", name="recording").click()
        revoke = page.get_attribute("a[href*='/consent/']", "href")
        page.get_by_role("button", name="Start").click()
        page.wait_for_selector(".guide li[aria-current=step]")
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Stop").click()
        page.wait_for_url("**/case/**", timeout=30_000)
        assert len(captures(studio)) == 2
        assert page.get_attribute("a[href*='/consent/']", "href") == revoke

        reviewer = signed_in(studio, "anna")
        address, csrf, token = claim(reviewer)
        assert reviewer.get(f"{address}/capture/strip").headers["content-type"] == "image/jpeg"
        veiled = reviewer.get(f"{address}/reference/reference1").content
        assert len(veiled) < 2000
        reviewer.post(f"{address}/reveal", data={"csrf": csrf, "token": token, "what": "reference1"})
        assert reviewer.get(f"{address}/reference/reference1").content == face.read_bytes()
        form = {"csrf": csrf, "token": token, "choice": "approve", "policy": "likeness.real_person", "facts": ""}
        assert reviewer.post(f"{address}/decide", data=form).status_code == 303
        assert studio.desk.consented("v-1", "film", digest) is None
        studio.desk.clock.go(11)  # type: ignore[attr-defined]
        studio.desk.settle()
        assert captures(studio) == []
        assert studio.desk.consented("v-1", "film", digest)
        page.reload()
        assert "accepted" in page.inner_text("main")

        page.goto(f"{url}{revoke}")
        page.get_by_role("button").click()
        page.wait_for_selector("text=taken back")
        assert studio.desk.consented("v-1", "film", digest) is None


def apply(site: Site, *files: Path, **changes: Any) -> Any:
    """Send the application as a browser does."""
    browser = client(site)
    form = {"purposes": ["film"], "days": "30", "csrf": field(browser.get("/consent").text, "csrf")}
    named = [("files", (path.name, path.read_bytes())) for path in files] or [("files", ("", b""))]
    return browser.post("/consent", data=form | changes, files=named)


def test_bad_applications_leave_nothing_behind(studio: Site, face: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    for answer in (
        apply(studio),
        apply(studio, tmp_path / "text.png"),
        apply(studio, face, tmp_path / "text.png"),
        apply(studio, face, purposes=["fame"]),
        apply(studio, face, days="99999"),
        apply(studio, face, days="-1"),
        apply(studio, face, csrf="x" * 30),
    ):
        assert answer.status_code in (403, 409, 422)
    assert captures(studio) == []


def test_a_recording_is_a_film_and_its_link_is_good_once(studio: Site, face: Path, film_file: Path) -> None:
    html = apply(studio, face).text
    target = html.split('data-target="', 1)[1].split('"', 1)[0]
    browser = client(studio)
    assert browser.post(target, content=b"no film").status_code in (409, 422)
    assert browser.post("/consent/" + "x" * 40 + "/capture", content=film_file.read_bytes()).status_code in (404, 409)
    assert len(captures(studio)) == 1
    assert browser.post(target, content=film_file.read_bytes()).status_code == 200
    assert browser.post(target, content=film_file.read_bytes()).status_code == 409
    assert len(captures(studio)) == 2


def test_what_was_never_handed_in_is_deleted_in_a_day(studio: Site, face: Path) -> None:
    from moderation import retention

    apply(studio, face)
    studio.desk.clock.go(25 * 3600)  # type: ignore[attr-defined]
    with studio.desk.database.write() as session:
        assert retention.run(session, studio.desk.context)["captures"] == 1
        assert retention.run(session, studio.desk.context)["captures"] == 0
    assert captures(studio) == []
