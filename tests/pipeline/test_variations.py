"""Versions of finished work and what is taken along go through the same chain as everything else."""

import re
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from errors import UsageError
from media.encode import write_picture
from pipeline import preview, sheet_pdf, takeout, variations
from pipeline.engines import Limits, build
from pipeline.engines.config import EnginesConfig
from pipeline.orders import order_of
from pipeline.plan import Shot, ShotPlan
from pipeline.views import JobState, RequestForm, Upload
from records.ledger import SqlLedger
from tests.media import makers
from tests.pipeline.conftest import CARD, Bench, CardEngine

PROMPT = "Shot 1: A lighthouse above the sea. Shot 2: A fox in a forest."


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("bench"))
    return bench, bench.run(bench.submit(PROMPT).job_id)


@pytest.fixture
def made(released):
    """A released clip of an engine that can go on from clips and change them."""
    bench, view = released
    bench.engine = CardEngine(info=replace(CARD, limits=Limits(parents=("extend", "edit"))))
    return bench, view


def test_another_seed_and_nothing_else(made):
    bench, view = made
    form = variations.vary(bench.studio, view.job_id, "visitor")
    assert form.seed != 7
    assert replace(form, seed=7, locale="en").prompt == PROMPT
    assert variations.vary(bench.studio, view.job_id, "visitor", seed=8).seed == 8


def test_one_shot_is_taken_again(made):
    bench, view = made
    form = variations.retake(bench.studio, view.job_id, "visitor", 2)
    shots = ShotPlan.from_dict(form.shots).shots
    assert [shot.take for shot in shots] == [0, 1]
    assert form.seed == 7
    assert [upload.role for upload in form.uploads] == ["edit"]


def test_a_shot_gets_new_words_and_keeps_its_length(made):
    bench, view = made
    before = variations.plan_of(bench.studio, view.job_id, "visitor").shots[1]
    form = variations.retake(bench.studio, view.job_id, "visitor", 2, 'An owl at night. Ann: "Listen!"')
    after = ShotPlan.from_dict(form.shots).shots[1]
    assert (after.duration_s, after.framing, after.camera) == (before.duration_s, before.framing, before.camera)
    assert after.dialogue[0].line == "Listen!"
    assert "fox" not in form.prompt


@pytest.mark.parametrize("shot", [0, 3])
def test_a_shot_that_is_not_there(made, shot):
    bench, view = made
    with pytest.raises(UsageError, match=r"error\.retake\.shot"):
        variations.retake(bench.studio, view.job_id, "visitor", shot)


def test_an_engine_that_cannot_edit_makes_the_whole_anew(made):
    bench, view = made
    bench.engine.info = replace(bench.engine.info, limits=Limits())
    assert not variations.retake(bench.studio, view.job_id, "visitor", 1).uploads


def test_references_are_asked_for_again(bench, tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, makers.picture(320, 240))
    view = bench.submit("a boat", uploads=[Upload(path, "style", "mine.png")])
    bench.run(view.job_id)
    with pytest.raises(UsageError, match=r"references_gone"):
        variations.vary(bench.studio, view.job_id, "visitor")
    again = variations.vary(bench.studio, view.job_id, "visitor", uploads=[Upload(path)])
    assert [(u.role, u.label) for u in again.uploads] == [("style", "mine.png")]


def test_an_extended_clip_names_its_parent(made):
    bench, view = made
    form = variations.extend(bench.studio, view.release.release_id, "visitor", 2.0, "Snow falls")
    assert form.uploads[0].path == view.release.path
    assert (form.duration_s, form.prompt, form.shots) == (2.0, "Snow falls", None)
    longer = bench.studio.submit(form, "visitor")
    longer = bench.run(longer.job_id, order=partial(order_of, ledger=SqlLedger(bench.database)))
    assert longer.state is JobState.RELEASED
    chain = bench.inspector.inspect(longer.release.path).as_dict()["c2pa"]
    assert [i["relationship"] for i in chain["ingredients"]] == ["parentOf"]
    assert chain["actions"][0]["action"] == "c2pa.opened"


def test_the_animatic_plays_somebody_elses_clip_and_draws_its_own_shots_again(made):
    bench, view = made
    bench.engine.info = replace(bench.engine.info, limits=Limits())
    release_id = view.release.release_id
    foreign = variations.extend(bench.studio, release_id, "somebody", 2.0, "Snow falls")
    assert foreign.engine == "animatic"
    shots = ShotPlan.from_dict(foreign.shots).shots
    assert [(shot.duration_s, shot.references) for shot in shots] == [(2.0, ("video1",)), (2.0, ())]
    assert (foreign.resolution, foreign.aspect, foreign.fps) == ("480p", "16:9", 24)
    assert "lighthouse" not in repr(foreign)


