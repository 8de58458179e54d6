"""Start on a Space: what the host tells us becomes settings, then `app.main` serves."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

DATA = Path("/data")


def prepare(environ: MutableMapping[str, str], storage: Path = DATA) -> None:
    """Fill in settings that follow from the host; what is already set stays. Secrets become files of mode 0600."""
    environ.setdefault("COLOPHON_WEB__HOST", "0.0.0.0")
    environ.setdefault("COLOPHON_WEB__PORT", environ.get("GRADIO_SERVER_PORT", "7860"))
    environ.setdefault("FORWARDED_ALLOW_IPS", "*")  # only the Space's own proxy reaches this container
    if environ.get("SPACE_HOST"):
        environ.setdefault("COLOPHON_WEB__PUBLIC_URL", f"https://{environ['SPACE_HOST']}")
        environ.setdefault("COLOPHON_WEB__SECURE_COOKIES", "true")
    if os.access(storage, os.W_OK):
        environ.setdefault("COLOPHON_DATA", str(storage / "colophon"))
    key, chain = environ.pop("SIGNING_KEY_PEM", ""), environ.pop("SIGNING_CHAIN_PEM", "")
    if key and chain and "COLOPHON_DATA" in environ:
        folder = Path(environ["COLOPHON_DATA"]) / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        environ["COLOPHON_SIGNING__SOURCE"] = "pem"
        environ["COLOPHON_SIGNING__KEY"] = _write(folder / "space-key.pem", key)
        environ["COLOPHON_SIGNING__CERTIFICATE"] = _write(folder / "space-chain.pem", chain)


def _write(path: Path, text: str) -> str:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
    return str(path)


def start_zerogpu(environ: MutableMapping[str, str]) -> None:
    """Report to ZeroGPU: its hook waits for `Blocks.launch`, which a page mounted in FastAPI never calls."""
    if environ.get("SPACES_ZERO_GPU", "").lower() not in ("1", "t", "true"):
        return
    import spaces.zero  # before torch, which it patches

    import pipeline.engines.zerogpu  # noqa: F401 - decorates, so that there is something to report

    spaces.zero.startup()


def add_reviewer(environ: MutableMapping[str, str]) -> None:
    """The first reviewer, from two secrets; the password leaves the environment."""
    login, password = environ.pop("DESK_LOGIN", ""), environ.pop("DESK_PASSWORD", "")
    if not (login and password):
        return
    import io

    from moderation.__main__ import main as desk

    before, sys.stdin = sys.stdin, io.StringIO(password + "\n")
    try:
        if desk(["user", "add", login, "--role", "senior", "--role", "admin", "--password-stdin"]):
            raise SystemExit(2)
    finally:
        sys.stdin = before


if __name__ == "__main__":
    prepare(os.environ)
    start_zerogpu(os.environ)
    add_reviewer(os.environ)
    import app

    sys.exit(app.main([]))
