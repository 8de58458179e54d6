"""The queue between the processes: in memory by default, RabbitMQ when a URL is set.

On RabbitMQ every queue is a quorum queue (it outlives the loss of a node) with a dead-letter queue; publishers wait
for the broker's confirmation. A message that cannot be read, or names an actor that nobody has, ends among the dead
letters (`<queue>.XQ`) for a week; the job that it stood for is announced again by the caretaker.
"""

from __future__ import annotations

from typing import Any

import structlog
from dramatiq.brokers.rabbitmq import DEAD_MESSAGE_TTL, RabbitmqBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.common import dq_name, xq_name
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import CurrentMessage
from pika.exceptions import AMQPError, ProbableAccessDeniedError, ProbableAuthenticationError

from errors import Unavailable

log = structlog.get_logger("pipeline.broker")
DELIVERIES = 20  # a message that was handed out so often without an answer is a dead letter
SOCKET_S = 3.0
HEARTBEAT_S = 15


class QuorumBroker(RabbitmqBroker):  # type: ignore[misc]
    """RabbitMQ with quorum queues and short limits on waiting, so that a silent broker does not hold up a visitor."""

    def __init__(self, url: str) -> None:
        super().__init__(url=url, confirm_delivery=True)
        self.parameters.socket_timeout = self.parameters.stack_timeout = SOCKET_S
        self.parameters.blocked_connection_timeout = 4 * SOCKET_S
        self.parameters.heartbeat = HEARTBEAT_S
        self.parameters.connection_attempts = 1

    def depth(self, queue_name: str) -> int:
        """Messages that wait in a queue; those in a worker's hand are not counted."""
        return int(self._declare_queue(queue_name).method.message_count)

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        return {
            **super()._build_queue_arguments(queue_name),
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERIES,
        }

    def _declare_dq_queue(self, queue_name: str) -> Any:
        return self.channel.queue_declare(
            queue=dq_name(queue_name), durable=True, arguments=self._build_queue_arguments(queue_name)
        )

    def _declare_xq_queue(self, queue_name: str) -> Any:
        arguments = {"x-queue-type": "quorum", "x-message-ttl": DEAD_MESSAGE_TTL}
        return self.channel.queue_declare(queue=xq_name(queue_name), durable=True, arguments=arguments)


class MemoryBroker(StubBroker):  # type: ignore[misc]
    """A queue in this process."""

    def depth(self, queue_name: str) -> int:
        """Messages that wait in a queue."""
        return int(self.queues[queue_name].qsize())


def connect(url: str, queues: tuple[str, ...]) -> Any:
    """A broker with its queues.

    Args:
        url: RabbitMQ URL, or empty for a queue in this process.

    Raises:
        Unavailable: nobody answers, the credentials are refused, or the queues exist in another shape.
    """
    if not url:
        broker = MemoryBroker()
        for queue in queues:
            broker.declare_queue(queue)
    else:
        broker = _rabbit(url, queues)
    broker.add_middleware(CurrentMessage())
    return broker


def _rabbit(url: str, queues: tuple[str, ...]) -> QuorumBroker:
    try:
        broker = QuorumBroker(url)
        for queue in queues:
            broker.declare_queue(queue, ensure=True)
    except (ProbableAuthenticationError, ProbableAccessDeniedError) as error:
        raise _unavailable("refused") from error
    except ConnectionClosed as error:
        cause = error.args[0] if error.args else None
        refused = isinstance(cause, ProbableAuthenticationError | ProbableAccessDeniedError)
        raise _unavailable("refused" if refused else "silent") from error
    except (AMQPError, OSError, ValueError, LookupError) as error:
        raise _unavailable("silent") from error
    return broker


def _unavailable(how: str) -> Unavailable:
    log.warning("broker.unreachable", how=how)
    return Unavailable(f"error.broker.{how}", part="broker", remedy="COLOPHON_QUEUE__BROKER_URL")
