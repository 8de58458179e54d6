"""Whose face: protected people are recognised where a host has asked for it, and nothing passes where that is broken.

No recognition network can be had here, so a tiny one stands in: it compares aligned faces coarsely, pixel by pixel.
It knows the same photograph after editing, not the same person on another day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from errors import UsageError
from media.decode import read_picture
from safety import policy
from safety.config import SafetyConfig
from safety.detectors import Missing, build, embedders, load
from safety.detectors.embedders import Recipe, aligned
from safety.detectors.finders import Yunet, views
from safety.detectors.graphs import Node, write
from safety.detectors.identity import THRESHOLD
from safety.screen import Screener
from safety.signals import Evidence, Signal
from safety.verdict import Decision
from safety.vouching import LIKENESS, Vouch
from tests.safety.material import DATA, item, landscape, needs_data, pasted, saved, smiley

pytestmark = [needs_data, pytest.mark.shared]
MODEL, ALIKE = "standin.onnx", 0.8
REAL = DATA / "faces" / "real"
PROTECTED, OTHER = REAL / "040_plain.jpg", REAL / "149_child.jpg"


def network() -> bytes:
    """Block means of 8 x 8 pixels less their mean, as one vector."""
    pool = Node("AveragePool", ["x"], ["small"], {"kernel_shape": [8, 8], "strides": [8, 8]})
    nodes = [
        pool,
        Node("GlobalAveragePool", ["small"], ["mean"]),
        Node("Sub", ["small", "mean"], ["rest"]),
        Node("Flatten", ["rest"], ["vector"], {"axis": 1}),
    ]
    return write(nodes, {}, ["x"], ["vector"])


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setitem(embedders.RECIPES, MODEL, Recipe(127.5, 127.5, ALIKE))
    models = tmp_path / "models"
    models.mkdir()
    (models / MODEL).write_bytes(network())
    for path in (DATA / "models" / "face_detection_yunet_2023mar.onnx",):
        (models / path.name).symlink_to(path)
    people = tmp_path / "people"
    (people / "somebody").mkdir(parents=True)
    (people / "somebody" / "1.jpg").write_bytes(PROTECTED.read_bytes())
    return SafetyConfig(models_folder=models, people=people, required=(), optional=())


@pytest.fixture
def identity(config):
    return load("identity", config)


def edited(tmp_path, edit, name="edited.png"):
    return saved(tmp_path, np.ascontiguousarray(edit(read_picture(PROTECTED))), name)


EDITS = {
    "as it is": lambda p: p,
    "half size": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "turned a little": lambda p: cv2.warpAffine(p, cv2.getRotationMatrix2D((300, 300), 10, 1), p.shape[1::-1]),
    "dark": lambda p: (p * 0.6).astype(np.uint8),
    "on a poster": lambda p: pasted(landscape(900, 1200), cv2.resize(p, (400, 400)), 700, 100),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_protected_person_is_recognised(identity, tmp_path, edit):
    (found,) = identity.observe(edited(tmp_path, edit))
    assert found.score >= THRESHOLD
    assert found.evidence[0].entry == "person:somebody"
    assert found.evidence[0].box


@pytest.mark.parametrize("path", [OTHER, *sorted(REAL.glob("1*_plain.jpg"))[:8]], ids=lambda path: path.stem)
def test_other_people_are_not(identity, path):
    assert identity.observe(item(path))[0].score < THRESHOLD


def test_pictures_without_faces_score_nothing(identity, tmp_path):
    assert identity.observe(saved(tmp_path, landscape()))[0].score == 0.0


@pytest.mark.parametrize(("profile", "decision"), [("strict", Decision.BLOCK), ("studio", Decision.REVIEW)])
def test_the_policy_stops_a_protected_person_and_no_consent_answers(identity, profile, decision):
    verdict = Screener([identity], policy.load(profile)).judge([item(PROTECTED)])
    assert (verdict.decision, verdict.policies) == (decision, ("likeness.protected",))
    assert not "identity.protected".startswith(LIKENESS)


def test_one_person_in_two_references_is_told_to_reviewers_and_decides_nothing(identity, tmp_path):
    assert not identity.observe_together([item(PROTECTED), item(OTHER, where="image2")])
    again = saved(tmp_path, cv2.resize(read_picture(OTHER), None, fx=0.7, fy=0.7), "again.png")
    again = replace(again, where="image2")
    (found,) = identity.observe_together([item(OTHER), again])
    assert found.name == "identity.same"
    assert {place.where for place in found.evidence} == {"image1", "image2"}
    assert not found.fired
    verdict = Screener([identity], policy.load("strict")).judge([item(OTHER), again])
    assert verdict.decision is Decision.ALLOW


def test_a_person_added_while_running_is_recognised(config, identity):
    before = identity.version
    (config.people / "other").mkdir()
    (config.people / "other" / "a.jpg").write_bytes(OTHER.read_bytes())
    assert identity.version != before
    assert identity.observe(item(OTHER))[0].evidence[0].entry == "person:other"


def test_a_photograph_without_a_face_is_named(config, tmp_path):
    saved(config.people / "somebody", smiley(), "2.png")
    saved(config.people / "somebody", landscape(), "3.png")
    with pytest.raises(UsageError, match="no_face"):
        load("identity", config)


def test_a_folder_that_is_not_there_stops_the_start(config, tmp_path):
    with pytest.raises(UsageError):
        load("identity", config.model_copy(update={"people": tmp_path / "nowhere"}))


@pytest.mark.parametrize(
    "broken", [None, b"", b"\x08\x08 not a network", write([Node("Identity", ["x"], ["y"])], {}, ["x"], ["y"])]
)
def test_without_a_working_network_everything_visual_is_held(config, tmp_path, broken):
    (config.models_folder / MODEL).unlink()
    if broken is not None:
        (config.models_folder / MODEL).write_bytes(broken)
    (only,) = detectors = build(config)
    assert isinstance(only, Missing)
    verdict = Screener(detectors, policy.load("strict")).judge([saved(tmp_path, landscape())])
    assert verdict.decision is Decision.REVIEW


def test_without_registered_people_references_are_still_compared_with_each_other(config, tmp_path):
    (identity,) = build(config.model_copy(update={"people": None, "optional": ("identity",)}))
    assert identity.observe(item(PROTECTED))[0].score == 0.0
    again = replace(saved(tmp_path, cv2.resize(read_picture(OTHER), None, fx=0.7, fy=0.7)), where="image2")
    assert [found.name for found in identity.observe_together([item(OTHER), again])] == ["identity.same"]


def test_without_a_network_and_without_people_nothing_is_held(config):
    (config.models_folder / MODEL).unlink()
    assert not build(config.model_copy(update={"people": None, "optional": ("identity",)}))


@dataclass
class SeesFaces:
    """Reports a photographed face in every picture."""

    name: str = "faces"
    version: str = "1"
    kinds: frozenset[str] = frozenset({"image"})

    def observe(self, item):
        return [Signal("face.photographic", "1", 0.6, 0.4, evidence=(Evidence(item.where),))]


def test_another_picture_of_a_consenting_person_is_told_with_the_consent_and_not_allowed(identity, tmp_path):
    """The consent covers its file and no other; a reviewer of the other learns whom it shows."""
    covered = item(OTHER)
    again = replace(saved(tmp_path, cv2.resize(read_picture(OTHER), None, fx=0.7, fy=0.7)), where="image2")

    def consent(media, claimant):
        return Vouch("consent:k-17") if media.sha256 == covered.sha256 else None

    verdict = Screener([SeesFaces(), identity], policy.load("studio"), vouch=consent).judge([covered, again])
    assert verdict.decision is Decision.REVIEW
    (same,) = [signal for signal in verdict.signals if signal.name == "identity.same"]
    assert same.detail == "beside:consent:k-17"
    alone = Screener([SeesFaces(), identity], policy.load("studio")).judge([covered, again])
    assert all("consent" not in signal.detail for signal in alone.signals)


def test_faces_are_aligned_as_opencv_does():
    """`cv2.FaceRecognizerSF.alignCrop` on the same five points; it needs a network to be made, and runs none."""
    model = DATA / "models" / "face_detection_yunet_2023mar.onnx"
    picture, *_ = views(read_picture(PROTECTED), 1)[0]
    face = max(Yunet(model).find(picture), key=lambda face: face.size_px)
    row = np.array([face.left, face.top, face.width, face.height, *np.ravel(face.points), face.score], np.float32)
    theirs = cv2.FaceRecognizerSF.create(str(model), "").alignCrop(picture[:, :, ::-1], row)[:, :, ::-1]
    assert np.abs(theirs.astype(int) - aligned(picture, face)).mean() < 2
