"""`python -m tests.hosting.image FOLDER [--clean]`: every step of the Dockerfile in a root folder of its own.

Linux, as root, without an engine. What the base image would bring (a shell, `useradd`, Python with pip in a folder of
its own) is mounted read-only from this machine; `/etc`, `/home`, `/data` and `/srv` begin empty. COPY respects
`.dockerignore`; RUN is the step's own text in `sh -ec`. Packages that are installed beside this interpreter count as
installed, so that pip checks every pin and fetches only what is missing; with `--clean` pip fetches everything. An
instruction that is not known here is an error. Then the image is started as it says, as its user, on a read-only root
without a network.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SILENT = frozenset({"FROM", "VOLUME", "EXPOSE"})
BASE_ETC = (
    "ssl",
    "ca-certificates",
    "alternatives",
    "ld.so.cache",
    "resolv.conf",
    "hosts",
    "nsswitch.conf",
    "login.defs",
)
# $1 root, $2 Python's own folder, $3 packages lent or nothing, $4 "ro" or "rw"; then working folder, user and command.
ENTER = """
root="$1" base="$2" lent="$3" mode="$4" folder="$5" user="$6"; shift 6
mount --bind "$root" "$root"
for name in usr bin sbin lib lib64; do
  [ -e "/$name" ] || continue
  mkdir -p "$root/$name"; mount --bind "/$name" "$root/$name"; mount -o remount,bind,ro "$root/$name"
done
mkdir -p "$root/proc" "$root/dev" "$root/tmp" "$root/data" "$root/$base"
mount --rbind /proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount --bind "$base" "$root/$base"; mount -o remount,bind,ro "$root/$base"
if [ -n "$lent" ]; then
  mkdir -p "$root/lent"; mount --bind "$lent" "$root/lent"; mount -o remount,bind,ro "$root/lent"
fi
if [ "$mode" = ro ]; then mount --bind "$root/data" "$root/data"; mount -o remount,bind,ro "$root"; fi
exec /usr/sbin/chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \\
  env -C "$folder" "$@"
"""
# Lifts the loopback of a network of its own, starts the image's command, asks with the image's own health check.
WATCH = """
import fcntl, json, os, socket, struct, subprocess, sys, time
up = struct.pack("16sh", b"lo", 1)
fcntl.ioctl(socket.socket(), 0x8914, up)  # SIOCSIFFLAGS, IFF_UP
enter, command, check, patience_s = json.loads(sys.argv[1])
begun = time.monotonic()
app = subprocess.Popen(enter + command, stdout=sys.stderr)
try:
    while app.poll() is None and time.monotonic() - begun < patience_s:
        if subprocess.run(enter + check, capture_output=True).returncode == 0:
            start_s, uid = round(time.monotonic() - begun, 1), os.stat(f"/proc/{app.pid}").st_uid
            print(json.dumps({"start_s": start_s, "uid": uid}))
            break
        time.sleep(1)
finally:
    app.terminate()
    app.wait(60)
"""


class Offline(RuntimeError):
    """A step wanted something from the package index, and nobody answers there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, its continuation lines joined."""

    name: str
    text: str


def steps(dockerfile: str) -> list[Step]:
    """Instructions in order; comments are left out."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether `.dockerignore` keeps a path out: anchored at the top, `**/` at any depth, the last match counts."""
    parts = path.split("/")
    heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    out = False
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        deep = bare.startswith("**/")
        tried = (
            [head.rpartition("/")[2] for head in heads]
            if deep
            else [h for h in heads if h.count("/") == bare.count("/")]
        )
        if any(fnmatch.fnmatchcase(one, bare.removeprefix("**/")) for one in tried):
            out = not pattern.startswith("!")
    return out


