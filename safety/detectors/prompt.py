"""Screens every text of a request: names, likeness requests, harms. Works offline, without a model."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

from safety.registry.load import Registry, load
from safety.signals import Evidence, MediaItem, Signal, SignalState, TextItem
from safety.text import learned
from safety.text.fold import TABLE
from safety.text.screen import Found, TextScreen

VERSION: Final = "text-6"
THRESHOLD: Final = 0.5
LONGEST_TEXT: Final = 200_000
MOST_EVIDENCE: Final = 12
NOTHING: Final = "text.screened"


class PromptDetector:
    """Names, descriptions, intents and harms in texts of any language.

    The registry is read and checked at once; its patterns are compiled on first use, or ahead of it by `warm`.
    `reload` swaps in a new registry without a pause: running calls finish with the old one.
    """

    name = "prompt"
    kinds = frozenset({"text"})

    def __init__(self, registry: Registry | None = None, overrides: Sequence[Path] = ()) -> None:
        self._overrides = tuple(overrides)
        self._lock = Lock()
        self._registry = registry or load(self._overrides)
        self._compiled: TextScreen | None = None
        self.version = _version(self._registry)

    @classmethod
    def from_config(cls, config: Any) -> PromptDetector:
        """Build from `safety.config`; reads `registry_overrides` (paths), none by default."""
        return cls(overrides=tuple(Path(p) for p in getattr(config, "registry_overrides", ())))

    def warm(self) -> TextScreen:
        """The compiled screen; the first call takes seconds, later ones nothing."""
        compiled = self._compiled
        if compiled is None:
            with self._lock:
                if self._compiled is None:
                    self._compiled = TextScreen(self._registry)
                    gc.freeze()  # half a million objects that stay: later collections need not walk over them
                compiled = self._compiled
        return compiled

    def reload(self, overrides: Sequence[Path] | None = None) -> None:
        """Read the registry again and switch to it.

        Raises:
            UsageError: a malformed row; the registry in use stays in use.
        """
        with self._lock:
            paths = self._overrides if overrides is None else tuple(overrides)
            screen = TextScreen(load(paths))
            self._overrides, self._registry, self._compiled = paths, screen.registry, screen
            self.version = _version(screen.registry)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        """One signal for each kind of finding, or one of score 0 when there is none."""
        if not isinstance(item, TextItem):
            return (self._odd(SignalState.UNSUPPORTED, "kind"),)
        try:
            return self._observe(item)
        except Exception as error:  # noqa: BLE001 - any fault here becomes a signal that cannot allow
            return (self._odd(SignalState.ERROR, type(error).__name__),)

    def _observe(self, item: TextItem) -> Sequence[Signal]:
        if len(item.text) > LONGEST_TEXT:
            return (self._odd(SignalState.UNSUPPORTED, "length"),)
        if item.text.strip() and not any(c.isprintable() and not c.isspace() and TABLE[c] != "" for c in item.text):
            return (self._odd(SignalState.UNSUPPORTED, "empty_after_normalisation"),)
        found = self.warm().look(item.text)
        if not found:
            return (Signal(NOTHING, self.version, 0.0, THRESHOLD),)
        by_name: dict[str, list[Found]] = {}
        for one in found:
            by_name.setdefault(one.signal, []).append(one)
        return [self._signal(name, group, item.where) for name, group in by_name.items()]

    def _signal(self, name: str, group: list[Found], where: str) -> Signal:
        group = sorted(group, key=lambda f: -f.score)[:MOST_EVIDENCE]
        evidence = tuple(
            Evidence(where, span=span, entry=found.entry or None) for found in group for span in found.spans
        )
        return Signal(name, self.version, group[0].score, THRESHOLD, evidence=evidence, detail=group[0].detail)

    def _odd(self, state: SignalState, why: str) -> Signal:
        return Signal(NOTHING, self.version, 0.0, THRESHOLD, state=state, detail=why)


def _version(registry: Registry) -> str:
    return f"{VERSION}+{learned.version()}+{registry.version}"
