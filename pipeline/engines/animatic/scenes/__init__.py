"""Settings: from a name and a kit to a scene. The table is the list of what the engine can draw without a picture."""

from __future__ import annotations

from pkgutil import resolve_name

from pipeline.engines.animatic.scenes.parts import Kit, Scene

_HERE = "pipeline.engines.animatic.scenes"
SETTINGS: dict[str, str] = {
    "sea": f"{_HERE}.nature:sea", "lake": f"{_HERE}.nature:lake", "forest": f"{_HERE}.nature:forest",
    "desert": f"{_HERE}.nature:desert", "mountain": f"{_HERE}.nature:mountain", "snow": f"{_HERE}.nature:snow",
    "meadow": f"{_HERE}.nature:meadow", "underwater": f"{_HERE}.nature:underwater",
}  # fmt: skip
FALLBACK = "meadow"


def scene(name: str, kit: Kit) -> Scene:
    """The setting of that name; an unknown name gives a quiet landscape."""
    made: Scene = resolve_name(SETTINGS.get(name, SETTINGS[FALLBACK]))(kit)
    return made
