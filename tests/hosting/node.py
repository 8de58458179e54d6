"""One machine of a test cluster: `python -m tests.hosting.node web|worker CONFIG.json`. Real parts, a small engine."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import logs
from media.clip import Sound
from pipeline import tracing
from pipeline.engines import Progress
from pipeline.jobs import QueueConfig
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest
from pipeline.shelf import Lending
from pipeline.storage import Storage
from pipeline.views import RequestForm, Upload
from records import jobs
from safety.screen import Cleared
from tests.pipeline.conftest import Bench, CardEngine


class ToneEngine(CardEngine):
    """Two seconds of sound: the cheapest output that carries every layer of the stamp."""

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        if "slow" in job.request.prompt:
            for tenth in range(40):
                progress(tenth / 40)
                time.sleep(0.1)
        with workspace.audio() as writer:
            noise = np.random.default_rng(job.request.seed).normal(0, 0.1, (2, 2 * 48_000)).astype(np.float32)
            writer.write_sound(Sound(noise, 48_000))
            return writer.finish("card", "1", previsualisation=False)


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """Where a machine of the cluster finds the others."""

    folder: str
    keys: str
    database: str
    broker: str
    prefix: str
    storage: str
    endpoint: str = ""
    port: int = 0
    workers: int = 1
    lease_s: float = 10.0
    spans: str = ""

    def bench(self, *, works: bool) -> Bench:
        options = {"key": "a", "secret": "b", "endpoint_url": self.endpoint} if self.endpoint else None
        queue = QueueConfig(
            self.broker, self.workers, ("cpu",) if works else (), self.prefix, again_s=5.0, drain_s=20.0
        )  # fmt: skip
        folder = Path(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        return Bench(
            folder, engine=ToneEngine(), url=self.database, storage=Storage(self.storage, options, 30.0), queue=queue,
            keys=Path(self.keys), lease_s=self.lease_s,
        )  # fmt: skip


def work(config: NodeConfig) -> None:
    bench, stop = config.bench(works=True), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with bench.database.read() as session:
        bench.quarantine.sweep(jobs.alive(session))
    bench.dispatcher.start()
    print("ready", flush=True)
    stop.wait()
    bench.dispatcher.stop()


def serve(config: NodeConfig) -> None:
    import uvicorn
    from fastapi import FastAPI, HTTPException
    from fastapi.responses import FileResponse

    from errors import ColophonError

    bench, web = config.bench(works=False), FastAPI()
    lending = Lending(bench.database, bench.door.shelf)

    @web.post("/jobs")
    def submit(body: dict[str, Any]) -> dict[str, str]:
        uploads = [Upload(Path(body["reference"]), "auto", "r")] if body.get("reference") else []
        form = RequestForm(
            prompt=body["prompt"], engine="card", output="audio", resolution="480p", duration_s=2.0, seed=body["seed"],
            uploads=uploads,
        )  # fmt: skip
        try:
            with tracing.span("submit"):
                return {"job_id": bench.studio.submit(form, body["visitor"]).job_id}
        except ColophonError as error:
            raise HTTPException(503, error.key) from error

    @web.get("/jobs/{job_id}")
    def job(job_id: str, visitor: str) -> dict[str, Any]:
        view = bench.studio.job(job_id, visitor)
        release = view.release
        return {"state": view.state.value, "error": view.error,
                "file": [release.release_id, release.file_name, release.sha256] if release else None}  # fmt: skip

    @web.post("/jobs/{job_id}/cancel")
    def cancel(job_id: str, visitor: str) -> dict[str, str]:
        return {"state": bench.studio.cancel(job_id, visitor).state.value}

    @web.get("/file/{release_id}/{name}")
    def file(release_id: str, name: str) -> FileResponse:
        return FileResponse(lending.file(release_id, name))

    uvicorn.run(web, host="127.0.0.1", port=config.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    logs.configure()
    role, settings = sys.argv[1], NodeConfig(**json.loads(Path(sys.argv[2]).read_text()))
    if settings.spans:
        from tests.hosting.spans import FileExporter

        tracing.configure(role, FileExporter(Path(settings.spans)))
    {"web": serve, "worker": work}[role](settings)
