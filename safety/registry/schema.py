"""One row of the registry: a protected person, character, franchise or mark; facts only.

A row is one JSON object on one line. Unknown fields, wrong types and empty names are refused, and
the error names the file and the line. There are no patterns in rows, so a row cannot be a regex bomb.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Kind = Literal["person", "character", "franchise", "brand", "public_domain"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]


class Entry(BaseModel):
    """A protected name (or, for ``public_domain``, a name that everybody may use).

    Attributes:
        id: stable identifier, ``person:tom-cruise``; the part before the colon is the kind.
        kind: what the name stands for.
        name: the common English name.
        names: further names by language tag (``en``, ``zh``, ``ja`` ...); nicknames stand under their language.
        weak: names of this row that are also ordinary words or private names; a hit needs support.
        proper: those of `weak` that count without further support when they are written as a name: with a capital
            and without an article, inside a sentence or before a verb.
        field: occupation of a person, or the work a character belongs to.
        works: titles by which the person is known ("the lead of ...").
        plays: ids of characters that an actor is known for.
        source: where the facts come from (`SOURCES.md` of the data).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^(person|character|franchise|brand|public_domain):[^\s:]{1,120}$")]
    kind: Kind
    name: Name
    names: dict[str, list[Name]] = Field(default_factory=dict)
    weak: list[Name] = Field(default_factory=list)
    proper: list[Name] = Field(default_factory=list)
    field: str = ""
    works: list[Name] = Field(default_factory=list)
    plays: list[str] = Field(default_factory=list)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is kept: the same facts in a third of the memory (`Entry` holds what checking it needs)."""

    id: str
    kind: Kind
    name: str
    names: Mapping[str, Sequence[str]]
    weak: Sequence[str]
    proper: Sequence[str]
    field: str
    works: Sequence[str]
    plays: Sequence[str]
    source: str

    @classmethod
    def of(cls, entry: Entry) -> Row:
        """The row of a checked entry; words that many rows have are kept once."""
        return cls(
            entry.id,
            entry.kind,
            entry.name,
            {sys.intern(tag): tuple(names) for tag, names in entry.names.items()} or NO_NAMES,
            tuple(entry.weak),
            tuple(entry.proper),
            sys.intern(entry.field),
            tuple(entry.works),
            tuple(entry.plays),
            sys.intern(entry.source),
        )


NO_NAMES: Mapping[str, Sequence[str]] = {}


class ShortNames(BaseModel):
    """What a world-famous entry is called in one word: laid over its row, because facts of both kinds are kept apart.

    Attributes:
        entry: id of the registry row.
        names: further names by language tag, which count wherever they stand.
        proper: those that count when they are written as a name (`Entry.proper`).
        weak: names of the row that are ordinary words of some language (`Entry.weak`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: str
    names: dict[str, list[Name]] = Field(default_factory=dict)
    proper: list[Name] = Field(default_factory=list)
    weak: list[Name] = Field(default_factory=list)

    def over(self, row: Row) -> Row:
        """The row with these names added."""
        names = dict(row.names)
        for tag, more in (*self.names.items(), ("en", self.proper)):
            names[tag] = tuple(dict.fromkeys([*names.get(tag, ()), *more]))
        weak = tuple(dict.fromkeys([*row.weak, *self.weak, *self.proper]))
        proper = tuple(dict.fromkeys([*row.proper, *self.proper]))
        return replace(row, names=names, weak=weak, proper=proper)


class Features(BaseModel):
    """What an entry looks like and does, in words of `safety.text.looks`.

    Attributes:
        entry: id of the registry row.
        looks: meanings, joined by ``+`` where they stand together; ``!`` in front: it points to the entry alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: str
    looks: list[Name] = Field(min_length=1)


class Description(BaseModel):
    """What identifies an entry without its name: features, of which enough together are a match.

    Attributes:
        entry: id of the registry row.
        features: each a list of interchangeable words; ``!`` in front marks a telling feature.
        need: weight from which the description counts; a telling feature weighs 2, others 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entry: str
    features: list[list[Name]]
    need: int = Field(default=4, ge=2, le=12)
