"""``/v1``: the soft-binding resolution API of C2PA, and Verify by upload. Free, anonymous, nothing is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from errors import InputError
from locales import catalog
from watermark import printed
from watermark.fetch import fetch
from watermark.inspect import StampReport
from watermark.report import ReportSigner
from watermark.resolve import DEFAULT_RESULTS, MAX_POSTED_CHARACTERS, MAX_VALUE_CHARACTERS, BadQuery, Resolver
from watermark.turnstile import Busy, Turnstile

_PIECE_BYTES = 1 << 20
_CONTENT_KINDS = ("image/", "audio/", "video/", "application/octet-stream")
_REMEMBERED_VISITORS = 10_000
_RETRY_S = 30
MaxResults = Annotated[int, Query(alias="maxResults")]


class Inspects(Protocol):
    """An `Inspector`."""

    def inspect(self, path: Path | str, name: str | None = None) -> StampReport: ...


class Binding(BaseModel):
    """Body of ``POST /matches/byBinding``."""

    alg: str
    value: str


class Address(BaseModel):
    """Body of ``POST /verify/url``."""

    url: str


class _Route(APIRoute):
    """Malformed requests answer 400, as the C2PA interface defines it, not the framework's 422."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except RequestValidationError as error:
                fields = ", ".join(str(part["loc"][-1]) for part in error.errors()[:5])
                return _error(400, f"missing or malformed: {fields}")
            except HTTPException as error:
                return _error(error.status_code, str(error.detail))

        return handler


class RateLimit:
    """A bucket of tokens per visitor: `per_minute` requests, against use of Verify as an oracle."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = per_minute / 60, clock
        self._full = float(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, visitor: str) -> bool:
        """Whether one more request is allowed now."""
        now = self._clock()
        left, seen = self._buckets.pop(visitor, (self._full, now))
        left = min(self._full, left + (now - seen) * self._rate)
        allowed = left >= 1
        self._buckets[visitor] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _REMEMBERED_VISITORS:
            self._buckets.popitem(last=False)
        return allowed


def router(
    inspector: Inspects,
    resolver: Resolver,
    signer: ReportSigner,
    *,
    upload_bytes: int = 200 * 2**20,
    per_minute: int = 30,
    at_once: int = 8,
    visitor: Callable[[Request], str] = lambda request: request.client.host if request.client else "",
) -> APIRouter:
    """Routes to mount under ``/v1``.

    Args:
        upload_bytes: larger bodies are refused with 413 while they arrive.
        per_minute: checks per visitor; resolution by binding is not limited.
        at_once: checks at a time; more are answered 503.
        visitor: address of the caller, for the limit only; never logged.
    """
    checks = _Checks(inspector, upload_bytes, RateLimit(per_minute), Turnstile(inspector, at_once), visitor)
    routes = APIRouter(route_class=_Route)
    _add_resolution(routes, resolver, checks)
    _add_verification(routes, signer, checks)
    return routes


@dataclass(frozen=True, slots=True)
class _Checks:
    """Checks of strangers' files, limited in size, in rate and in number at a time."""

    inspector: Inspects
    upload_bytes: int
    rate: RateLimit
    places: Turnstile
    visitor: Callable[[Request], str]

    async def uploaded(self, source: AsyncIterator[bytes], name: str, request: Request) -> StampReport | Response:
        """The report on a body, or the answer that refuses it."""
        if not self.rate.take(self.visitor(request)):
            return _busy(429)
        async with _kept_briefly(source, self.upload_bytes) as path:
            if path is None:
                text = catalog.translate("error.verify.too_large", "en", limit_mb=self.upload_bytes >> 20)
                return _error(413, text)
            try:
                with self.places.enter():  # here, not in the thread: threads are few, their queue has no end
                    return await asyncio.to_thread(self.inspector.inspect, path, name)
            except Busy:
                return _busy(503)

    def fetched(self, url: str, request: Request) -> StampReport | Response:
        """The same for a public address."""
        if not self.rate.take(self.visitor(request)):
            return _busy(429)
        with tempfile.NamedTemporaryFile(prefix="colophon-verify-") as file:
            path = Path(file.name)
            try:
                fetch(url, path, self.upload_bytes)
            except InputError as error:
                return _error(413 if error.key == "error.verify.too_large" else 400, _words(error))
            try:
                return self.places.inspect(path, "fetched")
            except Busy:
                return _busy(503)


