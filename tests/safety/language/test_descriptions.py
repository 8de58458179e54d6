"""Descriptions by meaning: an embedding model that was really trained and is really run, from weights and from ONNX."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from errors import Unavailable
from safety import policy
from safety.config import DescriptionSettings, SafetyConfig
from safety.detectors import Missing, build, load
from safety.detectors.descriptions import WINDOW_TOKENS, DescriptionDetector, sentence_of
from safety.language.sentences import POOLINGS, SentenceModel
from safety.language.windows import Deadline
from safety.registry.load import Registry
from safety.registry.schema import Description, Entry
from safety.screen import Screener
from safety.signals import SignalState, TextItem
from safety.verdict import Decision
from tests.safety.language import tiny

ALIKE = 0.8
PLUMBER, HEDGEHOG = "character:own-plumber", "character:own-hedgehog"
LIKE_PLUMBER = "overalls, moustache and red cap"
UNLIKE = "rain over a hill, a dog near the house"


def registry(*more, without=()):
    rows = [(PLUMBER, tiny.SUBJECTS[0]), (HEDGEHOG, tiny.SUBJECTS[1]), *more]
    return Registry(
        tuple(Entry(id=entry, kind="character", name=entry) for entry, _ in rows if entry not in without),
        tuple(Description(entry=entry, features=[[feature] for feature in subject]) for entry, subject in rows),
        (), frozenset(), "1",
    )  # fmt: skip


@pytest.fixture(scope="session")
def model(sentence_folder):
    return SentenceModel.open(sentence_folder)


@pytest.fixture
def detector(model):
    return DescriptionDetector(model, ALIKE, registry=registry())


def decided(detector, text, profile="strict"):
    return Screener([detector], policy.load(profile)).judge([TextItem("prompt", text)])


def test_a_description_is_found_without_a_word_order_or_a_name(detector):
    (signal,) = detector.observe(TextItem("prompt", LIKE_PLUMBER))
    assert signal.name == "likeness.described"
    assert signal.fired
    assert {evidence.entry for evidence in signal.evidence} == {PLUMBER}
    assert decided(detector, LIKE_PLUMBER).policies == ("ip.described",)
    assert decided(detector, LIKE_PLUMBER).decision is Decision.BLOCK
    assert decided(detector, LIKE_PLUMBER, "studio").decision is Decision.REVIEW


def test_another_scene_is_not(detector):
    assert decided(detector, UNLIKE).decision is Decision.ALLOW
    assert decided(detector, "").decision is Decision.ALLOW


def test_the_score_is_a_half_at_the_configured_cosine_and_nothing_below_decides(model):
    detector = DescriptionDetector(model, ALIKE, registry=registry())
    assert detector._score(ALIKE) == 0.5
    assert detector._score(ALIKE - 1e-6) < 0.5
    assert detector._score(1.0) == 1.0
    assert detector._score(-1.0) == 0.0


@pytest.mark.parametrize("place", [0, 7, 15])
def test_a_description_anywhere_in_a_long_text_is_found_and_its_place_named(detector, place):
    filling = [f"{UNLIKE} and {word}." for word in tiny.FILLING[:15]]
    text = " ".join([*filling[:place], f"{LIKE_PLUMBER}.", *filling[place:]])
    assert len(detector._model.offsets(text)) > 3 * WINDOW_TOKENS
    (signal,) = detector.observe(TextItem("prompt", text))
    assert signal.fired
    best = signal.evidence[0]
    assert text[slice(*best.span)] == f"{LIKE_PLUMBER}."


def test_a_long_text_without_sentences_is_read_in_windows(detector):
    text = f"{UNLIKE} " * 12 + f"{LIKE_PLUMBER} " * 9 + f"{UNLIKE} " * 12
    (signal,) = detector.observe(TextItem("prompt", text))
    assert signal.fired


def test_an_entry_that_the_host_took_out_is_not_compared(model):
    detector = DescriptionDetector(model, ALIKE, registry=registry(without=(PLUMBER,)))
    assert decided(detector, LIKE_PLUMBER).decision is Decision.ALLOW


def test_descriptions_are_embedded_again_only_when_they_change(model, tmp_path, monkeypatch):
    detector = DescriptionDetector(model, ALIKE)
    first, embedded = detector.version, []
    real = SentenceModel.embed
    monkeypatch.setattr(SentenceModel, "embed", lambda *given: embedded.append(given) or real(*given))
    detector.reload()
    assert (detector.version, embedded) == (first, [])
    taken = detector._described.entries[0]
    (tmp_path / "own.jsonl").write_text(json.dumps({"remove": taken}) + "\n")
    detector.reload([tmp_path / "own.jsonl"])
    assert len(embedded) == 1
    assert taken not in detector._described.entries
    assert detector.version != first


def test_a_text_that_takes_too_long_is_held(model):
    detector = DescriptionDetector(model, ALIKE, timeout_s=1e-6, registry=registry())
    (signal,) = detector.observe(TextItem("prompt", UNLIKE))
    assert (signal.state, signal.detail) == (SignalState.ERROR, "timeout")


def test_a_network_that_yields_no_numbers_holds(model, monkeypatch):
    detector = DescriptionDetector(model, ALIKE, registry=registry())
    monkeypatch.setattr(model, "_states", lambda coded: np.full((*coded["input_ids"].shape, 32), np.nan, np.float32))
    assert decided(detector, LIKE_PLUMBER).decision is Decision.REVIEW


def test_vectors_do_not_depend_on_what_stands_beside_them(model):
    alone = model.embed([LIKE_PLUMBER], Deadline.within(60))
    beside = model.embed([f"{UNLIKE} " * 3, LIKE_PLUMBER], Deadline.within(60))
    assert alone[0] == pytest.approx(beside[1], abs=1e-5)
    assert np.linalg.norm(beside, axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("left", [False, True])
def test_poolings_look_at_what_the_mask_shows(left):
    states = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    mask = np.array([[1, 1, 1, 1], [0, 0, 1, 1] if left else [1, 1, 0, 0]])
    seen = states[1, 2:] if left else states[1, :2]
    wanted = {"mean_tokens": seen.mean(0), "cls_token": seen[0], "lasttoken": seen[-1]}
    for name, value in wanted.items():
        assert POOLINGS[f"pooling_mode_{name}"](states, mask)[1] == pytest.approx(value)


def test_the_text_of_a_row_is_the_first_wording_of_each_feature():
    row = Description(entry="character:x", features=[["!plumber"], ["red cap", "red hat"]])
    assert sentence_of(row) == "plumber, red cap"


# --- ONNX ---


def onnx_of(folder, source):
    """The word vectors of the trained model as an ONNX graph: a folder without safetensors."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    table = load_file(source / "model.safetensors")["embeddings.word_embeddings.weight"].astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])], "words",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "t", table.shape[1]])],
        [numpy_helper.from_array(table, "table")],
    )  # fmt: skip
    shutil.copytree(source, folder)
    (folder / "model.safetensors").unlink()
    (folder / "onnx").mkdir()
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    return folder, table


