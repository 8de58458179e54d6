"""ISO base media files (ISO/IEC 14496-12) and QuickTime: boxes, `keys`/`ilst` metadata, the XMP `uuid` box."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from media.source import Source
from watermark.containers import MAX_TEXT_BYTES, Metadata, text

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # XMP part 3, clause 1.2.7.1
_MAX_BOXES = 4096


@dataclass(frozen=True, slots=True)
class Box:
    """`kind` four bytes; `body` and `end` are file offsets."""

    kind: bytes
    body: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets; stops at the first that does not fit."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        body = start + 8
        if size == 1:
            large = file.read(8)
            if len(large) < 8:
                return
            size, body = int.from_bytes(large, "big"), start + 16
        elif size == 0:
            size = end - start
        if start + size > end or start + size < body:
            return
        yield Box(kind, body, start + size)
        start += size


def read(path: Source) -> Metadata:
    size = path.stat().st_size
    with path.open("rb") as file:
        top = list(boxes(file, 0, size))
        packets = tuple(packet for box in top if (packet := _xmp(file, box)) is not None)
        values = tuple(value for box in top if box.kind == b"moov" for value in _aigc(file, box))
    return Metadata(packets, values)


def add_xmp(path: Path, packet: str) -> None:
    raw = packet.encode()
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", 24 + len(raw), b"uuid") + XMP_UUID + raw)


def _xmp(file: BinaryIO, box: Box) -> str | None:
    if box.kind != b"uuid" or not 16 < box.end - box.body <= MAX_TEXT_BYTES:
        return None
    file.seek(box.body)
    raw = file.read(box.end - box.body)
    return text(raw[16:]) if raw[:16] == XMP_UUID else None


def _aigc(file: BinaryIO, moov: Box) -> Iterator[str]:
    for child in boxes(file, moov.body, moov.end):
        if child.kind == b"meta":
            yield from _meta(file, child)
        elif child.kind == b"udta":
            for inner in boxes(file, child.body, child.end):
                if inner.kind == b"meta":
                    yield from _meta(file, inner)


def _meta(file: BinaryIO, meta: Box) -> Iterator[str]:
    # ISO `meta` starts with version and flags, QuickTime's does not: look where `hdlr` stands.
    file.seek(meta.body + 4)
    start = meta.body if file.read(4) == b"hdlr" else meta.body + 4
    parts = {box.kind: box for box in boxes(file, start, meta.end)}
    names = _names(file, parts[b"keys"]) if b"keys" in parts else []
    if b"ilst" not in parts:
        return
    for item in boxes(file, parts[b"ilst"].body, parts[b"ilst"].end):
        index = int.from_bytes(item.kind, "big")
        name = _freeform_name(file, item) if item.kind == b"----" else names[index - 1 : index] or [b""]
        if b"AIGC" in name[0].upper():
            yield from _values(file, item)


def _names(file: BinaryIO, keys: Box) -> list[bytes]:
    if keys.end - keys.body > MAX_TEXT_BYTES:
        return []
    return [_bytes(file, box) for box in boxes(file, keys.body + 8, keys.end)]


def _freeform_name(file: BinaryIO, item: Box) -> list[bytes]:
    return [_bytes(file, box)[4:] for box in boxes(file, item.body, item.end) if box.kind == b"name"] or [b""]


def _values(file: BinaryIO, item: Box) -> Iterator[str]:
    for box in boxes(file, item.body, item.end):
        if box.kind == b"data":
            yield text(_bytes(file, box)[8:])


def _bytes(file: BinaryIO, box: Box) -> bytes:
    file.seek(box.body)
    return file.read(min(box.end - box.body, MAX_TEXT_BYTES))
