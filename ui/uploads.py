"""In front of the upload route: too large, too many, too full or no media is refused before anything is stored.

The route itself is Gradio's. This looks at the length that a request states and at the first bytes of its first file,
and only then lets the request through; the rest is cut off by Gradio's own limit while it streams.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from gradio import route_utils
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import ColophonError, InputError, Unavailable
from locales.catalog import translate
from media.sniff import HEAD_BYTES, sniff
from ui.config import UiConfig
from ui.edge import SECURITY, caller
from ui.pace import Pace
from ui.visit import address

ROUTE = "/gradio_api/upload"
FILES_PER_MIN = 120
OVERHEAD_BYTES = 64_000  # part headers of a multipart body
STATUS = {InputError: 415, Unavailable: 507}


class OwnUpload(route_utils.GradioUploadFile):  # type: ignore[misc]
    """An upload with a folder of its own: Gradio names folders by content, and whoever removed a file after reading
    it would take it from everybody who had sent the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sha.update(secrets.token_bytes(16))


route_utils.GradioUploadFile = OwnUpload


class Uploads:
    """ASGI middleware before the upload route."""

    def __init__(self, app: ASGIApp, config: UiConfig) -> None:
        self._app, self._config = app, config
        self._pace = Pace(FILES_PER_MIN, 60.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].rstrip("/") != ROUTE or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        seen: list[Message] = []
        try:
            self._check_size(headers)
            self._check_pace(scope, headers)
            self._check_disk()
            _check_kind(await _head(receive, seen))
        except ColophonError as error:
            language = caller(headers, "", self._config.secret.get_secret_value()).language
            text = translate(error.key, language, **error.params)
            status = 413 if error.key == "error.upload.large" else STATUS.get(type(error), 429)
            refusal = JSONResponse({"error": error.key, "detail": text}, status, {**SECURITY, "connection": "close"})
            await refusal(scope, receive, send)
            return

        async def again() -> Message:
            return seen.pop(0) if seen else await receive()

        await self._app(scope, again, send)

    def _check_size(self, headers: Headers) -> None:
        stated = headers.get("content-length", "0")
        if not stated.isdecimal() or int(stated) > self._config.max_upload_mb * 2**20 + OVERHEAD_BYTES:
            raise ColophonError("error.upload.large", limit_mb=self._config.max_upload_mb)

    def _check_pace(self, scope: Scope, headers: Headers) -> None:
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._pace.allows(address(headers, peer, self._config.proxy_header)):
            raise ColophonError("error.upload.pace")

    def _check_disk(self) -> None:
        if shutil.disk_usage(self._config.releases).free < self._config.fair_use.free_mb * 1_000_000:
            raise Unavailable("error.fair.disk")


async def _head(receive: Receive, seen: list[Message]) -> bytes:
    """The beginning of the body, as far as the first file's first bytes; what was read is kept in `seen`."""
    body: bytes = b""
    while True:
        message = await receive()
        seen.append(message)
        body += message.get("body", b"")
        start = body.find(b"\r\n\r\n")
        enough = (start >= 0 and len(body) - start > HEAD_BYTES) or len(body) > OVERHEAD_BYTES
        if enough or not message.get("more_body", False) or message["type"] != "http.request":
            return body


def _check_kind(body: bytes) -> None:
    """Raises InputError unless the first file is of a kind that we read."""
    boundary = body.partition(b"\r\n")[0]
    head = body.partition(b"\r\n\r\n")[2].partition(b"\r\n" + boundary)[0][:HEAD_BYTES]
    memory = os.memfd_create("head")
    try:
        os.write(memory, head)
        sniff(Path(f"/proc/self/fd/{memory}"))
    finally:
        os.close(memory)
