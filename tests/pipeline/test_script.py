import pytest

from pipeline.plan import MAX_SHOTS
from pipeline.script import dialogue, mentions, plan_from_prompt
from pipeline.words import find


@pytest.mark.parametrize(
    "prompt",
    [
        "Shot 1: the sea at dawn. Shot 2: a forest in fog.",
        "镜头一：日出的大海。镜头二：雾中的森林。",
        "鏡頭1：日出的大海。鏡頭2：霧中的森林。",
        "ショット1：夜明けの海。ショット2：霧の森。",
        "샷 1: 새벽 바다. 샷 2: 안개 낀 숲.",
        "Einstellung 1: das Meer. Einstellung 2: der Wald.",
        "Plan 1 : la mer à l'aube. Plan 2 : la forêt.",
        "Toma 1: el mar. Toma 2: el bosque.",
        "Cena 1: o mar. Cena 2: a floresta.",
        "Кадр 1: море. Кадр 2: лес.",
        "لقطة 1: البحر. لقطة 2: الغابة.",
        "शॉट 1: समुद्र। शॉट 2: जंगल।",
        "Adegan 1: laut. Adegan 2: hutan.",
        "1. The sea at dawn\n2. A forest in fog",
        "The sea at dawn. Cut to: a forest in fog.",
        "日出的大海。切换到森林。",
    ],
)
def test_two_shots_are_found_in_every_language(prompt):
    plan = plan_from_prompt(prompt, 6.0)
    assert len(plan.shots) == 2
    assert plan.duration_s == pytest.approx(6.0)
    assert [find("setting", s.action)[0].concept for s in plan.shots] == ["sea", "forest"]


def test_a_wished_length_is_kept():
    plan = plan_from_prompt("Shot 1 (4s): the sea. Shot 2: a forest. Shot 3: a desert.", 10.0)
    assert plan.shots[0].duration_s == pytest.approx(4.0)


def test_a_mention_binds_a_reference_to_its_shot():
    plan = plan_from_prompt(
        "Shot 1: a boat @Image 2. Shot 2: the harbour @image1.", 6.0, [("image1", "image"), ("image2", "image")]
    )
    assert [s.references for s in plan.shots] == [("image2",), ("image1",)]


def test_unmentioned_pictures_get_a_shot_each():
    plan = plan_from_prompt("Three panels, quiet.", 6.0, [(f"image{k}", "image") for k in (1, 2, 3)])
    assert [s.references for s in plan.shots] == [("image1",), ("image2",), ("image3",)]


def test_more_than_twelve_are_merged():
    plan = plan_from_prompt("\n".join(f"{k}. A place number {k}" for k in range(1, 30)), 30.0)
    assert len(plan.shots) <= MAX_SHOTS
    assert "number 29" in plan.shots[-1].action


@pytest.mark.parametrize(
    ("text", "speaker", "line"),
    [('Anna says: "Hold on"', "Anna", "Hold on"), ("船长说：“抓紧绳子”", "船长", "抓紧绳子")],
)
def test_dialogue(text, speaker, line):
    (found,) = dialogue(text)
    assert found.line == line
    assert found.speaker.startswith(speaker)


def test_mentions_are_listed_once():
    assert mentions("@image1 and @Image1 then @video2") == ["image1", "video2"]


def test_words_do_not_hide_in_other_words():
    assert [f.concept for f in find("setting", "上海的雨夜")] == ["city"]
    assert not find("subject", "a category of oxcarts")
