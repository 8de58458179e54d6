"""Reader of Verify and packer of ingredients in the cage (`media.cage`): a fresh process for each file."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from errors import InputError
from media.cage.client import STOPPED, Cage
from media.cage.confine import Bounds
from media.cage.server import Part, Task
from media.cage.tasks import warm
from media.clip import Sound
from media.encode import write_picture
from media.source import OpenFile
from watermark import jumbf
from watermark.config import NAME, InspectConfig, SigningConfig
from watermark.credentials import SOURCE_TYPES
from watermark.examine import Examined, Examiner
from watermark.fingerprint import sound_codes
from watermark.ingredients import MAX_ARCHIVE_BYTES, Entry, Taken, bare, take
from watermark.invisible import KeyRing, extract_sound, extract_still
from watermark.label import visible_in
from watermark.neural import NeuralMarks, load
from watermark.signing import DevelopmentSigner
from watermark.spoken import audible_in
from watermark.trust import TrustStore

MEMORY_BYTES: Final = 6 * 2**30
_EXAMINED: Final = TypeAdapter(Examined)
_TAKEN: Final = TypeAdapter(Taken)
_LAZY = (
    "c2pa", "scipy.signal", "watermark.containers.bmff", "watermark.containers.id3", "watermark.containers.jpeg",
    "watermark.containers.png", "watermark.containers.riff", "watermark.xmp",
)  # fmt: skip


class CagedExaminer:
    """`watermark.examine.Examines` and `watermark.ingredients.Takes` for files of strangers.

    Args:
        config, keyring, trust: as for `Examiner`; sent to the cage's server through a pipe.
        neural: files of the neural readers, by name; loaded there.
        limit_s: a file that takes longer is given up.
        most: files at a time.
    """

    def __init__(
        self, config: InspectConfig, keyring: KeyRing, trust: TrustStore, limit_s: float = 60.0, most: int = 2,
        neural: Mapping[str, Path] | None = None,
    ) -> None:  # fmt: skip
        given = {
            "config": config.model_dump(), "secrets": [s.hex() for s in (keyring.current, *keyring.previous)],
            "own_pem": trust.own_pem, "signers": trust.signers, "tsas": trust.tsas,
            "own_serials": sorted(trust.own_serials),
            "neural": {name: str(path.absolute()) for name, path in (neural or {}).items()},
        }  # fmt: skip
        self._limit_s, self._trust = limit_s, trust
        self._cage = Cage("watermark.caged", given, Bounds(MEMORY_BYTES), limit_s, most)

    def examine(self, path: Path) -> Examined:
        """What the file says; a file that broke, stalled or fooled its process could not be read."""
        try:
            return _EXAMINED.validate_json(bytes(self._cage.ask("examine", path, {}, self._limit_s).body))
        except InputError as error:
            return Examined(unread="error.verify.unreadable" if error.key == STOPPED else error.key)
        except ValidationError:
            return Examined(unread="error.verify.unreadable")

    def take(self, path: Path, entry: Entry) -> Taken:
        """What an ingredient brings along; of one that broke, stalled or fooled its process, only that it went in.

        Raises:
            InputError: the file is gone. Unavailable: the cage does not start, and nothing is opened.
        """
        try:
            message = self._cage.ask("take", path, {"entry": asdict(entry)}, self._limit_s)
            if len(message.body) > MAX_ARCHIVE_BYTES:
                raise jumbf.Malformed("size")
            archive = bytes(message.body)
            jumbf.check(archive)
            return _TAKEN.validate_python({**message.header, "archive": archive})
        except InputError as error:
            if error.key != STOPPED:
                raise
        except ValueError:  # also what pydantic raises
            pass
        return Taken(broken=True, labels=(), archive=bare(entry, self._trust))

    def close(self) -> None:
        """Stop the cage's server."""
        self._cage.close()


def prepare(given: Mapping[str, Any]) -> dict[str, Task]:
    """The server's side: everything is loaded here, before the doors close."""
    warm()
    for name in _LAZY:
        import_module(name)
    keyring = _keyring(given["secrets"])
    _rehearse(keyring)
    trust = TrustStore(given["own_pem"], given["signers"], given["tsas"], frozenset(given["own_serials"]))
    examiner = Examiner(InspectConfig(**given["config"]), keyring, trust, _neural(given["neural"]))

    def examine(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
        yield {}, _EXAMINED.dump_json(examiner.examine(file))

    stage = _stage()

    def packed(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
        entry = Entry(**args["entry"])
        taken = take(file, entry, trust)
        _dry_run(taken.archive, entry, trust, stage)
        yield {"broken": taken.broken, "labels": taken.labels}, taken.archive

    return {"examine": examine, "take": packed}


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a dry run needs: a key that signs nothing else, and a picture."""

    chain_pem: bytes
    key_pem: bytes
    picture: bytes


def _stage() -> _Stage:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signer = DevelopmentSigner(SigningConfig(folder=folder))
        picture, key = folder / "stage.png", folder / "leaf.key"
        write_picture(picture, np.zeros((8, 8, 3), np.uint8))
        return _Stage(signer.credential.chain_pem.encode(), key.read_bytes(), picture.read_bytes())


def _dry_run(archive: bytes, entry: Entry, trust: TrustStore, stage: _Stage) -> None:
    """Do with a record what the server will do: add it, sign over it, read it back. What breaks, breaks here."""
    import c2pa

    first: dict[str, Any] = {"action": "c2pa.opened", "parameters": {"ingredientIds": [entry.label]}}
    if entry.relationship != "parentOf":
        first |= {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPES["composite"]}
    claim = {"claim_generator_info": [{"name": NAME}],
             "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [first]}, "created": True}]}  # fmt: skip
    info, signed = c2pa.C2paSignerInfo("es256", stage.chain_pem, stage.key_pem, None), io.BytesIO()
    with c2pa.Builder(json.dumps(claim), context=trust.context) as builder, c2pa.Signer.from_info(info) as signer:
        builder.add_ingredient_from_archive(io.BytesIO(archive))
        builder.sign(signer, "image/png", io.BytesIO(stage.picture), signed)
    signed.seek(0)
    with c2pa.Reader("image/png", signed, context=trust.context) as reader:
        json.loads(reader.json())
        json.loads(reader.crjson())


def _keyring(secrets: Sequence[str]) -> KeyRing:
    current, *previous = (bytes.fromhex(text) for text in secrets)
    return KeyRing(current, tuple(previous))


def _neural(files: Mapping[str, str]) -> NeuralMarks:
    """Loaded and tried before the fork, on one thread: the threads of a pool would be missing in the child."""
    if files:
        import torch

        torch.set_num_threads(1)
    return load({name: Path(path) for name, path in files.items()})


def _rehearse(keyring: KeyRing) -> None:
    """Read a picture and a sound of noise: tables and patterns are then there for every file, and nothing is missing.

    c2pa is only imported: what it makes before a fork is dead after it.
    """
    noise = np.random.default_rng(1)
    picture = noise.integers(0, 256, (480, 640, 3), np.uint8)
    sound = Sound(noise.normal(0, 0.1, (1, 6 * 48_000)).astype(np.float32), 48_000)
    extract_still(picture, keyring)
    visible_in(picture)
    extract_sound(sound, keyring)
    audible_in(sound)
    sound_codes(sound)
