"""The folder of a Space: same bytes twice, only what belongs there, and a careful upload to a local hub."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from errors import Unavailable, UsageError
from settings import PREFIX, table

ROOT = Path(__file__).parents[2]


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"colophon_{name}", ROOT / "spaces" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


deploy, space = _load("deploy"), _load("space")
HAS_MODELS = all(importlib.util.find_spec(name.split("/")[0]) for name in deploy.MODELS)
needs_models = pytest.mark.skipif(not HAS_MODELS, reason="requirements-nodeps.txt is not installed")


@needs_models
@pytest.mark.parametrize("flavour", deploy.FLAVOURS)
def test_the_folder_is_the_same_twice_and_holds_no_spaces_package(flavour: str, tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        deploy.build(flavour, tmp_path / name)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        trees.append({path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in files})
    assert trees[0] == trees[1]
    assert {"app.py", "space.py", "requirements.txt", "README.md", "NOTICE"} <= trees[0].keys()
    assert b"MIT License" in trees[0]["licences/facenet_pytorch.txt"]
    assert b"MIT License" in trees[0]["licences/silero_vad.txt"]
    assert not [name for name in trees[0] if name.startswith(("tests/", "spaces/", "data/")) or "__pycache__" in name]


def test_a_folder_with_files_and_an_unknown_flavour_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(UsageError):
        deploy.build("cpu", tmp_path)
    with pytest.raises(UsageError):
        deploy.build("tpu", tmp_path / "new")


def test_an_altered_model_is_refused() -> None:
    with pytest.raises(Unavailable):
        deploy._model("facenet_pytorch/data/pnet.pt", "0" * 64)


@pytest.mark.parametrize("flavour", deploy.FLAVOURS)
def test_pins_and_front_matter_agree(flavour: str) -> None:
    facts = deploy._facts(flavour)
    pins = dict(line.split("#")[0].strip().split("==") for line in
                deploy.requirements(facts["requirements"]).splitlines() if "==" in line.split("#")[0])  # fmt: skip
    front = yaml.safe_load((ROOT / "spaces" / flavour / "README.md").read_text().split("---")[1])
    assert pins["gradio"] == front["sdk_version"]
    assert front["suggested_hardware"] == facts["hardware"]
    assert front["app_file"] == "space.py"
    assert ("torch" in pins) == (flavour != "cpu")
    assert "insightface" not in pins
    if flavour == "zerogpu":
        assert tuple(map(int, pins["torch"].split("."))) <= (2, 11, 0)


def _pins(flavour: str) -> dict[str, str]:
    lines = deploy.requirements(deploy._facts(flavour)["requirements"]).splitlines()
    parts = (line.split("#")[0].strip().split("==") for line in lines if "==" in line.split("#")[0])
    return {canonicalize_name(name.split("[")[0]): version for name, version in parts}


@pytest.mark.parametrize("flavour", deploy.FLAVOURS)
def test_the_pins_agree_with_what_a_space_installs_beside_them(flavour: str) -> None:
    """A Space's build runs `pip install -r requirements.txt "gradio[oauth,mcp]==<sdk_version>" ...` as one command."""
    pins = _pins(flavour)
    wanted = [Requirement(line) for line in requires("gradio") or []]
    extra = [r for r in wanted if r.marker and any(r.marker.evaluate({"extra": e}) for e in ("", "oauth", "mcp"))]
    clashes = [str(r) for r in extra if not r.specifier.contains(pins.get(canonicalize_name(r.name), "")) and
               canonicalize_name(r.name) in pins]  # fmt: skip
    assert extra
    assert clashes == []


def test_no_package_of_the_cpu_flavour_brings_torch_or_a_second_opencv() -> None:
    seen: set[str] = set()
    left = sorted(_pins("cpu"))
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        with suppress(PackageNotFoundError):
            found = (Requirement(line) for line in requires(name) or [])
            left += [canonicalize_name(r.name) for r in found if not r.marker or r.marker.evaluate({"extra": ""})]
    assert {"gradio", "onnxruntime", "pydantic-core"} <= seen
    assert not seen & {"torch", "torchvision", "opencv-python", "triton"}


