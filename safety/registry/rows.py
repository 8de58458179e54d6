"""Rows of the files that a host fills: one JSON object a line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from errors import UsageError

Stamp = tuple[int, int, int]


class FileRow(BaseModel):
    """One registered thing.

    Attributes:
        id: identifier, shown to reviewers only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1, max_length=120)]

    def check(self) -> None:
        """Raises ValueError when the row does not hold what it says."""


R = TypeVar("R", bound=FileRow)


def parsed(kind: type[R], line: str | bytes, path: Path, number: int) -> R:
    """A line of a file.

    Raises:
        UsageError: the line is malformed; file and line are named.
    """
    try:
        row = kind.model_validate_json(line)
        row.check()
    except ValueError as error:  # also what pydantic raises
        raise UsageError("error.registry.malformed", file=path.name, line=number) from error
    return row


def stamp(path: Path | None) -> Stamp | None:
    """What changes with a file; None while there is none."""
    try:
        facts = os.stat(path) if path is not None else None
    except FileNotFoundError:
        return None
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino) if facts else None
