"""Packs of InsightFace through its own package: only from a folder that is there, with the faces of a direct run."""

from __future__ import annotations

import socket

import pytest

from errors import Unavailable
from media.decode import read_picture
from safety.config import SafetyConfig
from safety.detectors import faces as faces_module
from safety.detectors.faces import PACK, finders_of
from safety.detectors.finders import InsightFace, Scrfd, views
from tests.safety.material import DATA, landscape, needs_data

pytestmark = [needs_data, pytest.mark.shared]
SCRFD = DATA / "models" / "scrfd_500m_kps.onnx"


@pytest.fixture
def models(tmp_path):
    """A model folder with a pack, named as published packs name their parts."""
    (tmp_path / PACK).mkdir()
    (tmp_path / PACK / "det_500m.onnx").symlink_to(SCRFD)
    return tmp_path


@pytest.mark.parametrize("name", ["040_plain.jpg", "149_child.jpg", "187_mask.jpg"])
def test_the_package_finds_what_the_network_finds_alone(models, name):
    view, *_ = views(read_picture(DATA / "faces" / "real" / name), 1)[0]
    theirs, ours = InsightFace(models / PACK).find(view), Scrfd(SCRFD).find(view)
    assert theirs
    for one, other in zip(theirs, sorted(ours, key=lambda face: -face.score), strict=True):
        assert (one.left, one.top, one.width, one.height) == pytest.approx(
            (other.left, other.top, other.width, other.height), abs=0.5
        )
        assert one.score == pytest.approx(other.score, abs=1e-3)


def test_nobody_is_found_where_nobody_is(models):
    assert InsightFace(models / PACK).find(landscape(360, 640)) == []


@pytest.mark.parametrize("name", ["buffalo_l", "antelopev2"])
def test_nothing_is_ever_downloaded(tmp_path, monkeypatch, name):
    """The package itself would fetch a pack of such a name; a folder that is not there is a missing part."""

    def refuse(*_, **__):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(Unavailable):
        InsightFace(tmp_path / name)


@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_a_folder_without_a_detector_is_named(tmp_path, content):
    (tmp_path / PACK).mkdir()
    if content is not None:
        (tmp_path / PACK / "det_500m.onnx").write_bytes(content)
    with pytest.raises(Unavailable) as raised:
        InsightFace(tmp_path / PACK)
    assert raised.value.params["part"] == PACK


def test_a_pack_stands_in_where_centerface_is_missing(models, monkeypatch):
    def gone(package, name):
        raise Unavailable("error.models.missing", part=package)

    config = SafetyConfig(models_folder=models)
    assert [finder.name for finder in finders_of(config)] == ["centerface"]
    monkeypatch.setattr(faces_module, "package_file", gone)
    assert [finder.name for finder in finders_of(config)] == [f"insightface-{PACK}"]
