"""The right-hand sheet of the Create page: one job, in every state it can have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.views import JobState, JobView, ReasonView, ReleaseView
from ui.components import playable
from ui.markup import Markup, el, join
from ui.outcome import after
from ui.visit import Visit
from ui.words import span

STEPS = (
    JobState.QUEUED,
    JobState.SCREENING,
    JobState.RENDERING,
    JobState.CHECKING,
    JobState.STAMPING,
    JobState.VERIFYING,
)
CARRIED = ("label", "mark", "record", "manifest")


@dataclass(frozen=True, slots=True)
class Around:
    """What the sheet shows beside the job itself.

    Attributes:
        releases: the folder that is served.
        wait_s: seconds until a waiting job begins.
        shots: words of each shot of a released job.
        example: a clip for the empty sheet.
    """

    releases: Path
    wait_s: int = 0
    shots: Sequence[str] = ()
    example: ReleaseView | None = None


def seal(state: str = "") -> Markup:
    """The product's one ornament. ``press`` plays once; ``outline`` is the empty place for it."""
    ring = el("circle", cx=33, cy=32, r=4.2, class_="seal-dot")
    letter = el("path", d="M43 24.5A13 13 0 1 0 43 39.5", class_="seal-letter")
    frame = el("rect", x=8, y=8, width=48, height=48, rx=3, class_="seal-frame")
    face = el("rect", x=3, y=3, width=58, height=58, rx=7, class_="seal-face")
    return el("svg", face, frame, letter, ring, class_=f"seal {state}".strip(), viewBox="0 0 64 64", aria_hidden="true")


def stage(job: JobView | None, visit: Visit, around: Around) -> Markup:
    """The sheet for a job, or the empty sheet."""
    if job is None:
        return empty(visit, around)
    painter = _PAINTERS.get(job.state, working)
    return el(
        "section", painter(job, visit, around), class_="stage", data_state=job.state.value, data_final=job.state.final,
        aria_live="polite",
    )  # fmt: skip


def empty(visit: Visit, around: Around) -> Markup:
    """Before the first job: a clip that was made here, and what every file will carry."""
    plate = el("div", seal("outline"), class_="plate", aria_hidden="true")
    return el(
        "section",
        _example(around.example, visit, around) if around.example else plate,
        el("h2", visit.say("ui.empty.title")),
        el("p", visit.say("ui.empty.text"), class_="faded"),
        carried(visit, "every"),
        class_="stage empty",
        data_state="empty",
    )


def _example(release: ReleaseView, visit: Visit, around: Around) -> Markup:
    check = el("a", visit.say("ui.example.verify"), href=f"verify?release={release.release_id}", class_="quiet")
    said = el("span", el("strong", visit.say("ui.example.title")), " ", visit.say("ui.example.text"))
    return el(
        "figure",
        playable(release, around.releases, visit.say("ui.example.title")),
        el("figcaption", said, check),
        class_="example",
    )


def carried(visit: Visit, which: str = "this") -> Markup:
    """The four things on every file, a plain sentence each."""
    rows = (
        el("li", el("strong", visit.say(f"ui.carries.{name}.title")), el("span", visit.say(f"ui.carries.{name}.text")))
        for name in CARRIED
    )
    return el("div", el("h3", visit.say(f"ui.carries.{which}")), el("ul", *rows, class_="carried"))


def working(job: JobView, visit: Visit, around: Around) -> Markup:
    """Named steps; the current one with its share, never a naked spinner."""
    at = STEPS.index(job.state)
    rows = (_step(step, place - at, job, visit) for place, step in enumerate(STEPS))
    share = round(100 * (at + job.progress) / len(STEPS))
    gauge = el("div", el("i", style=f"inline-size:{share}%"), class_="gauge", role="progressbar", aria_valuenow=share,
               aria_valuemin=0, aria_valuemax=100, aria_label=visit.say("ui.progress.label"))  # fmt: skip
    ask = el("button", visit.say("ui.notify.ask"), type="button", class_="quiet", data_action="notify", hidden=True)
    title = el("h2", visit.say(f"ui.state.{job.state.value}"))
    return join(
        [
            el("div", el("div", title, gauge, class_="plate-text"), class_="plate"),
            el("p", waiting(job, visit, around.wait_s) if job.position else None, class_="wait"),
            el("ol", *rows, class_="steps"),
            el("p", visit.say("ui.progress.leave"), class_="faded"),
            el("p", ask, class_="row"),
            asked(job),
        ]
    )


def waiting(job: JobView, visit: Visit, wait_s: int) -> str:
    """The place of a job in the queue and when its turn comes."""
    if not wait_s:
        return visit.say("ui.progress.position", position=job.position)
    return visit.say("ui.progress.begins", position=job.position, time=span(wait_s, visit))


def _step(step: JobState, distance: int, job: JobView, visit: Visit) -> Markup:
    kind = "now" if distance == 0 else "done" if distance < 0 else "later"
    share = f" {round(100 * job.progress)} %" if kind == "now" and job.progress else ""
    return el(
        "li",
        el("span", visit.say(f"ui.step.{step.value}"), share),
        el("small", visit.say(f"ui.step.{kind}"), class_="said"),
        class_=kind,
        aria_current="step" if kind == "now" else None,
    )


def asked(job: JobView) -> Markup:
    """The prompt, as the visitor wrote it."""
    return el("blockquote", job.prompt, class_="asked", dir="auto")


