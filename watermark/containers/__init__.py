"""Where metadata lives in each container: read what is there, add what is ours. No meaning, only places.

| container     | XMP                        | `AIGC` text                                  |
|---------------|----------------------------|----------------------------------------------|
| mp4, mov, m4a | top-level `uuid` box       | `moov.udta.meta`, `keys` and `ilst`          |
| png           | `iTXt` XML:com.adobe.xmp   | inside the XMP                               |
| jpeg          | APP1                       | inside the XMP                               |
| webp          | chunk `XMP `               | inside the XMP                               |
| wav           | chunk `_PMX`               | chunk `AIGC`                                 |
| mp3           | ID3v2 `PRIV`, owner XMP    | ID3v2 `TXXX`, description AIGC               |
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from media.source import Source

MAX_TEXT_BYTES = 4 * 2**20  # longer metadata is not read: a bomb, not a label
_READERS = {
    "mp4": "bmff", "mov": "bmff", "m4a": "bmff", "png": "png", "jpeg": "jpeg",
    "webp": "riff", "wav": "riff", "mp3": "id3",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file carries.

    Attributes:
        xmp: every XMP packet, in file order.
        aigc: the value of every field outside XMP whose name contains ``AIGC``, in file order.
    """

    xmp: tuple[str, ...] = ()
    aigc: tuple[str, ...] = ()


class _Place(Protocol):
    def read(self, path: Source) -> Metadata: ...
    def add_xmp(self, path: Path, packet: str) -> None: ...


def _place(container: str) -> _Place:
    return cast(_Place, import_module(f"watermark.containers.{_READERS[container]}"))


def read_metadata(path: Source, container: str) -> Metadata:
    """XMP packets and AIGC texts of a file; damaged parts are skipped, never raised.

    Args:
        container: name as in `media.sniff.Container`; an unknown one carries nothing that we know.
    """
    if container not in _READERS:
        return Metadata()
    return _place(container).read(path)


def add_xmp(path: Path, container: str, packet: str) -> None:
    """Add an XMP packet to a file that has none, in place. Goes before signing: C2PA hashes it.

    Raises:
        ValueError: the file is not what its container says.
    """
    _place(container).add_xmp(path, packet)


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
