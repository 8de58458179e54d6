"""Where metadata stands, checked by readers that share no code with ours."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.encode import write_picture
from media.sniff import sniff
from tests.watermark.conftest import scene
from watermark import aigc, containers, xmp
from watermark.containers import bmff, id3, png
from watermark.stamp import Stamped

ENDINGS = ("mp4", "mov", "png", "jpg", "webp", "wav", "mp3", "m4a")


@pytest.mark.parametrize("ending", ENDINGS)
def test_exactly_one_aigc_record(stamped: Callable[[str], Stamped], ending: str) -> None:
    path = stamped(ending).path
    found = aigc.texts(containers.read_metadata(path, sniff(path).name))
    assert len(found) == 1
    record = aigc.parse(found[0])
    assert record is not None
    assert set(json.loads(found[0])) == set(record.as_dict())
    assert record.label == "1"
    assert (record.content_propagator, record.propagate_id) == (record.content_producer, record.produce_id)
    assert record.digest_holds
    assert stamped(ending).manifest_label.endswith(record.produce_id)


@pytest.mark.parametrize("ending", ["mp4", "mov", "m4a", "mp3"])
def test_ffmpeg_reads_the_record(stamped: Callable[[str], Stamped], ending: str) -> None:
    import av

    with av.open(str(stamped(ending).path)) as file:
        assert json.loads(file.metadata["AIGC"])["Label"] == "1"


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("ending", ENDINGS)
def test_exiftool_reads_xmp_and_record(stamped: Callable[[str], Stamped], ending: str) -> None:
    path = stamped(ending).path
    done = subprocess.run(["exiftool", "-j", "-G1", str(path)], capture_output=True, check=True, text=True)
    tags = json.loads(done.stdout)[0]
    assert tags["XMP-iptcExt:DigitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert tags["XMP-iptcExt:AISystemUsed"] == "test engine"
    places = {"png": "XMP-TC260:Aigc", "jpg": "XMP-TC260:Aigc", "webp": "XMP-TC260:Aigc", "mp4": "Keys:AIGC",
              "mov": "Keys:AIGC", "m4a": "Keys:AIGC", "mp3": "ID3v2_4:UserDefinedText"}  # fmt: skip
    if ending in places:
        assert '"Label":"1"' in str(tags[places[ending]])


def test_wav_record_stands_before_the_signature(stamped: Callable[[str], Stamped]) -> None:
    from watermark.containers.riff import chunks

    kinds = [kind for kind, _, _ in chunks(stamped("wav").path.read_bytes())]
    assert kinds.index(b"AIGC") < kinds.index(b"C2PA")
    assert kinds[-1] == b"C2PA"


def test_png_xmp_is_uncompressed_and_before_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_picture(path, scene(64, 64))
    containers.add_xmp(path, "png", xmp.packet(xmp.XmpFacts("urn:x", "s", "1", '{"Label":"1"}')))
    data = path.read_bytes()
    kinds = [kind for kind, _, _ in png.chunks(data)]
    assert kinds.index(b"iTXt") < kinds.index(b"IDAT")
    at = data.index(b"XML:com.adobe.xmp\0")
    assert data[at + 18 : at + 20] == b"\0\0"


def test_webp_keeps_its_picture(tmp_path: Path) -> None:
    from PIL import Image

    for lossless in (False, True):
        path = tmp_path / "a.webp"
        Image.fromarray(scene(66, 70)).save(path, "WEBP", lossless=lossless)
        before = Image.open(path).convert("RGB").tobytes()
        containers.add_xmp(path, "webp", xmp.packet(xmp.XmpFacts("urn:x", "s", "1")))
        with Image.open(path) as after:
            assert after.size == (66, 70)
            assert after.convert("RGB").tobytes() == before
            assert b"AISystemUsed" in after.info["xmp"]


def test_compressed_text_bomb_is_cut(tmp_path: Path) -> None:
    bomb = zlib.compress(b"a" * 200_000_000, 9)
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + bomb
    chunk = struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    (packet,) = containers.read_metadata(path, "png").xmp
    assert len(packet) <= containers.MAX_TEXT_BYTES


def test_two_records_are_both_counted(tmp_path: Path) -> None:
    path = tmp_path / "two.mp3"
    path.write_bytes(b"\xff\xfb\x90\x00" + b"\0" * 413)
    for value in ("1", "2"):
        id3.add_text(path, "AIGC", json.dumps({"Label": value}))
    assert len(aigc.texts(containers.read_metadata(path, "mp3"))) == 2


def test_entities_are_never_expanded() -> None:
    text = '<!DOCTYPE x [<!ENTITY a "b">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>'
    assert xmp.values(text, xmp.TC260, "AIGC") == ()


def test_xmp_values_as_attribute_and_element() -> None:
    for inner in (' TC260:AIGC="{}"/>', "><TC260:AIGC>{}</TC260:AIGC></rdf:Description>"):
        text = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description xmlns:TC260="{xmp.TC260}"{inner}</rdf:RDF></x:xmpmeta>'
        )
        assert xmp.values(text, xmp.TC260, "AIGC") == ("{}",)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=600), container=st.sampled_from(["mp4", "png", "jpeg", "webp", "wav", "mp3"]))
def test_readers_never_raise(tmp_path: Path, data: bytes, container: str) -> None:
    heads = {
        "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff\xe1",
        "webp": b"RIFF\0\0\0\0WEBP", "wav": b"RIFF\0\0\0\0WAVE",
        "mp3": b"ID3\4\0\0\0\0\7\0", "mp4": b"\0\0\1\0moov\0\0\0\x80udta\0\0\0\x60meta"}  # fmt: skip
    path = tmp_path / "any"
    path.write_bytes(heads[container] + data)
    containers.read_metadata(path, container)


def test_nested_boxes_end(tmp_path: Path) -> None:
    path = tmp_path / "deep.mp4"
    path.write_bytes(b"\0\0\0\x08moov" * 10_000)
    assert bmff.read(path) == containers.Metadata()
