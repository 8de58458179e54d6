"""What the command line does; `pipeline.__main__` reads the arguments."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errors import ColophonError, InputError, UsageError
from locales.catalog import translate
from pipeline import preview, takeout, variations
from pipeline.engines import ENGINES
from pipeline.lint import describe
from pipeline.request import CONTAINERS
from pipeline.run import run, worker_name
from pipeline.views import JobState, JobView, RequestForm, Upload

if TYPE_CHECKING:
    from app import Colophon

VISITOR = "command-line"
HELD, BLOCKED, FAULT, UNREADABLE, UNAVAILABLE = 4, 3, 1, 5, 6


def generate(chosen: argparse.Namespace, colophon: Colophon) -> int:
    """Make one file and copy it to ``--out``."""
    view = _made(colophon, _asked(chosen, colophon))
    if view.state is JobState.RELEASED and view.release is not None:
        _copy(view, chosen.out)
        show(_released(view, chosen.out), chosen.json)
        return 0
    return _not_released(view, colophon, chosen)


def export(chosen: argparse.Namespace, colophon: Colophon) -> int:
    """Write the texts of a release to a folder; with ``--media`` also make its contact sheet and stems."""
    chosen.to.mkdir(parents=True, exist_ok=True)
    for name, data in takeout.texts(colophon.studio, chosen.release, VISITOR).items():
        (chosen.to / name).write_bytes(data)
        show({"file": str(chosen.to / name)}, chosen.json)
    status = 0
    for name, form in takeout.media(colophon.studio, chosen.release, VISITOR).items() if chosen.media else ():
        status = max(status, _one_export(colophon, name, form, chosen))
    return status


def _one_export(colophon: Colophon, name: str, form: RequestForm, chosen: argparse.Namespace) -> int:
    view = _made(colophon, form)
    if view.state is not JobState.RELEASED or view.release is None:
        return _not_released(view, colophon, chosen)
    path = chosen.to / f"{name}{view.release.path.suffix}"
    _copy(view, path)
    show(_released(view, path), chosen.json)
    if name == "contact_sheet":
        page = path.with_suffix(".pdf")
        page.write_bytes(takeout.pdf(colophon.studio, view.release.release_id, VISITOR))
        show({"file": str(page)}, chosen.json)
    return 0


def look(chosen: argparse.Namespace, colophon: Colophon) -> int:
    """Print what a request would become, without making anything."""
    studio = colophon.studio
    form = _form(chosen)
    engines = {name: studio.engine(name) for name in ENGINES}
    standings = preview.standings(form, engines)
    choice = preview.choice(form, engines)
    show(
        {
            "engine": choice.name, "why": translate(choice.key, chosen.locale, engine=choice.name),
            "problems": describe(preview.lint(form)), "plan": preview.shots(form).as_dict(),
            "prompt": preview.compiled(form, choice.name),
            "estimate": asdict(preview.estimate(form, engines[choice.name])),
            "not": {n: translate(s.key, chosen.locale, **s.params) for n, s in standings.items() if not s.available},
        },
        chosen.json,
    )  # fmt: skip
    return 0


def work(chosen: argparse.Namespace, colophon: Colophon) -> int:
    """Serve no page, only work until told to stop; SIGTERM drains."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    colophon.recover()
    colophon.dispatcher.start()
    stop.wait()
    colophon.dispatcher.stop()
    return 0


def engines(chosen: argparse.Namespace, colophon: Colophon) -> int:
    """Print every engine and what it lacks."""
    for card in colophon.studio.engines():
        why = "" if card.available else translate(card.why_key, "en", **card.why_params)
        limits = asdict(card.limits) if card.limits else {}
        facts = {"name": card.name, "kind": card.kind, "available": card.available, "why_not": why}
        show({**facts, "licence": card.licence, "limits": limits}, chosen.json)
    return 0


def _made(colophon: Colophon, form: RequestForm) -> JobView:
    view = colophon.studio.submit(form, VISITOR)
    run(view.job_id, worker_name(), colophon.tools)
    return colophon.studio.job(view.job_id, VISITOR)


def _copy(view: JobView, out: Path) -> None:
    assert view.release is not None
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(view.release.path, out)


