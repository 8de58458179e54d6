"""References by use, prompts by dialect, and the choice of an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from errors import UsageError
from pipeline.engines import ENGINES
from pipeline.engines import build as build_engine
from pipeline.engines.choose import choose, standings
from pipeline.engines.compile import compile_prompt
from pipeline.engines.config import (
    ArkSettings,
    EnginesConfig,
    Kandinsky6Settings,
    Ltx2Settings,
    MinimaxH3Settings,
    Weights,
)
from pipeline.engines.hardware import Hardware
from pipeline.engines.kandinsky6 import Kandinsky6Engine
from pipeline.engines.minimax_h3 import MinimaxH3Engine, workflow
from pipeline.engines.references import cast, sheet
from pipeline.plan import Line, Shot, ShotPlan
from tests.pipeline.engines import build

CARD = Hardware("cuda", "a card", 192.0, 512.0, "cuda")
PLAN = ShotPlan(
    (
        Shot(2.5, "@image1 opens a door", "close", "push_in", dialogue=(Line("Ana", "Who is there?"),), sound="wind"),
        Shot(1.5, "An empty room", "wide", "static", "dissolve", references=("image2",), music="quiet piano"),
    )
)


def test_prose_reads_as_a_caption(tmp_path: Path) -> None:
    references = (build.image(tmp_path, 1, "character"), build.image(tmp_path, 2, "scene"))
    text = compile_prompt(build.request(plan=PLAN, references=references, duration_s=4.0), "prose")
    assert text == (
        "A lighthouse in a storm. Close-up, the camera pushes in slowly: the character of reference 1 opens a door. "
        'Ana says: "Who is there?" Sound of wind. Dissolve to wide shot, the camera is still: An empty room. '
        "Music: quiet piano."
    )


def test_content_lists_name_references_with_an_at_sign_and_times(tmp_path: Path) -> None:
    references = (build.image(tmp_path, 1, "character"), build.image(tmp_path, 2, "scene"))
    lines = compile_prompt(build.request(plan=PLAN, references=references, duration_s=4.0), "at").splitlines()
    assert lines[0] == "The character is @Image1; the place is @Image2."
    assert lines[2].startswith("Shot 1 [00:00.0-00:02.5] Close-up")
    assert lines[3].startswith("Shot 2 [00:02.5-00:04.0]")
    assert lines[3].endswith("(@Image2)")


def test_h3_reads_tags(tmp_path: Path) -> None:
    text = compile_prompt(build.request(plan=PLAN, references=(build.image(tmp_path),), duration_s=4.0), "tags")
    assert "[Shot 1] 2.5 s." in text
    assert "<Picture 1> opens a door" in text
    assert "(S1) <d>Who is there?</d>" in text
    assert text.endswith("Soundscape: wind.\nMusic: quiet piano.")


@pytest.mark.parametrize("dialect", ["prose", "at", "tags"])
def test_plain_prompt_stays_as_it_is(dialect: Any) -> None:
    assert compile_prompt(build.request(prompt="Meer bei Nacht，静かな海"), dialect) == "Meer bei Nacht，静かな海"


def test_shots_made_from_the_prompt_do_not_repeat_it() -> None:
    plan = ShotPlan((Shot(2.0, "A lighthouse in a storm"),))
    assert compile_prompt(build.request(plan=plan), "prose").count("lighthouse") == 1


def test_frames_looks_and_clips_are_told_apart(tmp_path: Path) -> None:
    references = (
        build.image(tmp_path, 1), build.image(tmp_path, 2, "last_frame"), build.image(tmp_path, 3, "style"),
        build.clip(tmp_path),
    )  # fmt: skip
    found = cast(build.request(references=references))
    assert found.first is references[0]
    assert found.last is references[1]
    assert found.looks == (references[2],)
    assert found.clips == (references[3],)


def test_picture_without_a_role_stands_at_the_shot_that_names_it(tmp_path: Path) -> None:
    references = (build.image(tmp_path, 1), build.image(tmp_path, 2))
    found = cast(build.request(references=references, plan=PLAN, duration_s=4.0))
    assert found.keyed == ((2.5, references[1]),)
    assert found.looks == (references[0],)


def test_two_first_frames_are_refused(tmp_path: Path) -> None:
    references = tuple(build.image(tmp_path, number, "first_frame") for number in (1, 2))
    with pytest.raises(UsageError, match=r"error\.engine\.same_instant"):
        cast(build.request(references=references))


def test_sheet_shows_every_reference_whole(tmp_path: Path) -> None:
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    references = [build.image(tmp_path, n, "character", colour) for n, colour in enumerate(colours, 1)]
    page = sheet(references, 384, 256)
    assert page.shape == (256, 384, 3)
    for channel in range(3):
        assert (page[:, :, channel].astype(int) - np.delete(page, channel, 2).max(axis=2) > 200).any()


def test_h3_workflow_by_references(tmp_path: Path) -> None:
    first, style = build.image(tmp_path, 1, "first_frame"), build.image(tmp_path, 2, "style")
    found = [workflow(cast(build.request(references=r))) for r in ((), (first,), (first, style))]
    assert found == ["t2va", "fl2va", "ref2va"]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "error.engine.territory_unset"),
        ({"territory": "DE", "accept_licence": True}, "error.engine.territory"),
        ({"territory": " us ", "accept_licence": True}, "error.engine.territory"),
        ({"territory": "GB", "accept_licence": True}, "error.engine.territory"),
        ({"territory": "JP"}, "error.engine.licence"),
    ],
)
def test_h3_stays_off_until_territory_and_licence_are_settled(settings: dict[str, Any], key: str) -> None:
    weights = Weights(model="MiniMaxAI/MiniMax-H3", revision="a" * 40)
    gate = MinimaxH3Engine(MinimaxH3Settings(weights=weights, download=True, **settings), CARD).gate()
    assert gate is not None
    assert (gate.available, gate.key) == (False, key)
    allowed = MinimaxH3Settings(weights=weights, territory="JP", accept_licence=True)
    assert MinimaxH3Engine(allowed, CARD).gate() is None


def test_kandinsky_stays_off_until_its_licence_is_accepted() -> None:
    assert Kandinsky6Engine(Kandinsky6Settings(), CARD).gate() is not None
    assert Kandinsky6Engine(Kandinsky6Settings(accept_licence=True), CARD).gate() is None


def _engines(config: EnginesConfig) -> dict[str, Any]:
    return {name: build_engine(name, config) for name in ENGINES if name != "animatic"}


def test_auto_takes_a_remote_engine_when_only_its_key_is_there() -> None:
    config = EnginesConfig(ark=ArkSettings(key="k"))  # type: ignore[arg-type]
    chosen = choose(build.request(), _engines(config))
    assert (chosen.name, chosen.key) == ("ark", "engine.choice.remote")


def test_auto_prefers_a_model_that_is_ready_here(tmp_path: Path) -> None:
    ltx2 = Ltx2Settings(weights=Weights(model=str(tmp_path)), device="cpu")
    config = EnginesConfig(ark=ArkSettings(key="k"), ltx2=ltx2)  # type: ignore[arg-type]
    assert choose(build.request(), _engines(config)).name == "ltx2"


def test_auto_passes_over_an_engine_that_cannot_do_what_is_asked(tmp_path: Path) -> None:
    ltx2 = Ltx2Settings(weights=Weights(model=str(tmp_path)), device="cpu")
    config = EnginesConfig(ark=ArkSettings(key="k"), ltx2=ltx2)  # type: ignore[arg-type]
    sound = build.write_clip(tmp_path / "s.mp4")
    from media.clip import Sound
    from media.encode import write_sound

    path = tmp_path / "audio1.wav"
    write_sound(path, Sound(np.zeros((1, 48_000), np.float32), 48_000))
    references = (build.reference(sound, "video1", "auto"), build.reference(path, "audio1", "music"))
    assert choose(build.request(references=references), _engines(config)).name == "ark"


def test_every_engine_says_why_it_is_greyed_out() -> None:
    found = standings(build.request(), _engines(EnginesConfig()).values())
    assert len(found) == len(ENGINES) - 1
    assert all(not item.ready.available and item.ready.key.startswith("error.engine.") for item in found)
