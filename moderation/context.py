"""What every step of the desk needs: settings, policy, the clock and the keyed links."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moderation.config import DeskConfig
from records.session import now
from safety.policy import Policy


def hash_token(token: str) -> str:
    """SHA-256 (hex) of a secret token: the only form in which one is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, policy and clock of a desk."""

    config: DeskConfig
    policy: Policy
    clock: Callable[[], datetime] = now

    def link(self, purpose: str, name: str) -> str:
        """The secret token of a case, a job or a consent: keyed, so that it can be shown again and never guessed."""
        key = self.config.secret.encode()
        return hmac.new(key, f"{purpose}:{name}".encode(), hashlib.sha256).hexdigest()[:40]

    def bucket(self, action: str, who: str) -> str:
        """A keyed hash to count attempts by; an address cannot be read back from it."""
        return self.link(f"bucket.{action}", who)
