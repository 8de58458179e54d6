"""Starting points that run in seconds on the default engine: a sentence and a shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings of a starting point; its prompt is the text ``ui.preset.<name>.prompt``."""

    aspect: str
    duration_s: float
    cameras: tuple[str, ...] = ()

    def plan(self, actions: list[str]) -> dict[str, Any] | None:
        """Its shots, one for each camera move."""
        if not self.cameras:
            return None
        each = round(self.duration_s / len(self.cameras), 2)
        shots = zip(actions, self.cameras, strict=False)
        return {"shots": [{"duration_s": each, "action": action, "camera": camera} for action, camera in shots]}


PRESETS = {
    "harbour": Preset("16:9", 5.0),
    "product": Preset("1:1", 4.0),
    "paper": Preset("9:16", 5.0),
    "storyboard": Preset("21:9", 6.0, ("aerial", "push_in", "pan_right")),
}
