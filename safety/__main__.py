"""Screening from the command line.

python -m safety screen [FILE]... [--text TEXT] [--batch FILE.jsonl] [--profile strict|studio] --json
python -m safety models list|fetch [--json]
python -m safety models digest FOLDER
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import settings
from errors import ColophonError, InputError, UsageError
from media.caged import probe
from safety import models, policy
from safety.config import SafetyConfig
from safety.detectors import build
from safety.detectors.weights import sha256_of
from safety.language.folder import digest_of
from safety.registry.picture_file import FILE_NAME as PICTURES
from safety.registry.tracks import FILE_NAME as TRACKS
from safety.screen import Screener, reasons
from safety.signals import MediaItem, TextItem
from safety.verdict import Decision, Verdict

_STATUS = {Decision.ALLOW: 0, Decision.REVIEW: 4, Decision.BLOCK: 3}
_WORST_LAST = (0, 4, 3, 5, 1)


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to screen: a text or a file, or a batch line that is neither."""

    id: str
    text: str | None = None
    path: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status of the contract."""
    options = _parser().parse_args(arguments)
    try:
        config = _config(options.profile)
        if options.command == "models":
            return _models(options.action, options.json, config, options.folder)
        return _screen(list(_inputs(options)), config, options.json)
    except ColophonError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user
        print(f"internal fault: {type(error).__name__}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m safety", description="Screen texts and files before generation.")
    commands = parser.add_subparsers(dest="command", required=True)
    screen = commands.add_parser("screen", help="judge texts and files")
    screen.add_argument("files", nargs="*", metavar="FILE")
    screen.add_argument("--text", action="append", default=[], help="a prompt; may be given more than once")
    screen.add_argument("--batch", help="lines of {id, text} or {id, path}; - for standard input")
    models_ = commands.add_parser("models", help="weights of the detectors")
    models_.add_argument("action", choices=("list", "fetch", "digest"))
    models_.add_argument("folder", nargs="?", type=Path, help="whose digest, to pin it in the settings")
    for command in (screen, models_):
        command.add_argument("--json", action="store_true", help="one JSON object per line")
        command.add_argument("--profile", choices=policy.PROFILES)
    return parser


def _config(profile: Literal["strict", "studio"] | None) -> SafetyConfig:
    chosen = settings.load()
    return SafetyConfig(
        models_folder=chosen.models,
        cache_folder=chosen.data / "models",
        profile=profile or chosen.profile,
        picture_index=chosen.data / PICTURES,
        track_index=chosen.data / TRACKS,
        people=chosen.people,
        guard=chosen.guard,
        descriptions=chosen.descriptions,
        opinion=chosen.opinion,
        looks=chosen.looks,
    )


def _inputs(options: argparse.Namespace) -> Iterator[Input]:
    for path in options.files:
        yield Input(path, path=path)
    for number, text in enumerate(options.text, 1):
        yield Input(f"text{number}", text=text)
    if options.batch:
        yield from _batch(options.batch)
    elif not options.files and not options.text:
        raise UsageError("error.safety.no_input")


def _batch(name: str) -> Iterator[Input]:
    try:
        lines = (sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("error.safety.batch", file=Path(name).name) from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _batch_line(number, line)


def _batch_line(number: int, line: str) -> Input:
    try:
        row = json.loads(line)
        text, path = row.get("text"), row.get("path")
    except (ValueError, AttributeError):
        return Input(f"line {number}")
    name = str(row.get("id", f"line {number}"))
    if isinstance(text, str):
        return Input(name, text=text)
    return Input(name, path=path) if isinstance(path, str) else Input(name)


def _screen(inputs: Sequence[Input], config: SafetyConfig, as_json: bool) -> int:
    screener = Screener(build(config), policy.load(config.profile))
    status = 0
    for given in inputs:
        line, code = _line(given, screener)
        print(json.dumps(line, ensure_ascii=False) if as_json else _plain(line), flush=True)
        status = max(status, code, key=_WORST_LAST.index)
    return status


def _line(given: Input, screener: Screener) -> tuple[dict[str, Any], int]:
    started = time.perf_counter()
    line: dict[str, Any] = {"id": given.id, "input": given.path if given.path is not None else given.text or ""}
    try:
        item = _item(given)
    except InputError as error:
        line |= {"kind": "text" if given.path is None else _guessed(given.path), "decision": "review",
                 "policies": [policy.SYSTEM_POLICY], "signals": [], "error": error.key}  # fmt: skip
        return line | {"ms": _ms(started)}, error.exit_status
    verdict = screener.judge([item])
    line |= {"kind": item.kind if isinstance(item, MediaItem) else "text", **_facts(verdict)}
    return line | {"ms": _ms(started)}, _STATUS[verdict.decision]


def _item(given: Input) -> TextItem | MediaItem:
    if given.text is not None:
        return TextItem("prompt", given.text)
    if given.path is None:
        raise InputError("error.safety.batch_line")
    kind = probe(given.path).kind
    return MediaItem(f"{kind}1", kind, given.path, sha256_of(Path(given.path)))


def _guessed(path: str) -> str:
    ending = Path(path).suffix.lower()
    if ending in (".mp4", ".mov", ".webm", ".mkv", ".avi"):
        return "video"
    return "audio" if ending in (".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus") else "image"


def _facts(verdict: Verdict) -> dict[str, Any]:
    signals = [
        {"name": s.name, "version": s.version, "score": s.score, "threshold": s.threshold, "state": s.state.value,
         **({"detail": s.detail} if s.detail else {})}
        for s in verdict.signals
    ]  # fmt: skip
    explained = [
        {"policy": r.policy, "rule": r.rule_key, "remedy": r.remedy_key, "where": r.place.where,
         "time_s": r.place.time_s, "box": r.place.box, "span": r.place.span}
        for r in reasons(verdict)
    ]  # fmt: skip
    facts: dict[str, Any] = {"decision": verdict.decision.value, "policies": list(verdict.policies), "signals": signals}
    return facts | ({"reasons": explained} if explained else {})


def _plain(line: dict[str, Any]) -> str:
    why = line.get("error") or ", ".join(line["policies"])
    return f"{line['decision']:6}  {line['id']}" + (f"  ({why})" if why else "")


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _models(action: str, as_json: bool, config: SafetyConfig, folder: Path | None) -> int:
    if action == "digest":
        if folder is None or not folder.is_dir():
            raise UsageError("error.models.folder", part=folder.name if folder else "")
        print(digest_of(folder))
        return 0
    for entry in models.fetch(config) if action == "fetch" else models.entries(config):
        facts = entry.as_dict()
        terms = entry.licence if entry.commercial else f"{entry.licence} (not for commercial use)"
        print(json.dumps(facts) if as_json else f"{entry.state:12}  {entry.name}  {terms}  {entry.purpose}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
