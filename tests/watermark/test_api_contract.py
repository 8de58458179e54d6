"""The interface under arbitrary requests: never a fault of the server, every error in the agreed shape."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings

from watermark.api import router
from watermark.inspect import StampReport
from watermark.ledger import MemoryLedger
from watermark.report import ReportSigner
from watermark.resolve import Resolver

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")


class Quick:
    """Reads nothing: the interface is what is tested here."""

    def inspect(self, path: Path, name: str) -> StampReport:
        return StampReport(name, state="none", finding="none")


def application() -> FastAPI:
    app = FastAPI()
    signer = ReportSigner(Path(mkdtemp(prefix="colophon-test-")))
    routes = router(Quick(), Resolver(MemoryLedger(), "example.colophon.mark.1"), signer, per_minute=100_000)
    app.include_router(routes, prefix="/v1")
    return app


schema = schemathesis.openapi.from_asgi("/openapi.json", application())


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_arbitrary_requests_get_agreed_answers(case: schemathesis.Case) -> None:
    answer = case.call()
    assert answer.status_code < 500
    if answer.status_code in (400, 413, 414, 415):
        assert answer.json()["error"]
