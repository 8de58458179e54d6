"""Files that we cannot decode but whose C2PA record can be read: the record is told, the content is not looked at."""

from __future__ import annotations

from media.source import Source

_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic",
    b"mif1": "image/heif", b"msf1": "image/heif", b"hevc": "image/heic",
}  # fmt: skip
_STARTS = (
    (b"II*\0", "image/tiff"), (b"MM\0*", "image/tiff"), (b"%PDF-", "application/pdf"),
    (b"\0\0\0\x0cJXL ", "image/jxl"),
)  # fmt: skip


def record_mime(path: Source) -> str | None:
    """Media type by the first bytes, or None when no record can be read from such a file."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "video/avi"
    if b"<svg" in head:
        return "image/svg+xml"
    return next((mime for start, mime in _STARTS if head.startswith(start)), None)
