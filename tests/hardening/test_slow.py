"""Clients that never finish a request give their place back; quick ones and long answers are left alone."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from ui import patience
from ui.patience import Patience, Prompt, connections

HEADERS_S = BODY_S = 0.4


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    patch = pytest.MonkeyPatch()
    patch.setattr(patience, "HEADERS_S", HEADERS_S)
    app = FastAPI()
    app.add_middleware(Patience, body_s=BODY_S)

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/long")
    async def long() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(HEADERS_S)
                yield b"x"

        return StreamingResponse(parts())

    server = uvicorn.Server(uvicorn.Config(app, port=0, http=Prompt, limit_concurrency=100, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
    patch.undo()


def _trickle(port: int, opening: bytes) -> bytes:
    """A byte now and then until the server answers or hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(opening)
        client.settimeout(0.05)
        for _ in range(600):
            try:
                return client.recv(4096)
            except TimeoutError:
                try:
                    client.sendall(b"a")
                except OSError:
                    return b""
            except OSError:
                return b""
    raise AssertionError("never cut off")


def test_headers_without_end_are_cut_off(port: int) -> None:
    assert _trickle(port, b"GET / HTTP/1.1\r\nhost: x\r\nx: ") == b""


def test_a_second_request_on_a_connection_has_no_more_time(port: int) -> None:
    whole = b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(whole + b"GET / HTTP/1.1\r\nx: ")
        told = b""
        while piece := client.recv(4096):
            told += piece
        assert told.startswith(b"HTTP/1.1 200")


def test_a_body_without_end_is_answered(port: int) -> None:
    answer = _trickle(port, b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_steady_body_has_the_time_that_it_needs(port: int) -> None:
    def steady() -> Iterator[bytes]:
        for _ in range(8):
            time.sleep(BODY_S / 4)
            yield b"\0" * (patience.BYTES_PER_S // 2)

    assert httpx.post(f"http://127.0.0.1:{port}/length", content=steady(), timeout=30).json() == 40_000


def test_a_long_answer_is_not_cut(port: int) -> None:
    assert httpx.get(f"http://127.0.0.1:{port}/long", timeout=30).content == b"xxxx"


def test_there_is_room_for_as_many_as_the_system_allows() -> None:
    assert connections() >= 64
