"""What Verify says, file by file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from media.clip import VideoFormat
from media.decode import read_i420, read_picture, read_sound
from media.encode import VideoWriter, write_picture, write_sound
from tests.watermark.conftest import SECRET, SHARED, MadeHost, music, order, scene
from watermark import examine
from watermark.config import InspectConfig, SigningConfig, StampConfig
from watermark.credentials import Claim, sign
from watermark.inspect import Inspector
from watermark.invisible import KeyRing, Payload
from watermark.invisible.stills import _marked
from watermark.ledger import MemoryLedger
from watermark.reading import read_content
from watermark.signing import DevelopmentSigner
from watermark.stamp import Stamped
from watermark.tools import Tools, assemble
from watermark.trust import TrustStore

ENDINGS = ("mp4", "mov", "png", "jpg", "webp", "wav", "mp3", "m4a")
CORPUS = SHARED / "c2pa"
EXPECTED = {
    "valid_untrusted": "intact_unknown_signer", "valid_with_ingredient_problem": "intact_unknown_signer",
    "invalid_hash": "altered", "invalid_signature": "altered", "invalid_ingredient": "altered",
    "invalid_identity": "altered", "fragmented_init_only": "altered", "remote_only": "remote",
    "unreadable": "damaged", "fragment": "damaged",
}  # fmt: skip
# No record, and no media either: nothing of ours can be looked for in them, so they are not called "none".
WITHOUT_MEDIA = ("id3v23_compression_underflow.mp3",)


@pytest.mark.parametrize("ending", ENDINGS)
def test_stamped_file_proves_every_layer(stamped: Callable[[str], Stamped], tools: Tools, ending: str) -> None:
    made = stamped(ending)
    report = tools.inspector.inspect(made.path).as_dict()
    assert report["state"] == report["finding"] == "ours_intact"
    assert report["c2pa"]["validation_state"] == "Trusted"
    assert report["c2pa"]["manifest_label"] == made.manifest_label
    assert report["aigc"]["Label"] == "1"
    assert report["aigc_count"] == 1
    assert report["label"] == {"visible": True}
    assert report["record"]["release_id"] == f"rel-{ending}"
    assert report["iptc"]["digital_source_type"].endswith("trainedAlgorithmicMedia")
    marks = [mark for mark in report["watermark"].values() if mark is not None]
    assert marks
    assert all(mark["found"] and mark["payload"] == made.payload for mark in marks)
    assert json.loads(json.dumps(report)) == report


def _reencoded(source: Path, target: Path, side: int | None = None) -> Path:
    """As a platform does it: decoded, perhaps resized, encoded again, every tag gone."""
    if target.suffix == ".mp4":
        sound = read_sound(source)
        size = VideoFormat(640, 360, Fraction(12)) if side is None else VideoFormat(side * 16 // 9, side, Fraction(12))
        with VideoWriter(target, size, crf=26, sound=sound) as writer:
            for frame in read_i420(source, None if side is None else size):
                writer.write(frame)
    elif target.suffix in (".jpg", ".png", ".webp"):
        write_picture(target, read_picture(source), quality=80)
    else:
        sound = read_sound(source)
        assert sound is not None
        write_sound(target, sound, bitrate_bps=128_000)
    return target


@pytest.mark.parametrize(("ending", "other"), [("mp4", "mp4"), ("png", "jpg"), ("webp", "webp"), ("wav", "mp3")])
def test_metadata_gone_record_recovered(
    stamped: Callable[[str], Stamped], tools: Tools, tmp_path: Path, ending: str, other: str
) -> None:
    made = stamped(ending)
    report = tools.inspector.inspect(_reencoded(made.path, tmp_path / f"copy.{other}")).as_dict()
    assert report["state"] == "none"
    assert report["finding"] == "recovered"
    assert report["record"]["release_id"] == f"rel-{ending}"
    assert report["recovered"]["manifest_label"] == made.manifest_label
    assert report["content_agrees"] is True
    assert report["label"] == {"visible": True}


def test_a_mark_too_faint_to_be_read_leads_to_its_record(
    stamped: Callable[[str], Stamped], tools: Tools, ledger: MemoryLedger, tmp_path: Path
) -> None:
    """Told apart from a mark that was read, and only where the word stands in the memory."""
    made = stamped("png")
    payload, plain = Payload.from_hex(made.payload), scene(640, 360)
    forgetful = Inspector(InspectConfig(), KeyRing(SECRET), tools.trust, MemoryLedger())
    for number, strength in enumerate((0.28, 0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42, 0.45, 0.5)):
        path = tmp_path / f"{number}.png"
        write_picture(path, _marked(plain, payload, KeyRing(SECRET), strength))
        report = tools.inspector.inspect(path).as_dict()
        mark = report["watermark"]["image"]
        if mark["recalled"]:
            break
    else:
        pytest.fail("every mark was either read or lost")
    assert (mark["state"], mark["payload"]) == ("found", made.payload)
    assert report["record"]["release_id"] == "rel-png"
    assert forgetful.inspect(path).as_dict()["watermark"]["image"]["found"] is False


def test_mark_gone_too_leaves_a_possible_match(
    stamped: Callable[[str], Stamped], tools: Tools, ledger: MemoryLedger, tmp_path: Path
) -> None:
    """Read with another secret, as if the mark had been destroyed: only the likeness is left."""
    blind = Inspector(InspectConfig(), KeyRing(b"another secret, 32 bytes long..."), tools.trust, ledger)
    for ending, other in (("mp4", "mp4"), ("png", "jpg"), ("wav", "mp3")):
        copy = _reencoded(stamped(ending).path, tmp_path / f"{ending}.{other}")
        report = blind.inspect(copy).as_dict()
        assert report["finding"] == "possible_match", ending
        assert report["matches"][0]["release_id"].startswith("rel-")
        best = {m["release_id"] for m in report["matches"] if m["score"] >= report["matches"][0]["score"] - 0.05}
        assert f"rel-{ending}" in best


def test_unrelated_content_is_none_and_matches_nothing(tools: Tools, tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", scene(640, 360, seed=99))
    write_sound(tmp_path / "a.wav", music(8, seed=99))
    for name in ("a.png", "a.wav"):
        report = tools.inspector.inspect(tmp_path / name).as_dict()
        assert report["state"] == report["finding"] == "none"
        assert report["matches"] == []
        assert report["record"] is None


@pytest.mark.parametrize("ending", ["mp4", "png", "wav", "mp3"])
def test_any_change_of_content_after_signing_is_seen(
    stamped: Callable[[str], Stamped], tools: Tools, tmp_path: Path, ending: str
) -> None:
    data = bytearray(stamped(ending).path.read_bytes())
    place = {"mp4": data.rfind(b"mdat") + 5000, "png": data.rfind(b"IDAT") + 500, "wav": 30_000, "mp3": -3000}[ending]
    data[place] ^= 0x10
    path = tmp_path / f"changed.{ending}"
    path.write_bytes(data)
    report = tools.inspector.inspect(path).as_dict()
    assert report["state"] == "altered"
    assert report["c2pa"]["problem"] == "content"


def test_tags_edited_after_signing_are_seen(stamped: Callable[[str], Stamped], tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "edited.mp4"
    path.write_bytes(stamped("mp4").path.read_bytes().replace(b'"Label":"1"', b'"Label":"3"', 1))
    report = tools.inspector.inspect(path)
    assert report.state == "altered"
    assert report.aigc is not None
    assert report.aigc.label == "3"


def test_foreign_record_around_our_mark_is_a_conflict(
    stamped: Callable[[str], Stamped], tools: Tools, tmp_path: Path
) -> None:
    stranger = DevelopmentSigner(SigningConfig(folder=tmp_path / "stranger"))
    bare = tmp_path / "bare.png"
    write_picture(bare, read_picture(stamped("png").path))
    out = tmp_path / "claimed.png"
    claim = Claim(
        "11111111-2222-4333-8444-555555555555", "algorithmicMedia", "camera", "1", stamped("png").created_at,
        "image/png", "0" * 16, (),
    )  # fmt: skip
    sign(claim, bare, out, StampConfig(), stranger, TrustStore(own_pem=stranger.credential.anchor_pem))
    report = tools.inspector.inspect(out).as_dict()
    assert report["state"] == "intact_unknown_signer"
    assert report["finding"] == "conflict"
    assert report["c2pa"]["signer"] == "unknown"
    assert report["record"]["release_id"] == "rel-png"
    assert report["recovered"]["manifest_label"] == stamped("png").manifest_label


def test_mark_transplanted_onto_other_content_is_told(
    stamped: Callable[[str], Stamped], tools: Tools, tmp_path: Path
) -> None:
    from watermark.invisible import embed_still

    payload = Payload.from_hex(stamped("png").payload)
    path = tmp_path / "other.png"
    write_picture(path, embed_still(scene(640, 360, seed=77), payload, KeyRing(SECRET)))
    report = tools.inspector.inspect(path).as_dict()
    assert report["content_agrees"] is False
    assert report["finding"] == "transplant"


def test_manifest_moved_to_another_file_is_altered(
    stamped: Callable[[str], Stamped], tools: Tools, tmp_path: Path
) -> None:
    from watermark.chain import ChainState, read_chain

    plain = tmp_path / "plain.png"
    write_picture(plain, scene(640, 360, seed=5))
    chain = read_chain(plain, "image/png", tools.trust, stamped("png").manifest)
    assert chain is not None
    assert (chain.state, chain.problem) == (ChainState.ALTERED, "content")


def test_foreign_brand_in_a_certificate_does_not_make_it_ours(
    stamped: Callable[[str], Stamped], tmp_path: Path
) -> None:
    """The same organisation name, another key: unknown."""
    other = assemble(StampConfig(), SigningConfig(folder=tmp_path / "keys"), KeyRing(SECRET))
    report = other.inspector.inspect(stamped("png").path).as_dict()
    assert report["state"] == "intact_unknown_signer"
    assert report["c2pa"]["issuer"] == "Colophon development"
    assert report["c2pa"]["signer"] == "unknown"


def test_public_report_has_no_raw_confidence(stamped: Callable[[str], Stamped], tools: Tools) -> None:
    report = tools.inspector.inspect(stamped("mp4").path, "holiday.mp4").as_dict(public=True)
    assert "confidence" not in json.dumps(report)
    assert report["file"] == "holiday.mp4"
    assert str(stamped("mp4").path.parent) not in json.dumps(report)


def test_hostile_texts_are_made_plain(tools: Tools, tmp_path: Path) -> None:

    evil = "<img src=x onerror=1>\u202eevil\x00{0.__class__}%n"
    claim = Claim(
        "11111111-2222-4333-8444-666666666666", "algorithmicMedia", evil, "1" * 5000, order().created_at, "image/png",
        "0" * 16, (),
    )  # fmt: skip
    write_picture(tmp_path / "a.png", scene(64, 64))
    stranger = DevelopmentSigner(SigningConfig(folder=tmp_path / "s"))
    sign(claim, tmp_path / "a.png", tmp_path / "b.png", StampConfig(), stranger, tools.trust)
    report = tools.inspector.inspect(tmp_path / "b.png").as_dict()
    agent = report["c2pa"]["actions"][0]["software_agent"]
    assert "\u202e" not in agent
    assert "\x00" not in agent
    assert len(agent) <= 700


def test_video_without_sound_has_no_audio_mark(tools: Tools, tmp_path: Path) -> None:
    out = tmp_path / "mute.mp4"
    tools.stamper.stamp(MadeHost("video", heard=False, seed=3), order(), out)
    report = tools.inspector.inspect(out).as_dict()
    assert report["watermark"]["audio"] is None
    assert report["watermark"]["video"]["found"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypmp42"])
def test_unreadable_files_are_damaged_never_a_crash(tools: Tools, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    report = tools.inspector.inspect(path).as_dict()
    assert report["state"] == "damaged"
    assert report["error"]


def test_missing_file_is_reported(tools: Tools, tmp_path: Path) -> None:
    report = tools.inspector.inspect(tmp_path / "nothing.mp4").as_dict()
    assert (report["state"], report["error"]) == ("damaged", "error.media.missing")


def _corpus() -> list[tuple[str, str]]:
    if not CORPUS.exists():
        return []
    with (CORPUS / "manifest.csv").open(newline="") as file:
        return [(row["file"], row["expected"]) for row in csv.DictReader(file)]


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.exists(), reason="the shared test data is not beside the checkout")
@pytest.mark.parametrize(("name", "expected"), _corpus())
def test_published_corpus(keys: Path, name: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # That nothing is marked which is not, is asked of fewer files elsewhere.
    monkeypatch.setattr(examine, "read_content", lambda *given, **_: read_content(*given, brief=True))
    trust = TrustStore.from_folder(CORPUS / "trust")
    report = Inspector(InspectConfig(), KeyRing(SECRET), trust).inspect(CORPUS / name)
    if expected == "none":
        wanted = "damaged" if name.endswith(WITHOUT_MEDIA) else "none"
    else:
        wanted = EXPECTED[expected]
    assert report.state == wanted
    failures = [code for link in (report.chain.links if report.chain else ()) for code in link.failures]
    deeper = [c for link in (report.chain.links if report.chain else ()) for sub in link.links for c in sub.failures]
    if "ingredient_problem" in expected:
        assert failures or deeper


def test_records_of_formats_that_we_do_not_decode_are_told(tools: Tools, tmp_path: Path) -> None:
    from PIL import Image

    plain, signed = tmp_path / "a.avif", tmp_path / "b.avif"
    Image.fromarray(scene(64, 64)).save(plain, "AVIF")
    claim = Claim(
        "11111111-2222-4333-8444-777777777777", "algorithmicMedia", "x", "1", order().created_at, "image/avif",
        "0" * 16, (),
    )  # fmt: skip
    sign(claim, plain, signed, StampConfig(), tools.signer, tools.trust)
    report = tools.inspector.inspect(signed).as_dict()
    assert report["state"] == "ours_intact"
    assert report["unread"] == "error.media.heif"
    assert "error" not in report
    assert tools.inspector.inspect(plain).as_dict()["state"] == "damaged"


@pytest.mark.parametrize("ending", ["mp4", "png", "jpg", "webp", "wav", "mp3", "m4a"])
def test_second_verifier_agrees(stamped: Callable[[str], Stamped], keys: Path, ending: str) -> None:
    """Another implementation of C2PA, which shares no code with the one that signed."""
    verifier = pytest.importorskip("encypher_c2pa", reason="the second verifier is not installed")
    answer = verifier.verify(
        stamped(ending).path, stamped(ending).media_type, trust_pem=(keys / "ca.pem").read_text(), telemetry=False,
        online=False,
    )  # fmt: skip
    assert "Trusted" in json.dumps(answer), json.dumps(answer)[:2000]
