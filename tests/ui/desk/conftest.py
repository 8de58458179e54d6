"""A desk served on loopback, with reviewers, seeded cases and a small stamped-like film."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from media.clip import Picture, Sound, VideoFormat
from media.colour import to_i420
from media.encode import VideoWriter, write_picture
from moderation import accounts
from moderation.desk import Desk
from records.session import Database
from tests.moderation.conftest import (
    Clock,
    add_job,
    database,
    make_desk,
    migrated_file,
    migrated_server,
    policy,
    release_of,
)
from ui.desk.app import build
from ui.desk.oauth import Provider
from ui.desk.public import public_router

__all__ = ["Clock", "database", "migrated_file", "migrated_server"]
PASSWORD = "a long enough password"


def film(path: Path) -> Path:
    """Two seconds of moving bars with a tone."""
    size = VideoFormat(320, 176, Fraction(12))
    seconds = np.arange(96_000, dtype=np.float32) / 48_000
    sound = Sound((0.3 * np.sin(2 * np.pi * 440 * seconds) * (seconds % 0.5 < 0.25))[None].astype(np.float32), 48_000)
    with VideoWriter(path, size, sound=sound) as writer:
        for number in range(24):
            writer.write(to_i420(picture(number)))
    return path


def picture(number: int) -> Picture:
    """A frame of the film."""
    frame = np.full((176, 320, 3), (200, 190, 160), np.uint8)
    frame[40:140, 10 + number * 10 : 50 + number * 10] = (40, 90, 160)
    return frame


@dataclass
class Site:
    """A desk and the application around it."""

    desk: Desk
    app: FastAPI
    folder: Path


@pytest.fixture(scope="session")
def film_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("film") / "film.mp4")


def make_site(
    database: Database, folder: Path, clock: Clock, provider: Provider | None = None, people: bool = True,
    profile: str = "strict", **settings: object,
) -> Site:  # fmt: skip
    """The desk at /desk and the public forms at the root, as the composition root mounts them."""
    desk = make_desk(database, folder, clock, **settings)
    desk.policy = policy(profile)
    app = FastAPI()
    app.mount("/desk", build(desk, provider))

    def visitor(request: Request) -> str:
        return "v-1"

    app.include_router(public_router(desk, visitor))
    with database.write() as session:
        for login, role in (("anna", "reviewer"), ("ben", "reviewer"), ("sara", "senior"), ("audit", "auditor"),
                            ("root", "admin"), ("kim", "child_safety")) if people else ():  # fmt: skip
            accounts.add(session, desk.context, login, PASSWORD, [role])
    return Site(desk, app, folder)


def add_film(site: Site, film_file: Path, policy: str = "likeness.real_person", state: str = "held") -> str:
    """A job with a stamped film that is held, and a reference picture."""
    job_id = add_job(site.desk, policy, "released" if state == "released" else "held", state)
    shutil.copyfile(film_file, site.folder / f"{release_of(site.desk, job_id)}.mp4")
    write_picture(site.folder / f"{job_id}-image1.png", picture(3))
    return job_id


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return make_site(database, tmp_path, Clock())


def client(site: Site) -> TestClient:
    """A browser without a session."""
    return TestClient(
        site.app, base_url="https://desk.example", follow_redirects=False, headers={"accept": "text/html"}
    )


def field(html: str, name: str) -> str:
    """The value of a hidden field."""
    return html.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def signed_in(site: Site, login: str) -> TestClient:
    """A browser with a session."""
    browser = client(site)
    csrf = field(browser.get("/desk/login").text, "csrf")
    answer = browser.post("/desk/login", data={"login": login, "password": PASSWORD, "csrf": csrf})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/desk/"
    return browser


def claim(browser: TestClient) -> tuple[str, str, str]:
    """Claim the next case by the page; returns its address, form token and lease token."""
    csrf = field(browser.get("/desk/").text, "csrf")
    address = browser.post("/desk/next", data={"csrf": csrf}).headers["location"]
    html = browser.get(address).text
    return address.split("?")[0], csrf, field(html, "token")