def test_our_folder_never_hides_an_installed_package_of_its_name(tmp_path: Path) -> None:
    assert not (ROOT / "spaces" / "__init__.py").exists()
    (tmp_path / "spaces").mkdir()
    (tmp_path / "spaces" / "__init__.py").write_text("WHO = 'installed'")
    code = f"import sys; sys.path[:] = [{str(ROOT)!r}, *sys.path, {str(tmp_path)!r}]; import spaces; print(spaces.WHO)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "installed"


def test_the_host_becomes_settings_and_what_is_set_stays(tmp_path: Path) -> None:
    environ = {
        "SPACE_HOST": "a-b.hf.space",
        "COLOPHON_WEB__PORT": "7000",
        "SIGNING_KEY_PEM": "k",
        "SIGNING_CHAIN_PEM": "c",
    }
    space.prepare(environ, tmp_path)
    assert environ["COLOPHON_WEB__PUBLIC_URL"] == "https://a-b.hf.space"
    assert environ["COLOPHON_WEB__PORT"] == "7000"
    assert environ["COLOPHON_DATA"] == str(tmp_path / "colophon")
    assert "SIGNING_KEY_PEM" not in environ
    key = Path(environ["COLOPHON_SIGNING__KEY"])
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("k", 0o600)
    known = table()
    assert all(f"`{name}`" in known for name in environ if name.startswith(PREFIX))


class _Hub(BaseHTTPRequestHandler):
    status, calls = 200, []  # type: ignore[var-annotated]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.calls.append((self.command, self.path, body))
        answer: dict[str, Any] = {
            "url": f"http://{self.headers['host']}/spaces/a/b",
            "name": "a/b",
            "stage": "BUILDING",
            "hardware": {},
        }
        if "/buckets/" in self.path:
            answer["url"] = f"http://{self.headers['host']}/buckets/a/b-data"
        if "/preupload/" in self.path:
            files = json.loads(body)["files"]
            answer = {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]}
        elif "/commit/" in self.path:
            answer = {
                "commitOid": "0" * 40,
                "commitUrl": f"http://{self.headers['host']}/spaces/a/b/commit/" + "0" * 40,
            }
        elif self.path.endswith("/variables"):
            answer = {}
        elif "/tree/" in self.path:
            answer = []  # type: ignore[assignment]
        data = json.dumps(answer).encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Hub]]:
    from huggingface_hub import hf_api

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Hub.status, _Hub.calls = 200, []
    url, real = f"http://127.0.0.1:{server.server_port}", hf_api.HfApi
    # Tests of the engines switch the hub off for the whole process; this one is on loopback.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: real(endpoint=url, token="hf_test"))
    yield _Hub
    server.shutdown()


@needs_models
def test_a_dry_run_calls_nobody_and_shows_no_secret(hub: type[_Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "planted-password")
    plan = deploy.push("cpu", "a/b", dry_run=True)
    assert hub.calls == []
    assert "planted-password" not in json.dumps(plan)
    assert plan["secrets"] == ["DESK_PASSWORD"]


@needs_models
@pytest.mark.parametrize(("status", "key"), [(401, "token"), (402, "quota"), (403, "rights"), (400, "hub")])
def test_a_refusal_of_the_hub_is_said_clearly(hub: type[_Hub], status: int, key: str) -> None:
    hub.status = status
    with pytest.raises(Unavailable) as caught:
        deploy.push("cpu", "a/b")
    assert caught.value.key == f"error.deploy.{key}"


@needs_models
def test_a_push_creates_mounts_and_uploads(hub: type[_Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "planted-password")
    deploy.push("cpu", "a/b")
    paths = [path for _, path, _ in hub.calls]
    order = [next(i for i, p in enumerate(paths) if end in p) for end in
             ("/buckets/a/b-data", "/repos/create", "/volumes", "/secrets", "/commit/", "/hardware")]  # fmt: skip
    assert order == sorted(order)
    (volumes,) = [json.loads(body)["volumes"] for _, path, body in hub.calls if path.endswith("/volumes")]
    assert volumes[0]["mountPath"] == "/data"
