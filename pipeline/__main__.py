"""The pipeline without a page: `python -m pipeline generate|engines|worker`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import Colophon, compose
from errors import ColophonError, InputError, UsageError
from locales.catalog import translate
from pipeline.engines import ENGINES
from pipeline.run import run, worker_name
from pipeline.views import JobState, JobView, RequestForm, Upload
from settings import load

VISITOR = "command-line"
HELD, BLOCKED, FAULT, UNREADABLE, UNAVAILABLE = 4, 3, 1, 5, 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status of the contract in README."""
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.command(chosen)
    except ColophonError as error:
        _complain(error)
        return error.exit_status
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description="Generate a stamped clip, or list engines.")
    commands = parser.add_subparsers(required=True, metavar="generate|engines|worker")
    generate = commands.add_parser("generate", help="screen, generate, stamp, verify and release one clip")
    generate.set_defaults(command=_generate)
    generate.add_argument("--prompt", required=True, help="what to show; may name @image1 @video1 @audio1")
    generate.add_argument("--negative-prompt", default="")
    for kind in ("image", "video", "audio"):
        generate.add_argument(f"--{kind}", action="append", default=[], metavar="FILE[:ROLE]", help=f"{kind} reference")
    generate.add_argument("--shots", type=Path, metavar="PLAN.json", help="shot plan")
    generate.add_argument("--engine", default="auto")
    generate.add_argument("--duration", type=float, default=5.0, help="seconds")
    generate.add_argument("--resolution", default="720p", choices=("480p", "720p", "1080p", "2160p"))
    generate.add_argument("--aspect", default="16:9", choices=("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"))
    generate.add_argument("--fps", type=int, default=24)
    generate.add_argument("--seed", type=int)
    generate.add_argument("--locale", default="en")
    generate.add_argument("--silent", action="store_true", help="no sound track")
    generate.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=".mp4, .png, .jpg, .webp, .wav, .mp3 or .m4a"
    )
    generate.add_argument("--json", action="store_true", help="one JSON object on stdout")
    worker = commands.add_parser("worker", help="work on jobs from the broker until told to stop")
    worker.set_defaults(command=_work)
    listing = commands.add_parser("engines", help="list engines")
    listing.set_defaults(command=_engines)
    listing.add_argument("--json", action="store_true", help="one JSON object per line")
    return parser


def _generate(chosen: argparse.Namespace) -> int:
    colophon = compose(load(), work=False)
    view = colophon.studio.submit(_form(chosen), VISITOR)
    run(view.job_id, worker_name(), colophon.tools)
    view = colophon.studio.job(view.job_id, VISITOR)
    if view.state is JobState.RELEASED and view.release is not None:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(view.release.path, chosen.out)
        _print(_released(view, chosen.out), chosen.json)
        return 0
    if view.error is not None:
        raise _as_error(*view.error)
    _print(_refused(view, colophon, chosen.locale), chosen.json)
    return HELD if view.state is JobState.HELD else BLOCKED


def _form(chosen: argparse.Namespace) -> RequestForm:
    return RequestForm(
        prompt=chosen.prompt, negative_prompt=chosen.negative_prompt,
        uploads=[_upload(given) for kind in ("image", "video", "audio") for given in getattr(chosen, kind)],
        shots=_plan(chosen.shots) if chosen.shots else None, engine=chosen.engine, output=_output(chosen.out),
        resolution=chosen.resolution, aspect=chosen.aspect, fps=chosen.fps, duration_s=chosen.duration,
        seed=chosen.seed, sound=not chosen.silent, locale=chosen.locale,
    )  # fmt: skip


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


def _output(path: Path) -> str:
    kinds = {".mp4": "video", ".png": "image", ".jpg": "image", ".webp": "image"}
    kinds |= {".wav": "audio", ".mp3": "audio", ".m4a": "audio"}
    if path.suffix.lower() not in kinds:
        raise UsageError("error.media.ending", ending=path.suffix)
    return kinds[path.suffix.lower()]


def _released(view: JobView, out: Path) -> dict[str, Any]:
    release = view.release
    assert release is not None
    return {
        "release_id": release.release_id, "file": str(out), "sha256": release.sha256, "engine": release.engine,
        "previsualisation": release.previsualisation, "duration_s": release.duration_s, "width": release.width_px,
        "height": release.height_px, "fps": release.fps, "audio": release.audio, "seed": release.seed,
        "timings_s": dict(release.timings_s),
    }  # fmt: skip


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


def _as_error(key: str, params: Any) -> ColophonError:
    error = ColophonError(key, **params)
    unreadable, missing = key.startswith(("error.media.", "error.request.")), key.startswith("error.engine.")
    error.__class__.exit_status = UNREADABLE if unreadable else UNAVAILABLE if missing else FAULT
    return error


def _work(chosen: argparse.Namespace) -> int:
    """Serve no page, only work; SIGTERM drains."""
    colophon, stop = compose(load()), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    colophon.recover()
    colophon.dispatcher.start()
    stop.wait()
    colophon.dispatcher.stop()
    return 0


def _engines(chosen: argparse.Namespace) -> int:
    studio = compose(load(), work=False).studio
    for card in studio.engines() if ENGINES else ():
        why = "" if card.available else translate(card.why_key, "en", **card.why_params)
        limits = asdict(card.limits) if card.limits else {}
        facts = {"name": card.name, "kind": card.kind, "available": card.available, "why_not": why}
        _print({**facts, "licence": card.licence, "limits": limits}, chosen.json)
    return 0


def _print(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, default=str), flush=True)
    else:
        print("\n".join(f"{name}: {value}" for name, value in facts.items()), end="\n\n", flush=True)


def _complain(error: ColophonError) -> None:
    print(translate(error.key, "en", **error.params), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
