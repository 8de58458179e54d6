"""One trace from a visitor's click over the broker to the last step of the job.

Spans are OpenTelemetry's when its SDK is installed and configured (`OTEL_EXPORTER_OTLP_ENDPOINT`), and nothing
otherwise. A request id travels the same way and stands in every log line of the job. No span carries user text.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

REQUEST = "request_id"
PARENT = "traceparent"
_tracer: Any = None


def configure(service: str, exporter: Any = None) -> bool:
    """Switch tracing on; returns whether spans are exported.

    Args:
        service: name of this process in the traces, e.g. ``web`` or ``worker``.
        exporter: a span exporter; by default OTLP over HTTP when the standard variables of OpenTelemetry name one.
    """
    global _tracer
    if exporter is None and not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError:
        structlog.get_logger("pipeline.tracing").warning("tracing.missing", remedy="pip install opentelemetry-sdk")
        return False
    provider = TracerProvider(resource=Resource.create({"service.name": f"colophon-{service}"}))
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    _tracer = provider.get_tracer("colophon")
    return True


def request_id() -> str:
    """A fresh id for a request."""
    return secrets.token_hex(8)


def bound() -> str:
    """The id of the request at hand; empty outside one."""
    return str(structlog.contextvars.get_contextvars().get(REQUEST, ""))


def carried() -> dict[str, str]:
    """What a message takes along."""
    options = {REQUEST: bound() or request_id()}
    if _tracer is not None:
        from opentelemetry.propagate import inject

        inject(options)
    return {name: value for name, value in options.items() if name in (REQUEST, PARENT)}


@contextmanager
def continued(options: Mapping[str, Any], job_id: str) -> Iterator[None]:
    """Work under the request and the trace that a message brought; a malformed one starts its own."""
    brought = {name: str(options[name])[:100] for name in (REQUEST, PARENT) if options.get(name)}
    with structlog.contextvars.bound_contextvars(**{REQUEST: brought.get(REQUEST, ""), "job": job_id}):
        if _tracer is None:
            yield
            return
        from opentelemetry.propagate import extract

        with _tracer.start_as_current_span("job", context=extract(brought), attributes={"job": job_id}):
            yield


@contextmanager
def span(name: str, **attributes: str | int | float) -> Iterator[None]:
    """A step. Attributes are ids and figures."""
    if _tracer is None:
        yield
        return
    with _tracer.start_as_current_span(name, attributes=attributes):
        yield


def step(name: str) -> None:
    """Note that a step begins, on the span of the job."""
    if _tracer is not None:
        from opentelemetry import trace

        trace.get_current_span().add_event(name)
