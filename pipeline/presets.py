"""Starting points that people ask for.

Their texts are in `locales/`; no person, brand or franchise is in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.plan import Camera, Framing, Shot, ShotPlan, Transition


@dataclass(frozen=True, slots=True)
class Preset:
    """A form filled in.

    Attributes:
        name: its texts are ``preset.<name>.title``, ``.about`` and ``.prompt``.
        pattern: framing, camera and transition of each shot, taken in turn.
        wants: kinds of references that make it better, with the role to propose.
    """

    name: str
    aspect: str
    duration_s: float
    pattern: tuple[tuple[Framing, Camera, Transition], ...]
    wants: tuple[tuple[str, str], ...] = ()

    @property
    def prompt_key(self) -> str:
        return f"preset.{self.name}.prompt"

    def shaped(self, plan: ShotPlan) -> ShotPlan:
        """A plan with this preset's way of filming; words, lengths and references stay."""
        shots = []
        for number, shot in enumerate(plan.shots):
            framing, camera, transition = self.pattern[number % len(self.pattern)]
            shots.append(_filmed(shot, framing, camera, transition))
        return ShotPlan(tuple(shots), plan.title)


def _filmed(shot: Shot, framing: Framing, camera: Camera, transition: Transition) -> Shot:
    from dataclasses import replace

    return replace(shot, framing=framing, camera=camera, transition=transition)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("film", "21:9", 12.0, (("wide", "pan_right", "fade"), ("medium", "push_in", "cut"),
        ("close", "handheld", "cut"), ("wide", "pull_out", "dissolve"))),
        Preset("advert", "1:1", 8.0, (("close", "orbit", "fade"), ("extreme_close", "pan_left", "match"),
        ("medium", "push_in", "dissolve")), (("image", "product"),)),
        Preset("explainer", "16:9", 20.0, (("medium", "static", "fade"), ("wide", "push_in", "dissolve"),
        ("medium", "pan_right", "dissolve"))),
        Preset("comic", "16:9", 15.0, (("wide", "push_in", "cut"), ("wide", "pan_right", "whip"),
        ("wide", "tilt_down", "cut"), ("wide", "pull_out", "cut")), (("image", "scene"),)),
        Preset("music", "9:16", 15.0, (("wide", "aerial", "fade"), ("medium", "orbit", "whip"),
        ("close", "handheld", "cut"), ("medium", "pan_left", "whip")), (("audio", "music"),)),
    )
}  # fmt: skip
