"""New requests from finished work: the same with another seed, one shot again, a released clip that goes on.

Each function returns a form for `Studio.submit`; nothing here writes a file or passes a check by. An earlier release
goes in as a reference of its own, read from the release store, and becomes the parent in the new manifest.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from errors import UsageError
from media.clip import ASPECTS, SHORT_SIDE_PX, VideoFormat
from pipeline.intake import MAX_SEED, form_of, shots_of
from pipeline.plan import MAX_SHOTS, MAX_TAKE, Shot, ShotPlan
from pipeline.request import DURATION_S, Role
from pipeline.script import dialogue, plan_from_prompt
from pipeline.studio import Studio
from pipeline.views import JobView, ReleaseView, RequestForm, Upload
from records import jobs, releases

ANIMATIC = "animatic"


def vary(
    studio: Studio, job_id: str, visitor: str, seed: int | None = None, uploads: Sequence[Upload] = ()
) -> RequestForm:
    """The request of a job with another seed.

    Args:
        seed: a random one when None.
        uploads: the job's references again, in order, when it had any: they are deleted at the end of a job.

    Raises:
        UsageError: ``error.job.unknown``, ``error.request.references_gone``.
    """
    record = _record(studio, job_id, visitor)
    return replace(form_of(record, uploads), seed=secrets.randbelow(MAX_SEED) if seed is None else seed)


def retake(
    studio: Studio, job_id: str, visitor: str, shot: int, text: str = "", uploads: Sequence[Upload] = ()
) -> RequestForm:
    """The film of a job with one shot made again; the animatic draws the others as they were.

    Args:
        shot: number from 1.
        text: its new words; empty takes the same words again.
        uploads: as in `vary`.

    Raises:
        UsageError: as `vary`, and ``error.retake.shot``.
    """
    record, view = _record(studio, job_id, visitor), studio.job(job_id, visitor)
    plan = shots_of(record)
    if not 1 <= shot <= len(plan.shots):
        raise UsageError("error.retake.shot", shot=shot, shots=len(plan.shots))
    before = plan.shots[shot - 1]
    words = text.strip() or before.action
    after = _reworded(before, words) if text.strip() else replace(before, take=min(before.take + 1, MAX_TAKE))
    shots = (*plan.shots[: shot - 1], after, *plan.shots[shot:])
    form = form_of(record, uploads)
    prompt = form.prompt.replace(before.action, words)
    return _with_parent(studio, replace(form, prompt=prompt, shots=ShotPlan(shots, plan.title).as_dict()), view)


def extend(studio: Studio, release_id: str, visitor: str, seconds: float, prompt: str) -> RequestForm:
    """A released clip and `seconds` more, described by `prompt`.

    The animatic draws the shots of the visitor's own clip again and goes on, or plays anyone's clip and goes on from
    there; models are given the clip and make what follows.

    Raises:
        UsageError: ``error.release.unknown``; ``error.extend.kind`` for a picture or a sound; ``error.extend.length``,
            ``error.extend.shots`` when the whole would be too long.
    """
    release = studio.release(release_id)
    if not release.media_type.startswith("video/"):
        raise UsageError("error.extend.kind")
    engine = release.engine if takes(studio, release.engine, "extend") else ANIMATIC
    added = plan_from_prompt(prompt, seconds).shots if prompt.strip() else ()
    if not added:
        raise UsageError("error.request.empty_prompt")
    record = _own_record(studio, release_id, visitor)
    form = _shape(release) if record is None else form_of(record | {"references": []})
    form = replace(form, engine=engine, uploads=[_parent(release, "extend")])
    if engine != ANIMATIC:
        return replace(form, prompt=prompt, shots=None, duration_s=seconds)
    redrawn = record is not None and not record["references"] and release.previsualisation
    earlier = shots_of(record).shots if redrawn and record is not None else (_played(release),)
    return _continued(replace(form, prompt=form.prompt if redrawn else prompt), earlier, added)


def plan_of(studio: Studio, job_id: str, visitor: str) -> ShotPlan:
    """The shots of a job: its own plan, or the one that its prompt becomes.

    Raises:
        UsageError: ``error.job.unknown``.
    """
    return shots_of(_record(studio, job_id, visitor))


def takes(studio: Studio, engine: str, role: Role) -> bool:
    """Whether an engine can act on a clip in this role."""
    return role in studio.engine(engine).info.limits.parents


def _continued(form: RequestForm, earlier: Sequence[Shot], added: Sequence[Shot]) -> RequestForm:
    shots = (*earlier, replace(added[0], transition="cut"), *added[1:])
    if len(shots) > MAX_SHOTS:
        raise UsageError("error.extend.shots", limit=MAX_SHOTS)
    plan = ShotPlan(shots, form.title)
    if plan.duration_s > DURATION_S[1]:
        raise UsageError("error.extend.length", limit_s=DURATION_S[1])
    return replace(form, shots=plan.as_dict(), duration_s=plan.duration_s)


def _played(release: ReleaseView) -> Shot:
    return Shot(release.duration_s, "@video1", "wide", "static", references=("video1",))


def _record(studio: Studio, job_id: str, visitor: str) -> dict[str, Any]:
    with studio.database.read() as session:
        return dict(jobs.get(session, job_id, visitor).request)


def _own_record(studio: Studio, release_id: str, visitor: str) -> dict[str, Any] | None:
    """What the visitor asked for when they made this release; None for the release of somebody else."""
    with studio.database.read() as session:
        job_id = releases.get(session, release_id, releases.PUBLIC).job_id
        try:
            return dict(jobs.get(session, job_id, visitor).request) if job_id else None
        except UsageError:
            return None


def _reworded(shot: Shot, text: str) -> Shot:
    """The shot with new words: what they say of speech and sound counts; length, framing and camera stay."""
    new = plan_from_prompt(text, shot.duration_s).shots[0]
    return replace(shot, action=text, dialogue=dialogue(text), sound=new.sound, music=new.music)


def _with_parent(studio: Studio, form: RequestForm, view: JobView) -> RequestForm:
    """The form with the released clip of the job, for engines that can act on it; others make the whole anew."""
    release = view.release
    if release is None or not release.media_type.startswith("video/"):
        return form
    form = replace(form, engine=release.engine)
    if not takes(studio, release.engine, "edit"):
        return form
    return replace(form, uploads=[*form.uploads, _parent(release, "edit")])


def _parent(release: ReleaseView, role: Role) -> Upload:
    return Upload(release.path, role, release.file_name)


def _shape(release: ReleaseView) -> RequestForm:
    """A form of the size and rate of a release."""
    size = (release.width_px, release.height_px)
    named = ((r, a) for r in SHORT_SIDE_PX for a in ASPECTS)
    resolution, aspect = next(
        (r, a) for r, a in named if (f := VideoFormat.of(r, a, 24)) and (f.width_px, f.height_px) == size
    )
    return RequestForm(
        "", resolution=resolution, aspect=aspect, fps=round(release.fps), duration_s=release.duration_s,
        seed=release.seed, sound=release.audio,
    )  # fmt: skip
