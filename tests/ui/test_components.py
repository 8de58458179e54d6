"""Two of the four locks, seen from the page."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import ui
from errors import QuarantineBreach
from tests.ui.scripted import ScriptedStudio
from ui import components

FOLDER = Path(ui.__file__).parent
MEDIA = {
    "Video",
    "Image",
    "Audio",
    "Gallery",
    "File",
    "DownloadButton",
    "ImageSlider",
    "AnnotatedImage",
    "Model3D",
    "Plot",
}


def test_media_components_are_made_in_one_place_only() -> None:
    made = {
        (path.name, node.func.attr)
        for path in FOLDER.glob("*.py")
        if not path.name.startswith("desk")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MEDIA
    }
    assert made
    assert {name for name, _ in made} == {"components.py"}


def test_a_video_is_never_encoded_again() -> None:
    tree = ast.parse((FOLDER / "components.py").read_text("utf-8"))
    words = {keyword.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords}
    assert words.isdisjoint({"format", "watermark", "streaming"})


def test_no_pixels_travel_inside_the_page() -> None:
    for path in FOLDER.glob("*.py"):
        assert "data:image" not in path.read_text("utf-8")
        assert "data:video" not in path.read_text("utf-8")


def test_only_a_file_of_the_releases_folder_is_shown(tmp_path: Path) -> None:
    studio = ScriptedStudio(tmp_path / "releases")
    release = studio.make_release()
    assert components.show(release, studio.folder, "player", "video")["value"] == str(release.path.resolve())
    assert components.show(release, studio.folder, "still", "image")["visible"] is False
    outside = tmp_path / "quarantine" / "draft.mp4"
    for path in (outside, studio.folder / ".." / "quarantine" / "draft.mp4"):
        with pytest.raises(QuarantineBreach):
            components.show(replace(release, path=path), studio.folder, "player", "video")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    studio = ScriptedStudio(tmp_path / "releases")
    release = studio.make_release()
    (tmp_path / "draft.mp4").write_bytes(b"x")
    link = studio.folder / "link.mp4"
    link.symlink_to(tmp_path / "draft.mp4")
    with pytest.raises(QuarantineBreach):
        components.address(replace(release, path=link), studio.folder)
