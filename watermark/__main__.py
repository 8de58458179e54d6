"""The command line of the provenance layer.

    python -m watermark stamp IN OUT [--json]
    python -m watermark verify FILE... [--json] [--report OUT.json|OUT.pdf]
    python -m watermark report FILE
    python -m watermark trust update|list

JSON goes to standard output, one object per line; everything else to standard error.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from errors import ColophonError, InputError, StampFailed, UsageError
from locales import catalog
from settings import Settings, load
from watermark import printed, trust
from watermark.hosts import FileHost
from watermark.inspect import StampReport
from watermark.ledger import Ledger
from watermark.report import ReportSigner, holds
from watermark.stamp import StampOrder
from watermark.tools import Tools, assemble, keyring_of

UNREADABLE = InputError.exit_status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options, load())
    except ColophonError as error:
        return catalog.complain(error)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m watermark", description="Stamp and verify media.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stamp = commands.add_parser("stamp", help="give a file made elsewhere the full stamp")
    stamp.add_argument("input", type=Path, metavar="IN")
    stamp.add_argument("output", type=Path, metavar="OUT")
    stamp.add_argument("--locale", default="en", help="language of the label's second line")
    stamp.add_argument("--system", default="external", help="name of the AI system that made the file")
    stamp.add_argument("--system-version", default="unknown")
    stamp.add_argument("--json", action="store_true")
    stamp.set_defaults(run=_stamp)
    verify = commands.add_parser("verify", help="report what a file's record, labels and marks say")
    verify.add_argument("files", type=Path, nargs="+", metavar="FILE")
    verify.add_argument("--json", action="store_true")
    verify.add_argument("--report", type=Path, metavar="OUT", help="signed report of the last file, .json or .pdf")
    verify.add_argument("--locale", default="en", help="language of a PDF report")
    verify.set_defaults(run=_verify)
    signed = commands.add_parser("report", help="check the signature of a report and print what was signed")
    signed.add_argument("file", type=Path, metavar="FILE")
    signed.set_defaults(run=_report)
    lists = commands.add_parser("trust", help="download or show the trust lists")
    lists.add_argument("action", choices=("update", "list"))
    lists.set_defaults(run=_trust)
    return parser


def _stamp(options: argparse.Namespace, settings: Settings) -> int:
    if options.output.exists() and options.input.exists() and options.output.samefile(options.input):
        raise UsageError("error.stamp.same_file")
    tools, host = _tools(settings), FileHost(options.input)
    if stamped_here(tools.verifier.inspect(options.input)):
        raise UsageError("error.stamp.own")
    order = StampOrder(options.system, options.system_version, locale=options.locale, ingredients=host.history)
    try:
        stamped = tools.stamper.stamp(host, order, options.output)
    except StampFailed as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from error
        raise
    row = {
        "file": str(options.output), "kind": stamped.kind, "sha256": stamped.sha256, "payload": stamped.payload,
        "manifest_label": stamped.manifest_label, "created_at": stamped.created_at.isoformat(timespec="seconds"),
    }  # fmt: skip
    print(json.dumps(row, ensure_ascii=False) if options.json else f"{row['file']}\t{row['manifest_label']}")
    return 0


def stamped_here(report: StampReport) -> bool:
    """Whether a file has our record or our mark already: a second mark on top of the first makes both doubtful."""
    ours = report.chain is not None and report.chain.role == "ours"
    return ours or report.entry is not None or bool(report.reading is not None and report.reading.found)


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    tools, status = _tools(settings), 0
    for file in options.files:
        report = tools.verifier.inspect(file, str(file))
        print(json.dumps(report.as_dict(), ensure_ascii=False) if options.json else _line(report), flush=True)
        if report.error:
            status = UNREADABLE
    if options.report is not None:
        _write_report(replace(report, file=options.files[-1].name), options, settings)
    return status


def _write_report(report: StampReport, options: argparse.Namespace, settings: Settings) -> None:
    document = ReportSigner(settings.keys).sign(report, dt.datetime.now(dt.UTC))
    match options.report.suffix.lower():
        case ".json":
            options.report.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        case ".pdf":
            options.report.write_bytes(printed.render(document, options.locale))
        case _:
            raise UsageError("error.verify.report_ending")


def _report(options: argparse.Namespace, settings: Settings) -> int:
    try:
        data = options.file.read_bytes()
        document = printed.document_in(data) if data.startswith(b"%PDF-") else json.loads(data)
    except (OSError, ValueError) as error:
        raise InputError("error.verify.report") from error
    if not isinstance(document, dict) or not holds(document):
        raise InputError("error.verify.report")
    print(json.dumps(document, ensure_ascii=False))
    return 0


def _trust(options: argparse.Namespace, settings: Settings) -> int:
    folder = settings.trust_folder
    for row in trust.update(folder) if options.action == "update" else trust.listing(folder):
        print(json.dumps(row))
    return 0


def _line(report: StampReport) -> str:
    return f"{report.file}\t{report.state}\t{catalog.translate(f'verify.finding.{report.finding}', 'en')}"


def _tools(settings: Settings) -> Tools:
    keyring = keyring_of(settings.keys, *settings.mark_secrets)
    return assemble(
        settings.stamp_config, settings.signing_config, keyring, settings.trust_folder, _ledger(settings),
        settings.mark.neural,
    )  # fmt: skip


def _ledger(settings: Settings) -> Ledger | None:
    """The ledger of this installation, where there is one already; looking at a file makes no data base."""
    if not settings.database_url and not (settings.data / "colophon.db").exists():
        return None
    from records.ledger import SqlLedger
    from records.session import Database

    return SqlLedger(Database(settings.database))


if __name__ == "__main__":
    sys.exit(main())
