"""Weights: pinned digests, no network needed, nothing run from a pickle."""

from __future__ import annotations

import io
import pickle
from dataclasses import replace

import numpy as np
import pytest

from errors import Unavailable
from safety import models
from safety.__main__ import main as command
from safety.config import DescriptionSettings, GuardSettings, SafetyConfig
from safety.detectors import weights
from safety.detectors.graphs import Node, open_session, with_any_size, write
from safety.detectors.torchfile import read_state
from safety.language.folder import digest_of


def config(tmp_path):
    return SafetyConfig(cache_folder=tmp_path / "cache")


def test_fetch_works_offline_and_says_what_is_missing(tmp_path):
    def unreachable(url):
        raise OSError("no network")

    assert {e.state for e in models.fetch(config(tmp_path), unreachable)} == {"missing"}


def test_a_file_with_another_digest_is_thrown_away(tmp_path):
    entries = list(models.fetch(config(tmp_path), lambda url: io.BytesIO(b"something else")))
    assert {e.state for e in entries} == {"missing"}
    assert not list((tmp_path / "cache").iterdir())


def test_a_file_with_the_pinned_digest_is_kept(tmp_path, monkeypatch):
    import hashlib

    wanted = replace(weights.DOWNLOADS[0], sha256=hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(models, "DOWNLOADS", (wanted,))
    (entry,) = models.fetch(config(tmp_path), lambda url: io.BytesIO(b"weights"))
    assert entry.state == "cache"
    assert (tmp_path / "cache" / wanted.name).read_bytes() == b"weights"
    (again,) = models.fetch(config(tmp_path), lambda url: pytest.fail("nothing to download"))
    assert again.state == "cache"


def test_only_https_is_opened():
    with pytest.raises(Unavailable):
        models._open("file:///etc/passwd")


def test_every_download_is_pinned_and_says_its_licence():
    for download in weights.DOWNLOADS:
        assert len(download.sha256) == 64
        assert download.url.startswith("https://")
        assert download.licence


def test_weights_for_research_only_are_flagged(tmp_path):
    listed = {e.name: e for e in models.entries(config(tmp_path))}
    assert not listed["scrfd_500m_kps.onnx"].commercial


class Evil:
    def __reduce__(self):
        return (print, ("run",))


@pytest.mark.parametrize("content", [b"", b"x" * 99, pickle.dumps(0x1950A86A20F9469CFC6C) + pickle.dumps(Evil()) * 3])
def test_a_weight_file_cannot_run_code(tmp_path, capsys, content):
    (tmp_path / "bad.pt").write_bytes(content)
    with pytest.raises(Unavailable):
        read_state(tmp_path / "bad.pt")
    assert not capsys.readouterr().out


def test_a_written_network_computes_what_it_says():
    kernel = np.arange(27, dtype=np.float32).reshape(1, 3, 3, 3)
    nodes = [Node("Conv", ["x", "k"], ["y"], {"kernel_shape": [3, 3]})]
    session = open_session(write(nodes, {"k": kernel}, ["x"], ["y"]))
    x = np.random.default_rng(0).random((2, 3, 5, 4), np.float32)
    (y,) = session.run(None, {"x": x})
    assert y.shape == (2, 1, 3, 2)
    assert y[1, 0, 0, 0] == pytest.approx(float((x[1, :, :3, :3] * kernel[0]).sum()), rel=1e-5)
    assert open_session(with_any_size(write(nodes, {"k": kernel}, ["x"], ["y"]), "x")).run(None, {"x": x[:1]})


def test_a_damaged_network_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        open_session(b"not a network")
    with pytest.raises(Unavailable):
        open_session(tmp_path / "missing.onnx")


def listed(settings):
    return {entry.name: entry.state for entry in models.entries(settings)}


def test_a_configured_language_model_is_listed_with_what_it_lacks(tmp_path):
    folder = tmp_path / "own-guard"
    assert "own-guard" not in listed(SafetyConfig())
    assert listed(SafetyConfig(guard=GuardSettings(model=folder)))["own-guard"] == "missing"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    pin = digest_of(folder)
    assert listed(SafetyConfig(guard=GuardSettings(model=folder, sha256=pin)))["own-guard"] == "folder"
    (folder / "config.json").write_text("{ }")
    assert listed(SafetyConfig(guard=GuardSettings(model=folder, sha256=pin)))["own-guard"] == "wrong digest"


def test_the_digest_of_a_folder_is_printed_to_be_pinned(tmp_path, capsys):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("not read by any loader")
    assert command(["models", "digest", str(tmp_path)]) == 0
    first = capsys.readouterr().out.strip()
    assert first == digest_of(tmp_path)
    assert GuardSettings(model=tmp_path, sha256=first).sha256 == first
    (tmp_path / "README.md").write_text("changed")
    assert digest_of(tmp_path) == first
    assert command(["models", "digest", str(tmp_path / "gone")]) == 2


def test_what_is_configured_is_required(tmp_path):
    assert "guard" not in SafetyConfig().needed
    configured = SafetyConfig(guard=GuardSettings(model=tmp_path), descriptions=DescriptionSettings(model=tmp_path))
    assert {"prompt", "guard", "descriptions"} <= set(configured.needed)
