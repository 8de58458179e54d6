"""What a decoder that was taken over can still do in the cage: nothing. And what a good file loses in it: nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from errors import InputError, Unavailable
from locales.catalog import translate
from media import caged, decode, probe
from media.cage.client import Cage
from media.cage.confine import Bounds, can_filter
from media.cage.wire import Broken
from media.clip import VideoFormat
from media.encode import write_picture
from tests.media import makers

STOPPED = "error.media.stopped"


@pytest.fixture(scope="module")
def rogue() -> Iterator[Cage]:
    cage = Cage("tests.media.rogue", {"secret": "s"}, Bounds(memory_bytes=2 * 2**30, cpu_s=1), silence_s=3.0, most=4)
    yield cage
    cage.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.bin"
    path.write_bytes(b"123456")
    return path


@pytest.mark.skipif(not can_filter(), reason="no filter on system calls for this machine")
def test_there_is_no_way_out(rogue: Cage, file: Path) -> None:
    assert rogue.walls().calls
    assert rogue.ask("escape", file, {"victim": str(file)}, 10).header == {"out": []}
    assert file.read_bytes() == b"123456"


def test_the_server_gets_its_parameters_and_the_task_its_file(rogue: Cage, file: Path) -> None:
    assert rogue.ask("given", file, {}, 10).header == {"given": {"secret": "s"}, "read": 6}


@pytest.mark.parametrize("task", ["crash", "spin", "sleep", "eat", "forge"])
def test_what_breaks_is_refused_and_the_next_file_is_read(rogue: Cage, file: Path, task: str) -> None:
    with pytest.raises(InputError) as caught:
        rogue.ask(task, file, {}, 2.0)
    assert caught.value.key == STOPPED
    assert rogue.ask("given", file, {}, 10).header["read"] == 6


def test_a_shape_that_does_not_fit_is_refused(rogue: Cage, file: Path) -> None:
    with pytest.raises(Broken):
        rogue.ask("lie", file, {}, 10).array()


def test_one_answer_means_one(rogue: Cage, file: Path) -> None:
    with pytest.raises(InputError):
        rogue.ask("flood", file, {}, 1.0)


def test_a_reader_that_stops_early_leaves_no_process(rogue: Cage, file: Path) -> None:
    for _ in range(8):  # more than there is room for at a time
        messages = rogue.stream("flood", file, {})
        next(messages)
        messages.close()
    time.sleep(1.2)
    assert _children(rogue) == 0


def test_many_threads_share_one_cage(rogue: Cage, file: Path) -> None:
    read: list[int] = []
    threads = [
        threading.Thread(target=lambda: read.append(rogue.ask("given", file, {}, 20).header["read"])) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [6] * 12


def test_a_killed_server_is_replaced(rogue: Cage, file: Path) -> None:
    rogue.walls()
    assert rogue._server is not None
    os.kill(rogue._server.process.pid, signal.SIGKILL)
    assert rogue.ask("given", file, {}, 20).header["read"] == 6


def test_a_server_that_does_not_start_stops_everything(file: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        Cage("no.such.module").ask("probe", file, {}, 5)
    assert translate(caught.value.key, "en", **caught.value.params) != caught.value.key


def test_a_missing_file_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        caged.probe(tmp_path / "none.png")
    assert caught.value.key == "error.media.missing"


def test_pictures_are_the_same_inside(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.webp"):
        path = tmp_path / name
        write_picture(path, makers.picture(97, 61))
        assert caged.probe(path) == probe.probe(path)
        assert np.array_equal(caged.read_rgba(path), decode.read_rgba(path))
        assert np.array_equal(caged.read_picture(path), decode.read_picture(path))


def test_facts_and_what_a_picture_shows_come_from_one_process(tmp_path: Path) -> None:
    shown, glass = makers.picture(97, 61), np.full((61, 97, 1), 40, np.uint8)
    write_picture(tmp_path / "plain.png", shown)
    info, layers = caged.look(tmp_path / "plain.png")
    assert info == probe.probe(tmp_path / "plain.png")
    assert np.array_equal(layers, [shown])
    assert caged.look(tmp_path / "plain.png", 50)[1][0].shape == (31, 50, 3)
    write_picture(tmp_path / "glass.png", np.concatenate([shown, glass], axis=2))
    flat, colours = caged.look(tmp_path / "glass.png")[1]
    assert np.array_equal(flat, decode.read_picture(tmp_path / "glass.png"))
    assert np.array_equal(colours, shown)
    assert caged.look(makers.video(tmp_path / "a.mp4"))[1] == []


def test_a_strip_is_not_made_so_small_that_nothing_is_seen(tmp_path: Path) -> None:
    write_picture(tmp_path / "strip.png", makers.picture(3000, 30))
    assert caged.look(tmp_path / "strip.png", 160)[1][0].shape == (30, 3000, 3)
    write_picture(tmp_path / "strip.png", makers.picture(3000, 80))
    assert caged.look(tmp_path / "strip.png", 160)[1][0].shape == (40, 1500, 3)


def test_videos_are_the_same_inside(tmp_path: Path) -> None:
    path = makers.video(tmp_path / "a.mp4")
    wanted = VideoFormat(64, 36, Fraction(12))
    assert caged.probe(path) == probe.probe(path)
    for read in (lambda m: m.read_frames(path, every_s=0.1, max_side_px=50), lambda m: m.read_i420(path, wanted)):
        inside, outside = _all(read, caged), _all(read, decode)
        assert len(inside) == len(outside) > 1
        assert all(np.array_equal(a, b) for a, b in zip(inside, outside, strict=True))
    heard, known = caged.read_sound(path), decode.read_sound(path)
    assert heard is not None
    assert known is not None
    assert np.array_equal(heard.samples, known.samples)


def test_errors_keep_their_key_and_figures(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_picture(path, makers.picture(97, 61))
    with pytest.raises(InputError) as caught:
        caged.probe(path, replace(probe.LIMITS, image_side_px=64))
    assert (caught.value.key, caught.value.params) == ("error.media.dimensions", {"width": 97, "height": 61})


def _all(read: Callable[[Any], Iterator[Any]], module: Any) -> list[Any]:
    return [getattr(part, "picture", part) for part in read(module)]


def _children(cage: Cage) -> int:
    assert cage._server is not None
    pid = cage._server.process.pid
    return len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
