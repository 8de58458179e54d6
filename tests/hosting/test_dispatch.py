"""How often a waiting job is announced."""

from __future__ import annotations

from pathlib import Path

from pipeline.jobs import QueueConfig
from tests.pipeline.conftest import Bench


def test_a_long_queue_is_not_announced_without_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, queue=QueueConfig(again_s=0.0))
    queue, broker = bench.dispatcher.config.queue("cpu"), bench.dispatcher.broker
    for _ in range(2):
        bench.submit()
    for _ in range(4):
        bench.dispatcher._sweep()
    assert broker.depth(queue) == 2
    broker.flush_all()  # what a broker forgets is announced again
    bench.dispatcher._sweep()
    assert broker.depth(queue) == 2
