"""Verify's reader says the same in the cage, and a file that breaks its process is a file that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from media.caged import read_picture
from media.encode import write_picture
from tests.watermark.conftest import SECRET, scene
from watermark.__main__ import stamped_here
from watermark.caged import _EXAMINED
from watermark.examine import Examined
from watermark.fingerprint import SKETCHES, Fingerprint
from watermark.invisible import Extraction, KeyRing
from watermark.invisible.recall import look
from watermark.reading import Reading
from watermark.sketch import Thumb, thumb
from watermark.stamp import Stamped
from watermark.tools import Tools


@pytest.mark.parametrize("ending", ["png", "wav", "mp4"])
def test_the_cage_changes_no_answer(tools: Tools, stamped: Callable[[str], Stamped], ending: str) -> None:
    path = stamped(ending).path
    inside, outside = (replace(each.inspect(path), ms=0.0) for each in (tools.verifier, tools.inspector))
    assert inside == outside
    assert inside.finding == "ours_intact"


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"no media at all"])
def test_bad_files_are_reported(tools: Tools, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    assert replace(tools.verifier.inspect(path), ms=0.0) == replace(tools.inspector.inspect(path), ms=0.0)
    assert tools.verifier.inspect(tmp_path / "none").error == "error.media.missing"


def test_a_file_that_takes_too_long_is_given_up(tools: Tools, stamped: Callable[[str], Stamped]) -> None:
    hasty = copy(tools.cage)
    hasty._limit_s = 1e-3
    assert hasty.examine(stamped("mp4").path) == Examined(unread="error.verify.unreadable")


def test_a_file_of_ours_is_known_before_it_is_stamped_again(
    tools: Tools, stamped: Callable[[str], Stamped], tmp_path: Path
) -> None:
    bare, other = tmp_path / "bare.png", tmp_path / "other.png"
    write_picture(bare, read_picture(stamped("png").path))
    write_picture(other, scene(320, 240, seed=99))
    seen = [stamped_here(tools.verifier.inspect(path)) for path in (stamped("png").path, bare, other)]
    assert seen == [True, True, False]


@pytest.mark.parametrize("damaged", ["looks", "thumbs"])
def test_what_a_fooled_process_made_up_is_refused_where_it_comes_in(damaged: str) -> None:
    seen = look(np.ones(800, np.float32), KeyRing(SECRET).key), thumb(np.zeros((90, 160), np.uint8))
    reading = Reading(image=Extraction("absent", looks=seen[:1]), fingerprint=Fingerprint(thumbs=seen[1:]))
    body = _EXAMINED.dump_json(Examined("image", reading=reading))
    assert _EXAMINED.validate_json(body).reading == reading
    text = seen[0].symbols if damaged == "looks" else seen[1].grey
    with pytest.raises(ValidationError):
        _EXAMINED.validate_json(body.replace(text.encode(), b"AAAA"))


def test_more_thumbs_than_a_question_has_are_refused() -> None:
    """Each costs the server time, and a fooled process could send a million."""
    one = thumb(np.zeros((90, 160), np.uint8))
    reading = Reading(image=Extraction("absent"), fingerprint=Fingerprint(thumbs=(one,) * SKETCHES))
    body = _EXAMINED.dump_json(Examined("image", reading=reading)).decode()
    shown = TypeAdapter(Thumb).dump_json(one).decode()
    assert _EXAMINED.validate_json(body).reading == reading
    with pytest.raises(ValidationError):
        _EXAMINED.validate_json(body.replace(shown, f"{shown},{shown}", 1))