def test_an_onnx_folder_is_run_as_it_is(sentence_folder, tmp_path):
    folder, table = onnx_of(tmp_path / "graph", sentence_folder)
    model = SentenceModel.open(folder)
    numbers = model._tokenizer("red cap")["input_ids"]
    wanted = table[numbers].mean(0)
    assert model.embed(["red cap"], Deadline.within(60))[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


# --- folders that must not be used ---


def config(folder, **settings):
    given = {"alike": ALIKE, **settings}
    return SafetyConfig(required=(), optional=(), descriptions=DescriptionSettings(model=folder, **given))


def reason(settings):
    (only,) = build(settings)
    assert isinstance(only, Missing)
    assert Screener([only], policy.load("studio")).judge([TextItem("prompt", "a dog")]).decision is Decision.REVIEW
    return only.part


def copied(folder, where):
    shutil.copytree(folder, where / "copy")
    return where / "copy"


def test_a_folder_in_order_is_used(sentence_folder):
    detector = load("descriptions", config(sentence_folder))
    assert isinstance(detector, DescriptionDetector)
    assert sentence_folder.name in detector.version
    assert f"+{ALIKE}+" in detector.version


def test_without_its_own_threshold_a_model_is_not_used(sentence_folder):
    assert "COLOPHON_DESCRIPTIONS__ALIKE" in reason(config(sentence_folder, alike=None))


def test_an_absent_folder_holds_every_text(tmp_path):
    assert reason(config(tmp_path / "gone")) == "gone (no such folder)"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("1_Pooling/config.json", '{"pooling_mode_max_tokens": true}', "unknown pooling"),
        (
            "1_Pooling/config.json",
            '{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}',
            "unknown pooling",
        ),
        ("modules.json", '[{"type": "sentence_transformers.models.Dense"}]', "further layers"),
        ("config.json", "{", ""),
    ],
)
def test_a_folder_of_another_layout_holds_every_text(sentence_folder, tmp_path, name, content, why):
    folder = copied(sentence_folder, tmp_path)
    (folder / name).write_text(content)
    assert why in reason(config(folder))


def test_missing_weights_hold_every_text(sentence_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = copied(sentence_folder, tmp_path)
    tensors = load_file(folder / "model.safetensors")
    tensors.pop(next(name for name in tensors if "query" in name))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    assert "weights are missing" in reason(config(folder))


def test_a_pickled_folder_is_refused(sentence_folder, tmp_path):
    folder = copied(sentence_folder, tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(Unavailable):
        SentenceModel.open(folder)
