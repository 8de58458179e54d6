"""Several machines on loopback: web replicas and workers as processes, PostgreSQL, RabbitMQ and an S3 server."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pika
from sqlalchemy import create_engine, text

from tests.hosting.node import NodeConfig
from tests.hosting.services import Postgres, Rabbit, free_port
from tests.hosting.tether import Tether

ROOT = Path(__file__).parents[2]
POSTGRES = int(os.environ.get("COLOPHON_TEST_POSTGRES_PORT", "5432"))
RABBIT = int(os.environ.get("COLOPHON_TEST_RABBIT_PORT", "5672"))
FINAL = ("released", "refused", "failed", "cancelled")


def services() -> str:
    """What is missing here, or nothing."""
    for name, port in (("PostgreSQL", POSTGRES), ("RabbitMQ", RABBIT)):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)):
                return f"no {name} on loopback"
    return ""


class Cluster:
    """Starts, breaks and watches a cluster. Every service is reached through a `Tether`.

    Args:
        own: start a database and a broker of our own, which may then be crashed; else those on loopback are shared.
    """

    def __init__(
        self, folder: Path, *, webs: int = 2, workers: int = 3, lease_s: float = 10.0, own: bool = False
    ) -> None:
        self.folder, self.name = folder, f"colophon_{secrets.token_hex(6)}"
        self.postgres, self.rabbit = (Postgres.new(), Rabbit.new()) if own else (None, None)
        self._postgres_port = self.postgres.port if self.postgres else POSTGRES
        self._rabbit_port = self.rabbit.port if self.rabbit else RABBIT
        self._admin = create_engine(
            f"postgresql+psycopg://postgres@127.0.0.1:{self._postgres_port}/postgres", pool_pre_ping=True
        ).execution_options(isolation_level="AUTOCOMMIT")
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {self.name}"))
        self.store = _Store(folder)
        self.database, self.broker = Tether(self._postgres_port), Tether(self._rabbit_port)
        self.storage = Tether(self.store.port)
        self.lease_s = lease_s
        self.nodes: dict[str, subprocess.Popen[bytes]] = {}
        self._starts: dict[str, int] = {}
        self.ports = {f"web{n}": free_port() for n in range(webs)}
        self.bench = self.config("observer").bench(works=False)
        self.visitors: dict[str, str] = {}
        for name in [*self.ports, *(f"worker{n}" for n in range(workers))]:
            self.start(name)
        for name in self.ports:
            self.until(lambda name=name: self._answers(name), 180)

    def config(self, name: str) -> NodeConfig:
        return NodeConfig(
            str(self.folder / name), str(self.folder / "keys"),
            f"postgresql+psycopg://postgres@127.0.0.1:{self.database.port}/{self.name}",
            f"amqp://guest:guest@127.0.0.1:{self.broker.port}/", self.name, "s3://colophon/files",
            f"http://127.0.0.1:{self.storage.port}", self.ports.get(name, 0), lease_s=self.lease_s,
            spans=str(self.folder / "spans.jsonl"),
        )  # fmt: skip

    def start(self, name: str) -> None:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(asdict(self.config(name))))
        role = "web" if name in self.ports else "worker"
        with (self.folder / f"{name}.log").open("ab") as log:
            self._starts[name] = log.tell()
            self.nodes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.hosting.node", role, str(path)], cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        self.nodes[name].send_signal(number)
        if number == signal.SIGKILL:
            self.nodes[name].wait()

    def submit(self, prompt: str = "a tone", web: str = "web0", seed: int = 1, **more: Any) -> str:
        """Queue a job at a replica; tries another one while that is down."""
        visitor = f"v{len(self.visitors)}"
        for _ in range(600):  # a full queue is refused until there is room
            with suppress(httpx.HTTPError):
                answer = httpx.post(
                    f"http://127.0.0.1:{self.ports[web]}/jobs", timeout=60,
                    json={"prompt": prompt, "visitor": visitor, "seed": seed, **more},
                )  # fmt: skip
                if answer.status_code == 200:
                    job_id: str = answer.json()["job_id"]
                    self.visitors[job_id] = visitor
                    return job_id
            web = {"web0": "web1", "web1": "web0"}.get(web, web) if len(self.ports) > 1 else web
            time.sleep(0.5)
        raise TimeoutError("no replica takes a job")

    def job(self, job_id: str, web: str = "web0") -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.ports[web]}/jobs/{job_id}"
        answer: dict[str, Any] = httpx.get(url, params={"visitor": self.visitors[job_id]}, timeout=30).json()
        return answer

    def file(self, release_id: str, name: str, web: str, **headers: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self.ports[web]}/file/{release_id}/{name}"
        return httpx.get(url, headers=headers, timeout=60)

    def states(self) -> dict[str, str]:
        with self.bench.database.read() as session:
            return {row[0]: row[1] for row in session.execute(text("SELECT job_id, state FROM jobs"))}

    def settled(self) -> bool:
        """Every job is over, those included whose replica died before it could answer."""
        states = self.states()
        return set(self.visitors) <= states.keys() and set(states.values()) <= set(FINAL)

    def until(self, done: Any, seconds: float) -> float:
        """Wait until something is so; returns the seconds it took."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            with suppress(Exception):
                if done():
                    return time.monotonic() - start
            time.sleep(0.1)
        raise TimeoutError(f"not within {seconds} s: {self.states()}")

    def up(self) -> bool:
        """Every worker said that it is ready since it was started, and every replica answers."""
        workers = (name for name in self.nodes if name not in self.ports)
        return all(map(self._answers, self.ports)) and all(map(self._ready, workers))

    def _ready(self, name: str) -> bool:
        return b"ready" in (self.folder / f"{name}.log").read_bytes()[self._starts[name] :].splitlines()

    def _answers(self, name: str) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ports[name])) == 0

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in sorted(self.folder.glob("*.log")))

    def messages(self, suffix: str = "") -> int:
        """Messages in the queue, or in its dead letters (`.XQ`)."""
        connection = self._connection()
        try:
            return int(
                connection.channel().queue_declare(f"{self.name}.cpu{suffix}", passive=True).method.message_count
            )
        finally:
            connection.close()

    def _connection(self) -> pika.BlockingConnection:
        return pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{self._rabbit_port}/"))

    def publish(self, body: bytes) -> None:
        """Put bytes into the queue, whatever they are."""
        connection = self._connection()
        connection.channel().basic_publish("", f"{self.name}.cpu", body)
        connection.close()

    def close(self) -> None:
        for node in self.nodes.values():
            with suppress(ProcessLookupError):
                node.kill()
            node.wait()
        self.store.close()
        with suppress(Exception):  # it may be down at the end of a storm
            self.bench.dispatcher.broker.close()
        self.bench.database.close()
        if self.postgres is not None and self.rabbit is not None:
            self._admin.dispose()
            self.postgres.remove()
            self.rabbit.remove()
        else:
            self._leave_shared()

    def _leave_shared(self) -> None:
        connection = self._connection()
        for pool in ("cpu", "gpu"):
            for suffix in ("", ".DQ", ".XQ"):
                connection.channel().queue_delete(f"{self.name}.{pool}{suffix}")
        connection.close()
        with self._admin.connect() as admin:
            admin.execute(text(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)"))


class _Store:
    """An S3 server in a process of its own, with one bucket."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        code = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"
        with (folder / "store.log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-c", code, str(self.port)], stdout=log, stderr=log)
        for _ in range(200):
            with suppress(httpx.HTTPError):
                if httpx.put(f"http://127.0.0.1:{self.port}/colophon").status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError("the S3 server does not start")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
