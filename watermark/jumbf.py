"""JUMBF (ISO/IEC 19566-5) as C2PA uses it: whether bytes are whole boxes with well-formed content. No meaning.

A record that was packed in the cage passes here before the manifest library sees it in the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

SUPER, DESCRIPTION = b"jumb", b"jumd"
_CONTENT = frozenset({b"cbor", b"json", b"bfdb", b"bidb", b"uuid", b"c2sh", b"free"})
_MAX_DEPTH = 24
_MAX_BOXES = 20_000
_MAX_ITEMS = 1_000_000
_UUID_BYTES = 16
_INDEFINITE = 31
_BREAK = 0xFF


class Malformed(ValueError):
    """The bytes are no JUMBF, or nested or split beyond reason."""


def check(data: bytes) -> None:
    """One superbox and nothing else, every box whole, every CBOR and JSON content well-formed.

    Raises:
        Malformed: they are not.
    """
    view, seen = memoryview(data), 0
    outer = list(_boxes(view))
    if [kind for kind, _ in outer] != [SUPER]:
        raise Malformed("one superbox")
    todo = [(outer[0][1], 1)]
    while todo:
        body, depth = todo.pop()
        children = list(_boxes(body))
        seen += len(children)
        if depth > _MAX_DEPTH or seen > _MAX_BOXES:
            raise Malformed("boxes")
        if not children or children[0][0] != DESCRIPTION or len(children[0][1]) <= _UUID_BYTES:
            raise Malformed("description")
        for kind, content in children[1:]:
            if kind == SUPER:
                todo.append((content, depth + 1))
            else:
                _content(kind, content)


def _boxes(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and body; the boxes fill the view exactly."""
    at = 0
    while at < len(view):
        size, kind, head = int.from_bytes(view[at : at + 4]), bytes(view[at + 4 : at + 8]), 8
        if size == 1:
            size, head = int.from_bytes(view[at + 8 : at + 16]), 16
        if len(kind) < 4 or size < head or at + size > len(view):
            raise Malformed("length")
        yield kind, view[at + head : at + size]
        at += size


def _content(kind: bytes, content: memoryview) -> None:
    if kind not in _CONTENT:
        raise Malformed("kind")
    if kind == b"cbor" and _cbor(content) != len(content):
        raise Malformed("cbor")
    if kind == b"json":
        try:
            json.loads(bytes(content))
        except (ValueError, RecursionError) as error:
            raise Malformed("json") from error


def _cbor(view: memoryview) -> int:
    """Length of the first CBOR item (RFC 8949, appendix C), without recursion.

    Raises:
        Malformed: not well-formed.
    """
    at, items = 0, 0
    open_counts: list[int] = [1]  # items still to come in each open one; -1: until a break
    while open_counts:
        if open_counts[-1] == 0:
            open_counts.pop()
            continue
        items += 1
        if at >= len(view) or len(open_counts) > _MAX_DEPTH * 4 or items > _MAX_ITEMS:
            raise Malformed("cbor")
        if open_counts[-1] < 0 and view[at] == _BREAK:
            open_counts.pop()
            at += 1
            continue
        if open_counts[-1] > 0:
            open_counts[-1] -= 1
        at, inside = _item(view, at)
        if inside:
            open_counts.append(inside)
    return at


def _item(view: memoryview, at: int) -> tuple[int, int]:
    """Where the item's head and text end, and how many items stand inside it; -1: until a break."""
    major, minor = view[at] >> 5, view[at] & 31
    at += 1
    if minor == _INDEFINITE and major in (2, 3, 4, 5):
        return at, -1
    if minor > 27:
        raise Malformed("cbor")
    length = 0 if minor < 24 else 1 << (minor - 24)
    value = minor if minor < 24 else int.from_bytes(view[at : at + length])
    at += length
    if major in (2, 3):
        at += value
    if at > len(view):
        raise Malformed("cbor")
    return at, {4: value, 5: 2 * value, 6: 1}.get(major, 0)
