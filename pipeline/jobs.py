"""Moving work: Dramatiq actors on threads of this process by default, on RabbitMQ when a broker URL is set.

A message only says "look at this job"; what is to be done stands in the row. Lost, doubled, late or foreign
messages therefore do no harm, and the caretaker finds every job that nobody was told about.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import dramatiq
import structlog
from dramatiq.brokers.stub import StubBroker

from errors import Unavailable
from pipeline.run import Tools, run, worker_name
from records import jobs
from records.session import Database

log = structlog.get_logger("pipeline.jobs")
QUEUE = "cpu"
SWEEP_S = 5.0


class Dispatcher:
    """Sends job ids to workers and, in one process, is the workers.

    Args:
        tools: what a run needs; None on a machine that only serves pages.
        broker_url: RabbitMQ URL, or empty for threads of this process.
        workers: jobs at the same time in this process.

    Raises:
        Unavailable: the broker does not answer.
    """

    def __init__(self, database: Database, tools: Tools | None, broker_url: str = "", workers: int = 1) -> None:
        self.database, self.tools = database, tools
        self.broker = _broker(broker_url)
        self._workers = workers
        self._worker: dramatiq.Worker | None = None
        self._stop = threading.Event()
        self._name = worker_name()
        self.actor = dramatiq.actor(
            self._work, actor_name="run_job", queue_name=QUEUE, broker=self.broker, max_retries=0, time_limit=3_600_000
        )

    def _work(self, job_id: str) -> None:
        if self.tools is not None:
            run(str(job_id), self._name, self.tools)

    def send(self, job_id: str) -> None:
        """Wake a worker for a job. A broker that is down is no loss: the caretaker finds the row."""
        try:
            self.actor.send(job_id)
        except Exception:  # noqa: BLE001 - whatever the broker's library raises, the row is still there
            log.warning("broker.silent", job=job_id)

    def start(self) -> None:
        """Begin to work and to take care of forgotten jobs."""
        if self.tools is None:
            return
        self._worker = dramatiq.Worker(self.broker, queues={QUEUE}, worker_threads=self._workers, worker_timeout=200)
        self._worker.start()
        threading.Thread(target=self._care, daemon=True, name="caretaker").start()

    def _care(self) -> None:
        every(SWEEP_S, self._sweep, self._stop)

    def _sweep(self) -> None:
        with self.database.read() as session:
            waiting = jobs.ready(session)
        for job_id in waiting[: self._workers * 4]:
            self.send(job_id)

    def stop(self, patience_s: float = 20.0) -> None:
        """Take no more work and wait for what is running."""
        self._stop.set()
        if self._worker is not None:
            self._worker.stop(timeout=int(patience_s * 1000))
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


def _broker(url: str) -> Any:
    if not url:
        broker = StubBroker()
        broker.declare_queue(QUEUE)
        return broker
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    broker = RabbitmqBroker(url=url, confirm_delivery=True)
    for attempt in range(3):
        try:
            broker.declare_queue(QUEUE, ensure=True)
            return broker
        except Exception as error:  # noqa: BLE001 - the library raises many kinds; all mean that nobody answers
            log.warning("broker.unreachable", attempt=attempt)
            time.sleep(0.5)
            problem = error
    raise Unavailable("error.broker.silent", part="broker", remedy="COLOPHON_QUEUE__BROKER_URL") from problem