def released(job: JobView, visit: Visit, around: Around) -> Markup:
    """The stamped file and what it carries; the player stands above this text."""
    release = job.release
    if release is None:
        return join([el("h2", visit.say("ui.withdrawn.title")), el("p", visit.say("ui.withdrawn.text"))])
    title = el(
        "div",
        el("h2", visit.say("ui.result.title")),
        el("p", el("bdi", _facts(release, visit), dir="auto"), class_="faded"),
    )
    note = el("p", visit.say("ui.result.previsualisation"), class_="note") if release.previsualisation else None
    return join(
        [
            el("header", seal("press"), title, class_="result-head"),
            note,
            _links(release, visit),
            carried(visit),
            after(job.job_id, release, around.shots, visit),
            el("details", el("summary", visit.say("ui.result.details")), _details(release, visit)),
        ]
    )


def _links(release: ReleaseView, visit: Visit) -> Markup:
    report = el("a", visit.say("ui.result.report"), class_="quiet", href=f"report?where={release.release_id}")
    return el(
        "p",
        _copy(visit.say("ui.result.copy_verify"), "", f"verify?release={release.release_id}"),
        _copy(visit.say("ui.result.copy_checksum"), release.sha256),
        report,
        class_="row",
    )


def _facts(release: ReleaseView, visit: Visit) -> str:
    return visit.say(
        "ui.result.facts",
        duration=f"{release.duration_s:g}",
        width=release.width_px,
        height=release.height_px,
        fps=f"{release.fps:g}",
        engine=release.engine,
    )


def _details(release: ReleaseView, visit: Visit) -> Markup:
    facts = {
        "file": release.file_name,
        "release": release.release_id,
        "seed": str(release.seed),
        "payload": release.payload,
        "manifest": release.manifest_label,
        "checksum": release.sha256,
        "created": release.created_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    if release.choice_key:
        facts["engine"] = visit.say(release.choice_key, engine=release.engine)
    timings = (f"{visit.say('ui.timing.' + name)} {seconds:.1f} s" for name, seconds in release.timings_s.items())
    facts["timings"] = " · ".join(timings)
    return el("dl", *(_pair(visit.say(f"ui.fact.{name}"), value) for name, value in facts.items() if value))


def _pair(name: str, value: str) -> Markup:
    return join([el("dt", name), el("dd", value, dir="ltr")])


def _copy(text: str, what: str, link: str | None = None) -> Markup:
    """A button that copies a text, or the full address of a link."""
    return el("button", text, type="button", class_="quiet", data_action="copy", data_text=what, data_link=link)


def refused(job: JobView, visit: Visit, around: Around) -> Markup:
    """Three lines for each reason: what and where, which rule, what to do now."""
    return join(
        [
            _verdict("refused", visit),
            *(reason(item, visit, job.prompt) for item in job.reasons),
            el("p", visit.say("ui.refused.kept"), class_="faded"),
            asked(job),
        ]
    )


def held(job: JobView, visit: Visit, around: Around) -> Markup:
    """A person decides first."""
    return join([_verdict("held", visit), *(reason(item, visit, job.prompt) for item in job.reasons), asked(job)])


def _verdict(name: str, visit: Visit) -> Markup:
    sign = el("span", class_=f"sign {name}", aria_hidden="true")
    heads = el("div", el("h2", visit.say(f"ui.{name}.title")), el("p", visit.say(f"ui.{name}.text"), class_="faded"))
    return el("header", sign, heads, class_="result-head")


def reason(item: ReasonView, visit: Visit, text: str = "") -> Markup:
    """One reason. It names the place, the words and the rule, never how the detector could be passed.

    Args:
        text: the prompt, for the words that a place in it names.
    """
    words = text[slice(*item.span)].strip() if item.span and item.where == "prompt" else ""
    moment = visit.say("ui.reason.moment", seconds=f"{item.time_s:.1f}") if item.time_s is not None else None
    found = visit.say(
        f"ui.reason.{item.sureness}", where=place(item.where, visit), what=visit.say(f"policy.{item.policy}.title")
    )
    return el(
        "dl",
        _line(
            visit.say("ui.reason.found"),
            el("span", found, " " if moment else None, moment, el("q", words, dir="auto") if words else None),
        ),
        _line(visit.say("ui.reason.rule"), visit.say(item.rule_key)),
        _line(visit.say("ui.reason.next"), visit.say(item.remedy_key)),
        class_="reason",
    )


def _line(name: str, value: str | Markup) -> Markup:
    return el("div", el("dt", name), el("dd", value))


def place(where: str, visit: Visit) -> str:
    """A place of evidence in words: ``prompt``, ``image1``, ``shot 2`` ..."""
    name = where.split(".")[0].split(" ")[0].rstrip("0123456789")
    known = visit.say(f"ui.place.{name}")
    if known == f"ui.place.{name}":
        return where
    number = "".join(letter for letter in where if letter.isdigit())
    return f"{known} {number}".strip()


def failed(job: JobView, visit: Visit, around: Around) -> Markup:
    """What went wrong and what was kept."""
    key, params = job.error or ("error.unknown", {})
    return join(
        [
            _verdict("failed", visit),
            el("p", visit.say(key, **visit.said(params))),
            el("p", visit.say("ui.failed.kept"), class_="faded"),
            asked(job),
        ]
    )


def cancelled(job: JobView, visit: Visit, around: Around) -> Markup:
    """Stopped by the visitor."""
    return join([_verdict("cancelled", visit), asked(job)])


def gone(what: str, visit: Visit) -> Markup:
    """A job that this browser can no longer open."""
    again = el("p", el("a", visit.say("ui.js.net.reload"), href="./", class_="quiet"), class_="row")
    text = el("p", visit.say("ui.gone.text"), class_="faded")
    return el(
        "section", el("h2", what), text, again, class_="stage", data_state="gone", data_final=True, aria_live="polite"
    )


_PAINTERS = {
    JobState.RELEASED: released,
    JobState.REFUSED: refused,
    JobState.HELD: held,
    JobState.FAILED: failed,
    JobState.CANCELLED: cancelled,
}
