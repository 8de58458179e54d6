"""ID3v2.3 and 2.4 (id3.org): `TXXX` and `PRIV` frames of an MP3 file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from media.source import Source
from watermark.containers import MAX_TEXT_BYTES, Metadata, text

_XMP_OWNER = b"XMP"
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_UNREADABLE = 0x0C  # frame flags: compressed, encrypted


def frames(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each plain frame; compressed and encrypted ones are skipped."""
    if data[:3] != b"ID3" or len(data) < 10 or data[3] not in (3, 4):
        return
    end = min(len(data), 10 + _synchsafe(data[6:10]))
    at = 10
    if data[5] & 0x40:
        at += _synchsafe(data[10:14]) if data[3] == 4 else int.from_bytes(data[10:14], "big") + 4
    while at + 10 <= end and data[at] != 0:
        length = _synchsafe(data[at + 4 : at + 8]) if data[3] == 4 else int.from_bytes(data[at + 4 : at + 8], "big")
        if at + 10 + length > end:
            return
        if not data[at + 9] & _UNREADABLE:
            yield data[at : at + 4], data[at + 10 : at + 10 + length]
        at += 10 + length


def read(path: Source) -> Metadata:
    with path.open("rb") as file:
        head = file.read(10)
        size = _synchsafe(head[6:10]) if head[:3] == b"ID3" and len(head) == 10 else 0
        data = head + file.read(size)
    packets, values = [], []
    for kind, body in frames(data):
        if len(body) > MAX_TEXT_BYTES:
            continue
        if kind == b"PRIV" and body.startswith(_XMP_OWNER + b"\0"):
            packets.append(text(body[4:]))
        elif kind == b"TXXX":
            description, value = _txxx(body)
            if "AIGC" in description.upper():
                values.append(value)
    return Metadata(tuple(packets), tuple(values))


def add_xmp(path: Path, packet: str) -> None:
    add_frame(path, b"PRIV", _XMP_OWNER + b"\0" + packet.encode())


def add_text(path: Path, description: str, value: str) -> None:
    """Add a `TXXX` frame, UTF-8 in ISO-8859-1 where both are ASCII."""
    add_frame(path, b"TXXX", b"\x03" + description.encode() + b"\0" + value.encode())


def add_frame(path: Path, kind: bytes, body: bytes) -> None:
    """Write the file anew with one more frame; the tag becomes ID3v2.4."""
    data = path.read_bytes()
    old = list(frames(data))
    audio = data[10 + _synchsafe(data[6:10]) :] if data[:3] == b"ID3" else data
    tag = b"".join(_frame(*frame) for frame in [*old, (kind, body)])
    path.write_bytes(b"ID3\x04\x00\x00" + _as_synchsafe(len(tag)) + tag + audio)


def _frame(kind: bytes, body: bytes) -> bytes:
    return kind + _as_synchsafe(len(body)) + b"\0\0" + body


def _txxx(body: bytes) -> tuple[str, str]:
    if not body:
        return "", ""
    encoding = _ENCODINGS.get(body[0], "latin-1")
    parts = body[1:].decode(encoding, "replace").split("\0")
    return parts[0], "".join(parts[1:2]).lstrip("\ufeff")


def _synchsafe(raw: bytes) -> int:
    a, b, c, d = (byte & 127 for byte in raw.ljust(4, b"\0"))
    return a << 21 | b << 14 | c << 7 | d


def _as_synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 127 for shift in (21, 14, 7, 0))
