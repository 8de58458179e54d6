"""Counting attempts, so that guessing and flooding end early."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from errors import ColophonError
from moderation.config import Throttle
from moderation.context import Context
from records import hits


class TooMany(ColophonError):
    """A limit of attempts is reached; the parameter `wait_min` says when it opens again."""

    exit_status = 6


def hit(session: Session, context: Context, action: str, who: str, throttle: Throttle) -> None:
    """Count an attempt.

    Raises:
        TooMany: the limit was reached before it; it is not counted then.
    """
    check(session, context, action, who, throttle)
    hits.add(session, context.bucket(action, who), context.clock())


def check(session: Session, context: Context, action: str, who: str, throttle: Throttle) -> None:
    """Raise `TooMany` when the limit is reached. Attempts with a time ahead of the clock count, too."""
    since = context.clock() - timedelta(seconds=throttle.window_s)
    if hits.count(session, context.bucket(action, who), since) >= throttle.count:
        raise TooMany("error.desk.too_many", wait_min=max(1, throttle.window_s // 60))
