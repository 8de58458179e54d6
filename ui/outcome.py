"""What can be done with a released clip: go on from it, take one shot again, take texts and parts along."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.views import ReleaseView
from ui.markup import Markup, el
from ui.visit import Visit

TEXTS = {
    "srt": "subtitles.srt",
    "vtt": "subtitles.vtt",
    "csv": "shots.csv",
    "otio": "timeline.otio",
    "json": "plan.json",
}
STEMS = ("music", "ambience", "effects", "voice")
MAX_WORDS = 60
SECONDS = (2, 3, 5, 8, 10)


def after(job_id: str, release: ReleaseView, shots: Sequence[str], visit: Visit) -> Markup | None:
    """Both parts below a released video; nothing for a picture or a sound."""
    if not release.media_type.startswith("video/") or not shots:
        return None
    return el("div", _next(job_id, release, shots, visit), _exports(release, visit), class_="after")


def _next(job_id: str, release: ReleaseView, shots: Sequence[str], visit: Visit) -> Markup:
    return el(
        "details",
        el("summary", visit.say("ui.result.next")),
        el("div", _retake(job_id, shots, visit), _extend(release, visit), class_="forms"),
        id="go-on",
    )


def _retake(job_id: str, shots: Sequence[str], visit: Visit) -> Markup:
    options = (
        el("option", visit.say("ui.retake.option", number=n, words=_short(words)), value=n)
        for n, words in enumerate(shots, 1)
    )
    return el(
        "form",
        el("h3", visit.say("ui.retake.title")),
        _field(visit.say("ui.retake.shot"), el("select", *options, name="shot")),
        _field(visit.say("ui.retake.text"), el("textarea", name="text", rows=2, maxlength=2000)),
        el("button", visit.say("ui.retake.send"), type="submit", class_="quiet"),
        data_action="retake",
        data_id=job_id,
    )


def _extend(release: ReleaseView, visit: Visit) -> Markup:
    options = (el("option", str(n), value=n, selected=n == 5) for n in SECONDS)
    return el(
        "form",
        el("h3", visit.say("ui.extend.title")),
        _field(visit.say("ui.extend.seconds"), el("select", *options, name="seconds")),
        _field(visit.say("ui.extend.text"), el("textarea", name="text", rows=2, maxlength=2000, required=True)),
        el("button", visit.say("ui.extend.send"), type="submit", class_="quiet"),
        data_action="extend",
        data_id=release.release_id,
    )


def _field(name: str, field: Markup) -> Markup:
    return el("label", el("span", name), field)


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= MAX_WORDS else f"{line[:MAX_WORDS].rstrip()}…"


def _exports(release: ReleaseView, visit: Visit) -> Markup:
    links = (
        el("a", visit.say(f"ui.result.export.{name}"), class_="quiet", href=f"my/{release.release_id}/{file}",
           download=True)
        for name, file in TEXTS.items()
    )  # fmt: skip
    parts = ("contact_sheet", *(STEMS if release.audio and release.engine == "animatic" else ()))
    makers = (
        el("button", visit.say(f"ui.result.export.{part}"), type="button", class_="quiet", data_action="takeout",
           data_id=release.release_id, data_part=part)
        for part in parts
    )  # fmt: skip
    return el(
        "details",
        el("summary", visit.say("ui.result.exports")),
        el("p", *links, class_="row"),
        el("p", *makers, class_="row"),
        el("p", visit.say("ui.result.export.note"), class_="faded small"),
        data_captions=f"my/{release.release_id}/{TEXTS['vtt']}",
        id="take-along",
    )
