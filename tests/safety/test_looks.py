"""Pictures compared by a host's network: found with their entry, with thresholds of their own, held where it is broken.

Tiny networks stand in for published ones: block means of pixels (ONNX, TorchScript) and randomly drawn DINOv2 and CLIP.
"""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from errors import Unavailable, UsageError
from media.encode import write_picture
from safety import policy
from safety.config import LookSettings, SafetyConfig
from safety.detectors import Missing, build, load
from safety.detectors.graphs import Node, write
from safety.detectors.looks import THRESHOLDS
from safety.detectors.vision import Network
from safety.detectors.weights import sha256_of
from safety.screen import Screener
from safety.signals import MediaItem
from safety.verdict import Decision
from tests.safety.test_pictures import drawing


def standin() -> bytes:
    """Means of 8 x 8 pixels less their mean, as one vector."""
    nodes = [
        Node("AveragePool", ["x"], ["small"], {"kernel_shape": [8, 8], "strides": [8, 8]}),
        Node("GlobalAveragePool", ["small"], ["mean"]),
        Node("Sub", ["small", "mean"], ["rest"]),
        Node("Flatten", ["rest"], ["vector"], {"axis": 1}),
    ]
    return write(nodes, {}, ["x"], ["vector"])


@pytest.fixture
def looks(tmp_path) -> LookSettings:
    model, pictures = tmp_path / "standin.onnx", tmp_path / "protected"
    model.write_bytes(standin())
    (pictures / "studio").mkdir(parents=True)
    for seed in (1, 2):
        write_picture(pictures / "studio" / f"own-{seed}.png", drawing(seed))
    return LookSettings(model=model, pictures=pictures, alike=0.9, side_px=96)


def config(looks: LookSettings) -> SafetyConfig:
    return SafetyConfig(looks=looks, required=(), optional=())


def shown(tmp_path, picture) -> MediaItem:
    path = tmp_path / "asked.png"
    write_picture(path, np.ascontiguousarray(picture))
    return MediaItem("image1", "image", str(path), sha256_of(path))


def test_a_filtered_picture_is_found_with_its_entry_and_stopped(looks, tmp_path) -> None:
    detector = load("looks", config(looks))
    asked = shown(tmp_path, cv2.GaussianBlur(drawing(2), (0, 0), 3))
    (signal,) = detector.observe(asked)
    assert (signal.name, signal.fired) == ("ip.picture", True)
    assert [evidence.entry for evidence in signal.evidence] == ["picture:studio/own-2"]
    assert Screener([detector], policy.load("strict")).judge([asked]).decision is Decision.BLOCK


def test_a_picture_inside_another_is_found(looks, tmp_path) -> None:
    page = np.full((500, 640, 3), 245, np.uint8)
    page[90:410, 60:380] = drawing(1)
    (signal,) = load("looks", config(looks)).observe(shown(tmp_path, page))
    assert signal.fired


def test_other_pictures_pass(looks, tmp_path) -> None:
    detector = load("looks", config(looks))
    for seed in range(3, 9):
        asked = shown(tmp_path, drawing(seed))
        assert not detector.observe(asked)[0].fired
    assert Screener([detector], policy.load("strict")).judge([asked]).decision is Decision.ALLOW


def test_an_entry_has_a_threshold_of_its_own(looks, tmp_path) -> None:
    blurred = shown(tmp_path, cv2.GaussianBlur(drawing(2), (0, 0), 12))
    assert load("looks", config(looks)).observe(blurred)[0].fired
    (looks.pictures / THRESHOLDS).write_text(json.dumps({"studio/own-2": 0.999}))
    assert not load("looks", config(looks)).observe(blurred)[0].fired


def test_a_picture_added_later_is_found_at_once_and_names_another_version(looks, tmp_path) -> None:
    detector = load("looks", config(looks))
    before = detector.version
    write_picture(looks.pictures / "new.png", drawing(7))
    (signal,) = detector.observe(shown(tmp_path, drawing(7)))
    assert [evidence.entry for evidence in signal.evidence] == ["picture:new"]
    assert detector.version != before


@pytest.mark.parametrize("fault", ["no model", "no pictures", "no threshold", "not a network", "another digest"])
def test_configured_and_broken_holds_every_picture(looks, tmp_path, fault) -> None:
    if fault == "not a network":
        looks.model.write_bytes(b"not a network")
    changed = {
        "no model": {"model": None}, "no pictures": {"pictures": None}, "no threshold": {"alike": None},
        "another digest": {"sha256": "0" * 64},
    }.get(fault, {})  # fmt: skip
    detectors = build(config(looks.model_copy(update=changed)))
    assert [type(detector) for detector in detectors] == [Missing]
    verdict = Screener(detectors, policy.load("strict")).judge([shown(tmp_path, drawing(5))])
    assert verdict.decision is Decision.REVIEW


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 2}', '{"a": "x"}'])
def test_malformed_thresholds_are_said(looks, text) -> None:
    (looks.pictures / THRESHOLDS).write_text(text)
    with pytest.raises(UsageError):
        load("looks", config(looks))


def test_a_network_that_gives_no_numbers_holds(looks, tmp_path) -> None:
    nodes = [Node("Log", ["x"], ["y"]), Node("Flatten", ["y"], ["vector"], {"axis": 1})]
    looks.model.write_bytes(write(nodes, {}, ["x"], ["vector"]))
    with pytest.raises(Unavailable):
        load("looks", config(looks))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_gives_the_vectors_of_the_same_network_in_onnx(looks, tmp_path) -> None:
    import torch

    class Means(torch.nn.Module):
        def forward(self, x):
            small = torch.nn.functional.avg_pool2d(x, 8)
            return (small - small.mean((2, 3), keepdim=True)).flatten(1)

    path = tmp_path / "standin.torchscript.pt"
    torch.jit.script(Means()).save(str(path))
    pictures = [drawing(1), drawing(2)[:200]]
    known = Network(looks).embed(pictures)
    assert np.allclose(Network(looks.model_copy(update={"model": path})).embed(pictures), known, atol=1e-5)


@pytest.mark.parametrize("kind", ["dinov2", "clip"])
def test_a_folder_of_a_vision_model_gives_unit_vectors(tmp_path, kind) -> None:
    import torch
    import transformers

    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    sight = {**size, "image_size": 56, "patch_size": 14}
    if kind == "dinov2":
        made = transformers.Dinov2Model(transformers.Dinov2Config(**sight))
    else:
        text = {**size, "vocab_size": 30, "max_position_embeddings": 8}
        made = transformers.CLIPModel(transformers.CLIPConfig(text_config=text, vision_config=sight, projection_dim=12))
    made.save_pretrained(tmp_path / kind)
    network = Network(LookSettings(model=tmp_path / kind, side_px=56, scale="clip"))
    vectors = network.embed([drawing(1), drawing(2), drawing(1)])
    assert vectors.shape == (3, 12 if kind == "clip" else 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(vectors[0] @ vectors[2]) == pytest.approx(1.0, abs=1e-5)
    assert float(vectors[0] @ vectors[1]) < 0.9999
