"""Descriptions without names, by meaning: `likeness.described` from an embedding model, beside the bundled features.

The registry's descriptions are embedded once, and again when one changes; every sentence and every window of a text is
compared with all of them.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Self

import numpy as np

from errors import Unavailable
from safety.config import SafetyConfig
from safety.language.folder import refusal
from safety.language.sentences import SentenceModel, Vectors
from safety.language.windows import Deadline, Late, Span, sentences, windows
from safety.registry.load import Registry, load
from safety.registry.schema import Description
from safety.signals import Evidence, MediaItem, Signal, SignalState, TextItem

VERSION: Final = "descriptions-1"
SIGNAL: Final = "likeness.described"
THRESHOLD: Final = 0.5
WINDOW_TOKENS: Final = 48
OVERLAP_TOKENS: Final = 24
MOST_EVIDENCE: Final = 12
_PATIENCE_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Described:
    """Descriptions, embedded: their digest, entry ids and vectors [N, D]."""

    version: str
    entries: tuple[str, ...]
    vectors: Vectors


class DescriptionDetector:
    """Compares texts with descriptions of protected characters.

    Args:
        alike: cosine from which a text describes an entry; it differs by model.
        timeout_s: longest time for one text, seconds.
    """

    name = "descriptions"
    kinds = frozenset({"text"})

    def __init__(
        self,
        model: SentenceModel,
        alike: float,
        timeout_s: float = 30.0,
        overrides: Sequence[Path] = (),
        registry: Registry | None = None,
    ) -> None:
        self._model, self.alike, self._timeout_s = model, alike, timeout_s
        self._overrides, self._lock = tuple(overrides), Lock()
        self._described = self._embedded(_kept(registry or load(self._overrides)))

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        settings = config.descriptions
        if settings.model is None:
            raise Unavailable("error.models.missing", part="descriptions")
        if settings.alike is None:
            raise refusal(settings.model, "COLOPHON_DESCRIPTIONS__ALIKE is not set")
        model = SentenceModel.open(settings.model, settings.sha256, settings.prefix, settings.device)
        return cls(model, settings.alike, settings.timeout_s, config.registry_overrides)

    @property
    def version(self) -> str:
        return f"{VERSION}+{self._model.version}+{self.alike:g}+{self._described.version}"

    def reload(self, overrides: Sequence[Path] | None = None) -> None:
        """Read the registry again; running calls finish with the old one.

        Raises:
            UsageError: a malformed row; the registry in use stays in use.
        """
        with self._lock:
            paths = self._overrides if overrides is None else tuple(overrides)
            kept = _kept(load(paths))
            if _digest(kept) != self._described.version:
                self._described = self._embedded(kept)
            self._overrides = paths

    def _embedded(self, kept: Sequence[tuple[str, str]]) -> Described:
        texts = [text for _, text in kept]
        vectors = self._model.embed(texts, Deadline.within(_PATIENCE_S)) if texts else np.zeros((0, 1), np.float32)
        return Described(_digest(kept), tuple(entry for entry, _ in kept), vectors)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        if not isinstance(item, TextItem):
            return [self._held("kind", SignalState.UNSUPPORTED)]
        described = self._described
        spans = self._spans(item.text)
        if not spans or not described.entries:
            return [Signal(SIGNAL, self.version, 0.0, THRESHOLD)]
        try:
            cosines = self._cosines(item.text, spans, described)
        except Late:
            return [self._held("timeout")]
        return [self._signal(cosines, spans, described.entries, item.where)]

    def closest(self, text: str) -> float:
        """The highest cosine of any piece of a text with any description; -1 for an empty text.

        Raises:
            Late: not done in time.
        """
        spans, described = self._spans(text), self._described
        return float(self._cosines(text, spans, described).max()) if spans and described.entries else -1.0

    def _cosines(self, text: str, spans: Sequence[Span], described: Described) -> Vectors:
        """float32 [pieces, entries]."""
        pieces = self._model.embed([text[slice(*span)] for span in spans], Deadline.within(self._timeout_s))
        return np.asarray(pieces @ described.vectors.T, np.float32)

    def _spans(self, text: str) -> list[Span]:
        """Every sentence that fits a window, and windows over everything."""
        if not text.strip():
            return []
        offsets = self._model.offsets(text)
        starts = [begin for begin, _ in offsets]
        short = (
            (begin, end)
            for begin, end in sentences(text)
            if bisect_left(starts, end) - bisect_left(starts, begin) <= WINDOW_TOKENS
        )
        return list(dict.fromkeys([*windows(text, offsets, WINDOW_TOKENS, OVERLAP_TOKENS), *short]))

    def _signal(self, cosines: Vectors, spans: Sequence[Span], entries: Sequence[str], where: str) -> Signal:
        """The closest entry of each piece that is close enough, most alike first; `cosines` is [pieces, entries]."""
        best = cosines.argmax(1)
        closest = cosines[np.arange(len(spans)), best]
        order = np.argsort(-closest, kind="stable")
        found = [number for number in order if closest[number] >= self.alike][:MOST_EVIDENCE]
        evidence = tuple(Evidence(where, span=spans[number], entry=entries[int(best[number])]) for number in found)
        top = float(closest[order[0]])
        return Signal(SIGNAL, self.version, self._score(top), THRESHOLD, evidence=evidence, detail=f"cosine:{top:.3f}")

    def _score(self, cosine: float) -> float:
        """[0, 1]; 0.5 at `alike`, so that one policy serves models of any scale."""
        if cosine < self.alike:
            return min(0.499, 0.5 * max(0.0, cosine) / self.alike)
        return min(1.0, 0.5 + 0.5 * (cosine - self.alike) / (1.0 - self.alike))

    def _held(self, why: str, state: SignalState = SignalState.ERROR) -> Signal:
        return Signal(SIGNAL, self.version, 0.0, THRESHOLD, state=state, detail=why)


def _kept(registry: Registry) -> list[tuple[str, str]]:
    """Entry and text of each description whose entry a host did not take out."""
    known = {entry.id for entry in registry.entries}
    return [(one.entry, sentence_of(one)) for one in registry.descriptions if one.entry in known]


def _digest(kept: Sequence[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:12]


def sentence_of(description: Description) -> str:
    """What a registry row describes, as a text: the first wording of each feature."""
    return ", ".join(feature[0].lstrip("!") for feature in description.features)
