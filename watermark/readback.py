"""Reading back what was stamped, from the finished bytes and with the readers and anchors that Verify uses."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from errors import StampFailed
from media.decode import read_frames, read_picture, read_sound
from watermark import aigc, containers, spoken, xmp
from watermark.aigc import AigcRecord
from watermark.chain import read_chain
from watermark.config import InspectConfig
from watermark.credentials import SOURCE_TYPES, Claim
from watermark.ingredients import Entry
from watermark.invisible import KeyRing, Payload
from watermark.label import visible_in
from watermark.reading import read_video_mark
from watermark.signing import SignerSource
from watermark.trust import TrustStore


def video_mark_reads(path: Path, payload: Payload, keyring: KeyRing) -> bool:
    """Whether an encoded video gives back this word; as a rule after one or two of its key frames."""
    return read_video_mark(path, keyring, InspectConfig()).payload == payload


def require_records(path: Path, container: str, record: AigcRecord) -> None:
    """Exactly one AIGC record, and the source type in XMP.

    Raises:
        StampFailed: ``error.stamp.aigc`` or ``error.stamp.xmp``.
    """
    aigc.require_one(path, container, record)
    metadata = containers.read_metadata(path, container)
    if not any(xmp.values(p, xmp.IPTC_EXT, "DigitalSourceType") for p in metadata.xmp):
        raise StampFailed("error.stamp.xmp")


def require_manifest(path: Path, claim: Claim, signer: SignerSource, trust: TrustStore) -> None:
    """The manifest that `claim` asked for: intact, signed by `signer`, with its time-stamp and its ingredients.

    Raises:
        StampFailed: ``error.stamp.sign``.
    """
    chain = read_chain(path, claim.mime, trust)
    if chain is None or not chain.intact or chain.label != claim.label or chain.serial != signer.credential.serial:
        raise StampFailed("error.stamp.sign", reason="read back")
    if chain.source_type != SOURCE_TYPES[claim.source_type] or (signer.config.tsa_urls and not chain.stamped_at):
        raise StampFailed("error.stamp.sign", reason="read back")
    entries = [Entry(n, each.mime, each.relationship) for n, each in enumerate(claim.ingredients, 1)]
    if [(link.title, link.relationship) for link in chain.links] != [(e.title, e.relationship) for e in entries]:
        raise StampFailed("error.stamp.sign", reason="ingredients")


def require_label(path: Path, kind: Literal["video", "image", "audio"]) -> None:
    """The explicit label, seen in the picture or heard at the start of the sound.

    Raises:
        StampFailed: ``error.stamp.label``.
    """
    if kind == "video":
        seen = visible_in(next(read_frames(path, end_s=0.5)).picture)
    elif kind == "image":
        seen = visible_in(read_picture(path))
    else:
        sound = read_sound(path, limit_s=spoken.SEARCH_S)
        seen = sound is not None and spoken.audible_in(sound)
    if not seen:
        raise StampFailed("error.stamp.label")
