"""What film people take along beside the clip: subtitles, shot list, timeline, plan, contact sheet, stems.

Texts are written as they are; pictures and sound made here are drafts and must be stamped like any other output.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np

from media.clip import Picture
from pipeline.plan import Shot, ShotPlan

COLUMNS = (
    "shot",
    "start",
    "end",
    "duration_s",
    "framing",
    "camera",
    "transition",
    "action",
    "dialogue",
    "sound",
    "music",
    "references",
)


def plan_json(plan: ShotPlan) -> str:
    """The plan in the format that is read back."""
    return json.dumps(plan.as_dict(), ensure_ascii=False, indent=2) + "\n"


def timecode(seconds: float, fps: Fraction | int) -> str:
    """HH:MM:SS:FF, non-drop."""
    rate = round(fps)
    frames = round(seconds * fps)
    return f"{frames // rate // 3600:02}:{frames // rate // 60 % 60:02}:{frames // rate % 60:02}:{frames % rate:02}"


def shot_list_csv(plan: ShotPlan, fps: Fraction | int) -> str:
    """One row per shot. Cells that a spreadsheet would run as a formula are quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, start_s, shot in _timed(plan):
        row = (
            number, timecode(start_s, fps), timecode(start_s + shot.duration_s, fps), f"{shot.duration_s:.3f}",
            shot.framing, shot.camera,
            shot.transition, shot.action, " | ".join(f"{d.speaker}: {d.line}" for d in shot.dialogue), shot.sound,
            shot.music, " ".join(shot.references),
        )  # fmt: skip
        writer.writerow([_safe(str(cell)) for cell in row])
    return out.getvalue()


def srt(cues: Sequence[tuple[float, float, str]]) -> str:
    """SubRip from (start_s, end_s, text)."""
    return "".join(
        f"{k}\n{_clock(a, ',')} --> {_clock(b, ',')}\n{_one_block(text)}\n\n" for k, (a, b, text) in enumerate(cues, 1)
    )


def vtt(cues: Sequence[tuple[float, float, str]]) -> str:
    """WebVTT from (start_s, end_s, text)."""
    body = "".join(f"{_clock(a, '.')} --> {_clock(b, '.')}\n{_escaped(_one_block(text))}\n\n" for a, b, text in cues)
    return f"WEBVTT\n\n{body}"


def cues_of(plan: ShotPlan) -> list[tuple[float, float, str]]:
    """When each line is shown; the same times as on the dialogue cards."""
    found = []
    for _, start_s, shot in _timed(plan):
        lead = min(0.3, shot.duration_s * 0.12)
        weights = [8.0 + sum(2.2 if ord(c) > 0x2E80 else 1.0 for c in d.line) for d in shot.dialogue]
        at = start_s + lead
        for said, weight in zip(shot.dialogue, weights, strict=True):
            share = (shot.duration_s - lead) * weight / sum(weights)
            found.append((at, at + share - 0.05, f"{said.speaker}: {said.line}" if said.speaker else said.line))
            at += share
    return found


def otio(plan: ShotPlan, fps: Fraction | int, media: str = "") -> str:
    """An OpenTimelineIO timeline: one video track of shots with transitions as markers, one audio track.

    Args:
        media: file name of the released clip that the shots refer to; empty leaves the references missing.
    """
    import opentimelineio as otio_

    rate = float(fps)
    timeline = otio_.schema.Timeline(plan.title or "animatic")
    track = otio_.schema.Track("V1", kind=otio_.schema.TrackKind.Video)
    total = round(plan.duration_s * rate)
    starts = plan.starts(rate, total)
    whole = otio_.opentime.TimeRange(otio_.opentime.RationalTime(0, rate), otio_.opentime.RationalTime(total, rate))
    for number, shot in enumerate(plan.shots):
        span = otio_.opentime.TimeRange(
            otio_.opentime.RationalTime(starts[number], rate),
            otio_.opentime.RationalTime(starts[number + 1] - starts[number], rate),
        )
        reference = otio_.schema.ExternalReference(media, whole) if media else otio_.schema.MissingReference()
        facts = {"action": shot.action, "framing": shot.framing, "camera": shot.camera, "transition": shot.transition}
        track.append(otio_.schema.Clip(f"shot {number + 1}", reference, span, metadata={"colophon": facts}))
    timeline.tracks.append(track)
    sound = otio_.schema.Track("A1", kind=otio_.schema.TrackKind.Audio)
    reference = otio_.schema.ExternalReference(media, whole) if media else otio_.schema.MissingReference()
    sound.append(otio_.schema.Clip("mix", reference, whole))
    timeline.tracks.append(sound)
    return str(otio_.adapters.write_to_string(timeline, "otio_json"))


def contact_sheet(plan: ShotPlan, pictures: Sequence[Picture], fps: Fraction | int, width_px: int = 2000) -> Picture:
    """One picture per shot in rows of three with number, time code, length, action and dialogue. RGB, to be stamped.

    The strip at the top stays empty for the label.
    """
    from media.lettering import block_mask, line_mask

    columns = 3 if len(plan.shots) > 2 else len(plan.shots)
    gap = width_px // 50
    cell = (width_px - gap * (columns + 1)) // columns
    height = round(cell * pictures[0].shape[0] / pictures[0].shape[1])
    size = max(14, cell // 26)
    tall = height + round(size * 6.6)
    rows = -(-len(plan.shots) // columns)
    body = gap + rows * (tall + gap)
    top = round(min(0.25 * body, 0.2 * width_px))  # the label takes its size from the shorter side
    sheet = np.full((top + body, width_px, 3), 250, np.uint8)
    for (number, start_s, shot), picture in zip(_timed(plan), pictures, strict=True):
        x = gap + (number - 1) % columns * (cell + gap)
        y = top + (number - 1) // columns * (tall + gap)
        sheet[y : y + height, x : x + cell] = cv2.resize(picture, (cell, height), interpolation=cv2.INTER_AREA)
        head = f"{number}  {timecode(start_s, fps)}  {shot.duration_s:.2f} s  {shot.framing}  {shot.camera}"
        _write(sheet, line_mask(head, size), x, y + height + size // 4, cell, 40)
        said = " / ".join(f"{d.speaker}: {d.line}" for d in shot.dialogue if d.line not in shot.action)
        _write(
            sheet,
            block_mask(f"{shot.action} {said}".strip(), size, cell, 3, left=True),
            x,
            y + height + round(size * 1.8),
            cell,
            90,
        )
    return sheet


def _write(sheet: Picture, mask: Picture, x: int, y: int, width: int, tone: int) -> None:
    mask = mask[: max(0, sheet.shape[0] - y), :width]
    area = sheet[y : y + mask.shape[0], x : x + mask.shape[1]]
    share = mask[:, :, None].astype(np.float32) / 255
    area[:] = (area * (1 - share) + tone * share).astype(np.uint8)


def _timed(plan: ShotPlan) -> list[tuple[int, float, Shot]]:
    starts = np.cumsum([0.0, *(s.duration_s for s in plan.shots)]).tolist()
    return [(k, starts[k - 1], shot) for k, shot in enumerate(plan.shots, 1)]


def _clock(seconds: float, mark: str) -> str:
    milli = max(0, round(seconds * 1000))
    return f"{milli // 3_600_000:02}:{milli // 60_000 % 60:02}:{milli // 1000 % 60:02}{mark}{milli % 1000:03}"


def _one_block(text: str) -> str:
    """A cue must not contain an empty line or an arrow: both would end it or start another."""
    return " ".join(text.replace("-->", "→").split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
