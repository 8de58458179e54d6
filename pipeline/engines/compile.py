"""One shot plan in the words that each family of models was trained on; shown to the visitor before a run.

The words here are input for models, not text of the page; they stay English whatever the page speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from pipeline.plan import Shot, ShotPlan
from pipeline.request import GenerationRequest, Reference

Dialect = Literal["prose", "at", "tags"]

_MENTION = re.compile(r"@(image|video|audio)(\d{1,2})\b", re.IGNORECASE)
_FRAMING = {
    "wide": "Wide shot",
    "medium": "Medium shot",
    "close": "Close-up",
    "extreme_close": "Extreme close-up",
}
_CAMERA = {
    "static": "the camera is still",
    "pan_left": "the camera pans left",
    "pan_right": "the camera pans right",
    "tilt_up": "the camera tilts up",
    "tilt_down": "the camera tilts down",
    "push_in": "the camera pushes in slowly",
    "pull_out": "the camera pulls out slowly",
    "orbit": "the camera orbits the subject",
    "handheld": "handheld camera",
    "aerial": "aerial view from above",
}
_TRANSITION = {
    "cut": "Cut to",
    "dissolve": "Dissolve to",
    "fade": "Fade in on",
    "whip": "Whip pan to",
    "match": "Match cut to",
}
_ROLE = {
    "first_frame": "the opening frame",
    "last_frame": "the closing frame",
    "character": "the character of reference {n}",
    "style": "the style of reference {n}",
    "scene": "the place of reference {n}",
    "product": "the product of reference {n}",
}
_H3_KIND = {"image": "Picture", "video": "Video", "audio": "Audio"}
_AT_ROLE = {
    "character": "the character is {mark}",
    "style": "in the style of {mark}",
    "scene": "the place is {mark}",
    "product": "the product is {mark}",
    "motion": "the motion follows {mark}",
    "camera": "the camera work follows {mark}",
    "voice_over": "the voice-over is {mark}",
    "music": "the music is {mark}",
    "sound_effect": "the sound effect is {mark}",
    "extend": "the clip goes on from the end of {mark}",
    "edit": "the clip is {mark} with the changes described here",
}


def compile_prompt(request: GenerationRequest, dialect: Dialect) -> str:
    """The prompt of a request in one dialect.

    Args:
        dialect: ``prose`` for LTX, Wan and other models that read a caption; ``at`` for content-list services
            (``@Image1``); ``tags`` for MiniMax H3 (``<Picture 1>``, ``[Shot 1]``, ``(S1)``).
    """
    write = {"prose": _prose, "at": _at, "tags": _tags}[dialect]
    text = write(request)
    marks = _marks(request, dialect)
    return _MENTION.sub(lambda found: marks(found.group(1).lower(), int(found.group(2))), text).strip()


def _marks(request: GenerationRequest, dialect: Dialect) -> Callable[[str, int], str]:
    by_name = {reference.name: reference for reference in request.references}

    def mark(kind: str, number: int) -> str:
        if dialect == "at":
            return f"@{kind.capitalize()}{number}"
        if dialect == "tags":
            return f"<{_H3_KIND[kind]} {number}>"
        reference = by_name.get(f"{kind}{number}")
        return _ROLE.get(reference.role, "reference {n}").format(n=number) if reference else f"reference {number}"

    return mark


def _prose(request: GenerationRequest) -> str:
    plan = request.plan
    if plan is None:
        return request.prompt
    parts = [_sentence(request.prompt)] if _adds(request.prompt, plan) else []
    for number, shot in enumerate(plan.shots):
        opening = "" if number == 0 else f"{_TRANSITION[shot.transition]} "
        parts.append(f"{opening}{_picture(shot, lower=bool(opening))}{_spoken(shot)}{_heard(shot)}")
    return " ".join(parts)


def _adds(prompt: str, plan: ShotPlan) -> bool:
    """Whether the free prompt says more than the shots that may have been made from it."""
    said = " ".join(shot.action for shot in plan.shots)
    repeated = any(shot.action and shot.action in prompt for shot in plan.shots)
    return bool(prompt.strip()) and not repeated and prompt not in said


def _picture(shot: Shot, *, lower: bool = False) -> str:
    framing = _FRAMING[shot.framing].lower() if lower else _FRAMING[shot.framing]
    return f"{framing}, {_CAMERA[shot.camera]}: {_sentence(shot.action)}"


def _spoken(shot: Shot) -> str:
    return "".join(f' {line.speaker or "A voice"} says: "{line.line}"' for line in shot.dialogue)


def _heard(shot: Shot) -> str:
    sound = f" Sound of {shot.sound.rstrip('. ')}." if shot.sound else ""
    return sound + (f" Music: {shot.music.rstrip('. ')}." if shot.music else "")


def _sentence(text: str) -> str:
    return text if text.rstrip().endswith((".", "!", "?", "。", "！", "？", "…")) else f"{text.rstrip()}."


def _at(request: GenerationRequest) -> str:
    parts = [_uses(request.references)]
    if request.plan is None:
        return " ".join(filter(None, [*parts, request.prompt]))
    if _adds(request.prompt, request.plan):
        parts.append(request.prompt)
    time_s = 0.0
    for number, shot in enumerate(request.plan.shots, 1):
        span = f"[{_clock(time_s)}-{_clock(time_s + shot.duration_s)}]"
        named = _named(shot)
        parts.append(f"Shot {number} {span} {_picture(shot)}{_spoken(shot)}{_heard(shot)}{named}")
        time_s += shot.duration_s
    return "\n".join(filter(None, parts))


def _uses(references: tuple[Reference, ...]) -> str:
    """Say what each reference with a role is for, unless the place in the request says it."""
    said = [_AT_ROLE[r.role].format(mark=f"@{r.name}") for r in references if r.role in _AT_ROLE]
    return f"{'; '.join(said).capitalize()}." if said else ""


def _named(shot: Shot) -> str:
    missing = [name for name in shot.references if f"@{name}" not in shot.action]
    return f" ({', '.join(f'@{name}' for name in missing)})" if missing else ""


def _clock(time_s: float) -> str:
    return f"{int(time_s // 60):02d}:{time_s % 60:04.1f}"


def _tags(request: GenerationRequest) -> str:
    plan = request.plan
    if plan is None:
        return " ".join(filter(None, [_uses(request.references), request.prompt]))
    speakers: dict[str, str] = {}
    parts = [_uses(request.references), request.prompt if _adds(request.prompt, plan) else ""]
    for number, shot in enumerate(plan.shots, 1):
        lines = ""
        for line in shot.dialogue:
            speaker = speakers.setdefault(line.speaker, f"S{len(speakers) + 1}")
            lines += f" ({speaker}) <d>{line.line}</d>"
        parts.append(f"[Shot {number}] {shot.duration_s:g} s. {_picture(shot)}{lines}{_named(shot)}")
    sounds = "; ".join(shot.sound for shot in plan.shots if shot.sound)
    music = "; ".join(dict.fromkeys(shot.music for shot in plan.shots if shot.music))
    parts += [f"Soundscape: {sounds}." if sounds else "", f"Music: {music}." if music else ""]
    return "\n".join(filter(None, parts))
