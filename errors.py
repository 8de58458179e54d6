"""Every failure that a user or a script can meet.

    ColophonError                internal fault                        exit status 1
    |-- UsageError               the call itself is wrong              2
    |-- Blocked                  a policy forbids it                   3
    |-- HeldForReview            a person has to decide first          4
    |-- InputError               unreadable or unsupported input       5
    |-- Unavailable              a required part is missing            6
    `-- IntegrityError           one of the two promises would break   1
        |-- StampFailed          a mark, label, record or signature could not be written or read back
        |-- ReleaseRefused       the finished file did not prove its stamp
        `-- QuarantineBreach     a path tried to leave the quarantine

An error carries a message key of `locales/` and its parameters, never finished text:
the edge (page, command line, API) translates it.
"""

from __future__ import annotations

from typing import ClassVar


class ColophonError(Exception):
    """Base of all errors raised on purpose.

    Args:
        key: message key in `locales/en.json`, e.g. ``error.media.truncated``.
        params: values for the placeholders of that message; no user text, no path, no secret.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, key: str, /, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.key} ({facts})" if facts else self.key


class UsageError(ColophonError):
    """The request contradicts itself or names something that does not exist."""

    exit_status = 2


class Blocked(ColophonError):
    """A policy forbids the request, the reference or the output."""

    exit_status = 3


class HeldForReview(ColophonError):
    """A reviewer must decide before anything is released."""

    exit_status = 4


class InputError(ColophonError):
    """A file or text cannot be read, or is of a kind that is not accepted."""

    exit_status = 5


class Unavailable(ColophonError):
    """A required engine, detector, model, key or service is missing.

    The parameter ``part`` names it and ``remedy`` says exactly what to do.
    """

    exit_status = 6


class IntegrityError(ColophonError):
    """Going on would break a promise; nothing was released."""


class StampFailed(IntegrityError):
    """A label, mark, record or signature could not be written or did not read back."""


class ReleaseRefused(IntegrityError):
    """The finished file did not prove its own stamp to an independent reader."""


class QuarantineBreach(IntegrityError):
    """Something tried to read or write quarantine content by a public path."""
