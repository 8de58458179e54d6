"""What a file is, by its first bytes. Names and declared types are never believed."""

from __future__ import annotations

from dataclasses import dataclass

from errors import InputError
from media.source import Given, source

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Container:
    """An accepted container.

    Attributes:
        name: ``png``, ``jpeg``, ``webp``, ``gif``, ``mp4``, ``mov``, ``m4a``, ``webm``, ``wav``, ``mp3``,
            ``flac`` or ``ogg``.
        still: it holds pictures that Pillow reads; everything else goes through FFmpeg.
        demuxer: the only FFmpeg demuxer that may open it, so that playlists and text formats never run.
        mime: media type for signing and serving.
    """

    name: str
    still: bool
    demuxer: str
    mime: str


PNG = Container("png", True, "", "image/png")
JPEG = Container("jpeg", True, "", "image/jpeg")
WEBP = Container("webp", True, "", "image/webp")
GIF = Container("gif", True, "", "image/gif")
MP4 = Container("mp4", False, "mov,mp4,m4a,3gp,3g2,mj2", "video/mp4")
MOV = Container("mov", False, "mov,mp4,m4a,3gp,3g2,mj2", "video/quicktime")
M4A = Container("m4a", False, "mov,mp4,m4a,3gp,3g2,mj2", "audio/mp4")
WEBM = Container("webm", False, "matroska,webm", "video/webm")
WAV = Container("wav", False, "wav", "audio/wav")
MP3 = Container("mp3", False, "mp3", "audio/mpeg")
FLAC = Container("flac", False, "flac", "audio/flac")
OGG = Container("ogg", False, "ogg", "audio/ogg")

CONTAINERS = (PNG, JPEG, WEBP, GIF, MP4, MOV, M4A, WEBM, WAV, MP3, FLAC, OGG)
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def sniff(path: Given) -> Container:
    """The container of a file.

    Raises:
        InputError: ``error.media.missing``, ``error.media.empty``, ``error.media.heif`` or ``error.media.unsupported``.
    """
    try:
        with source(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError("error.media.missing") from error
    if not head:
        raise InputError("error.media.empty")
    return _sniff(head)


def _sniff(head: bytes) -> Container:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return WEBP if head[8:12] == b"WEBP" else WAV
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[4:8] == b"ftyp":
        return _isobmff(head[8:12])
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return MOV
    if head.startswith(b"\x1aE\xdf\xa3"):
        return WEBM
    if head.startswith(b"fLaC"):
        return FLAC
    if head.startswith(b"OggS"):
        return OGG
    if head.startswith(b"ID3") or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return MP3
    raise InputError("error.media.unsupported")


def _isobmff(brand: bytes) -> Container:
    if brand in _HEIF_BRANDS:
        raise InputError("error.media.heif")
    if brand in (b"M4A ", b"M4B "):
        return M4A
    if brand == b"qt  ":
        return MOV
    return MP4
