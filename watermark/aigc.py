"""The implicit label of GB 45438-2025, clause 6.1 and annex E: one JSON record of seven strings per file."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from errors import StampFailed
from watermark import xmp
from watermark.containers import Metadata, id3, read_metadata, riff

KEY: Final = "AIGC"
GENERATED: Final = "1"
IN_XMP: Final = frozenset({"png", "jpeg", "webp"})
IN_TAGS: Final = frozenset({"mp4", "mov", "m4a"})  # written by the muxer, `moov.udta.meta`
_ALLOWED = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]*")  # annex E j: no space, quote or backslash
_PROVIDER_CODE = re.compile(r"00[0-9A-Z]{25}")  # TC260-PG-20252A: 27 characters
_FIELDS = (
    ("Label", "label"), ("ContentProducer", "content_producer"), ("ProduceID", "produce_id"),
    ("ReservedCode1", "reserved_code1"), ("ContentPropagator", "content_propagator"),
    ("PropagateID", "propagate_id"), ("ReservedCode2", "reserved_code2"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AigcRecord:
    """The seven fields. `label` "1" is, "2" may be, "3" is suspected to be AI-generated."""

    label: str
    content_producer: str
    produce_id: str
    reserved_code1: str
    content_propagator: str
    propagate_id: str
    reserved_code2: str

    @classmethod
    def first(cls, producer: str, produce_id: str) -> AigcRecord:
        """The record of a new output: propagator equals producer (annex E, note 1).

        `reserved_code1` is the SHA-256 (hex) of the three producer fields as TC260-PG-202511A signs them.

        Raises:
            ValueError: a value has characters that annex E j does not allow, or is empty.
        """
        for value in (producer, produce_id):
            if not value or not _ALLOWED.fullmatch(value):
                raise ValueError("producer and id are non-empty ASCII without space, quote or backslash")
        if re.fullmatch(r"00[0-9A-Z]{20,28}", producer) and not _PROVIDER_CODE.fullmatch(producer):
            raise ValueError("a provider code has 27 characters")
        digest = producer_digest(GENERATED, producer, produce_id)
        return cls(GENERATED, producer, produce_id, digest, producer, produce_id, "")

    def as_json(self) -> str:
        """The value as it is stored: compact, fields in the order of the standard."""
        return json.dumps(self.as_dict(), separators=(",", ":"), ensure_ascii=True)

    def as_dict(self) -> dict[str, str]:
        return {name: getattr(self, field) for name, field in _FIELDS}

    @property
    def digest_holds(self) -> bool:
        """`reserved_code1` is the digest of the producer fields."""
        return self.reserved_code1 == producer_digest(self.label, self.content_producer, self.produce_id)


def producer_digest(label: str, producer: str, produce_id: str) -> str:
    signed = f'"Label":"{label}","ContentProducer":"{producer}","ProduceID":"{produce_id}"'
    return hashlib.sha256(signed.encode()).hexdigest()


def parse(text: str) -> AigcRecord | None:
    """The record in a text, bare or wrapped in ``{"AIGC": ...}``; None when it is not one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and KEY in value:
        value = value[KEY]
    if not isinstance(value, dict) or not isinstance(value.get("Label"), str):
        return None
    fields = {field: value.get(name, "") for name, field in _FIELDS}
    if not all(isinstance(part, str) for part in fields.values()):
        return None
    return AigcRecord(**{name: _storable(part) for name, part in fields.items()})


def _storable(text: str) -> str:
    """Without half characters, which JSON can spell and nobody can write down."""
    return text.encode("utf-8", "replace").decode()


def texts(metadata: Metadata) -> tuple[str, ...]:
    """Every AIGC text of a file, wherever it stands."""
    inside = tuple(value for packet in metadata.xmp for value in xmp.values(packet, xmp.TC260, KEY))
    return metadata.aigc + inside


def write(path: Path, container: str, record: AigcRecord) -> None:
    """Add the record where the muxer did not: WAV and MP3. Pictures carry it inside their XMP."""
    if container == "wav":
        riff.add_chunk(path, KEY.encode(), record.as_json().encode())
    elif container == "mp3":
        id3.add_text(path, KEY, record.as_json())


def require_one(path: Path, container: str, record: AigcRecord) -> None:
    """Read the file back: exactly one record, equal to ours (clause 6.1 c).

    Raises:
        StampFailed: none, several, or another one.
    """
    found = texts(read_metadata(path, container))
    if len(found) != 1 or parse(found[0]) != record:
        raise StampFailed("error.stamp.aigc", found=len(found))
