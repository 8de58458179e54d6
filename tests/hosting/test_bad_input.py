"""What a host gets wrong: addresses, credentials, a full storage. Each is said clearly, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from errors import Unavailable
from pipeline.storage import Storage, StorageSilent
from records.session import Database
from tests.hosting.services import free_port

ROOT = Path(__file__).parents[2]
# On a full file system of 200 kB: what does not fit is said and leaves nothing; what fits goes on.
FULL = """
import sys
from pathlib import Path
from pipeline.storage import Storage, StorageSilent
disk, source = Path(sys.argv[1]), Path(sys.argv[2])
storage = Storage(f"file://{disk}/bucket", patience_s=0.1)
try:
    storage.put(source, "released/a/clip.mp4")
except StorageSilent as error:
    print(error.key, storage.names("released"))
source.write_bytes(b"small")
storage.put(source, "released/a/clip.mp4")
print(storage.names("released"))
"""


@pytest.fixture
def locked_store() -> Iterator[str]:
    """An S3 server on loopback that asks for credentials which nobody has."""
    port = free_port()
    code = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1"}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen([sys.executable, "-c", code, str(port)], env=environment, stdout=quiet, stderr=quiet)
    url = f"http://127.0.0.1:{port}"
    try:
        made = httpx.Client(transport=httpx.HTTPTransport(retries=8)).put(f"{url}/colophon", timeout=60)
        assert made.status_code == 200
        yield url
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize("url", ["not a url", "postgresql+nothing://a/b", "nowhere://x"])
def test_a_wrong_database_url_is_said(url: str) -> None:
    with pytest.raises(Unavailable) as caught:
        Database(url)
    assert (caught.value.key, caught.value.params["remedy"]) == ("error.database.url", "COLOPHON_DATABASE_URL")


def test_a_wrong_storage_url_is_said() -> None:
    with pytest.raises(StorageSilent) as caught:
        Storage("nowhere://bucket")
    assert (caught.value.key, caught.value.params["remedy"]) == ("error.storage.silent", "COLOPHON_STORAGE__URL")


@pytest.mark.services
def test_refused_credentials_of_the_storage_are_said_without_waiting(locked_store: str, tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(b"x")
    options = {"key": "nobody", "secret": "planted-secret", "endpoint_url": locked_store}
    storage = Storage("s3://colophon/files", options, patience_s=3600)
    for task in (storage.check, lambda: storage.put(source, "released/a/clip.mp4")):
        with pytest.raises(StorageSilent) as caught:
            task()
        assert (caught.value.key, caught.value.params["remedy"]) == ("error.storage.refused", "COLOPHON_STORAGE__KEY")
        assert "planted-secret" not in str(caught.value)


def test_a_full_storage_is_said_and_keeps_no_part_of_a_file(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    (tmp_path / "disk").mkdir()
    (tmp_path / "clip.mp4").write_bytes(bytes(400_000))
    script = 'mount -t tmpfs -o size=200k disk "$1"; exec "$3" -c "$4" "$1" "$2"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-euc", script, "sh", tmp_path / "disk", tmp_path / "clip.mp4", sys.executable, FULL],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-2:] == ["error.storage.full []", "['released/a/clip.mp4']"]
