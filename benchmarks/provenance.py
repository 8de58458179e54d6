"""What Verify still says after what platforms do to a file; and what stamping and verifying cost.

    python -m benchmarks.provenance SOURCE.mp4        # needs the program ffmpeg; a few minutes

Prints two Markdown tables. Cost is CPU time of this process and its threads.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from media.encode import VideoWriter
from watermark.config import SigningConfig, StampConfig
from watermark.fingerprint import Fingerprint
from watermark.hosts import FileHost
from watermark.inspect import Inspector
from watermark.invisible import KeyRing
from watermark.ledger import Entry, MemoryLedger
from watermark.stamp import StampOrder
from watermark.tools import assemble

SECRET = b"a secret for this benchmark only"
TREATMENTS = {
    "as released": ("mp4", []),
    "stream copy": ("mp4", ["-c", "copy"]),
    "metadata stripped, stream copy": ("mp4", ["-map_metadata", "-1", "-c", "copy"]),
    "re-encoded, H.264 crf 23": ("mp4", ["-map_metadata", "-1", "-crf", "23", "-c:a", "aac", "-b:a", "128k"]),
    "re-encoded, H.264 crf 30, AAC 96k": ("mp4", ["-map_metadata", "-1", "-crf", "30", "-c:a", "aac", "-b:a", "96k"]),
    "resized to 360p, crf 26": ("mp4", ["-vf", "scale=-2:360", "-crf", "26", "-c:a", "aac"]),
    "cropped by 10 %, crf 23": ("mp4", ["-vf", "crop=iw*0.9:ih*0.9", "-crf", "23", "-c:a", "aac"]),
    "cropped to the lower left 80 %, crf 23": (
        "mp4", ["-vf", "crop=iw*0.8:ih*0.8:0:ih*0.2", "-crf", "23", "-c:a", "aac"]),
    "trimmed to 3 s": ("mp4", ["-ss", "2", "-t", "3", "-crf", "23", "-c:a", "aac"]),
    "VP9 and Opus in WebM": ("webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-crf", "34", "-b:v", "0",
                                      "-c:a", "libopus"]),
    "screenshot, PNG": ("png", ["-ss", "2", "-frames:v", "1"]),
    "screenshot, JPEG": ("jpg", ["-ss", "2", "-frames:v", "1", "-q:v", "5"]),
    "screenshot, lower left 70 %, JPEG": (
        "jpg", ["-ss", "2", "-frames:v", "1", "-vf", "crop=iw*0.7:ih*0.7:0:ih*0.3", "-q:v", "5"]),
    "sound extracted, MP3 128k": ("mp3", ["-vn", "-b:a", "128k"]),
}  # fmt: skip


def measured(work: Callable[[], object]) -> float:
    """CPU seconds."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main(source: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="colophon-benchmark-"))
    ledger = MemoryLedger()
    tools = assemble(StampConfig(), SigningConfig(folder=folder / "keys"), KeyRing(SECRET), None, ledger)
    blind = Inspector(tools.inspector._config, KeyRing(b"another secret, nothing is found"), tools.trust, ledger)
    host = FileHost(source)
    assert host.format is not None
    frames, sound = list(host.frames()), host.sound()

    def encode() -> None:
        assert host.format is not None
        with VideoWriter(folder / "plain.mp4", host.format, sound=sound) as writer:
            for frame in frames:
                writer.write(frame)

    base_s = measured(encode)
    started = time.process_time()
    made = tools.stamper.stamp(host, StampOrder("benchmark", "1"), folder / "released.mp4")
    stamp_s = time.process_time() - started
    ledger.add(
        Entry("rel-1", made.manifest_label, made.manifest, made.payload, made.sha256,
              Fingerprint.from_dict(made.fingerprint), made.created_at, made.engine)
    )  # fmt: skip
    print("| treatment | state | finding | video or image mark | sound mark | label | AIGC | without the mark |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (ending, arguments) in TREATMENTS.items():
        copy = folder / f"copy.{ending}" if arguments else made.path
        if arguments:
            call = ["ffmpeg", "-v", "error", "-y", "-threads", "1", "-i", str(made.path), *arguments, str(copy)]
            subprocess.run(call, check=True)
        report, likeness = tools.inspector.inspect(copy).as_dict(), blind.inspect(copy).as_dict()
        marks = report["watermark"]
        seen = marks["video"] or marks["image"]
        cells = (
            name, report["state"], report["finding"], _word(seen), _word(marks["audio"]),
            "yes" if report["label"] and report["label"]["visible"] else "no", report["aigc_count"],
            likeness["finding"],
        )  # fmt: skip
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)
    print("\n| step | CPU s |\n|---|---|")
    print(f"| decode and stamp | {stamp_s:.2f} |\n| plain encode | {base_s:.2f} |")
    print(f"| verify, record intact | {measured(lambda: tools.inspector.inspect(made.path)):.2f} |")
    print(f"| verify, nothing to find | {measured(lambda: blind.inspect(folder / 'plain.mp4')):.2f} |")


def _word(mark: dict[str, object] | None) -> str:
    return "-" if mark is None else str(mark["state"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
