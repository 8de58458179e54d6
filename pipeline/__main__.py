"""The pipeline without a page: `python -m pipeline generate|preview|export|engines|worker`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app import compose
from errors import ColophonError
from locales.catalog import complain
from pipeline import commands
from pipeline.request import PARTS, PURPOSES
from settings import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status of the contract in README."""
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.command(chosen, compose(load(), work=chosen.command is commands.work))
    except ColophonError as error:
        return complain(error)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline", description="Generate a stamped clip, or list engines.")
    verbs = parser.add_subparsers(required=True, metavar="generate|preview|export|engines|worker")
    _generate(verbs.add_parser("generate", help="screen, generate, stamp, verify and release one file"))
    look = verbs.add_parser("preview", help="plan, problems, prompt, engine and cost of a request; makes nothing")
    look.set_defaults(command=commands.look)
    _request(look)
    export = verbs.add_parser("export", help="subtitles, shot list, timeline and plan of a release")
    export.set_defaults(command=commands.export)
    export.add_argument("release", metavar="RELEASE_ID")
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    export.add_argument(
        "--media", action="store_true", help="also make its contact sheet (PNG, PDF) and stems, stamped"
    )
    export.add_argument("--json", action="store_true", help="one JSON object per line")
    worker = verbs.add_parser("worker", help="work on jobs from the broker until told to stop")
    worker.set_defaults(command=commands.work)
    listing = verbs.add_parser("engines", help="list engines")
    listing.set_defaults(command=commands.engines)
    listing.add_argument("--json", action="store_true", help="one JSON object per line")
    return parser


def _generate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=commands.generate)
    _request(parser)
    parts = sorted({part for names in PARTS.values() for part in names if part})
    parser.add_argument(
        "--part", default="", choices=["", *parts], help="of a picture or sound: contact_sheet, music ..."
    )
    earlier = parser.add_mutually_exclusive_group()
    earlier.add_argument("--extend", metavar="RELEASE_ID", help="go on from a release: --duration is what is added")
    earlier.add_argument("--retake", metavar="JOB_ID:SHOT", help="make one shot again; --prompt gives it new words")
    earlier.add_argument("--vary", metavar="JOB_ID", help="the same request with another seed")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=".mp4, .png, .jpg, .webp, .wav, .mp3 or .m4a"
    )


def _request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prompt", help="what to show; may name @image1 @video1 @audio1")
    parser.add_argument("--negative-prompt", default="")
    for kind in ("image", "video", "audio"):
        parser.add_argument(f"--{kind}", action="append", default=[], metavar="FILE[:ROLE]", help=f"{kind} reference")
    parser.add_argument("--shots", type=Path, metavar="PLAN.json", help="shot plan")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--duration", type=float, default=5.0, help="seconds")
    parser.add_argument("--resolution", default="720p", choices=("480p", "720p", "1080p", "2160p"))
    parser.add_argument("--aspect", default="16:9", choices=("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"))
    parser.add_argument("--fps", type=int, default=24)
    parser.add_argument("--seed", type=int)
    parser.add_argument(
        "--purpose", default="own_use", choices=PURPOSES, help="what it is for; a consent holds for its purposes only"
    )
    parser.add_argument("--locale", default="en")
    parser.add_argument("--silent", action="store_true", help="no sound track")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


if __name__ == "__main__":
    sys.exit(main())
