"""Settings: from a name and a kit to a scene. The table is the list of what the engine can draw without a picture."""

from __future__ import annotations

from pkgutil import resolve_name

from pipeline.engines.animatic.scenes.parts import Kit, Scene

_HERE = "pipeline.engines.animatic.scenes"
SETTINGS: dict[str, str] = {
    **{
        name: f"{_HERE}.nature:{name}"
        for name in ("sea", "lake", "forest", "desert", "mountain", "snow", "meadow", "underwater")
    },
    **{
        name: f"{_HERE}.built:{name}"
        for name in ("city", "interior", "space", "road", "stage", "village", "studio", "sky")
    },
}
FALLBACK = "meadow"


def scene(name: str, kit: Kit) -> Scene:
    """The setting of that name; an unknown name gives a quiet landscape."""
    made: Scene = resolve_name(SETTINGS.get(name, SETTINGS[FALLBACK]))(kit)
    return made
