"""The stamp writes every layer or nothing at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from errors import IntegrityError, StampFailed
from media.clip import Frame
from media.decode import read_frames
from media.probe import probe
from tests.watermark.conftest import SHARED, MadeHost, order
from watermark import readback, stamp
from watermark.chain import ChainState, read_chain
from watermark.config import StampConfig
from watermark.credentials import SOURCE_TYPES
from watermark.ingredients import Ingredient
from watermark.label import visible_in
from watermark.stamp import Stamped, StampOrder
from watermark.tools import Tools

ENDINGS = ("mp4", "mov", "png", "jpg", "webp", "wav", "mp3", "m4a")


@pytest.mark.parametrize("ending", ENDINGS)
def test_manifest_says_what_the_rules_ask_for(stamped: Callable[[str], Stamped], tools: Tools, ending: str) -> None:
    made = stamped(ending)
    chain = read_chain(made.path, made.media_type, tools.trust)
    assert chain is not None
    assert (chain.state, chain.role, chain.label) == (ChainState.TRUSTED, "ours", made.manifest_label)
    actions = chain.assertions["c2pa.actions.v2"]
    first = actions["actions"][0]
    assert actions["allActionsIncluded"] is True
    assert first["action"] == "c2pa.created"
    assert first["digitalSourceType"] == SOURCE_TYPES["trainedAlgorithmicMedia"]
    assert first["softwareAgent"] == {"name": "test engine", "version": "1.2"}
    assert dt.datetime.fromisoformat(first["when"]).tzinfo is not None
    assert [a["action"] for a in actions["actions"]].count("c2pa.created") == 1
    assert "c2pa.watermarked.unbound" in [a["action"] for a in actions["actions"]]
    assert chain.assertions["c2pa.ai-disclosure"]["contentProfile"]["humanOversightLevel"] == "prompt_guided"
    for label in ("c2pa.training-mining", "cawg.training-mining"):
        assert {e["use"] for e in chain.assertions[label]["entries"].values()} == {"notAllowed"}


def test_californias_five_facts(stamped: Callable[[str], Stamped], tools: Tools) -> None:
    made = stamped("mp4")
    chain = read_chain(made.path, made.media_type, tools.trust)
    assert chain is not None
    facts = chain.assertions[f"{StampConfig().namespace}.disclosure"]
    assert facts["provider"] == "Colophon"
    assert (facts["system"], facts["systemVersion"]) == ("test engine", "1.2")
    assert facts["time"].endswith("Z")
    assert made.manifest_label == f"urn:c2pa:{facts['identifier']}"
    assert facts["origin"] == "created"


def test_soft_binding_is_listed_and_the_own_mark_is_not_claimed(
    stamped: Callable[[str], Stamped], tools: Tools
) -> None:
    from watermark.fingerprint import iscc_code

    made = stamped("mp4")
    chain = read_chain(made.path, made.media_type, tools.trust)
    assert chain is not None
    binding = chain.assertions["c2pa.soft-binding"]
    assert binding["alg"] == "io.iscc.v0"
    assert all(iscc_code(block["value"]) is not None for block in binding["blocks"])
    assert all(b["scope"]["timespan"]["start"] < b["scope"]["timespan"]["end"] for b in binding["blocks"])
    mark = chain.assertions[f"{StampConfig().namespace}.watermark"]
    assert mark["payload"] == made.payload
    assert mark["verify"].endswith("/verify")
    assert mark["tracks"] == ["video", "audio"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_digest_and_kind(stamped: Callable[[str], Stamped], ending: str) -> None:
    made = stamped(ending)
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == made.sha256
    assert probe(made.path).container.mime == made.media_type
    assert made.draft_digest == MadeHost("image").digest


def test_label_is_on_every_frame(stamped: Callable[[str], Stamped]) -> None:
    pictures = [timed.picture for timed in read_frames(stamped("mp4").path)]
    assert len(pictures) == 72
    assert all(visible_in(picture) for picture in pictures[::6])


def test_no_personal_text_and_no_thumbnail_of_inputs(tools: Tools, tmp_path: Path) -> None:
    from media.encode import write_picture
    from tests.watermark.conftest import scene

    reference = tmp_path / "Jane Doe passport.png"
    write_picture(reference, scene(300, 200))
    out = tmp_path / "secret name.png"
    made = tools.stamper.stamp(MadeHost("image"), order(ingredients=(Ingredient(reference, "image/png"),)), out)
    data = out.read_bytes()
    for word in (b"Jane", b"passport", b"secret", str(tmp_path).encode()):
        assert word not in data
    assert len(made.manifest) < 12_000
    chain = read_chain(out, "image/png", tools.trust)
    assert chain is not None
    assert [(link.title, link.relationship) for link in chain.links] == [("image 1", "inputTo")]


@pytest.mark.shared
def test_edit_keeps_the_history_and_flags_a_broken_input(tools: Tools, tmp_path: Path) -> None:
    folder = SHARED / "c2pa" / "files"
    if not folder.exists():
        pytest.skip("the shared test data is not beside the checkout")
    inputs = (
        Ingredient(folder / "contentauth__CA.jpg", "image/jpeg", "parentOf"),
        Ingredient(folder / "contentauth__XCA.jpg", "image/jpeg"),
        Ingredient(folder / "contentauth__no_alg.jpg", "image/jpeg"),
    )
    out = tmp_path / "edit.png"
    tools.stamper.stamp(
        MadeHost("image"), order(ingredients=inputs, source_type="compositeWithTrainedAlgorithmicMedia"), out
    )
    chain = read_chain(out, "image/png", tools.trust)
    assert chain is not None
    assert [a["action"] for a in chain.actions] == ["c2pa.opened", "c2pa.edited", "c2pa.watermarked.unbound"]
    assert "digital_source_type" not in chain.actions[0]
    assert chain.links[0].relationship == "parentOf"
    assert chain.links[0].issuer
    assert "assertion.dataHash.mismatch" in chain.links[1].failures
    facts = chain.assertions[f"{StampConfig().namespace}.disclosure"]
    assert facts["origin"] == "altered"
    assert facts["inputsWithBrokenRecord"] == ["input2", "input3"]


def test_a_stamped_file_stamped_again_keeps_its_history(
    tools: Tools, stamped: Callable[[str], Stamped], tmp_path: Path
) -> None:
    from watermark.hosts import FileHost

    host = FileHost(stamped("png").path)
    out = tmp_path / "again.png"
    tools.stamper.stamp(host, order(ingredients=host.history), out)
    chain = read_chain(out, "image/png", tools.trust)
    assert chain is not None
    assert chain.links[0].relationship == "parentOf"
    labels = chain.assertions[f"{StampConfig().namespace}.disclosure"]["inputLabels"]
    assert labels[0]["AIGC"]["Label"] == "1"


def test_only_the_stamper_makes_stamped(stamped: Callable[[str], Stamped]) -> None:
    made = stamped("png")
    with pytest.raises(IntegrityError):
        Stamped(made.path, "image", "image/png", made.sha256, "", b"", "", "", {}, made.created_at, "engine", object())


FAULTS = [
    *[(stamp, name) for name in ("embed_still", "draw_still", "write_picture", "FrameSampler", "sign", "_flush")],
    *[(readback, name) for name in ("read_chain", "read_picture")],
]


@pytest.mark.parametrize(("module", "part"), FAULTS)
def test_any_fault_leaves_nothing(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, part: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(module, part, broken)
    with pytest.raises(StampFailed):
        tools.stamper.stamp(MadeHost("image"), order(), tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == []


def test_a_label_that_is_not_seen_leaves_nothing(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readback, "visible_in", lambda picture: False)
    with pytest.raises(StampFailed, match="label"):
        tools.stamper.stamp(MadeHost("image"), order(), tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == []


def test_a_video_whose_mark_does_not_read_is_marked_more_strongly(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamp, "_STRENGTHS", (0.0, 1.0))
    made = tools.stamper.stamp(MadeHost("video"), order(), tmp_path / "out.mp4")
    mark = tools.inspector.inspect(made.path).as_dict()["watermark"]["video"]
    assert (mark["found"], mark["payload"]) == (True, made.payload)


def test_a_mark_that_never_reads_is_not_claimed(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamp, "_STRENGTHS", (0.0,))
    made = tools.stamper.stamp(MadeHost("video"), order(), tmp_path / "out.mp4")
    chain = read_chain(made.path, made.media_type, tools.trust)
    assert chain is not None
    assert chain.assertions[f"{StampConfig().namespace}.watermark"]["tracks"] == ["audio"]


def test_a_record_that_does_not_read_back_leaves_nothing(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watermark import containers

    monkeypatch.setattr(containers, "add_xmp", lambda *_: None)
    with pytest.raises(StampFailed, match="aigc"):
        tools.stamper.stamp(MadeHost("image"), order(), tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_breaks_midway_leaves_nothing(tools: Tools, tmp_path: Path) -> None:
    class Broken(MadeHost):
        def frames(self) -> Iterator[Frame]:
            yield next(super().frames())
            raise OSError("gone")

    with pytest.raises(StampFailed):
        tools.stamper.stamp(Broken("video"), order(), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "name"), [("video", "a.png"), ("image", "a.mp4"), ("audio", "a.flac")])
def test_endings_that_cannot_carry_a_stamp_are_refused(tools: Tools, tmp_path: Path, kind: str, name: str) -> None:
    with pytest.raises(StampFailed, match="ending"):
        tools.stamper.stamp(MadeHost(kind), order(), tmp_path / name)  # type: ignore[arg-type]


def test_empty_and_tiny_content_is_refused(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(StampFailed, match="empty"):
        tools.stamper.stamp(MadeHost("video", seconds=0, heard=False), order(), tmp_path / "a.mp4")
    with pytest.raises(StampFailed, match="small"):
        tools.stamper.stamp(MadeHost("image", width=40, height=40), order(), tmp_path / "a.png")
    with pytest.raises(StampFailed, match="empty"):
        tools.stamper.stamp(MadeHost("audio", heard=False), order(), tmp_path / "a.wav")


def test_a_payload_in_the_ledger_is_not_used_twice(tools: Tools, tmp_path: Path) -> None:
    asked: list[str] = []

    def taken(payload: str) -> bool:
        asked.append(payload)
        return len(asked) < 3

    made = tools.stamper.stamp(MadeHost("image"), order(is_taken=taken), tmp_path / "a.png")
    assert made.payload == asked[-1]
    assert len(set(asked)) == 3


def test_no_option_leaves_a_layer_out() -> None:
    """Neither the order nor the settings have a switch; only wording, names and quality."""
    assert set(StampOrder.__dataclass_fields__) == {
        "engine", "engine_version", "source_type", "is_previsualisation", "ingredients", "locale", "created_at",
        "is_taken", "consent_verified",
    }  # fmt: skip
    assert set(StampConfig.model_fields) == {
        "provider", "producer", "namespace", "verify_url", "crf", "preset", "audio_label",
    }  # fmt: skip


def test_animatic_tells_the_truth_about_itself(tools: Tools, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    tools.stamper.stamp(MadeHost("image"), order(source_type="algorithmicMedia", is_previsualisation=True), out)
    chain = read_chain(out, "image/png", tools.trust)
    assert chain is not None
    assert chain.source_type == SOURCE_TYPES["algorithmicMedia"]
    assert chain.assertions["c2pa.ai-disclosure"]["modelType"] == "c2pa.types.generator"
    assert chain.assertions[f"{StampConfig().namespace}.disclosure"]["previsualisation"] is True


def test_fingerprint_is_json(stamped: Callable[[str], Stamped]) -> None:
    value = json.loads(json.dumps(stamped("mp4").fingerprint))
    assert len(value["frames"]) >= 10
    assert np.array(value["sound"]).max() < 4096
