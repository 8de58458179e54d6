"""Files of a case, for the reviewer who works on it and nobody else."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse

from moderation.desk import Desk
from ui.desk import poster
from ui.desk.guard import HEADERS, Guard


def routes(app: FastAPI, desk: Desk, watch: Guard) -> None:
    """Add the media routes. Files answer range requests; nothing is cached."""

    @app.get("/case/{case_id}/media")
    def stamped(request: Request, case_id: str) -> Response:
        path, media_type = desk.media(watch.signed_in(request).reviewer, case_id)
        return FileResponse(path, media_type=media_type, headers=HEADERS, content_disposition_type="inline")

    @app.get("/case/{case_id}/poster")
    def strip(request: Request, case_id: str) -> Response:
        path, _ = desk.media(watch.signed_in(request).reviewer, case_id)
        return Response(poster.strip(path), media_type="image/jpeg", headers=HEADERS)

    @app.get("/case/{case_id}/frame")
    def first(request: Request, case_id: str) -> Response:
        path, _ = desk.media(watch.signed_in(request).reviewer, case_id)
        return Response(poster.first(path), media_type="image/jpeg", headers=HEADERS)

    @app.get("/case/{case_id}/wave")
    def wave(request: Request, case_id: str) -> Response:
        path, _ = desk.media(watch.signed_in(request).reviewer, case_id)
        return Response(poster.waveform(path), media_type="image/svg+xml", headers=HEADERS)

    @app.get("/case/{case_id}/reference/{name}")
    def reference(request: Request, case_id: str, name: str) -> Response:
        path, unveiled = desk.reference(watch.signed_in(request).reviewer, case_id, name)
        if not unveiled:
            return Response(poster.veiled(path), media_type="image/jpeg", headers=HEADERS)
        return FileResponse(path, headers=HEADERS, content_disposition_type="inline")

    @app.get("/case/{case_id}/reference/{name}/strip")
    def frames(request: Request, case_id: str, name: str) -> Response:
        path, unveiled = desk.reference(watch.signed_in(request).reviewer, case_id, name)
        return Response(
            poster.strip(path) if unveiled else poster.veiled(path), media_type="image/jpeg", headers=HEADERS
        )

    @app.get("/case/{case_id}/capture/strip")
    def capture_frames(request: Request, case_id: str) -> Response:
        path = desk.capture(watch.signed_in(request).reviewer, case_id)
        return Response(poster.strip(path), media_type="image/jpeg", headers=HEADERS)

    @app.get("/case/{case_id}/capture")
    def capture(request: Request, case_id: str) -> Response:
        path = desk.capture(watch.signed_in(request).reviewer, case_id)
        return FileResponse(path, media_type="video/webm", headers=HEADERS, content_disposition_type="inline")
