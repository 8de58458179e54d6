"""My jobs: poster, state, share of the current step, what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.views import JobState, JobView
from ui.components import poster
from ui.markup import Markup, el
from ui.stage import waiting
from ui.visit import Visit

ACTIONS: dict[JobState, tuple[str, ...]] = {
    JobState.RELEASED: ("show", "vary", "delete"),
    JobState.REFUSED: ("show", "delete"),
    JobState.FAILED: ("show", "retry", "delete"),
    JobState.CANCELLED: ("show", "retry", "delete"),
    JobState.HELD: ("show", "delete"),
}


def joblist(
    jobs: Sequence[JobView], releases: Path, visit: Visit, waits: Mapping[str, int], said: Markup | None = None
) -> Markup:
    """The visitor's jobs, newest first, and what can be done with all of them.

    Args:
        waits: seconds until each job begins.
        said: the outcome of an action on the whole list.
    """
    if not jobs:
        return el(
            "section",
            el("h2", visit.say("ui.jobs.none.title")),
            el("p", visit.say("ui.jobs.none.text"), class_="faded"),
            said,
            class_="jobs-none",
        )
    rows = el("ul", *(_row(job, releases, visit, waits.get(job.job_id, 0)) for job in jobs), class_="jobs")
    return el("section", said, rows, _whole(len(jobs), visit))


def _whole(count: int, visit: Visit) -> Markup:
    save = el("a", visit.say("ui.jobs.export"), class_="quiet", href="my/data.json", download=True)
    erase = el(
        "button", visit.say("ui.jobs.erase"), type="button", class_="quiet", data_action="erase",
        data_sure=visit.say("ui.jobs.erase_sure"),
    )  # fmt: skip
    return el(
        "footer", el("p", visit.say("ui.jobs.count", count=count), class_="faded small"), save, erase, class_="mine"
    )


def _row(job: JobView, releases: Path, visit: Visit, wait_s: int) -> Markup:
    picture = (
        poster(job.release, releases)
        if job.release
        else el("span", class_=f"sign {job.state.value}", aria_hidden="true")
    )
    facts = el(
        "div",
        el("p", job.prompt, class_="job-prompt", dir="auto"),
        el("p", _state(job, visit, wait_s), class_=f"job-state {job.state.value}"),
        el(
            "p",
            el("time", job.created_at.strftime("%Y-%m-%d %H:%M UTC"), datetime=job.created_at.isoformat()),
            f" · {job.release.engine}" if job.release else None,
            class_="faded small",
        ),
    )
    return el(
        "li",
        el("div", picture, class_="poster"),
        facts,
        el("div", *_actions(job, visit), class_="job-actions"),
        data_job=job.job_id,
    )


def _state(job: JobView, visit: Visit, wait_s: int) -> str:
    said = visit.say(f"ui.state.{job.state.value}")
    if job.position:
        return f"{said} · {waiting(job, visit, wait_s)}"
    return f"{said} · {round(100 * job.progress)} %" if not job.state.final and job.progress else said


def _actions(job: JobView, visit: Visit) -> list[Markup]:
    names = (
        ACTIONS.get(job.state, ("show",))
        if job.state in ACTIONS
        else ("show", *(("cancel",) if job.cancellable else ()))
    )
    return [
        el(
            "button",
            visit.say(f"ui.action.{name}"),
            type="button",
            class_="quiet",
            data_action=name,
            data_id=job.job_id,
            data_sure=visit.say("ui.jobs.delete_sure") if name == "delete" else None,
        )
        for name in names
    ]