@dataclass
class Image:
    """A root folder that the steps fill.

    Args:
        folder: an empty folder, readable for everybody on the way down.
        clean: nothing that is installed here is lent; pip fetches everything.
    """

    folder: Path
    clean: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = Path(sys.base_prefix).resolve()
        self.lent = "" if self.clean else sysconfig.get_path("purelib")
        etc = self.folder / "etc"
        etc.mkdir(parents=True)
        (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (etc / "group").write_text("root:x:0:\n")
        (self.folder / "home").mkdir()
        self.folder.chmod(0o755)
        for name in BASE_ETC:
            if (source := Path("/etc") / name).is_dir():
                shutil.copytree(source, etc / name, symlinks=True, ignore=shutil.ignore_patterns("private"))
            elif source.exists():
                shutil.copyfile(source, etc / name)
        self._run(f"{self.base}/bin/python3 -m venv /opt/python")
        if self.lent:
            (packages,) = self.folder.glob("opt/python/lib/python3*/site-packages")
            (packages / "lent.pth").write_text("/lent\n")

    def build(self, context: Path) -> None:
        """Take every step of the context's Dockerfile.

        Raises:
            ValueError: an instruction or an option that is not known here.
            RuntimeError: a step failed; with the end of its output.
        """
        for step in steps((context / "Dockerfile").read_text()):
            self._take(step, context)
            self.done.append(step.name)

    def _take(self, step: Step, context: Path) -> None:
        if step.name == "ENV":
            self.environment |= dict(pair.split("=", 1) for pair in shlex.split(step.text))
        elif step.name == "WORKDIR":
            self.workdir = step.text
            self._at(step.text).mkdir(parents=True, exist_ok=True)
        elif step.name == "COPY":
            self._copy(step.text.split(), context)
        elif step.name == "RUN":
            self._run(step.text)
        elif step.name == "USER":
            self.user = step.text
        elif step.name == "CMD":
            self.command = json.loads(step.text)
        elif step.name == "HEALTHCHECK":
            self.health = json.loads(step.text.partition(" CMD ")[2])
        elif step.name not in SILENT:
            raise ValueError(f"an instruction that is not known here: {step.name}")

    def _at(self, path: str) -> Path:
        return self.folder / os.path.normpath(f"{self.workdir}/{path}" if path[0] != "/" else path).lstrip("/")

    def _copy(self, words: list[str], context: Path) -> None:
        *sources, target = words
        if any(word.startswith("--") for word in words):
            raise ValueError(f"an option of COPY that is not known here: {words}")
        ignore = (context / ".dockerignore").read_text().split()
        for source in sources:
            for path in [context / source] if source != "." else _below(context, ignore):
                name = path.relative_to(context).as_posix()
                if not ignored(name, ignore):
                    (self._at(target) / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(path, self._at(target) / name)

    def enter(self, mode: str) -> list[str]:
        """The command that enters the root with the environment, folder and user reached so far."""
        told = {
            "PATH": "/opt/python/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root" if self.user == "0" else "/tmp",
        }
        told |= {
            name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_proxy")
        }
        told |= self.environment
        return [
            "unshare", "--mount", "--propagation", "private", "sh", "-euc", ENTER, "sh",
            str(self.folder), str(self.base), self.lent, mode, self.workdir, self.user,
            "env", "-i", *(f"{name}={value}" for name, value in told.items()),
        ]  # fmt: skip

    def _run(self, text: str) -> None:
        done = subprocess.run([*self.enter("rw"), "sh", "-ec", text], capture_output=True, text=True, check=False)
        if done.returncode:
            silent = any(word in done.stderr + done.stdout for word in ("NewConnectionError", "NameResolutionError"))
            raise (Offline if silent else RuntimeError)(f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")

    def inside(self, code: str) -> str:
        """What a piece of Python prints, run as the image's user on a read-only root."""
        done = subprocess.run([*self.enter("ro"), "python", "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def start(self, patience_s: float = 240.0) -> dict[str, float]:
        """Start the image's command; seconds to its first healthy answer, and its user.

        Raises:
            RuntimeError: it did not become healthy; with the end of its output.
        """
        task = json.dumps([self.enter("ro"), self.command, self.health, patience_s])
        done = subprocess.run(
            ["unshare", "--net", sys.executable, "-c", WATCH, task], capture_output=True, text=True, check=False
        )  # fmt: skip
        if not done.stdout:
            raise RuntimeError(f"not healthy\n{done.stderr[-4000:]}")
        told: dict[str, float] = json.loads(done.stdout)
        return told


def _below(context: Path, patterns: Sequence[str]) -> list[Path]:
    found = []
    for folder, names, files in os.walk(context):
        here = Path(folder).relative_to(context)
        names[:] = [name for name in names if not ignored((here / name).as_posix(), patterns)]
        found += [Path(folder) / name for name in files]
    return found


def missing() -> str:
    """Why no root folder can be made here, or nothing."""
    if os.geteuid() != 0:
        return "only root may make users and mount"
    tried = subprocess.run(["unshare", "--mount", "--net", "true"], check=False, capture_output=True)
    return "no namespaces here" if tried.returncode else ""


def main(arguments: Sequence[str]) -> int:
    folder = Path(arguments[0])
    folder.mkdir()
    begun = time.monotonic()
    image = Image(folder, clean="--clean" in arguments)
    image.build(ROOT)
    built_s = time.monotonic() - begun
    print(json.dumps({"steps": len(image.done), "built_s": round(built_s, 1), **image.start()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
