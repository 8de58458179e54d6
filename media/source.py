"""A file to read: by its path, or by a descriptor that is open already, where nothing may be opened by name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class OpenFile:
    """Stands in for a path inside `media.cage`. One reader at a time: all of them share one position.

    Attributes:
        fd: a descriptor of a regular file, open for reading; never closed here.
    """

    fd: int

    def open(self, mode: str = "rb") -> BinaryIO:
        """The bytes from the beginning."""
        if mode != "rb":
            raise ValueError("only for reading")
        os.lseek(self.fd, 0, os.SEEK_SET)
        return open(self.fd, "rb", closefd=False)

    def read_bytes(self) -> bytes:
        with self.open() as file:
            return file.read()

    def stat(self) -> os.stat_result:
        return os.fstat(self.fd)

    def is_file(self) -> bool:
        return True


Source = Path | OpenFile
Given = Path | str | OpenFile


def source(given: Given) -> Source:
    """A path from text; everything else as it is."""
    return Path(given) if isinstance(given, str) else given