def _asked(chosen: argparse.Namespace, colophon: Colophon) -> RequestForm:
    """The form of the arguments, or the one that follows from an earlier job or release."""
    studio, words = colophon.studio, chosen.prompt or ""
    if chosen.extend:
        return variations.extend(studio, chosen.extend, VISITOR, chosen.duration, words)
    if chosen.retake:
        job_id, _, shot = chosen.retake.rpartition(":")
        if not shot.isdecimal():
            raise UsageError("error.retake.shot", shot=shot, shots=0)
        return variations.retake(studio, job_id, VISITOR, int(shot), words, _uploads(chosen))
    if chosen.vary:
        return variations.vary(studio, chosen.vary, VISITOR, chosen.seed, _uploads(chosen))
    return replace(_form(chosen), output=_output(chosen.out), container=_container(chosen.out), part=chosen.part)


def _form(chosen: argparse.Namespace) -> RequestForm:
    return RequestForm(
        prompt=chosen.prompt or "", negative_prompt=chosen.negative_prompt, uploads=_uploads(chosen),
        shots=_plan(chosen.shots) if chosen.shots else None, engine=chosen.engine,
        resolution=chosen.resolution, aspect=chosen.aspect, fps=chosen.fps, duration_s=chosen.duration,
        seed=chosen.seed, sound=not chosen.silent, locale=chosen.locale, purpose=chosen.purpose,
    )  # fmt: skip


def _uploads(chosen: argparse.Namespace) -> list[Upload]:
    return [_upload(given) for kind in ("image", "video", "audio") for given in getattr(chosen, kind)]


def _upload(given: str) -> Upload:
    name, _, role = given.rpartition(":")
    if name and not Path(given).exists():
        return Upload(Path(name), role, Path(name).name)
    return Upload(Path(given), label=Path(given).name)


def _plan(path: Path) -> dict[str, Any]:
    try:
        plan = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("error.plan.unreadable") from error
    if not isinstance(plan, dict):
        raise InputError("error.plan.unreadable")
    return plan


def _container(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _output(path: Path) -> str:
    found = next((output for output, names in CONTAINERS.items() if _container(path) in names), None)
    if found is None:
        raise UsageError("error.media.ending", ending=path.suffix)
    return found


def _released(view: JobView, out: Path) -> dict[str, Any]:
    release = view.release
    assert release is not None
    return {
        "release_id": release.release_id, "job_id": view.job_id, "file": str(out), "sha256": release.sha256,
        "engine": release.engine, "previsualisation": release.previsualisation, "duration_s": release.duration_s,
        "width": release.width_px, "height": release.height_px, "fps": release.fps, "audio": release.audio,
        "seed": release.seed, "timings_s": dict(release.timings_s),
    }  # fmt: skip


def _not_released(view: JobView, colophon: Colophon, chosen: argparse.Namespace) -> int:
    if view.error is not None:
        raise _as_error(*view.error)
    show(_refused(view, colophon, getattr(chosen, "locale", "en")), chosen.json)
    return HELD if view.state is JobState.HELD else BLOCKED


def _refused(view: JobView, colophon: Colophon, locale: str) -> dict[str, Any]:
    url = colophon.settings.web.public_url or f"http://{colophon.settings.web.host}:{colophon.settings.web.port}"
    return {
        "decision": "review" if view.state is JobState.HELD else "block",
        "policies": list(dict.fromkeys(reason.policy for reason in view.reasons)),
        "reasons": [
            {
                "where": reason.where,
                "rule": translate(reason.rule_key, locale, where=reason.where),
                "remedy": translate(reason.remedy_key, locale, where=reason.where),
                "time_s": reason.time_s,
                "box": reason.box,
            }
            for reason in view.reasons
        ],
        "appeal": f"{url.rstrip('/')}/appeal/{view.appeal}",
    }  # fmt: skip


def _as_error(key: str, params: Mapping[str, Any]) -> ColophonError:
    error = ColophonError(key, **params)
    unreadable, missing = key.startswith(("error.media.", "error.request.")), key.startswith("error.engine.")
    error.__class__.exit_status = UNREADABLE if unreadable else UNAVAILABLE if missing else FAULT
    return error


def show(facts: Mapping[str, Any], as_json: bool) -> None:
    """One JSON object a line, or ``name: value`` lines."""
    lines = [json.dumps(facts, ensure_ascii=False, default=str)] if as_json else [f"{n}: {v}" for n, v in facts.items()]
    sys.stdout.write("\n".join(lines) + ("\n" if as_json else "\n\n"))
    sys.stdout.flush()
