"""A time-stamp authority on loopback, made of openssl's, for tests only."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def make_authority(folder: Path) -> str:
    """Keys and certificates of an authority; returns its root as PEM."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    (folder / "leaf.ext").write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    (folder / "ca.ext").write_text(
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
    )
    for name, extra in (
        ("ca", ["-signkey", "ca.key"]),
        ("tsa", ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]),
    ):
        _run(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        _run(folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/O=Test/CN=test {name}", "-out", f"{name}.csr")
        ext = "ca.ext" if name == "ca" else "leaf.ext"
        _run(folder, "x509", "-req", "-days", "30", "-sha256", "-in", f"{name}.csr", "-extfile", ext, *extra, "-out",
             f"{name}.pem")  # fmt: skip
    return (folder / "ca.pem").read_text()


def _run(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@contextmanager
def served(folder: Path, status: int = 200) -> Iterator[tuple[str, list[int]]]:
    """The authority's address, and a list that grows by one for each request; `status` 500 makes it fail."""
    asked: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["content-length"]))
            asked.append(len(query))
            name = folder / f"query{len(asked)}"
            name.write_bytes(query)
            answer = b"no" if status != 200 else subprocess.run(
                ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", str(name)],
                cwd=folder, check=True, capture_output=True,
            ).stdout  # fmt: skip
            self.send_response(status)
            self.send_header("content-type", "application/timestamp-reply")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
