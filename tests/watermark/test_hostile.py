"""Damaged and hostile files: no crash, no hang, and never a better answer than the truth."""

from __future__ import annotations

import hashlib
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from errors import InputError
from media.decode import read_i420, read_picture, read_sound
from media.encode import write_picture
from tests.watermark.conftest import MadeHost, order, scene
from watermark.chain import ChainState, read_chain
from watermark.stamp import Stamped
from watermark.tools import Tools

UNREADABLE = "unreadable"
MUTATIONS = int(os.environ.get("COLOPHON_TEST_MUTATIONS", "3400"))  # of each kind of file: twenty thousand


@pytest.fixture(scope="module")
def small(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stamped]:
    """Small signed files, so that most mutations hit something that matters."""
    folder = tmp_path_factory.mktemp("small")
    hosts = {
        "png": MadeHost("image", width=96, height=80), "jpg": MadeHost("image", width=96, height=80),
        "webp": MadeHost("image", width=96, height=80), "wav": MadeHost("audio", seconds=0.5),
        "mp3": MadeHost("audio", seconds=0.5), "mp4": MadeHost("video", width=96, height=80, seconds=0.5),
    }  # fmt: skip
    return {e: tools.stamper.stamp(h, order(), folder / f"a.{e}") for e, h in hosts.items()}


def content(path: Path, ending: str) -> str:
    """Digest of what a viewer sees and hears."""
    digest = hashlib.sha256()
    if ending in ("png", "jpg", "webp"):
        digest.update(read_picture(path).tobytes())
        return digest.hexdigest()
    if ending == "mp4":
        for frame in read_i420(path):
            digest.update(frame.tobytes())
    sound = read_sound(path)
    digest.update(b"" if sound is None else sound.samples.tobytes())
    return digest.hexdigest()


def shown(path: Path, ending: str) -> str:
    """As `content`; a file that strict readers refuse (a checksum in the padding of the record) shows nothing else."""
    try:
        return content(path, ending)
    except InputError:
        return UNREADABLE


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One of: flipped bits, a cut, a removed, doubled or overwritten piece."""
    out = bytearray(data)
    at = int(rng.integers(0, len(out)))
    length = int(rng.integers(1, 64))
    match int(rng.integers(0, 6)):
        case 0:
            out[at] ^= 1 << int(rng.integers(0, 8))
        case 1:
            del out[at:]
        case 2:
            del out[at : at + length]
        case 3:
            out[at:at] = out[at : at + length]
        case 4:
            out[at : at + length] = rng.bytes(length)
        case _:
            out[at : at + 4] = struct.pack(">I", int(rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF])))
    return bytes(out)


def attack(made: Stamped, ending: str, tools: Tools, path: Path, count: int, seed: int) -> int:
    """Mutate `count` times; returns how often the record still held, each time with unchanged content."""
    rng, original, held = np.random.default_rng(seed), made.path.read_bytes(), 0
    truth = content(made.path, ending)
    for _ in range(count):
        data = mutated(original, rng)
        if data == original:
            continue
        path.write_bytes(data)
        started = time.process_time()
        chain = read_chain(path, made.media_type, tools.trust)
        assert time.process_time() - started < 20  # of this process: other work on the machine may pause it
        if chain is not None and chain.state is ChainState.TRUSTED:
            held += 1
            assert shown(path, ending) in (truth, UNREADABLE)
    return held


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "wav", "mp3", "mp4"])
def test_mutations_never_look_intact(small: dict[str, Stamped], tools: Tools, tmp_path: Path, ending: str) -> None:
    attack(small[ending], ending, tools, tmp_path / f"m.{ending}", 40, seed=5)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "wav", "mp3", "mp4"])
def test_thousands_of_mutations(small: dict[str, Stamped], tools: Tools, tmp_path: Path, ending: str) -> None:
    attack(small[ending], ending, tools, tmp_path / f"m.{ending}", MUTATIONS, seed=6)


@pytest.mark.parametrize("ending", ["png", "wav", "mp4"])
def test_whole_inspection_survives_mutations(
    small: dict[str, Stamped], tools: Tools, tmp_path: Path, ending: str
) -> None:
    rng, original = np.random.default_rng(7), small[ending].path.read_bytes()
    for number in range(6):
        path = tmp_path / f"{number}.{ending}"
        path.write_bytes(mutated(original, rng))
        report = tools.inspector.inspect(path).as_dict()
        assert report["error"] != "error.verify.unreadable" if "error" in report else True


def test_two_manifest_stores_are_damaged(small: dict[str, Stamped], tools: Tools, tmp_path: Path) -> None:
    data = small["png"].path.read_bytes()
    at = data.index(b"caBX") - 4
    length = struct.unpack_from(">I", data, at)[0] + 12
    path = tmp_path / "two.png"
    path.write_bytes(data[:at] + data[at : at + length] * 2 + data[at + length :])
    report = tools.inspector.inspect(path)
    assert report.state == "damaged"


def test_record_removed_is_none_and_never_called_without_ai(
    small: dict[str, Stamped], tools: Tools, tmp_path: Path
) -> None:
    from locales import catalog

    data = small["png"].path.read_bytes()
    at = data.index(b"caBX") - 4
    length = struct.unpack_from(">I", data, at)[0] + 12
    path = tmp_path / "stripped.png"
    path.write_bytes(data[:at] + data[at + length :])
    assert tools.inspector.inspect(path).state == "none"
    assert "does not mean" in catalog.translate("verify.finding.none")


def test_no_sentence_of_verify_judges() -> None:
    from locales import catalog

    for key, text in catalog.texts("en").items():
        if key.startswith("verify."):
            assert not {"real", "fake", "authentic", "genuine"} & set(text.lower().replace(".", "").split()), key


def test_picture_that_is_also_a_zip_is_read_as_a_picture(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "polyglot.png"
    write_picture(path, scene(96, 80))
    path.write_bytes(path.read_bytes() + b"PK\x05\x06" + bytes(18))
    assert tools.inspector.inspect(path).state in ("none", "damaged")


def test_huge_compressed_text_does_not_fill_memory(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    write_picture(path, scene(96, 80))
    data = path.read_bytes()
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(100 << 20), 9)
    chunk = struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    path.write_bytes(data[:33] + chunk + data[33:])
    report = tools.inspector.inspect(path)
    assert report.state in ("none", "damaged")


def test_truncated_files_never_raise(small: dict[str, Stamped], tools: Tools, tmp_path: Path) -> None:
    for ending, made in small.items():
        data = made.path.read_bytes()
        path = tmp_path / f"cut.{ending}"
        path.write_bytes(data[: len(data) * 2 // 3])
        assert tools.inspector.inspect(path).state != "ours_intact"


def test_reading_content_names_its_faults(small: dict[str, Stamped], tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(small["mp4"].path.read_bytes()[:200])
    with pytest.raises(InputError):
        content(path, "mp4")
