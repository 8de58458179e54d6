"""One contract for all neural marks; then what stamp and Verify do with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import Unavailable
from media.clip import Sound
from media.decode import read_picture
from media.encode import write_picture
from tests.watermark.conftest import SECRET, MadeHost, music, order, scene
from watermark.chain import read_chain
from watermark.config import InspectConfig, SigningConfig, StampConfig
from watermark.examine import Examiner
from watermark.inspect import Inspector
from watermark.invisible import KeyRing, mint
from watermark.neural import MARKS, NeuralMark, NeuralMarks, load
from watermark.neural.marks import Items
from watermark.neural.words import Bits, Soft
from watermark.tools import Tools, assemble

KEYRING = KeyRing(SECRET)
PAYLOAD = mint(KEYRING, b"a release")


@pytest.fixture(params=MARKS)
def mark(request: pytest.FixtureRequest, marks: NeuralMarks) -> NeuralMark:
    return next(each for each in marks.marks if each.name == request.param)


def _items(mark: NeuralMark, count: int) -> Items:
    if mark.track == "audio":
        return music(count, 16_000).mono().reshape(count, 16_000)
    return np.stack([scene(400, 300, seed) for seed in range(count)])


def test_contract(mark: NeuralMark) -> None:
    items = _items(mark, 3)
    before, bits = items.copy(), np.random.default_rng(1).integers(0, 2, (3, mark.words.bits), np.uint8)
    marked = mark.embed(items, bits)
    assert np.array_equal(items, before)
    assert (marked.shape, marked.dtype) == (items.shape, items.dtype)
    assert not np.array_equal(marked, items)
    soft = mark.extract(marked)
    assert (soft.shape, soft.dtype) == (bits.shape, np.float32)
    assert np.mean((soft > 0) == bits) > 0.97
    assert 0.3 < np.mean((mark.extract(items) > 0) == bits) < 0.7


def test_names_are_those_of_the_c2pa_list() -> None:
    """Entries 4, 30, 31 and 32 of the soft binding algorithm list, with the media that each is listed for."""
    assert {mark.alg: mark.track for mark in MARKS.values()} == {
        "com.adobe.trustmark.Q": "image", "com.aiwatermark.videoseal.1": "video",
        "com.aiwatermark.pixelseal.1": "image", "com.aiwatermark.audioseal.1": "audio",
    }  # fmt: skip


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_sound_of_any_rate_and_trimmed(marks: NeuralMarks, rate_hz: int) -> None:
    marked = marks.sound(music(12, rate_hz), PAYLOAD)
    trimmed = Sound(marked.samples[:, round(0.75 * rate_hz) :], rate_hz)
    for sound in (marked, trimmed):
        seen, readers = marks.read_sound(sound, KEYRING)
        assert seen is not None
        assert seen.payload == PAYLOAD
        assert [reader.state for reader in readers] == ["found"]


def test_short_sound_is_absent_and_not_declared(marks: NeuralMarks) -> None:
    seen, readers = marks.read_sound(marks.sound(music(5), PAYLOAD), KEYRING)
    assert seen is None
    assert marks.bindings(PAYLOAD, readers) == ()


def test_rotated_keys_are_read(marks: NeuralMarks) -> None:
    marked = marks.picture(scene(400, 300), PAYLOAD)
    later = KeyRing(b"a new secret, of thirty-two bytes", (SECRET,))
    seen, _ = marks.read_pictures([marked], later, "image")
    assert seen is not None
    assert seen.payload == PAYLOAD


def test_missing_unknown_and_broken_files_stop_the_start(files: dict[str, Path], tmp_path: Path) -> None:
    from tests.watermark.neural.standins import Silent, write

    (tmp_path / "broken.jit").write_bytes(b"no module at all")
    faults: list[dict[str, Path]] = [
        {"pixelseal": tmp_path / "nothing.jit"},
        {"trustmark": tmp_path / "broken.jit"},
        {"audioseal": files["pixelseal"]},
        {"stegastamp": files["pixelseal"]},
        {"videoseal": write(Silent(), tmp_path / "silent.jit")},
    ]
    for configured in faults:
        with pytest.raises(Unavailable, match=r"error\.mark\.neural"):
            load(configured)


@pytest.fixture(scope="module")
def both(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return assemble(
        StampConfig(), SigningConfig(folder=tmp_path_factory.mktemp("keys")), KeyRing(SECRET), None, None, files
    )


BOUND = {
    "png": ["com.adobe.trustmark.Q", "com.aiwatermark.pixelseal.1"],
    "mp4": ["com.aiwatermark.audioseal.1", "com.aiwatermark.videoseal.1"],
    "wav": ["com.aiwatermark.audioseal.1"],
}


@pytest.mark.parametrize("ending", BOUND)
def test_stamped_files_carry_both_and_say_so(both: Tools, tmp_path: Path, ending: str) -> None:
    kind = {"png": "image", "mp4": "video", "wav": "audio"}[ending]
    made = both.stamper.stamp(MadeHost(kind, seconds=9.0, rate=4), order(), tmp_path / f"a.{ending}")  # type: ignore[arg-type]
    chain = read_chain(made.path, made.media_type, both.trust)
    assert chain is not None
    bindings = [data for label, data in _assertions(made.path, both) if label.startswith("c2pa.soft-binding")]
    assert sorted(b["alg"] for b in bindings if b["alg"] != "io.iscc.v0") == BOUND[ending]
    assert "c2pa.watermarked.bound" in [action["action"] for action in chain.actions]
    report = both.inspector.inspect(made.path)
    assert report.state == "ours_intact"
    assert report.reading is not None
    assert {mark.payload.hex for mark in report.reading.found if mark.payload} == {made.payload}
    assert report.reading.readers == ()


def _assertions(path: Path, tools: Tools) -> list[tuple[str, dict[str, str]]]:
    import json

    import c2pa

    with c2pa.Reader(str(path), context=tools.trust.context) as reader:
        store = json.loads(reader.json())
    rows = store["manifests"][store["active_manifest"]]["assertions"]
    return [(row["label"], row["data"]) for row in rows]


def _here(tools: Tools, marks: NeuralMarks) -> Inspector:
    examiner = Examiner(InspectConfig(), KEYRING, tools.trust, marks)
    return Inspector(InspectConfig(), KEYRING, tools.trust, None, examiner)


def test_word_is_read_where_ours_is_gone_in_the_cage_too(both: Tools, marks: NeuralMarks, tmp_path: Path) -> None:
    path = tmp_path / "only.png"
    write_picture(path, marks.picture(scene(640, 360), PAYLOAD))
    for inspector in (_here(both, marks), both.verifier):
        report = inspector.inspect(path).as_dict()
        assert report["watermark"]["image"]["payload"] == PAYLOAD.hex
        assert {row["state"] for row in report["neural"]} == {"found"}
        assert report["finding"] == "marked"
    at_the_door = both.inspector.inspect(path).as_dict()
    assert not at_the_door["watermark"]["image"]["found"]  # no other mark stands in for ours there


def test_unmarked_is_absent(both: Tools, marks: NeuralMarks, tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    write_picture(path, scene(640, 360, 4))
    report = _here(both, marks).inspect(path).as_dict()
    assert report["finding"] == "none"
    assert [row["state"] for row in report["neural"]] == ["absent", "absent"]
    assert report["unread"] is None


class _Failing:
    """Pixel Seal whose network breaks after the start."""

    def __init__(self, inner: NeuralMark) -> None:
        self.name, self.alg, self.track, self.words = inner.name, inner.alg, inner.track, inner.words

    def embed(self, items: Items, bits: Bits) -> Items:
        raise RuntimeError("out of memory")

    def extract(self, items: Items) -> Soft:
        raise RuntimeError("out of memory")


def test_a_reader_that_fails_is_not_available_never_absent(both: Tools, marks: NeuralMarks, tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    write_picture(path, scene(640, 360, 4))
    failing = NeuralMarks((_Failing(marks.of("image")[0]),))  # type: ignore[arg-type]
    report = _here(both, failing).inspect(path).as_dict()
    assert report["unread"] == "error.mark.unread"
    assert [row["state"] for row in report["neural"]] == ["unavailable"]


def test_a_writer_that_fails_leaves_no_file(both: Tools, marks: NeuralMarks, tmp_path: Path) -> None:
    from errors import StampFailed
    from watermark.stamp import Stamper

    failing = NeuralMarks((_Failing(marks.of("image")[0]),))  # type: ignore[arg-type]
    stamper = Stamper(StampConfig(), both.signer, KEYRING, both.trust, None, failing)
    with pytest.raises(StampFailed):
        stamper.stamp(MadeHost("image"), order(), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_our_own_mark_is_there_as_well(both: Tools, tools: Tools, tmp_path: Path) -> None:
    """Read by tools that know of no other."""
    made = both.stamper.stamp(MadeHost("image"), order(), tmp_path / "a.png")
    bare = tmp_path / "bare.png"
    write_picture(bare, read_picture(made.path))
    report = replace(tools.inspector.inspect(bare), ms=0).as_dict()
    assert report["watermark"]["image"]["payload"] == made.payload
    assert report["neural"] == []
