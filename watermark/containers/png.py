"""PNG (W3C, third edition): the `iTXt` chunk `XML:com.adobe.xmp`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from media.source import Source
from watermark.containers import MAX_TEXT_BYTES, Metadata, text

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"XML:com.adobe.xmp"


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, offset of the body and its length, for each whole chunk."""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            return
        yield kind, at + 8, length
        at += 12 + length


def read(path: Source) -> Metadata:
    data = path.read_bytes()
    if not data.startswith(_SIGNATURE):
        return Metadata()
    packets, values = [], []
    for kind, at, length in chunks(data):
        if kind not in (b"iTXt", b"tEXt", b"zTXt") or length > MAX_TEXT_BYTES:
            continue
        keyword, value = _parse(kind, data[at : at + length])
        if keyword == _KEYWORD:
            packets.append(text(value))
        elif b"AIGC" in keyword.upper():
            values.append(text(value))
    return Metadata(tuple(packets), tuple(values))


def add_xmp(path: Path, packet: str) -> None:
    data = path.read_bytes()
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG file")
    body = _KEYWORD + b"\0\0\0\0\0" + packet.encode()  # uncompressed: TC260-PG-20259A
    chunk = struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    header_end = len(_SIGNATURE) + 12 + 13
    path.write_bytes(data[:header_end] + chunk + data[header_end:])


def _parse(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    keyword, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return keyword, rest
    if kind == b"zTXt":
        return keyword, _inflate(rest[1:])
    if len(rest) < 2:
        return keyword, b""
    value = rest[2:].split(b"\0", 2)[-1]
    return keyword, _inflate(value) if rest[0] else value


def _inflate(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, MAX_TEXT_BYTES)
    except zlib.error:
        return b""
