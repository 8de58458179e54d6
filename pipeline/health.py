"""What a host watches: `/healthz` says whether the service may serve, `/metrics` how it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from media.cage.confine import Walls
from pipeline import metrics
from records.session import Database, now

CERTIFICATE_WARN_D = 14.0


@dataclass(frozen=True, slots=True)
class Health:
    """The watched parts of one deployment.

    Attributes:
        days_left: days until the signing certificate expires, for a given moment.
        unavailable: names of required detectors that cannot work.
        walls: what this system grants the cage for strangers' files.
    """

    database: Database
    days_left: Callable[[datetime], float]
    unavailable: tuple[str, ...] = ()
    walls: Callable[[], Walls] = lambda: Walls(network=True, calls=True)

    def report(self) -> dict[str, Any]:
        """`status` is ``ok``, ``degraded`` (it serves, something needs attention) or ``down``."""
        checks = {"database": self._database(), "certificate_days": round(self.days_left(now()), 1)}
        cage = self.walls()
        if not checks["database"] or checks["certificate_days"] <= 0:
            status = "down"
        elif self.unavailable or not cage.sealed or checks["certificate_days"] < CERTIFICATE_WARN_D:
            status = "degraded"
        else:
            status = "ok"
        layers = {"system_calls": cage.calls, "network": cage.network}
        return {"status": status, **checks, "missing_detectors": list(self.unavailable), "cage": layers}

    def _database(self) -> bool:
        try:
            with self.database.read() as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def metrics(self) -> bytes:
        """The figures in the text format of Prometheus."""
        registry = CollectorRegistry()
        registry.register(self)
        return bytes(generate_latest(registry))

    def collect(self) -> Iterable[Metric]:
        """Figures from the records, so that every replica says the same."""
        with self.database.read() as session:
            yield from metrics.collect(session)
        days = self.days_left(now())
        yield GaugeMetricFamily("colophon_certificate_days", "Days until the signing certificate expires", value=days)
        yield GaugeMetricFamily("colophon_missing_detectors", "Detectors that cannot work", value=len(self.unavailable))
