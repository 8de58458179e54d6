"""What is published: counts of a period, and every statement of reasons in the form of the EU database."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from moderation.context import Context
from moderation.figures import collect
from moderation.reasons import StatementOfReasons
from records import statements
from records.moderation_tables import CaseRow, NoticeRow

# A cell that begins so would run as a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report(session: Session, context: Context, start: datetime, end: datetime) -> dict[str, Any]:
    """Counts of a period, DSA Articles 15 and 24: no person, no text."""
    figures = collect(session, context, start, end)
    stated = [row.fields for row in statements.between(session, start, end)]
    notices = session.execute(
        select(NoticeRow.kind, func.count())
        .where(NoticeRow.created_at >= start, NoticeRow.created_at < end).group_by(NoticeRow.kind)
    )  # fmt: skip
    hours = _median_hours(session, start, end)
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "statements": len(stated),
        "statements_by_policy": figures.reasons,
        "statements_by_category": dict(Counter(fields["category"] for fields in stated)),
        "statements_by_automation": dict(Counter(fields["automated_decision"] for fields in stated)),
        "notices_by_kind": {row[0]: row[1] for row in notices},
        "median_hours_to_decision": hours,
        "appeals_by_policy": {name: {"decided": n, "reversed": hit} for name, (n, hit) in figures.overturned.items()},
        "clock_by_queue": {name: {"decided": n, "late": late} for name, (n, late) in figures.missed.items()},
        "agreement": {name: {"compared": n, "same": same} for name, (n, same) in figures.agreement.items()},
        "backlog": {"open": figures.backlog.open, "overdue": figures.backlog.overdue},
    }


def _median_hours(session: Session, start: datetime, end: datetime) -> dict[str, float]:
    rows = session.execute(
        select(CaseRow.kind, CaseRow.opened_at, CaseRow.closed_at)
        .where(CaseRow.closed_at >= start, CaseRow.closed_at < end, CaseRow.live)
    )  # fmt: skip
    spans: dict[str, list[float]] = {}
    for kind, opened, closed in rows:
        if closed is not None:
            spans.setdefault(kind, []).append((closed - opened).total_seconds() / 3600)
    return {kind: round(sorted(hours)[len(hours) // 2], 2) for kind, hours in sorted(spans.items())}


def as_csv(report: Mapping[str, Any]) -> str:
    """The counts as rows of (figure, name, value)."""
    return _csv(("figure", "name", "value"), _flat(report))


def _flat(report: Mapping[str, Any]) -> Iterable[tuple[str, str, object]]:
    for figure, value in report.items():
        if not isinstance(value, Mapping):
            yield figure, "", value
            continue
        for name, inner in value.items():
            if isinstance(inner, Mapping):
                yield from ((figure, f"{name} {part}", number) for part, number in inner.items())
            else:
                yield figure, name, inner


def dsa_json(session: Session, start: datetime, end: datetime) -> str:
    """Statements of a period as the transparency database's batch API takes them; each validated once more."""
    rows = [StatementOfReasons.model_validate(row.fields) for row in statements.between(session, start, end)]
    body = [row.model_dump(mode="json", exclude_none=True) for row in rows]
    return json.dumps({"statements": body}, ensure_ascii=False, indent=2)


def dsa_csv(session: Session, start: datetime, end: datetime) -> str:
    """The same statements as a table; lists are joined with commas."""
    names = tuple(StatementOfReasons.model_fields)
    rows = statements.between(session, start, end)
    return _csv(names, ([_cell(row.fields.get(name)) for name in names] for row in rows))


def _cell(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else "" if value is None else str(value)


def _csv(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(list(names))
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in row])
    return out.getvalue()
