"""How often something may happen within a time, per caller; kept in this process, for things that cost no job."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

MAX_CALLERS = 10_000


@dataclass(slots=True)
class Pace:
    """At most `count` times within `window_s` seconds for each caller."""

    count: int
    window_s: float
    _seen: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, caller: str) -> bool:
        """Count one attempt; False when there were too many, which is then not counted."""
        at = time.monotonic()
        with self._lock:
            times = self._seen.setdefault(caller, deque())
            self._seen.move_to_end(caller)
            while len(self._seen) > MAX_CALLERS:
                self._seen.popitem(last=False)
            while times and times[0] <= at - self.window_s:
                times.popleft()
            if len(times) >= self.count:
                return False
            times.append(at)
            return True
