"""The page for programs: typed, documented, behind the same checks, and closed to other people's jobs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, get_args, get_type_hints

import httpx
import pytest

from pipeline.request import PURPOSES
from tests.ui.conftest import Site
from tests.ui.scripted import clip
from ui.api import Programs

gradio_client = pytest.importorskip("gradio_client")


@pytest.fixture(scope="module")
def client(site: Site) -> Any:
    return gradio_client.Client(site.url, verbose=False)


def finished(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(100):
        state: dict[str, Any] = client.predict(job_id=job["job_id"], key=job["key"], api_name="/job")
        if state["final"]:
            return state
        time.sleep(0.05)
    raise AssertionError(state)


def test_a_program_generates_and_fetches_the_released_bytes(client: Any, site: Site) -> None:
    state = finished(client, client.predict(prompt="a harbour", duration_s=2.0, seed=7, api_name="/generate"))
    release = state["release"]
    served = httpx.get(site.url + release["url"]).content
    path = next(site.config.releases.glob(f"{release['release_id']}/*"))
    assert served == path.read_bytes()
    assert site.studio.forms[-1].seed == 7


def test_the_purpose_is_handed_on_and_no_other_is_taken(client: Any, site: Site) -> None:
    finished(client, client.predict(prompt="a harbour", purpose="film", api_name="/generate"))
    assert site.studio.forms[-1].purpose == "film"
    assert get_args(get_type_hints(Programs.generate)["purpose"]) == PURPOSES


def test_a_refusal_says_rule_and_remedy(client: Any) -> None:
    state = finished(client, client.predict(prompt="refuse this", api_name="/generate"))
    assert state["state"] == "refused"
    assert state["reasons"][0].keys() >= {"policy", "where", "rule", "remedy"}


def test_a_job_opens_with_its_key_only(client: Any) -> None:
    job = client.predict(prompt="mine", api_name="/generate")
    for key in ("", "someone.else", job["key"][:-1] + ("0" if job["key"][-1] != "0" else "1")):
        assert client.predict(job_id=job["job_id"], key=key, api_name="/job")["error"]["key"] == "error.job.unknown"


def test_references_must_have_been_uploaded_here(client: Any, tmp_path: Path) -> None:
    for path in ("/etc/passwd", "../../etc/passwd", str(tmp_path), ""):
        answer = client.predict(prompt="x", references=[{"path": path}], api_name="/generate")
        assert answer["error"]["key"] == "ui.error.references"


def test_a_program_screens_and_verifies(client: Any, tmp_path: Path) -> None:
    assert client.predict(text="a harbour", api_name="/screen")["allowed"] is True
    assert client.predict(text="refuse", api_name="/screen")["allowed"] is False
    clip(tmp_path / "any.mp4", 4)
    report = client.predict(file=gradio_client.handle_file(str(tmp_path / "any.mp4")), api_name="/verify")
    assert report["state"] == "none"


def test_plain_http_is_enough(site: Site) -> None:
    started = httpx.post(f"{site.url}/gradio_api/call/screen", json={"data": ["refuse"]}).json()
    lines = httpx.get(f"{site.url}/gradio_api/call/screen/{started['event_id']}").text.splitlines()
    answer = json.loads(next(line for line in lines if line.startswith("data:"))[5:])[0]
    assert answer["allowed"] is False
