"""Routes for whoever runs the service: `/healthz` and `/metrics`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from pipeline.health import Health


def router(health: Health) -> APIRouter:
    """The routes over the figures of one deployment."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    def healthz(response: Response) -> dict[str, Any]:
        report = health.report()
        response.status_code = 503 if report["status"] == "down" else 200
        return report

    @routes.get("/metrics")
    def metrics() -> Response:
        try:
            return Response(health.metrics(), media_type="text/plain; version=0.0.4")
        except SQLAlchemyError:
            return Response(status_code=503)

    return routes
