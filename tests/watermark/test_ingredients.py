"""What goes into an output is opened in the cage, brings its history along, and never brings the stamp down."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from errors import InputError, StampFailed
from media.encode import write_picture
from tests.watermark.conftest import MadeHost, order, scene
from watermark import caged, ingredients, jumbf
from watermark.caged import CagedExaminer
from watermark.chain import Chain, read_chain
from watermark.config import StampConfig
from watermark.ingredients import Entry, Ingredient, Taken, Taker, bare
from watermark.stamp import Stamped, Stamper
from watermark.tools import Tools

PARENT = Entry(1, "image/png", "parentOf")


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "reference.png"
    write_picture(path, scene(300, 200))
    return path


def _stamped(tools: Tools, inputs: tuple[Ingredient, ...], out: Path) -> Chain:
    tools.stamper.stamp(MadeHost("image"), order(ingredients=inputs, source_type="composite"), out)
    chain = read_chain(out, "image/png", tools.trust)
    assert chain is not None
    return chain


def test_the_cage_takes_over_what_this_process_would(tools: Tools, stamped: Callable[[str], Stamped]) -> None:
    inside, outside = (each.take(stamped("png").path, PARENT) for each in (tools.cage, Taker(tools.trust)))
    assert (inside.broken, inside.labels) == (outside.broken, outside.labels)
    assert not inside.broken
    assert inside.labels[0]["Label"] == "1"
    assert abs(len(inside.archive) - len(outside.archive)) < 16  # identifiers and times of the archive differ
    jumbf.check(inside.archive)


def test_this_process_opens_no_reference(
    tools: Tools, stamped: Callable[[str], Stamped], reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Taken:
        raise AssertionError("opened in this process")

    inputs = (Ingredient(stamped("png").path, "image/png", "parentOf"), Ingredient(reference, "image/png"))
    monkeypatch.setattr(ingredients, "take", refuse)
    chain = _stamped(tools, inputs, tmp_path / "out.png")
    assert [(link.title, link.relationship) for link in chain.links] == [
        ("image 1", "parentOf"),
        ("image 2", "inputTo"),
    ]
    assert chain.links[0].generator.startswith("Colophon")
    assert chain.links[0].failures == ()
    assert chain.assertions[f"{StampConfig().namespace}.disclosure"]["inputsWithBrokenRecord"] == []


def test_a_reference_that_stalls_its_process_still_counts_as_input(
    tools: Tools, stamped: Callable[[str], Stamped], tmp_path: Path
) -> None:
    hasty = copy(tools.cage)
    hasty._limit_s = 1e-3
    stamper = Stamper(StampConfig(), tools.signer, tools.keyring, tools.trust, hasty)
    inputs = (Ingredient(stamped("png").path, "image/png", "parentOf"),)
    chain = _stamped(replace(tools, stamper=stamper), inputs, tmp_path / "out.png")
    assert [(link.relationship, link.generator) for link in chain.links] == [("parentOf", "")]
    assert chain.assertions[f"{StampConfig().namespace}.disclosure"]["inputsWithBrokenRecord"] == ["input1"]


@pytest.mark.parametrize("body", [b"", b"\0" * 64, b"\0\0\0\x10jumb\0\0\0\x08jumd"])
def test_boxes_that_are_none_never_reach_the_manifest_library(
    tools: Tools, reference: Path, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Liar:
        def ask(self, *_: object) -> object:
            from media.cage.wire import Message

            return Message({"broken": False, "labels": []}, bytearray(body))

    liar: CagedExaminer = copy(tools.cage)
    monkeypatch.setattr(liar, "_cage", Liar())
    taken = liar.take(reference, PARENT)
    assert taken.broken
    assert abs(len(taken.archive) - len(bare(PARENT, tools.trust))) < 16


def test_a_record_too_large_is_left_out(
    tools: Tools, stamped: Callable[[str], Stamped], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caged, "MAX_ARCHIVE_BYTES", 4096)
    taken = tools.cage.take(stamped("png").path, PARENT)
    assert taken.broken
    assert len(taken.archive) < 4096


def test_a_packer_that_says_something_else_is_found_out(tools: Tools, reference: Path, tmp_path: Path) -> None:
    class Forger:
        def take(self, path: Path, entry: Entry) -> Taken:
            return Taken(False, (), bare(replace(entry, relationship="inputTo"), tools.trust))

    stamper = Stamper(StampConfig(), tools.signer, tools.keyring, tools.trust, Forger())
    with pytest.raises(StampFailed):
        _stamped(replace(tools, stamper=stamper), (Ingredient(reference, "image/png", "parentOf"),), tmp_path / "o.png")
    assert not (tmp_path / "o.png").exists()


def test_a_reference_that_is_gone_stops_the_stamp(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        tools.cage.take(tmp_path / "none.png", PARENT)
    with pytest.raises(StampFailed):
        _stamped(tools, (Ingredient(tmp_path / "none.png", "image/png"),), tmp_path / "o.png")


def _box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def _super(*children: bytes) -> bytes:
    return _box(b"jumb", _box(b"jumd", bytes(16) + b"\3c2pa\0") + b"".join(children))


def _nested(depth: int) -> bytes:
    inner = _super()
    for _ in range(depth):
        inner = _super(inner)
    return inner


@pytest.mark.parametrize(
    "content",
    [b"\x00", b"\xa1\x61a\x82\x01\xf6", b"\x9f\x01\xff", b"\x5f\x41a\xff", b"\xd8\x20\x60", b"\xfb" + bytes(8)],
)
def test_whole_boxes_pass(content: bytes) -> None:
    jumbf.check(_super(_box(b"cbor", content), _box(b"json", b'{"a":1}'), _box(b"bidb", b"anything"), _super()))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", _super() + b"\0", _super()[:-1], _super() + _super(), _box(b"cbor", b"\0"), _nested(40),
        _box(b"jumb", b""), _box(b"jumb", _box(b"cbor", b"\0")), _super(_box(b"evil", b"")),
        _super(_box(b"json", b"{")), _super(_box(b"json", b"[" * 100_000)), _super(_box(b"cbor", b"")),
        _super(_box(b"cbor", b"\0\0")), _super(_box(b"cbor", b"\x82\x01")), _super(_box(b"cbor", b"\x1c")),
        _super(_box(b"cbor", b"\x7b" + b"\xff" * 8)), _super(_box(b"cbor", b"\x81" * 200 + b"\0")),
        _super(_box(b"cbor", b"\xbb" + b"\x7f" * 8)), _super(_box(b"cbor", b"\x9f\x01")),
        _super(_box(b"cbor", b"\xff")),
    ],
)  # fmt: skip
def test_anything_else_does_not(data: bytes) -> None:
    with pytest.raises(jumbf.Malformed):
        jumbf.check(data)
