"""The file of protected pictures: changed by commands and by other processes while the service runs."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import numpy as np
import pytest

import settings
from errors import UsageError
from media.encode import write_picture
from safety.__main__ import main as screen
from safety.detectors.pdq import query_hashes
from safety.detectors.pictures import PictureDetector
from safety.registry import picture_file
from safety.registry.__main__ import main
from safety.registry.pictures import PictureIndex, row_of
from tests.safety.test_pictures import drawing


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that commands change."""
    monkeypatch.setenv("COLOPHON_DATA", str(tmp_path / "data"))
    for seed in (1, 2):
        write_picture(tmp_path / f"{seed}.png", drawing(seed))
    return settings.load().data


def named(index: PictureIndex, seed: int) -> str | None:
    match = index.nearest(query_hashes(drawing(seed)))
    return match.entry if match else None


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_commands_change_what_a_running_service_finds(data: Path, tmp_path: Path, capsys) -> None:
    running = PictureDetector(PictureIndex(data / picture_file.FILE_NAME))
    before = running.version
    assert main(["picture", "add", "own-1", str(tmp_path / "1.png"), "--title", "A", "--owner", "B"]) == 0
    assert lines(capsys) == [{"id": "own-1", "title": "A", "owner": "B", "threshold": picture_file.SURE}]
    assert named(running.index, 1) == "own-1"
    assert running.version != before
    assert main(["picture", "add", "own-2", str(tmp_path / "2.png")]) == 0
    assert [line["id"] for line in lines(capsys)] == ["own-1", "own-2"]
    assert main(["picture", "remove", "own-1"]) == 0
    assert (named(running.index, 1), named(running.index, 2)) == (None, "own-2")


def test_find_says_what_screening_would(data: Path, tmp_path: Path, capsys) -> None:
    main(["picture", "add", "own-1", str(tmp_path / "1.png")])
    capsys.readouterr()
    assert [main(["picture", "find", str(tmp_path / f"{seed}.png")]) for seed in (1, 2)] == [0, 0]
    assert [line["entry"] for line in lines(capsys)] == ["picture:own-1", None]


def test_an_unknown_id_and_an_unreadable_file_are_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    assert main(["picture", "remove", "own-1"]) == 2
    assert main(["picture", "add", "own-1", str(tmp_path / "broken.png")]) == 5
    assert main(["picture", "find", str(tmp_path / "broken.png")]) == 5
    assert not (data / picture_file.FILE_NAME).exists()


def test_a_malformed_line_leaves_the_old_pictures_in_use_and_is_said_once(tmp_path: Path, caplog) -> None:
    path = tmp_path / "pictures.jsonl"
    index = PictureIndex(path)
    index.add("own-1", drawing(1))
    good = path.read_text()
    path.write_text(good + '{"id": "x"}\n')
    with caplog.at_level(logging.ERROR):
        assert [named(index, 1) for _ in range(2)] == ["own-1"] * 2
    assert ["line=2" in record.getMessage() for record in caplog.records] == [True]
    path.write_text(good + row_of("own-2", drawing(2)).model_dump_json() + "\n")
    assert (named(index, 1), named(index, 2)) == ("own-1", "own-2")


def test_a_command_names_the_malformed_line_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    path = data / picture_file.FILE_NAME
    main(["picture", "add", "own-1", str(tmp_path / "1.png")])
    path.write_text(path.read_text() + "{\n")
    before = path.read_bytes()
    assert main(["picture", "add", "own-2", str(tmp_path / "2.png")]) == 2
    assert path.read_bytes() == before


def test_a_file_that_is_gone_leaves_the_old_pictures_in_use(tmp_path: Path, caplog) -> None:
    path = tmp_path / "pictures.jsonl"
    index = PictureIndex(path)
    index.add("own-1", drawing(1))
    path.unlink()
    assert named(index, 1) == "own-1"
    assert caplog.records


def test_two_processes_keep_each_others_pictures(tmp_path: Path) -> None:
    path = tmp_path / "pictures.jsonl"
    here, there = PictureIndex(path), PictureIndex(path)
    here.add("own-1", drawing(1))
    there.add("own-2", drawing(2))
    here.add("own-3", drawing(3))
    for index in (here, there, PictureIndex(path)):
        assert [named(index, seed) for seed in (1, 2, 3)] == ["own-1", "own-2", "own-3"]
    assert here.version == there.version == PictureIndex(path).version


