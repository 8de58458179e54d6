"""How long a connection may take to say what it wants: slow clients give their place back.

Headers have between one and two `HEADERS_S`; a body has `BODY_S`, and a second more for every `BYTES_PER_S` of it.
Answers may take as long as they take: progress and downloads stream.
"""

from __future__ import annotations

import asyncio
import resource
import time
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEADERS_S: Final = 15.0
BODY_S: Final = 30.0
BYTES_PER_S: Final = 10_000
_SPARE_FILES: Final = 256
_MOST_FILES: Final = 65_536
_NEVER: Final = object()


def connections() -> int:
    """How many connections this process can serve: all files that the system lets it open, less its own."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
    return max(64, soft - _SPARE_FILES)


class Prompt(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """A connection that is closed when the headers of a request do not come to their end."""

    _timer: asyncio.TimerHandle | None = None
    _seen: object = _NEVER

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEADERS_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Two looks in a row that find the same last request, long answered: nothing has come to its end since."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self._seen is self.cycle:
            self.transport.close()
            return
        self._seen = self.cycle if idle else _NEVER
        self._timer = self.loop.call_later(HEADERS_S, self._look)


class Patience:
    """ASGI middleware around everything: a body that only trickles in is answered 408.

    Args:
        body_s: what a body may take whatever its size.
    """

    def __init__(self, app: ASGIApp, body_s: float = BODY_S) -> None:
        self._app, self._body_s = app, body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, started = _Body(receive, time.monotonic() + self._body_s), False

        async def noted(message: Message) -> None:
            nonlocal started
            if not body.late or started:
                started = True
                await send(message)

        try:
            await self._app(scope, body.receive, noted)
        except Exception:
            if not body.late:
                raise
        if body.late and not started:
            await PlainTextResponse("", 408, {"connection": "close"})(scope, receive, send)


class _Body:
    """The body of one request; past its time it looks like a client that has gone."""

    def __init__(self, receive: Receive, until: float) -> None:
        self._receive, self._until = receive, until
        self._whole = False
        self.late = False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - time.monotonic()))
        except TimeoutError:
            self.late = True
            return {"type": "http.disconnect"}
        self._until += len(message.get("body", b"")) / BYTES_PER_S
        self._whole = not message.get("more_body", False)
        return message
