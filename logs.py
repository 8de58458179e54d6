"""Structured logs on stderr, one line an event; no local variables, so that no prompt or secret slips into one."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(as_json: bool = False) -> None:
    """Set up logging for a process; called once by whoever composes it."""
    shape: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.processors.KeyValueRenderer(key_order=["event"])
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
            if as_json
            else structlog.processors.format_exc_info,
            shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="event=%(message)r logger=%(name)s level=%(levelname)s"
    )
