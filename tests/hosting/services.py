"""A PostgreSQL and a RabbitMQ of our own, in a scratch folder on free ports, that may be killed and started again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

RABBIT_SERVERS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server")
POSTGRES_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql")


def missing() -> str:
    """Which server is not installed here, or nothing."""
    if not _postgres_bin():
        return "no PostgreSQL server is installed"
    return "" if _rabbit_server() else "no RabbitMQ server is installed"


@dataclass
class Service:
    """A server process with a port. `crash` is as hard as a power cut of its machine; what it had synced stays."""

    folder: Path
    port: int = field(default_factory=lambda: free_port())
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def new(cls) -> Self:
        """A started server in a folder of its own."""
        made = cls(Path(tempfile.mkdtemp(prefix="colophon-service-")))
        made.start()
        return made

    def remove(self) -> None:
        """Stop for good and delete everything."""
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, patience_s: float = 90.0) -> None:
        """Start and wait until it accepts connections."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=self.environment(), start_new_session=True,
                **self.identity(),  # type: ignore[call-overload]
            )  # fmt: skip
        until = time.monotonic() + patience_s
        while not self.answers():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.command()[0]} does not start: {self.folder}")
            time.sleep(0.2)

    def crash(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, self.crash_signal)
            self._process.wait(60)

    crash_signal: int = signal.SIGKILL

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def identity(self) -> dict[str, object]:
        return {}

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass
class Postgres(Service):
    """A database cluster with user `postgres` and no password. It refuses to run as root, so it gives that up."""

    crash_signal: int = signal.SIGQUIT  # "immediate": no checkpoint, recovery from the log at the next start

    def __post_init__(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")  # mkdtemp's mode lets nobody else in
        subprocess.run(
            [f"{_postgres_bin()}/initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", "-N"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.identity(),  # type: ignore[call-overload]
        )  # fmt: skip

    def command(self) -> list[str]:
        return [
            f"{_postgres_bin()}/postgres", "-D", str(self.folder / "data"), "-p", str(self.port), "-k", "",
            "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200",
        ]  # fmt: skip

    def identity(self) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam("postgres")
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def answers(self) -> bool:
        ready = [f"{_postgres_bin()}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0


@dataclass
class Rabbit(Service):
    """A broker with user `guest`, as it comes."""

    def __post_init__(self) -> None:
        self._distribution = free_port()

    def command(self) -> list[str]:
        return [_rabbit_server()]

    def environment(self) -> dict[str, str]:
        none = str(self.folder / "none")
        return {
            **os.environ, "HOME": str(self.folder), "RABBITMQ_NODENAME": f"colophon_{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._distribution), "RABBITMQ_MNESIA_BASE": str(self.folder / "db"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"), "RABBITMQ_ENABLED_PLUGINS_FILE": none,
            "RABBITMQ_CONFIG_FILE": none, "RABBITMQ_ADVANCED_CONFIG_FILE": none, "RABBITMQ_CONF_ENV_FILE": none,
            "RABBITMQ_ALLOW_INPUT": "true", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
        }  # fmt: skip


def _postgres_bin() -> str:
    found = [
        path for folder in POSTGRES_FOLDERS for path in sorted(Path(folder).glob("*/bin")) if (path / "initdb").exists()
    ]
    on_path = shutil.which("initdb")
    return str(found[-1]) if found else str(Path(on_path).parent) if on_path else ""


def _rabbit_server() -> str:
    return next((path for path in RABBIT_SERVERS if Path(path).exists()), "")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