@pytest.mark.parametrize(("seconds", "key"), [(29.0, "length"), (2.0, "empty_prompt")])
def test_what_cannot_be_extended(made, seconds, key):
    bench, view = made
    bench.engine.info = replace(bench.engine.info, limits=Limits())
    with pytest.raises(UsageError, match=key) if key == "length" else pytest.raises(Exception, match=key):
        words = "Snow falls" if key == "length" else " "
        variations.extend(bench.studio, view.release.release_id, "visitor", seconds, words)


def test_texts_are_for_the_maker_only(made):
    bench, view = made
    texts = takeout.texts(bench.studio, view.release.release_id, "visitor")
    assert set(texts) == {"subtitles.srt", "subtitles.vtt", "shots.csv", "timeline.otio", "plan.json"}
    assert b"lighthouse" in texts["plan.json"]
    with pytest.raises(UsageError, match=r"error\.takeout\.owner"):
        takeout.texts(bench.studio, view.release.release_id, "somebody")


def test_pictures_and_sounds_are_jobs(made):
    bench, view = made
    forms = takeout.media(bench.studio, view.release.release_id, "visitor")
    assert set(forms) == {"contact_sheet"}  # no stems: this engine draws nothing again
    sheet = forms["contact_sheet"]
    assert (sheet.engine, sheet.output, sheet.part) == ("animatic", "image", "contact_sheet")
    with pytest.raises(UsageError, match=r"error\.takeout\.kind"):
        takeout.pdf(bench.studio, view.release.release_id, "visitor")


def test_a_contact_sheet_is_stamped_and_becomes_a_page(made):
    bench, view = made
    bench.engine = build("animatic", EnginesConfig())
    sheet = bench.studio.submit(
        takeout.media(bench.studio, view.release.release_id, "visitor")["contact_sheet"], "visitor"
    )
    sheet = bench.run(sheet.job_id)
    assert sheet.state is JobState.RELEASED, sheet.error
    assert bench.inspector.inspect(sheet.release.path).as_dict()["state"] == "ours_intact"
    page = takeout.pdf(bench.studio, sheet.release.release_id, "visitor")
    assert page.startswith(b"%PDF-1.7")
    assert sheet.release.path.read_bytes() in page
    assert b"TC260:AIGC" in page


def test_a_page_holds_every_pixel(tmp_path):
    path = tmp_path / "a.png"
    picture = makers.picture(64, 48)
    write_picture(path, picture)
    page = sheet_pdf.page(path, None)
    body = re.search(rb"/BitsPerComponent 8/Filter/FlateDecode/Length \d+>>stream\n(.*?)\nendstream", page, re.DOTALL)
    assert np.array_equal(np.frombuffer(zlib.decompress(body[1]), np.uint8).reshape(48, 64, 3), picture)
    start = int(page.rsplit(b"startxref\n", 1)[1].split()[0])
    places = re.findall(rb"(\d{10}) 00000 n", page[start:])
    assert all(page[int(at) :].startswith(b"%d 0 obj" % number) for number, at in enumerate(places, 1))


def test_a_look_ahead_makes_nothing(tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, makers.picture(320, 240))
    form = RequestForm("A boat @image1, then @image2", uploads=[Upload(path)], duration_s=4.0)
    assert preview.lint(form)[0].params["name"] == "image2"
    assert preview.shots(form).duration_s == 4.0
    assert preview.compiled(form, "animatic") == ""
    assert "@Image1" in preview.compiled(form, "ark")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "unit", "timed"), [("animatic", "", True), ("ark", "million_tokens", False), ("ltx2", "", True)]
)
def test_time_and_cost_beforehand(name, unit, timed):
    found = preview.estimate(RequestForm("A boat", duration_s=4.0), build(name, EnginesConfig()))
    assert (found.unit, found.time_s is not None) == (unit, timed)


def test_auto_says_why():
    engines = {name: build(name, EnginesConfig()) for name in ("animatic", "ark")}
    form = RequestForm("A boat", engine="auto")
    assert preview.choice(form, engines).key == "engine.choice.animatic"
    assert preview.choice(replace(form, engine="ark"), engines).key == "engine.choice.asked"
    assert not preview.standings(form, engines)["ark"].available


def test_the_reason_for_an_engine_is_kept(bench):
    form = RequestForm("a boat", engine="auto", resolution="480p", duration_s=2.0, seed=7)
    view = bench.run(bench.studio.submit(form, "visitor").job_id)
    assert view.release.choice_key == "engine.choice.local"


def test_another_take_of_a_shot_keeps_its_place_in_the_file():
    plan = ShotPlan((Shot(2.0, "the sea", take=3),))
    assert ShotPlan.from_dict(plan.as_dict()) == plan
    with pytest.raises(UsageError):
        ShotPlan.from_dict({"shots": [{"duration_s": 2, "action": "a", "take": -1}]})


def test_a_clip_has_one_parent_and_it_is_a_video(bench, tmp_path):
    path = Path(tmp_path / "a.png")
    write_picture(path, makers.picture(320, 240))
    with pytest.raises(UsageError, match=r"error\.request\.parent"):
        bench.submit("a boat", uploads=[Upload(path, "extend")])
