"""What a maker takes along beside the clip. Texts are ready at once; pictures and sounds are jobs of their own.

A contact sheet or a stem is asked for with a form, drawn into quarantine, screened, stamped and released like any
output: there is no second way out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from errors import UsageError
from pipeline import exports, sheet_pdf
from pipeline.engines.choose import FALLBACK as ANIMATIC
from pipeline.intake import form_of, shots_of
from pipeline.studio import Studio
from pipeline.views import ReleaseView, RequestForm, Upload
from records import jobs, releases

STEMS = ("music", "ambience", "effects", "voice")


def texts(studio: Studio, release_id: str, visitor: str) -> dict[str, bytes]:
    """Subtitles, shot list, timeline and plan of the visitor's own release, by file name, UTF-8.

    Raises:
        UsageError: ``error.release.unknown``; ``error.takeout.owner`` when it is somebody else's;
            ``error.takeout.kind`` when the release is a still.
    """
    record, release = _own(studio, release_id, visitor)
    if not release.duration_s:
        raise UsageError("error.takeout.kind")
    plan, fps = shots_of(record).fitted(release.duration_s), round(release.fps or record["fps"])
    cues = exports.cues_of(plan)
    made = {
        "subtitles.srt": exports.srt(cues), "subtitles.vtt": exports.vtt(cues),
        "shots.csv": "\ufeff" + exports.shot_list_csv(plan, fps), "plan.json": exports.plan_json(plan),
        "timeline.otio": exports.otio(plan, fps, release.file_name),
    }  # fmt: skip
    return {name: text.encode() for name, text in made.items()}


def media(studio: Studio, release_id: str, visitor: str) -> dict[str, RequestForm]:
    """Forms for the contact sheet and, for an animatic without references, its stems; by name, to be submitted.

    Raises:
        UsageError: as `texts`; ``error.takeout.kind`` when the release is no video.
    """
    record, release = _own(studio, release_id, visitor)
    if not release.media_type.startswith("video/"):
        raise UsageError("error.takeout.kind")
    found = {"contact_sheet": _sheet(record, release)}
    if release.previsualisation and release.audio and not record["references"]:
        spoken = any(shot.dialogue for shot in shots_of(record).shots)
        found |= {stem: _part(record, "audio", stem) for stem in STEMS if stem != "voice" or spoken}
    return found


def pdf(studio: Studio, release_id: str, visitor: str) -> bytes:
    """A released contact sheet as a PDF page; the stamped picture itself is inside, pixel for pixel and as a file.

    Raises:
        UsageError: as `texts`; ``error.takeout.kind`` when the release is no contact sheet.
    """
    record, release = _own(studio, release_id, visitor)
    if record.get("part") != "contact_sheet":
        raise UsageError("error.takeout.kind")
    return sheet_pdf.page(release.path, studio.inspect(release.path).as_dict().get("aigc"))


def _own(studio: Studio, release_id: str, visitor: str) -> tuple[dict[str, Any], ReleaseView]:
    release = studio.release(release_id)
    with studio.database.read() as session:
        job_id = releases.get(session, release_id, releases.PUBLIC).job_id
        try:
            record = dict(jobs.get(session, job_id or "", visitor).request)
        except UsageError as error:
            raise UsageError("error.takeout.owner") from error
    return record, release


def _sheet(record: Mapping[str, Any], release: ReleaseView) -> RequestForm:
    """Pictures from the middle of each shot of the released clip, whatever engine made it."""
    plan = shots_of(record).fitted(release.duration_s)
    return replace(
        _part({**record, "plan": plan.as_dict(), "references": []}, "image", "contact_sheet"),
        uploads=[Upload(release.path, "edit", release.file_name)], duration_s=release.duration_s,
    )  # fmt: skip


def _part(record: Mapping[str, Any], output: str, part: str) -> RequestForm:
    return replace(form_of(record), engine=ANIMATIC, output=output, part=part, container="")
