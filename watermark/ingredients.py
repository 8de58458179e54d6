"""What went into an output: looked at and packed before a stamp takes it over, so that its own record goes on.

A packed ingredient is an archive of the manifest library: the boxes of its record, without the file around them.
`watermark.caged` packs the files of strangers in the cage; the server checks the boxes (`watermark.jumbf`), then adds
them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from media.source import Source
from watermark import aigc
from watermark.chain import ChainState, read_chain
from watermark.config import NAME
from watermark.containers import read_metadata
from watermark.plain import plain
from watermark.trust import TrustStore

MAX_ARCHIVE_BYTES: Final = 32 * 2**20
BYTES: Final = "application/octet-stream"
_RELATIONSHIPS: Final = frozenset({"inputTo", "parentOf", "componentOf"})
_CONTAINERS: Final = {
    "video/mp4": "mp4", "video/quicktime": "mov", "audio/mp4": "m4a", "image/png": "png", "image/jpeg": "jpeg",
    "image/webp": "webp", "audio/wav": "wav", "audio/mpeg": "mp3",
}  # fmt: skip
_MAX_LABELS: Final = 4


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file that went into the output.

    Attributes:
        path: the file as it was uploaded, so that its own record survives.
        mime: media type by content.
        relationship: ``inputTo`` (a reference), ``parentOf`` (the thing edited), ``componentOf``.
    """

    path: Path
    mime: str
    relationship: str = "inputTo"

    def __post_init__(self) -> None:
        if self.relationship not in _RELATIONSHIPS:
            raise ValueError(f"relationship is one of {sorted(_RELATIONSHIPS)}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of an ingredient itself: nothing that its uploader wrote.

    Attributes:
        number: from 1, in the order given.
    """

    number: int
    mime: str
    relationship: str

    @property
    def label(self) -> str:
        return f"input{self.number}"

    @property
    def title(self) -> str:
        return f"{self.mime.split('/')[0]} {self.number}"

    def as_dict(self) -> dict[str, str]:
        return {"title": self.title, "relationship": self.relationship, "label": self.label}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one ingredient brings along.

    Attributes:
        broken: its own record does not hold: the SDK would sign over it without a word, so we say it.
        labels: AIGC records that it carries; facts about the input, not labels of the output.
        archive: its record, packed.
    """

    broken: bool
    labels: tuple[dict[str, str], ...]
    archive: bytes


@dataclass(frozen=True, slots=True)
class Input:
    """An ingredient, ready to be added."""

    entry: Entry
    taken: Taken

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def parent(self) -> bool:
        return self.entry.relationship == "parentOf"


class Takes(Protocol):
    """Opens an ingredient."""

    def take(self, path: Path, entry: Entry) -> Taken: ...


@dataclass(frozen=True, slots=True)
class Taker:
    """Opens ingredients in this process: for files that the caller chose, never for uploads."""

    trust: TrustStore

    def take(self, path: Path, entry: Entry) -> Taken:
        return take(path, entry, self.trust)


def inputs_of(ingredients: Sequence[Ingredient], takes: Takes) -> tuple[Input, ...]:
    """Look at each ingredient before it is taken over."""
    entries = (Entry(number, each.mime, each.relationship) for number, each in enumerate(ingredients, 1))
    return tuple(Input(entry, takes.take(each.path, entry)) for entry, each in zip(entries, ingredients, strict=True))


def take(path: Source, entry: Entry, trust: TrustStore) -> Taken:
    """Look at one ingredient and pack its record; where the SDK cannot read it, the file still counts as input."""
    chain = read_chain(path, entry.mime, trust)
    damaged = chain is not None and chain.state is ChainState.DAMAGED
    broken = damaged or (chain is not None and chain.state is ChainState.ALTERED)
    metadata = read_metadata(path, _CONTAINERS.get(entry.mime, ""))
    records = [record.as_dict() for text in aigc.texts(metadata) if (record := aigc.parse(text)) is not None]
    labels = tuple({name: plain(value) for name, value in record.items()} for record in records[:_MAX_LABELS])
    return Taken(broken, labels, bare(entry, trust) if damaged else _pack(path, entry, entry.mime, trust))


def bare(entry: Entry, trust: TrustStore) -> bytes:
    """An ingredient without a record: that a file of this kind went in, and nothing of the file."""
    return _pack(None, entry, BYTES, trust)


def _pack(path: Source | None, entry: Entry, mime: str, trust: TrustStore) -> bytes:
    import c2pa

    claim = json.dumps({"claim_generator_info": [{"name": NAME}]})
    out = io.BytesIO()
    with (
        c2pa.Builder(claim, context=trust.context) as builder,
        io.BytesIO() if path is None else path.open("rb") as stream,
    ):
        builder.add_ingredient(entry.as_dict(), mime, stream)
        builder.write_ingredient_archive(entry.label, out)
    return out.getvalue()
