"""Two web replicas and three workers, and everything that can happen to them."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from PIL import Image

from errors import Unavailable
from pipeline.broker import connect
from pipeline.inhand import PULSE_S
from pipeline.storage import Storage, StorageSilent
from records.session import Database, check
from tests.hosting import proof
from tests.hosting.cluster import POSTGRES, RABBIT, Cluster

pytestmark = [pytest.mark.services, pytest.mark.slow]


def _running(cluster: Cluster, job_id: str) -> tuple[str, int]:
    """The machine that renders a job, and its fencing token."""

    def found() -> bool:
        return any(job_id in path.name for path in cluster.folder.glob("worker*/quarantine/*"))

    cluster.until(lambda: cluster.states()[job_id] == "rendering" and found(), 120)
    (name,) = [path.parts[-3] for path in cluster.folder.glob(f"worker*/quarantine/{job_id}")]
    return name, proof.token(cluster, job_id)


def test_any_replica_serves_any_job_and_any_file(cluster: Cluster, tmp_path: Path) -> None:
    reference = tmp_path / "reference.png"
    Image.effect_noise((256, 256), 60).convert("RGB").save(reference)
    here, refused = cluster.submit(web="web0", reference=str(reference)), cluster.submit("forbidden", web="web1")
    cluster.until(cluster.settled, 120)
    assert cluster.job(refused, "web0")["state"] == "refused"
    job = cluster.job(here, "web1")
    assert job["state"] == "released", job
    release_id, name, _ = job["file"]
    for web in cluster.ports:
        part = cluster.file(release_id, name, web, range="bytes=0-99")
        assert (part.status_code, len(part.content)) == (206, 100)
    cluster.bench.door.withdraw(release_id, "desk", "case-1")
    assert cluster.file(release_id, name, "web1").status_code != 200
    cluster.bench.door.restore(release_id, "desk", "case-1")
    assert cluster.file(release_id, name, "web0").status_code == 200
    assert cluster.bench.quarantine.storage.names("intake") == []  # type: ignore[union-attr]


def test_messages_that_say_nothing_do_no_harm(cluster: Cluster) -> None:
    cluster.publish(b"\x00 not a message")
    message = {"queue_name": f"{cluster.name}.cpu", "args": [], "kwargs": {}, "options": {}, "message_timestamp": 0}
    cluster.publish(json.dumps({**message, "actor_name": "retired", "message_id": "1"}).encode())
    job_id = cluster.submit()
    older = {**message, "actor_name": "run_job_cpu", "args": [job_id, "a field of old"], "kwargs": {"x": 1}}
    for number in range(3):
        cluster.publish(json.dumps({**older, "message_id": f"again-{number}"}).encode())
    cluster.publish(json.dumps({**older, "args": ["no-such-job"], "message_id": "9"}).encode())
    cluster.until(cluster.settled, 120)
    cluster.until(lambda: cluster.messages() == 0 and cluster.messages(".XQ") == 2, 120)
    assert proof.check(cluster)["failed"] == 0


def test_a_killed_workers_job_goes_on_before_its_lease_runs_out(cluster: Cluster) -> None:
    others = [cluster.submit("slow", seed=number) for number in range(2)]  # one message may wake for the other
    job_id = others[1]
    name, token = _running(cluster, job_id)
    cluster.kill(name)
    took = cluster.until(lambda: proof.token(cluster, job_id) > token, 120)
    cluster.start(name)
    cluster.until(cluster.settled, 120)
    assert took < cluster.lease_s - PULSE_S  # without waiting for the lease of the dead one to run out
    proof.check(cluster)


def test_a_zombie_publishes_nothing(cluster: Cluster) -> None:
    job_id = cluster.submit("slow")
    name, token = _running(cluster, job_id)
    cluster.kill(name, signal.SIGSTOP)
    try:
        cluster.until(cluster.settled, 120)
        assert proof.token(cluster, job_id) > token
    finally:
        cluster.kill(name, signal.SIGCONT)
    time.sleep(2.0)
    assert proof.check(cluster)["failed"] == 0


def test_a_stopping_worker_ends_what_it_has_in_hand(cluster: Cluster) -> None:
    job_id = cluster.submit("slow")
    name, token = _running(cluster, job_id)
    cluster.kill(name, signal.SIGTERM)
    assert cluster.nodes[name].wait(120) == 0
    cluster.start(name)
    assert cluster.states()[job_id] == "released"
    assert proof.token(cluster, job_id) == token


def test_every_service_may_go_away(cluster: Cluster) -> None:
    for number in range(9):
        cluster.submit(web=f"web{number % 2}", seed=number)
    cluster.kill("worker0")
    cluster.kill("web0")
    for service, seconds in ((cluster.storage, 3), (cluster.broker, 2), (cluster.database, 2)):
        service.cut()
        time.sleep(seconds)
        service.mend()
    cluster.submit(web="web0")
    cluster.start("worker0")
    cluster.start("web0")
    cluster.until(cluster.settled, 120)
    ended = proof.check(cluster)
    assert ended["released"] > 9
    cluster.until(lambda: proof.drafts(cluster) == [], 120)


def test_one_trace_from_the_click_to_the_stamp(cluster: Cluster) -> None:
    spans = [json.loads(line) for line in (cluster.folder / "spans.jsonl").read_text().splitlines()]
    clicks = {span["trace"] for span in spans if span["name"] == "submit"}
    jobs = [span for span in spans if span["name"] == "job" and span["trace"] in clicks and span["events"]]
    assert any({"screening", "rendering", "stamping", "verifying"} <= set(span["events"]) for span in jobs)
    assert {span["service"] for span in jobs} == {"colophon-worker"}


@pytest.mark.parametrize(("url", "key"), [
    (f"amqp://guest:wrong@127.0.0.1:{RABBIT}/", "error.broker.refused"),
    ("amqp://guest:guest@127.0.0.1:1/", "error.broker.silent"),
    ("not a url", "error.broker.silent"),
])  # fmt: skip
def test_a_wrong_broker_is_said_clearly(cluster: Cluster, url: str, key: str) -> None:
    with pytest.raises(Unavailable) as caught:
        connect(url, ("colophon-test",))
    assert caught.value.key == key


def test_a_wrong_database_and_a_wrong_storage_are_said_clearly(cluster: Cluster) -> None:
    with pytest.raises(Unavailable):
        check(Database(f"postgresql+psycopg://nobody:wrong@127.0.0.1:{POSTGRES}/nowhere"))
    with pytest.raises(StorageSilent) as caught:
        Storage("s3://no-such-bucket/x", {"key": "a", "secret": "b", "endpoint_url": "http://127.0.0.1:1"}, 0.1).check()
    assert caught.value.key == "error.storage.silent"


def test_a_database_that_is_away_does_not_empty_the_queue(cluster: Cluster) -> None:
    dead = cluster.messages(".XQ")
    for number in range(6):
        cluster.submit("slow", seed=number)
    cluster.database.cut()
    time.sleep(3.0)
    cluster.database.mend()
    cluster.until(cluster.settled, 120)
    assert proof.check(cluster)["failed"] == 0
    assert cluster.messages(".XQ") == dead
