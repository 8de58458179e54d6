"""Intimate pictures: the classifier where it is installed, a weak stand-in where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from errors import InputError, Unavailable
from safety import policy
from safety.config import SafetyConfig
from safety.detectors import explicit, load
from safety.detectors.explicit import THRESHOLD, ExplicitDetector, skin_share
from safety.screen import Screener
from safety.verdict import Decision
from tests.safety.material import DATA, item, landscape, needs_data, saved, smiley

SKIN = np.full((96, 96, 3), (224, 172, 140), np.uint8)


@pytest.fixture(scope="module")
def classifier():
    return load("explicit", SafetyConfig())


@pytest.fixture
def without_weights(monkeypatch):
    def gone(package, name):
        raise Unavailable("error.models.missing", part=package)

    monkeypatch.setattr(explicit, "package_file", gone)
    return ExplicitDetector.from_config(SafetyConfig())


@pytest.mark.parametrize("picture", [smiley(), landscape(), SKIN], ids=["drawn", "view", "plain skin colour"])
def test_harmless_pictures_pass_the_classifier(classifier, tmp_path, picture):
    (signal,) = classifier.observe(saved(tmp_path, picture))
    assert signal.name == "explicit.picture"
    assert signal.score < THRESHOLD
    assert not signal.evidence


@needs_data
@pytest.mark.shared
def test_a_portrait_passes_the_classifier(classifier):
    (signal,) = classifier.observe(item(DATA / "faces" / "real" / "040_plain.jpg"))
    assert signal.score < THRESHOLD


def test_every_frame_of_a_short_animation_counts_and_the_worst_is_named(without_weights, tmp_path):
    frames = [Image.fromarray(frame) for frame in (landscape(96, 96), landscape(96, 96, seed=1), SKIN)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], duration=200)
    (signal,) = without_weights.observe(item(tmp_path / "moving.gif"))
    assert signal.score > 0.8
    assert signal.evidence[0].time_s == pytest.approx(0.4, abs=0.05)


def test_without_the_classifier_skin_only_raises_review(without_weights, tmp_path):
    media = saved(tmp_path, SKIN)
    (signal,) = without_weights.observe(media)
    assert signal.name == "explicit.skin"
    assert Screener([without_weights], policy.load("strict")).judge([media]).decision is Decision.REVIEW
    assert Screener([without_weights], policy.load("studio")).judge([media]).decision is Decision.ALLOW


@pytest.mark.parametrize("tone", [(255, 224, 196), (224, 172, 140), (141, 85, 54), (92, 57, 38)])
def test_skin_of_every_tone_counts(tone):
    assert skin_share(np.full((32, 32, 3), tone, np.uint8)) > 0.9


@pytest.mark.parametrize("colour", [(30, 120, 40), (60, 90, 200), (128, 128, 128), (0, 0, 0)])
def test_leaves_sky_stone_and_night_are_no_skin(colour):
    assert skin_share(np.full((32, 32, 3), colour, np.uint8)) == 0.0


def test_a_damaged_file_is_an_input_error(classifier, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    with pytest.raises(InputError):
        classifier.observe(item(tmp_path / "bad.png"))
