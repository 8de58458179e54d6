"""Fair use: how much one visitor, one network and everybody together may ask for, and what repeated refusals lead to.

Everything is counted in the job table, so it holds for every surface, over restarts and over several machines. A
network is known by a keyed hash of its address prefix only; see `Network`.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from errors import ColophonError
from records import jobs
from records.session import now

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Busy(ColophonError):
    """A fair-use limit is reached; trying later helps."""

    exit_status = 6


class Stopped(Busy):
    """Too many refusals; a person can be asked to look again."""


@dataclass(frozen=True, slots=True)
class FairUse:
    """Limits. Those of a network are wider: many people share an address.

    Attributes:
        per_visitor, per_network, in_all: jobs that may wait or run.
        burst, burst_network: new jobs within `burst_s` seconds.
        per_day, per_day_network: new jobs within 24 hours.
        slow_after: refusals within an hour after which the next job waits `slow_s`, doubled with each further one.
        stop_after: refusals within 24 hours after which no job is taken until the oldest of them is a day old.
        network_factor: how many times more refusals a network may have before it is slowed; it is never stopped.
        free_mb: megabytes that must be free on the disk of the quarantine.
    """

    per_visitor: int = 3
    in_all: int = 100
    per_network: int = 30
    burst: int = 6
    burst_network: int = 60
    burst_s: float = 60.0
    per_day: int = 100
    per_day_network: int = 1000
    slow_after: int = 5
    slow_s: float = 30.0
    stop_after: int = 20
    network_factor: int = 10
    free_mb: int = 500

    def check(self, session: Session, visitor: str, network: str) -> None:
        """Raise when one more job of this visitor would be too much.

        Raises:
            Busy: a limit is reached; the key says which and ``wait_s`` or ``wait_h`` how long.
            Stopped: ``error.fair.stopped``.
        """
        if jobs.waiting(session, visitor) >= self.per_visitor:
            raise Busy("error.job.too_many", limit=self.per_visitor)
        if jobs.waiting(session) >= self.in_all:
            raise Busy("error.job.queue_full", limit=self.in_all)
        at = now()
        self._check_refusals(jobs.times(session, at - DAY, visitor=visitor, state="refused"), at, 1)
        self._check_rate(jobs.times(session, at - DAY, visitor=visitor), at, self.burst, self.per_day)
        if network:
            self._check_network(session, network, at)

    def _check_network(self, session: Session, network: str, at: datetime) -> None:
        if jobs.waiting(session, network=network) >= self.per_network:
            raise Busy("error.fair.network", limit=self.per_network)
        self._check_rate(jobs.times(session, at - DAY, network=network), at, self.burst_network, self.per_day_network)
        recent = jobs.times(session, at - HOUR, network=network, state="refused")
        self._check_refusals(recent, at, self.network_factor)

    def _check_rate(self, times: list[datetime], at: datetime, burst: int, per_day: int) -> None:
        if len(times) >= per_day:
            raise Busy("error.fair.day", limit=per_day, wait_h=_hours(times[-per_day] + DAY - at))
        window = timedelta(seconds=self.burst_s)
        if len(times) >= burst and times[-burst] > at - window:
            raise Busy("error.fair.burst", wait_s=_seconds(times[-burst] + window - at))

    def _check_refusals(self, times: list[datetime], at: datetime, factor: int) -> None:
        if factor == 1 and len(times) >= self.stop_after:
            raise Stopped("error.fair.stopped", count=len(times), wait_h=_hours(times[-self.stop_after] + DAY - at))
        recent = [time for time in times if time > at - HOUR]
        over = len(recent) - self.slow_after * factor
        if over >= 0:
            ready = recent[-1] + timedelta(seconds=min(900.0, self.slow_s * 2 ** min(over, 10)))
            if ready > at:
                raise Busy("error.fair.slowed", count=len(recent), wait_s=_seconds(ready - at))

    def check_disk(self, folder: Path) -> None:
        """Raise `Busy` when the disk is nearly full; nothing is written then."""
        if shutil.disk_usage(folder).free < self.free_mb * 1_000_000:
            raise Busy("error.fair.disk")

    def left_today(self, session: Session, visitor: str) -> int:
        """Jobs that this visitor can still start within the running 24 hours."""
        return max(0, self.per_day - len(jobs.times(session, now() - DAY, visitor=visitor)))


FAIR_USE = FairUse()


@dataclass(frozen=True, slots=True)
class Network:
    """Turns an address into the name of its network: a keyed hash of the /24 (IPv4) or /56 (IPv6) prefix."""

    secret: bytes

    def of(self, address: str) -> str:
        """16 hex digits; empty for what is no address."""
        try:
            ip = ipaddress.ip_address(address.strip().split("%")[0])
        except ValueError:
            return ""
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        prefix = ipaddress.ip_network((ip, 24 if ip.version == 4 else 56), strict=False)
        return hmac.new(self.secret, f"network|{prefix}".encode(), hashlib.sha256).hexdigest()[:16]


def _seconds(span: timedelta) -> int:
    return max(1, round(span.total_seconds()))


def _hours(span: timedelta) -> int:
    return max(1, round(span.total_seconds() / 3600))