def test_what_was_put_outlives_a_file_of_somebody_else(tmp_path: Path) -> None:
    """The desk's pictures are in its database; a host who restores an old file does not take them out."""
    path = tmp_path / "pictures.jsonl"
    index = PictureIndex(path)
    index.put("proposal:", [row_of("proposal:1", drawing(1))])
    path.write_text(row_of("own-2", drawing(2)).model_dump_json() + "\n")
    assert (named(index, 1), named(index, 2)) == ("proposal:1", "own-2")
    path.write_text("{\n")
    index.put("proposal:", [row_of("proposal:3", drawing(3))])
    assert (named(index, 1), named(index, 2), named(index, 3)) == (None, "own-2", "proposal:3")


def test_a_row_without_hashes_keeps_no_other_from_being_protected(caplog) -> None:
    index = PictureIndex()
    broken = picture_file.PictureRow(id="proposal:1", pdq="AA==", phash="AA==")
    index.put("proposal:", [broken, row_of("proposal:2", drawing(2))])
    assert (len(index), named(index, 2)) == (1, "proposal:2")
    assert "proposal:1" in caplog.text


def test_the_command_that_screens_knows_the_protected_pictures(data: Path, tmp_path: Path, capsys) -> None:
    main(["picture", "add", "own-1", str(tmp_path / "1.png")])
    capsys.readouterr()
    screen(["screen", str(tmp_path / "1.png"), "--json"])
    (line,) = lines(capsys)
    assert (line["decision"], line["policies"]) == ("block", ["ip.picture"])


@pytest.mark.parametrize(("pdq", "phash"), [(3, 1), (5, 1), (8, 1), (0, 0)])
def test_a_row_with_uneven_hashes_or_none_is_refused(tmp_path: Path, pdq: int, phash: int) -> None:
    path = tmp_path / "pictures.jsonl"
    packed = [picture_file.pack(np.arange(size, dtype=np.uint64)) for size in (pdq, phash)]
    path.write_text(json.dumps({"id": "own-1", "pdq": packed[0], "phash": packed[1]}) + "\n")
    with pytest.raises(UsageError) as refused:
        list(picture_file.rows(path))
    assert refused.value.params["line"] == 1


def test_a_row_with_odd_characters_among_its_hashes_is_refused() -> None:
    row = row_of("own-1", drawing(1))
    with pytest.raises(ValueError, match="base64"):
        row.model_copy(update={"pdq": row.pdq[:8] + "!" + row.pdq[8:]}).check()


def test_hashes_come_out_as_they_were_packed() -> None:
    pdq, phash = np.arange(8, dtype=np.uint64).reshape(2, 4) << np.uint64(60), np.array([1, 2**63], np.uint64)
    row = picture_file.PictureRow(id="own-1", pdq=picture_file.pack(pdq), phash=picture_file.pack(phash))
    assert [part.tolist() for part in row.hashes()] == [pdq.tolist(), phash.tolist()]


def test_the_whole_file_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "new" / "folder" / "pictures.jsonl", []
    monkeypatch.setattr(picture_file.os, "fsync", lambda file: synced.append((os.fstat(file).st_size, path.exists())))
    picture_file.change(path, lambda _: False, [row_of("own-1", drawing(1))])
    assert synced == [(path.stat().st_size, False)]
    assert [entry.name for entry in path.parent.iterdir() if entry.suffix != ".lock"] == [path.name]


def test_a_threshold_lies_between_0_and_80_bits() -> None:
    facts = row_of("own-1", drawing(1)).model_dump()
    for good in (0, 80):
        assert picture_file.PictureRow(**{**facts, "threshold": good}).threshold == good
    for bad in (-1, 81):
        with pytest.raises(ValueError, match="threshold"):
            picture_file.PictureRow(**{**facts, "threshold": bad})


def test_a_change_says_how_many_rows_went(tmp_path: Path) -> None:
    path = tmp_path / "pictures.jsonl"
    picture_file.change(path, lambda _: False, [row_of(f"own-{seed}", drawing(seed)) for seed in (1, 1, 2)])
    assert picture_file.change(path, lambda name: name == "own-1", []) == 2
    assert [row.id for row in picture_file.rows(path)] == ["own-2"]
