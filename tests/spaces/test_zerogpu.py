"""ZeroGPU's own package beside our folder of the same name, under its emulation, against a local device service."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REAL = importlib.util.find_spec("spaces")
needs_package = pytest.mark.skipif(
    REAL is None or REAL.origin is None or importlib.util.find_spec("torch") is None,
    reason="the package spaces, or torch, is not installed",
)


def _cuda_build() -> bool:
    import torch

    return torch.version.cuda is not None


INERT = """
import json, sys
from pathlib import Path
import spaces
from pipeline.engines import zerogpu

class Renderer:
    def render(self, request, workspace, progress):
        progress(0.5)
        raise zerogpu.ColophonError("error.engine.lease")
    def gpu_seconds(self, request):
        return 60

seen = []
try:
    zerogpu.rent(Renderer(), None, None, seen.append)
except zerogpu.ColophonError as error:
    seen.append(error.key)
print(json.dumps({"package": spaces.__file__, "seen": seen}))
"""

START = """
import importlib.util, json, os, sys
spec = importlib.util.spec_from_file_location("space", "spaces/space.py")
space = importlib.util.module_from_spec(spec)
spec.loader.exec_module(space)
space.start_zerogpu(os.environ)
import spaces
from pipeline.engines import zerogpu
from spaces.zero.decorator import decorated_cache
print(json.dumps({
    "package": spaces.__file__, "decorated": len(decorated_cache), "lease": zerogpu.leased is not zerogpu._leased,
    "device": torch.zeros(1).to("cuda").device.type,
}))
"""


class _Device(BaseHTTPRequestHandler):
    calls: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.calls.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@needs_package
def test_off_zerogpu_the_package_wins_and_a_lease_is_a_plain_call() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("SPACES_ZERO_GPU", None)
    done = subprocess.run(
        [sys.executable, "-c", INERT], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert not Path(told["package"]).is_relative_to(ROOT / "spaces")
    assert told["seen"] == [0.5, "error.engine.lease"]


@needs_package
def test_the_package_reports_once_and_sees_our_leases(tmp_path: Path) -> None:
    if not _cuda_build():
        pytest.skip("the emulation patches a CUDA build of torch; this one is for CPUs")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Device)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "SPACES_ZERO_GPU": "true", "HOME": str(tmp_path),
        "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{server.server_port}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    server.shutdown()
    assert done.returncode == 0, done.stderr[-1500:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert not Path(told["package"]).is_relative_to(ROOT / "spaces")
    assert (told["decorated"], told["lease"], told["device"]) == (1, True, "cuda")
    assert [path.split("?")[0] for path in _Device.calls] == ["/startup-report"]
