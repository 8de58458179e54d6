"""Local servers that speak as the documented services do, strict about what they are sent, with faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

KEY = "hf_test0123456789"
Answer = tuple[int, Any]


@dataclass
class Service:
    """A fake service.

    Attributes:
        clip: the file that it serves as result.
        create, poll: faults for the next calls, used up in order: a status with a body, ``hang`` or ``drop``.
        result: ``ok``, ``truncated``, ``html``, ``huge``, ``hang``, ``redirect``, or ``none``.
        running: how many looks say that it is still running.
    """

    clip: Path
    create: list[Answer | str] = field(default_factory=list)
    poll: list[Answer | str] = field(default_factory=list)
    result: str = "ok"
    running: int = 2
    creates: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 0
    deleted: list[str] = field(default_factory=list)
    result_headers: list[dict[str, str]] = field(default_factory=list)
    base: str = ""

    def created(self, path: str, body: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def looked(self, path: str) -> Answer:
        raise NotImplementedError

    def state(self, running: str, done: str) -> str:
        """The next state of the job."""
        self.looks += 1
        return running if self.looks <= self.running else done


class Ark(Service):
    """Volcengine Ark content generation, as the Seedance 2.0 reference describes it."""

    fields: ClassVar = {
        "model", "content", "duration", "resolution", "ratio", "seed", "generate_audio", "watermark",
    }  # fmt: skip
    roles: ClassVar = {
        "image_url": {"first_frame", "last_frame", "reference_image"},
        "video_url": {"reference_video"},
        "audio_url": {"reference_audio"},
    }

    def created(self, path: str, body: dict[str, Any]) -> Answer:
        if path != "/api/v3/contents/generations/tasks":
            return 404, {"error": {"code": "NotFound", "message": path}}
        problem = self._problem(body)
        if problem:
            return 400, {"error": {"code": "InvalidParameter", "message": problem}}
        return 200, {"id": "cgt-2026-1"}

    def _problem(self, body: dict[str, Any]) -> str:
        if set(body) - self.fields:
            return f"unknown fields {set(body) - self.fields}"
        if not 4 <= body["duration"] <= 15 or not isinstance(body["duration"], int):
            return "duration"
        if body["resolution"] not in ("480p", "720p", "1080p") or not 0 <= body["seed"] < 2**32:
            return "resolution or seed"
        if body["content"][0]["type"] != "text" or not body["content"][0]["text"]:
            return "text first"
        for item in body["content"][1:]:
            if item["role"] not in self.roles[item["type"]] or not item[item["type"]]["url"].startswith("data:"):
                return f"item {item['type']} {item.get('role')}"
        return ""

    def looked(self, path: str) -> Answer:
        state = self.state("running", "succeeded")
        task: dict[str, Any] = {"id": path.rsplit("/", 1)[1], "model": "seedance", "status": state, "error": None}
        if state == "succeeded":
            task |= {
                "content": {"video_url": f"{self.base}/result.mp4"}, "usage": {"completion_tokens": 108900}, "seed": 7,
            }  # fmt: skip
        return 200, task


class Minimax(Service):
    """MiniMax v2."""

    def created(self, path: str, body: dict[str, Any]) -> Answer:
        if path != "/v2/video_generation" or body["resolution"] not in ("768P", "2K"):
            return 400, {"base_resp": {"status_code": 2013, "status_msg": "invalid params"}}
        return 200, {"task_id": "4711", "base_resp": {"status_code": 0, "status_msg": "success"}}

    def looked(self, path: str) -> Answer:
        state = self.state("processing", "success")
        task: dict[str, Any] = {"id": "4711", "status": state}
        if state == "success":
            task["content"] = {"url": f"{self.base}/result.mp4"}
        return 200, {"task": task, "base_resp": {"status_code": 0, "status_msg": "success"}}


class Videos(Service):
    """A ``/v1/videos`` job server."""

    def created(self, path: str, body: dict[str, Any]) -> Answer:
        if path != "/v1/videos" or not body.get("prompt") or not body.get("model"):
            return 400, {"error": {"code": "invalid_request_error", "message": "prompt"}}
        return 200, {"id": "video_1", "object": "video", "status": "queued", "progress": 0}

    def looked(self, path: str) -> Answer:
        state = self.state("in_progress", "completed")
        return 200, {"id": "video_1", "object": "video", "status": state, "progress": 40, "error": None}


class Fal(Service):
    """The fal queue behind the Hugging Face router."""

    def created(self, path: str, body: dict[str, Any]) -> Answer:
        if path != "/fal-ai/fal-ai/wan/v2.2-5b?_subdomain=queue":
            return 404, {"detail": "Path not found"}
        queue = "https://queue.fal.run/fal-ai/wan/requests/r-1"
        return 200, {"request_id": "r-1", "status": "IN_QUEUE", "response_url": queue, "status_url": f"{queue}/status"}

    def looked(self, path: str) -> Answer:
        if "/status" in path:
            return 200, {"status": self.state("IN_PROGRESS", "COMPLETED"), "request_id": "r-1"}
        return 200, {"video": {"url": f"{self.base}/result.mp4", "content_type": "video/mp4"}}


class Replicate(Service):
    """Replicate behind the Hugging Face router."""

    def created(self, path: str, body: dict[str, Any]) -> Answer:
        if path != "/replicate/v1/models/wan-video/wan-2.2-5b/predictions" or "prompt" not in body["input"]:
            return 404, {"detail": "not found"}
        return 201, {"id": "p1", "status": "starting", "output": None}

    def looked(self, path: str) -> Answer:
        state = self.state("processing", "succeeded")
        return 200, {"id": "p1", "status": state, "output": f"{self.base}/result.mp4" if state == "succeeded" else None}


@contextmanager
def serve(service: Service, prefix: str = "") -> Iterator[Service]:
    """Run a fake on a free loopback port; `service.base` is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    service.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            service.creates.append(body)
            fault = service.create.pop(0) if service.create else None
            self._answer(fault, lambda: service.created(self.path, body))

        def do_GET(self) -> None:
            if self.path.endswith((".mp4", "/content")):
                self._result()
                return
            fault = service.poll.pop(0) if service.poll else None
            self._answer(fault, lambda: service.looked(self.path))

        def do_DELETE(self) -> None:
            service.deleted.append(self.path)
            self._json(200, {})

        def _answer(self, fault: Answer | str | None, usual: Any) -> None:
            if fault == "hang":
                time.sleep(2.5)
                self.close_connection = True
            elif fault == "drop":
                self.close_connection = True
            elif isinstance(fault, tuple):
                self._json(*fault)
            elif self.headers.get("authorization") != f"Bearer {KEY}":
                self._json(401, {"error": {"code": "AuthenticationError", "message": "key"}})
            else:
                self._json(*usual())

        def _json(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            if status == 429:
                self.send_header("retry-after", "0")
            self.end_headers()
            self.wfile.write(data)

        def _result(self) -> None:
            service.result_headers.append(dict(self.headers.items()))
            data = service.clip.read_bytes()
            if service.result == "html":
                data = b"<!doctype html><title>not here</title>" * 40
            if service.result == "hang":
                time.sleep(2.5)
            self.send_response(302 if service.result == "redirect" else 200)
            if service.result == "redirect":
                self.send_header("location", "http://169.254.169.254/latest/meta-data/")
            self.send_header("content-type", "video/mp4")
            declared = 10**9 if service.result == "huge" else len(data)
            self.send_header("content-length", "0" if service.result == "redirect" else str(declared))
            self.end_headers()
            if service.result == "truncated":
                data = data[: len(data) // 2]
                self.close_connection = True
            if service.result not in ("huge", "redirect"):
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler
