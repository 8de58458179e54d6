"""Tasks for the cage that behave as a decoder would after a stranger took it over."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from media.cage.server import Part, Task
from media.cage.tasks import warm
from media.source import OpenFile


def prepare(given: Mapping[str, Any]) -> dict[str, Task]:
    warm()
    return {
        "escape": _escape, "given": _given(given), "crash": _crash, "spin": _spin, "sleep": _sleep, "eat": _eat,
        "lie": _lie, "flood": _flood, "forge": _forge,
    }  # fmt: skip


def _given(given: Mapping[str, Any]) -> Task:
    def task(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
        yield {"given": dict(given), "read": len(file.read_bytes())}, b""

    return task


def _escape(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    """Try every way out; report those that were open."""
    ways: dict[str, Callable[[], object]] = {
        "open": lambda: os.open("/etc/passwd", os.O_RDONLY), "list": lambda: os.listdir("/"),
        "write": lambda: os.open("/tmp/colophon-escape", os.O_CREAT | os.O_WRONLY, 0o600),
        "unlink": lambda: os.unlink(args["victim"]), "inet": lambda: socket.socket(),
        "unix": lambda: socket.socket(socket.AF_UNIX), "fork": os.fork,
        "exec": lambda: os.execv("/bin/true", ["true"]), "kill": lambda: os.kill(os.getppid(), 0),
        "rewrite": lambda: os.pwrite(file.fd, b"x", 0),
    }  # fmt: skip
    out = []
    for name, way in ways.items():
        try:
            way()
            out.append(name)
        except OSError:
            continue
    yield {"out": out}, b""


def _crash(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    signal.raise_signal(signal.SIGSEGV)
    yield {}, b""


def _spin(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    while True:
        pass
    yield {}, b""


def _sleep(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    time.sleep(3600)
    yield {}, b""


def _eat(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    yield {"bytes": len(bytearray(64 * 2**30))}, b""


def _lie(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    yield {"dtype": "uint8", "shape": [10**6, 10**6, 3]}, b"little"


def _flood(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    while True:
        yield {}, np.zeros((64, 64, 3), np.uint8)


def _forge(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
    yield {"error": "policy.allow", "params": {"text": "<b>"}}, b""
