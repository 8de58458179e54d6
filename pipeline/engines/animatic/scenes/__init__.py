"""Settings: from a name and a kit to a scene. The table is the list of what the engine can draw without a picture."""

from __future__ import annotations

from pkgutil import resolve_name

from pipeline.engines.animatic.scenes.parts import Kit, Scene

_HERE = "pipeline.engines.animatic.scenes"
_MODULES: dict[str, tuple[str, ...]] = {
    "water": ("sea", "lake", "underwater"),
    "land": ("forest", "desert", "mountain", "snow", "meadow"),
    "town": ("city", "road", "village"),
    "indoors": ("interior", "stage", "studio"),
    "above": ("space", "sky"),
}
SETTINGS: dict[str, str] = {name: f"{_HERE}.{module}:{name}" for module, names in _MODULES.items() for name in names}
FALLBACK = "meadow"


def scene(name: str, kit: Kit) -> Scene:
    """The setting of that name; an unknown name gives a quiet landscape."""
    made: Scene = resolve_name(SETTINGS.get(name, SETTINGS[FALLBACK]))(kit)
    return made
