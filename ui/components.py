"""The one place that makes media components. Everything it shows is a released file; nothing here takes pixels.

A path of the quarantine cannot come through: the only argument type is `ReleaseView`, the file must lie
in the releases folder, and the server serves that folder alone. `format=` and `watermark=` are never set
on a video: both make Gradio encode again, which would break the signature.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from errors import QuarantineBreach
from pipeline.views import ReleaseView
from ui.markup import Markup, el, t


def player() -> gr.Video:
    """Plays a released video."""
    return gr.Video(visible=False, show_label=False, interactive=False, buttons=[], elem_id="player")


def still() -> gr.Image:
    """Shows a released picture."""
    return gr.Image(visible=False, show_label=False, interactive=False, buttons=[], type="filepath", elem_id="still")


def sound() -> gr.Audio:
    """Plays a released sound."""
    return gr.Audio(visible=False, show_label=False, interactive=False, buttons=[], type="filepath", elem_id="sound")


def download() -> gr.DownloadButton:
    """Hands out the released bytes unchanged."""
    return gr.DownloadButton(t("ui.result.download"), visible=False, variant="primary", elem_id="download")


def show(release: ReleaseView, releases: Path, component: str, playing: str) -> Any:
    """An update that makes `component` show the release, if its kind of media is the one `playing`.

    Raises:
        QuarantineBreach: the file lies outside the releases folder.
    """
    kind = release.media_type.split("/")[0]
    if kind != playing:
        return gr.update(visible=False, value=None)
    return gr.update(visible=True, value=str(released_path(release, releases)), elem_id=component)


def released_path(release: ReleaseView, releases: Path) -> Path:
    """The file of a release, proven to lie in the releases folder.

    Raises:
        QuarantineBreach: it does not.
    """
    path = release.path.resolve()
    if not path.is_relative_to(releases.resolve()):
        raise QuarantineBreach("error.release.outside")
    return path


def address(release: ReleaseView, releases: Path) -> str:
    """Where the page serves the released bytes, relative to the page."""
    return f"gradio_api/file={quote(str(released_path(release, releases)))}"


def poster(release: ReleaseView, releases: Path) -> Markup:
    """A small moving picture of a release for lists: the released file itself, paused at a moment inside."""
    source = address(release, releases)
    if release.media_type.startswith("video/"):
        moment = min(1.0, release.duration_s / 2)
        at = f"{source}#t={moment:g}"
        return el("video", src=at, preload="metadata", muted=True, playsinline=True, tabindex="-1", aria_hidden="true")
    if release.media_type.startswith("image/"):
        return el("img", src=source, alt="", loading="lazy")
    return el("span", class_="note-glyph", aria_hidden="true")


def playable(release: ReleaseView, releases: Path, name: str) -> Markup:
    """A small player for a released video outside the sheet of a job."""
    source = f"{address(release, releases)}#t=1"
    return el("video", src=source, controls=True, preload="metadata", playsinline=True, aria_label=name)