def _add_resolution(routes: APIRouter, resolver: Resolver, checks: _Checks) -> None:
    """The soft-binding resolution API of C2PA."""

    def found(alg: str, value: str, count: int) -> Response:
        try:
            return JSONResponse(resolver.by_binding(alg, value, count))
        except BadQuery as error:
            return _error(400, str(error))

    @routes.get("/matches/byBinding")
    def by_binding(alg: str, value: str, max_results: MaxResults = DEFAULT_RESULTS) -> Response:
        if len(value) > MAX_VALUE_CHARACTERS:
            return _error(414, "the value is too long for a query; post it")
        return found(alg, value, max_results)

    @routes.post("/matches/byBinding")
    def by_posted_binding(body: Binding, max_results: MaxResults = DEFAULT_RESULTS) -> Response:
        if len(body.value) > MAX_POSTED_CHARACTERS:
            return _error(413, "the value is too long")
        return found(body.alg, body.value, max_results)

    @routes.post("/matches/byContent")
    async def by_content(
        request: Request, alg: str | None = None, max_results: MaxResults = DEFAULT_RESULTS
    ) -> Response:
        if not request.headers.get("content-type", "").startswith(_CONTENT_KINDS):
            return _error(415, "send an image, sound or video as the body")
        report = await checks.uploaded(request.stream(), "content", request)
        if isinstance(report, Response):
            return report
        if report.error:
            return _error(415, catalog.translate(report.error))
        try:
            return JSONResponse(resolver.by_content(report, alg, max_results))
        except BadQuery as error:
            return _error(400, str(error))

    @routes.get("/manifests/{manifest_id:path}")
    def manifest(manifest_id: str) -> Response:
        entry = resolver.manifest(manifest_id)
        if entry is None:
            return _error(404, "no such manifest")
        return Response(entry.manifest, media_type="application/c2pa")

    @routes.get("/services/supportedAlgorithms")
    def supported() -> dict[str, Any]:
        return resolver.supported()


def _add_verification(routes: APIRouter, signer: ReportSigner, checks: _Checks) -> None:
    """Verify by upload and by address."""

    @routes.post("/verify")
    async def verify(request: Request, file: Annotated[UploadFile, File()]) -> Response:
        report = await checks.uploaded(_pieces(file), file.filename or "upload", request)
        return report if isinstance(report, Response) else _signed(report, signer, request)

    @routes.post("/verify/url")
    def verify_address(request: Request, body: Address) -> Response:
        report = checks.fetched(body.url, request)
        return report if isinstance(report, Response) else _signed(report, signer, request)


def _signed(report: StampReport, signer: ReportSigner, request: Request) -> Response:
    """The signed report, as a page to print where the caller accepts nothing else first."""
    document = signer.sign(report, dt.datetime.now(dt.UTC))
    if not request.headers.get("accept", "").startswith("application/pdf"):
        return JSONResponse(document)
    locale = catalog.best(request.headers.get("accept-language", ""))
    headers = {"content-disposition": 'attachment; filename="report.pdf"'}
    return Response(printed.render(document, locale), media_type="application/pdf", headers=headers)


def _words(error: InputError) -> str:
    return catalog.translate(error.key, "en", **error.params)


def _error(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, status)


def _busy(status: int) -> JSONResponse:
    return JSONResponse({"error": catalog.translate("error.verify.busy")}, status, {"retry-after": str(_RETRY_S)})


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE_BYTES):
        yield piece


@asynccontextmanager
async def _kept_briefly(source: AsyncIterator[bytes], limit: int) -> AsyncIterator[Path | None]:
    """The body as a temporary file that is gone afterwards; None when it is larger than the limit."""
    with tempfile.NamedTemporaryFile(prefix="colophon-verify-") as file:
        total = 0
        async for piece in source:
            total += len(piece)
            if total > limit:
                yield None
                return
            file.write(piece)
        file.flush()
        yield Path(file.name)
