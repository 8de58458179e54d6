"""`python -m safety`: one JSON line for each input, in order, and the exit status of the worst."""

from __future__ import annotations

import json

import pytest

from safety import __main__ as command
from safety.detectors import Missing
from safety.signals import Signal
from tests.safety.material import saved, smiley


class Quiet:
    name, version, kinds = "quiet", "1", frozenset({"text", "image", "video", "audio"})

    def observe(self, item):
        loud = getattr(item, "text", "") == "blocked"
        return [Signal("face.photographic", "1", 0.9 if loud else 0.0, 0.4)]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("COLOPHON_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(command, "build", lambda config: [Quiet()])

    def call(*arguments):
        status = command.main(["screen", *map(str, arguments), "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return call


def test_a_line_has_the_fields_of_the_contract(run, tmp_path):
    media = saved(tmp_path, smiley())
    status, (line,) = run(media.path)
    assert status == 0
    assert {"id", "input", "kind", "decision", "policies", "signals", "ms"} <= line.keys()
    assert (line["kind"], line["decision"], line["input"]) == ("image", "allow", media.path)
    assert set(line["signals"][0]) >= {"name", "version", "score", "threshold", "state"}


def test_the_worst_input_decides_and_all_get_a_line(run, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"nothing")
    status, lines = run(tmp_path / "bad.png", "--text", "hello")
    assert status == 5
    assert [line["decision"] for line in lines] == ["review", "allow"]
    assert lines[0]["error"].startswith("error.media.")


def test_a_batch_keeps_order_and_ids(run, tmp_path):
    media = saved(tmp_path, smiley())
    rows = [{"id": "a", "text": "one"}, {"id": 7, "path": media.path}, {"id": "c", "text": "two"}]
    (tmp_path / "batch.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\nnot json\n\n")
    status, lines = run("--batch", tmp_path / "batch.jsonl")
    assert [line["id"] for line in lines] == ["a", "7", "c", "line 4"]
    assert lines[3]["error"] == "error.safety.batch_line"
    assert status == 5


def test_missing_detectors_hold(run, monkeypatch, tmp_path):
    missing = Missing("faces", frozenset({"image"}), "centerface")
    monkeypatch.setattr(command, "build", lambda config: [missing])
    status, (line,) = run(saved(tmp_path, smiley()).path)
    assert (status, line["decision"]) == (4, "review")
    assert line["signals"][0]["detail"] == "missing:centerface"


def test_no_input_is_a_usage_error(run):
    assert run()[0] == 2


def test_an_internal_fault_shows_no_traceback(run, monkeypatch, capsys):
    monkeypatch.setattr(command, "build", lambda config: 1 / 0)
    assert command.main(["screen", "--text", "x"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_models_are_listed(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLOPHON_DATA", str(tmp_path))
    assert command.main(["models", "list", "--json"]) == 0
    names = {json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()}
    assert {"face_detection_yunet_2023mar.onnx", "centerface.onnx"} <= names
