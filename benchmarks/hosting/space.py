"""`python -m benchmarks.hosting.space FOLDER VENV [--port N]`: the assembled Space in a root of its own.

Linux, as root. FOLDER is what `python spaces/deploy.py build cpu FOLDER` made, VENV holds what a Space installs. The
app runs by the convention of Spaces: user 1000 without privileges, code folder mounted read-only, writable /data and
/tmp, `SPACE_ID` and `SPACE_HOST`, behind a proxy that ends TLS, in a frame of huggingface.co. Starts it, measures
seconds and memory, makes one clip over the API and reads it back through /v1/verify. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

HOST = "owner-name.hf.space"
PROXY = {"host": HOST, "x-forwarded-proto": "https", "x-forwarded-host": HOST, "x-forwarded-for": "203.0.113.9",
         "connection": "close"}  # fmt: skip
USER = 1000
# $1 root, $2 code, $3 storage, $4 virtual environment, $5 its base Python; mounts end with the namespace.
SCRIPT = f"""
mount -t tmpfs -o mode=755 root "$1"
for name in usr bin sbin lib lib64 etc proc dev; do
  [ -e "/$name" ] || continue
  mkdir -p "$1/$name" && mount --rbind "/$name" "$1/$name"
done
mkdir -p "$1/tmp" "$1/data" "$1/home/user/app" "$1/$4" "$1/$5"
chmod 1777 "$1/tmp"; chown {USER}:{USER} "$1/home/user"
mount --bind "$3" "$1/data"
for pair in "$2:$1/home/user/app" "$4:$1/$4" "$5:$1/$5"; do
  mount --bind "${{pair%%:*}}" "${{pair#*:}}" && mount -o remount,bind,ro "${{pair#*:}}"
done
exec /usr/sbin/chroot "$1" env -C /home/user/app setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs \\
  "$4/bin/python" space.py
"""


def start(folder: Path, venv: Path, port: int, work: Path) -> subprocess.Popen[bytes]:
    """The Space as a process; its output goes to `work/space.log`."""
    storage, root = work / "data", work / "root"
    storage.mkdir()
    root.mkdir()
    os.chown(storage, USER, USER)
    base = Path(os.path.realpath(venv / "bin" / "python")).parents[1]
    environment = {
        "PATH": f"{venv}/bin:/usr/bin:/bin", "HOME": "/home/user", "SPACE_ID": "owner/name", "SPACE_HOST": HOST,
        "SYSTEM": "spaces", "GRADIO_SERVER_PORT": str(port), "LANG": "C.UTF-8",
    }  # fmt: skip
    with (work / "space.log").open("wb") as log:
        return subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-euc", SCRIPT, "sh",
             str(root), str(folder.resolve()), str(storage), str(venv.resolve()), str(base)],
            stdout=log, stderr=log, env=environment,
        )  # fmt: skip


def ready(client: httpx.Client, process: subprocess.Popen[bytes], patience_s: float) -> dict[str, Any]:
    """Wait for the first healthy answer."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.HTTPError):
            answer = client.get("/healthz")
            if answer.status_code == 200:
                report: dict[str, Any] = answer.json()
                return report
        time.sleep(0.1)
    raise TimeoutError("the Space does not start")


def call(client: httpx.Client, name: str, *data: object) -> dict[str, Any]:
    """A function of the page for programs."""
    event = client.post(f"/gradio_api/call/{name}", json={"data": data}).raise_for_status().json()["event_id"]
    lines = client.get(f"/gradio_api/call/{name}/{event}").text.splitlines()
    answer: dict[str, Any] = json.loads(next(line for line in lines if line.startswith("data: "))[6:])[0]
    return answer


def clip(client: httpx.Client) -> dict[str, Any]:
    """Two seconds from the embedded engine, read back by Verify."""
    begun = time.monotonic()
    job = call(
        client,
        "generate",
        "A lighthouse at dusk",
        None,
        None,
        "auto",
        "480p",
        "16:9",
        24,
        2.0,
        7,
        True,
        False,
        "own_use",
    )
    while not (state := call(client, "job", job["job_id"], job["key"]))["final"]:
        time.sleep(1.0)
    seconds = time.monotonic() - begun
    release = state["release"]
    data = client.get(release["url"]).raise_for_status().content
    report = client.post("/v1/verify", files={"file": (release["file_name"], data)}).raise_for_status().json()
    return {
        "state": state["state"],
        "clip_s": round(seconds, 1),
        "bytes": len(data),
        "verified": report["report"]["state"],
    }


def memory_mb(pid: int) -> float:
    """Proportional share of memory of a process and all its children, megabytes."""
    pids, total = [pid], 0
    while pids:
        one = pids.pop()
        with suppress(OSError):
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
            pids += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return round(total / 1024, 1)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far, ended children included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return round(sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"), 1)


def measure(folder: Path, venv: Path, port: int) -> dict[str, Any]:
    """Start, look, make a clip, look again."""
    work = Path(tempfile.mkdtemp(prefix="colophon-space-"))
    begun, load = time.monotonic(), os.getloadavg()[0]
    process = start(folder, venv, port, work)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=PROXY, timeout=120) as client:
            health = ready(client, process, 900)
            start_s, start_cpu_s = time.monotonic() - begun, cpu_s(process.pid)
            page = client.get("/", headers={"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"})
            time.sleep(15)
            idle = memory_mb(process.pid)
            made = clip(client)
        return {
            "start_s": round(start_s, 1), "start_cpu_s": start_cpu_s, "load_1min": round(load, 1), "idle_mb": idle,
            "after_mb": memory_mb(process.pid), "health": health, "page": page.status_code,
            "may_be_framed_by": page.headers["content-security-policy"].rpartition("frame-ancestors ")[2],
            "root_is_https": f"https://{HOST}" in page.text, **made,
            "cookie": page.headers.get("set-cookie", "").partition("; ")[2],
            "written": sorted(path.name for path in (work / "data").rglob("*") if path.parent.name == "data"),
        }  # fmt: skip
    except BaseException:
        sys.stderr.write((work / "space.log").read_text(errors="replace")[-4000:])
        raise
    finally:
        process.terminate()
        process.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("venv", type=Path)
    parser.add_argument("--port", type=int, default=8103)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.folder, chosen.venv, chosen.port)))


if __name__ == "__main__":
    main()
