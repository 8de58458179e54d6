"""Spans of several processes, one JSON line each, in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


class FileExporter(SpanExporter):
    """Appends spans to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._path.open("a") as file:
            for span in spans:
                facts = {"name": span.name, "trace": f"{span.context.trace_id:032x}", "parent": bool(span.parent),
                         "attributes": dict(span.attributes or {}), "events": [event.name for event in span.events],
                         "service": span.resource.attributes["service.name"]}  # fmt: skip
                file.write(json.dumps(facts) + "\n")
        return SpanExportResult.SUCCESS
