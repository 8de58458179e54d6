"""The only place where unstamped media exist. Nothing in it has a public path.

The quarantine lies outside everything that the web server may serve. Each job has one folder in it,
mode 0700, shredded when the job ends; a start-up sweep shreds what a crash left behind.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn, Self

import structlog

from errors import InputError, QuarantineBreach
from media.clip import Frame, Picture, Sound, VideoFormat
from media.decode import read_i420, read_picture, read_sound
from media.encode import VideoWriter, write_picture, write_sound
from pipeline.storage import INTAKE, Storage, StorageSilent
from safety.signals import MediaItem

log = structlog.get_logger("pipeline.quarantine")
# Visually lossless and fast; the stamped file is encoded from it once more.
DRAFT_CRF = 9  # about 50 dB; every point less costs a tenth more time to write and to read twice
DRAFT_PRESET = "ultrafast"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an engine made: frames and sound without a stamp, readable through this object only.

    Attributes:
        kind: ``video``, ``image`` or ``audio``.
        digest: SHA-256 (hex) of picture and sound as stored.
        engine: name of the engine; ``engine_version`` its version.
        previsualisation: the engine draws a plan of a film and does not synthesise footage.
        format: size and rate; None for sound alone.
        cuts_s: seconds at which shots begin.
        facts: what the engine says of itself for manifest and record (model id, licence); never user text.
    """

    kind: Literal["video", "image", "audio"]
    digest: str
    engine: str
    engine_version: str
    previsualisation: bool
    format: VideoFormat | None
    duration_s: float
    cuts_s: tuple[float, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    _folder: Path = field(default=Path(), repr=False)

    def __fspath__(self) -> NoReturn:
        raise QuarantineBreach("error.quarantine.path")

    def items(self) -> list[MediaItem]:
        """What output screening looks at."""
        kinds = {"picture.mp4": "video", "picture.png": "image", "sound.wav": "audio"}
        present = [(name, kind) for name, kind in kinds.items() if (self._folder / name).exists()]
        return [MediaItem("output", kind, str(self._folder / name), self.digest) for name, kind in present]

    def frames(self) -> Iterator[Frame]:
        """Planar frames in order."""
        return read_i420(self._folder / "picture.mp4")

    def sound(self) -> Sound | None:
        """The sound, or None."""
        path = self._folder / "sound.wav"
        return read_sound(path) if path.exists() else None

    def picture(self) -> Picture:
        """The picture of a still draft, uint8 [H, W, 3] RGB."""
        return read_picture(self._folder / "picture.png")


class DraftWriter:
    """Collects one draft inside a workspace. Frames are streamed; only the sound is held in memory."""

    def __init__(self, folder: Path, kind: Literal["video", "image", "audio"], format: VideoFormat | None) -> None:
        folder.mkdir(mode=0o700)
        self._folder, self._kind, self._format = folder, kind, format
        self._cuts: list[float] = []
        self._sound: Sound | None = None
        self._video = (
            VideoWriter(folder / "picture.mp4", format, crf=DRAFT_CRF, preset=DRAFT_PRESET, gop=12)
            if kind == "video" and format
            else None
        )

    def write(self, frame: Frame, cut: bool = False) -> None:
        """Append a frame; `cut` says that a shot begins with it."""
        if self._video is None or self._format is None:
            raise QuarantineBreach("error.quarantine.kind")
        if cut:
            self._cuts.append(float(self._video.frames_written / self._format.fps))
        self._video.write(frame, key=cut)

    def write_picture(self, picture: Picture) -> None:
        """Store the picture of a still draft, uint8 [H, W, 3] RGB."""
        write_picture(self._folder / "picture.png", picture)

    def write_sound(self, sound: Sound) -> None:
        """Store the sound."""
        self._sound = sound
        write_sound(self._folder / "sound.wav", sound)

    def finish(
        self, engine: str, version: str, *, previsualisation: bool, facts: dict[str, str] | None = None
    ) -> Draft:
        """Close the files and name what was made."""
        duration_s = self._sound.duration_s if self._sound else 0.0
        if self._video is not None and self._format is not None:
            duration_s = float(self._video.frames_written / self._format.fps)
            self._video.close()
        digest = hashlib.sha256()
        for path in sorted(self._folder.iterdir()):
            digest.update(path.name.encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return Draft(
            self._kind, digest.hexdigest(), engine, version, previsualisation, self._format, duration_s,
            tuple(self._cuts), dict(facts or {}), self._folder,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            if self._video is not None:
                self._video.__exit__(kind, error, trace)
            shred(self._folder)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One job's folder in the quarantine: ``in/`` references, ``draft-*/``, ``out-*/`` the file being stamped.

    Attributes:
        attempt: fencing token of the worker's lease. It is part of every name that the worker makes, so that one
            that was given up for dead and still writes cannot touch the files of its successor.
    """

    job_id: str
    folder: Path
    attempt: int = 0

    def adopt(self, upload: Path | str, name: str) -> Path:
        """Copy an upload in under a neutral name; the original stays with the caller."""
        target = self.folder / "in" / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            shutil.copyfile(upload, target)
        except FileNotFoundError as error:  # uploads do not last long
            raise InputError("error.media.missing") from error
        return target

    def video(self, format: VideoFormat) -> DraftWriter:
        """A writer for a video draft."""
        return DraftWriter(self._fresh(), "video", format)

    def still(self) -> DraftWriter:
        """A writer for a still draft."""
        return DraftWriter(self._fresh(), "image", None)

    def audio(self) -> DraftWriter:
        """A writer for a draft of sound alone."""
        return DraftWriter(self._fresh(), "audio", None)

    def scratch(self, name: str) -> Path:
        """A folder for the engine's own temporary files."""
        path = self.folder / "scratch" / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def outbox(self, ending: str) -> Path:
        """Where the stamped file is written before the release door moves it."""
        folder = self.folder / f"out-{self.attempt}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / f"stamped{ending}"

    def clear(self, *, own: bool = False) -> None:
        """Shred drafts, unfinished stamped files and what services sent: of all attempts, or only of this one.

        The notes of engines stay: a task that was paid for is asked for again, not ordered twice.
        """
        for attempt, made in list(self.made()):
            if attempt == self.attempt or not own:
                shred(made)
        for file in () if own else self.folder.glob("scratch/*/*"):
            if file.suffix != ".json":
                shred(file)

    def made(self) -> Iterator[tuple[int, Path]]:
        """Every folder with drafts and stamped files, and the attempt that made it."""
        for pattern in ("draft-*-*", "out-*"):
            for path in self.folder.glob(pattern):
                yield int(path.name.split("-")[1]), path

    def _fresh(self) -> Path:
        made = len(list(self.folder.glob(f"draft-{self.attempt}-*")))
        return self.folder / f"draft-{self.attempt}-{made + 1}"


class Quarantine:
    """The quarantine folder of a machine.

    Args:
        storage: where references wait for whichever machine works on their job; None when all share the folder.

    Raises:
        QuarantineBreach: the folder lies inside a public one or is not ours alone.
    """

    def __init__(self, root: Path, public: tuple[Path, ...] = (), storage: Storage | None = None) -> None:
        root = root.resolve()
        for folder in public:
            if root.is_relative_to(folder.resolve()) or folder.resolve().is_relative_to(root):
                raise QuarantineBreach("error.quarantine.public")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)
        self.root = root
        self.storage = storage

    def workspace(self, job_id: str, attempt: int = 0) -> Workspace:
        """The folder of a job, made on first use.

        Raises:
            QuarantineBreach: the id is not a plain identifier.
        """
        if not job_id.replace("-", "").isalnum():
            raise QuarantineBreach("error.quarantine.id")
        folder = self.root / job_id
        folder.mkdir(mode=0o700, exist_ok=True)
        return Workspace(job_id, folder, attempt)

    def share(self, job_id: str) -> None:
        """Put the references of a new job where every worker finds them; nothing of it stays on this machine.

        Raises:
            StorageSilent: they could not be stored.
        """
        if self.storage is None:
            return
        folder = self.workspace(job_id).folder
        for path in sorted(folder.glob("in/*")):
            self.storage.put(path, f"{INTAKE}/{job_id}/{path.name}")
        shred(folder)

    def recall(self, job_id: str) -> None:
        """Fetch the references of a job to this machine.

        Raises:
            StorageSilent: they could not be fetched.
        """
        if self.storage is None:
            return
        folder = self.workspace(job_id).folder / "in"
        for name in self.storage.names(f"{INTAKE}/{job_id}"):
            target = folder / Path(name).name
            if not target.exists():
                self.storage.get(name, target)

    def discard(self, job_id: str) -> None:
        """Shred everything of a job, here and in the shared storage."""
        shred(self.workspace(job_id).folder)
        if self.storage is not None:
            try:
                self.storage.remove(f"{INTAKE}/{job_id}")
            except StorageSilent:
                log.warning("storage.left", job=job_id)

    def workspaces(self) -> list[Workspace]:
        """The folders of all jobs on this machine."""
        return [Workspace(path.name, path) for path in self.root.iterdir() if path.is_dir() and not path.is_symlink()]

    def sweep(self, keep: frozenset[str], grace_s: float = 0.0) -> list[str]:
        """Shred the folders of all jobs that are not in `keep`; returns their ids.

        Args:
            grace_s: age up to which a folder may belong to a job that another process is just admitting.
        """
        old = time.time() - grace_s
        strangers = [path for path in sorted(self.root.iterdir()) if path.name not in keep]
        gone = [path.name for path in strangers if path.lstat().st_mtime <= old]
        for name in gone:
            shred(self.root / name)
        if self.storage is not None:
            for stored in self.storage.names(INTAKE, older_s=max(grace_s, 600.0)):
                if (job_id := stored.split("/")[1]) not in keep:
                    self.storage.remove(f"{INTAKE}/{job_id}")
                    gone.append(job_id)
        return gone


def shred(folder: Path) -> None:
    """Remove a folder and all it holds. Symbolic links are removed, never followed.

    Two may shred the same at once: what the other one has removed is no error.
    """

    def retry(function: Any, path: str, fault: tuple[Any, BaseException, Any]) -> None:
        if isinstance(fault[1], FileNotFoundError):
            return
        os.chmod(Path(path).parent, 0o700)
        function(path)

    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, onerror=retry)
    else:
        folder.unlink(missing_ok=True)
