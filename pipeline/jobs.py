"""Moving work: Dramatiq actors on threads of this process by default, on RabbitMQ when a broker URL is set.

A message only says "look at this job"; what is to be done stands in the row. Lost, doubled, late or foreign
messages therefore do no harm, and the caretaker finds every job that nobody was told about.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import dramatiq
import structlog
from dramatiq.middleware import CurrentMessage
from sqlalchemy.exc import DBAPIError

from pipeline import broker, leftovers, tracing
from pipeline.run import PULSE_S, Tools, run, worker_name
from records import jobs
from records.session import Database, outage

log = structlog.get_logger("pipeline.jobs")
POOLS = ("cpu", "gpu")
SWEEP_S = 2.0
LEFTOVERS_S = 15.0
SILENCE_S = 1.5 * PULSE_S + 0.5  # a living worker renews its lease within this time
OUTAGE_S = 1.0  # a message is kept in hand while the database is away, or a restart would empty the queue
QUIET_S = 5.0  # a broker that failed is left alone for so long


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """How this process takes part.

    Attributes:
        broker_url: RabbitMQ URL, or empty for threads of this process.
        workers: jobs at the same time in this process; as many messages are fetched ahead, one each.
        pools: kinds of work this process does, of `POOLS`; empty on a machine that only serves pages.
        prefix: first part of the queues' names; deployments on one broker take different ones.
        again_s: seconds after which a job that still waits is announced again.
        drain_s: how long a stopping process goes on with the jobs in hand, seconds.
    """

    broker_url: str = ""
    workers: int = 1
    pools: tuple[str, ...] = POOLS
    prefix: str = "colophon"
    again_s: float = 60.0
    drain_s: float = 20.0

    def queue(self, pool: str) -> str:
        return f"{self.prefix}.{pool}"


class Dispatcher:
    """Sends job ids to workers and, in one process, is the workers.

    Args:
        tools: what a run needs; None on a machine that only serves pages.
        pool_of: pool of an engine's name.

    Raises:
        Unavailable: the broker does not answer.
    """

    def __init__(
        self,
        database: Database,
        tools: Tools | None,
        config: QueueConfig = QueueConfig(),
        pool_of: Callable[[str], str] = lambda engine: "cpu",
    ) -> None:
        self.database, self.tools, self.config = database, tools, config
        self._pool_of = pool_of
        self.broker = broker.connect(config.broker_url, tuple(config.queue(pool) for pool in POOLS))
        self._worker: dramatiq.Worker | None = None
        self._stop = threading.Event()
        self._told = bool(config.broker_url)
        self._quiet_until = 0.0
        self._name = worker_name()
        self.actors = {
            pool: dramatiq.actor(
                self._work, actor_name=f"run_job_{pool}", queue_name=config.queue(pool), broker=self.broker,
                max_retries=0, time_limit=6 * 3_600_000,
            )
            for pool in POOLS
        }  # fmt: skip

    def _work(self, job_id: object, *_: object, **__: object) -> None:
        """Work on the job whose turn it is; the message only woke us. What other versions add to one is ignored."""
        if self.tools is None:
            return
        named, message = str(job_id), CurrentMessage.get_current_message()
        with tracing.continued(message.options if message else {}, named):
            while not self._looked(named, self.tools, again=getattr(message, "redelivered", False)):
                log.warning("database.silent", job=named)

    def _looked(self, named: str, tools: Tools, *, again: bool) -> bool:
        """Whether the database was there to ask; if not, a while has passed."""
        try:
            self._look(named, tools, again=again)
        except DBAPIError as error:
            if not outage(error) or self._stop.wait(OUTAGE_S):
                raise
            return False
        return True

    def _look(self, named: str, tools: Tools, *, again: bool) -> None:
        """Take over what dead workers left, else the next job by fair turns, else the named one."""
        for orphan, token in self._orphans() if again else ():
            if run(orphan, self._name, tools, over=token):
                return
        with self.database.read() as session:
            fair = jobs.ready(session, self._fits)
        for chosen in [*fair[: self.config.workers + 1], named]:
            if run(chosen, self._name, tools):
                return

    def _fits(self, engine: str) -> bool:
        return self._pool_of(engine) in self.config.pools

    def _orphans(self) -> list[tuple[str, int]]:
        """Jobs in the hands of dead workers, with the tokens of those.

        The broker hands a message out again as soon as a connection breaks. Whether a worker broke too shows in the
        leases, which a living one renews all the time.
        """
        before = self._pulses()
        if not before:
            return []
        self._stop.wait(SILENCE_S)
        after = self._pulses()
        return [(job_id, pulse[1]) for job_id, pulse in before.items()
                if pulse[0] != self._name and after.get(job_id) == pulse]  # fmt: skip

    def _pulses(self) -> dict[str, Any]:
        with self.database.read() as session:
            return jobs.pulses(session, self._fits)

    def send(self, job_id: str, engine: str = "") -> None:
        """Wake a worker for a job. A broker that is down is no loss: the caretaker finds the row."""
        if time.monotonic() < self._quiet_until:
            return
        actor = self.actors[self._pool_of(engine)]
        try:
            with tracing.span("queued", job=job_id):
                actor.send_with_options(args=(job_id,), **tracing.carried())
        except Exception:  # noqa: BLE001 - whatever the broker's library raises, the row is still there
            log.warning("broker.silent", job=job_id)
            self._quiet_until = time.monotonic() + QUIET_S

    def start(self) -> None:
        """Begin to work and to take care of forgotten jobs."""
        if self.tools is None or not self.config.pools:
            return
        queues = {self.config.queue(pool) for pool in self.config.pools}
        self._worker = dramatiq.Worker(
            self.broker, queues=queues, worker_threads=self.config.workers, worker_timeout=200
        )
        self._worker.queue_prefetch = self.config.workers
        self._worker.start()
        for name, seconds, task in (
            ("caretaker", SWEEP_S, self._sweep), ("leftovers", LEFTOVERS_S, partial(self._clear, self.tools)),
        ):  # fmt: skip
            threading.Thread(target=every, args=(seconds, task, self._stop), daemon=True, name=name).start()

    def _clear(self, tools: Tools) -> None:
        if gone := leftovers.clear(self.database, tools.quarantine):
            log.warning("leftovers.shredded", jobs=gone)

    def _sweep(self) -> None:
        found, waiting = self._forgotten()
        enough = {pool for pool in POOLS if found and self._depth(pool) >= waiting}
        for job_id, engine in found:
            if self._pool_of(engine) not in enough:
                self.send(job_id, engine)

    def _forgotten(self) -> tuple[Sequence[tuple[str, str]], int]:
        """Jobs to announce, and how many wait or run in all."""
        with self.database.write() as session:
            found = jobs.remind(session, 100, self.config.again_s, told=self._told)
            waiting = jobs.waiting(session) if found else 0
        self._told = True
        return found, waiting

    def _depth(self, pool: str) -> int:
        """Messages that wait for a pool: as many as jobs are enough, or a long queue is announced without end."""
        try:
            return int(self.broker.depth(self.config.queue(pool)))
        except Exception:  # noqa: BLE001 - whatever the broker's library raises; `send` says that it is silent
            return 0

    def stop(self) -> None:
        """Take no more work, wait for what is running, and give back what does not end in time."""
        self._stop.set()
        if self._worker is not None:
            self._worker.stop(timeout=int(self.config.drain_s * 1000))
            with self.database.write() as session:
                returned = jobs.give_back(session, self._name)
            if returned:
                log.warning("worker.gave_back", jobs=returned)
        self.broker.close()


def every(seconds: float, task: Callable[[], None], stop: threading.Event) -> None:
    """Run a task again and again until `stop`; a fault of one round is logged and does not end the loop."""
    while True:
        try:
            task()
        except Exception:
            log.exception("caretaker.fault")
        if stop.wait(seconds):
            return
