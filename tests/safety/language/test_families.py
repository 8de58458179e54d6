"""Reading a guard's answer: only the exact safe answer is safe, whatever else was said is not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safety.language.families import FAMILIES, OTHER, Answer, Level, LlamaGuard, Qwen3Guard, Unreadable, worst

SAFE = {"qwen3guard": "Safety: Safe\nCategories: None", "llamaguard": "safe", "shieldgemma": "No"}
PIECES = [
    "Safety:", " ", "\n", "Safe", "Unsafe", "Controversial", "Categories:", "None", "Violent", ",", "safe", "unsafe",
    "S1", "S4", "S14", "Yes", "No", "Refusal: No", "safe safe", "un", "\u200b", "Ｓafe", "not ", ".", "\t", "S0",
]  # fmt: skip
ANY = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


def read(name, text):
    kind = FAMILIES[name]()
    return kind.read(text, kind.questions[0])


@pytest.mark.parametrize("name", FAMILIES)
@given(text=ANY)
@example(text="")
@example(text="safe\nunsafe")
@example(text="Safety: Safe\nCategories: None\nSafety: Unsafe")
@example(text="Safety: Safe\nCategories: Violent")
@example(text="Safety: Safe")
@example(text="SAFE")
@example(text="no")
def test_nothing_but_the_exact_safe_answer_is_safe(name, text):
    try:
        answer = read(name, text)
    except Unreadable:
        return
    assert (answer.level is Level.SAFE) == (text.strip(" \t\r\n") == SAFE[name])


@pytest.mark.parametrize("name", FAMILIES)
def test_the_safe_answer_is_safe_with_blanks_around_it(name):
    assert read(name, f"\n\n{SAFE[name]} \n").level is Level.SAFE


@pytest.mark.parametrize(
    ("text", "harms"),
    [
        ("Safety: Unsafe\nCategories: Violent", {"violence": Level.UNSAFE}),
        (
            "Safety: Unsafe\nCategories: Sexual Content or Sexual Acts, Suicide & Self-Harm",
            {"sexual": Level.UNSAFE, "self_harm": Level.UNSAFE},
        ),
        ("Safety: Controversial\nCategories: Copyright Violation", {"copyright": Level.CONTROVERSIAL}),
        ("Safety: Controversial\nCategories: None", {OTHER: Level.CONTROVERSIAL}),
        ("Safety: Unsafe\nCategories: Something New", {OTHER: Level.UNSAFE}),
    ],
)
def test_answers_of_qwen3guard(text, harms):
    assert read("qwen3guard", text).harms == harms


@pytest.mark.parametrize(
    ("text", "harms"),
    [
        ("\n\nunsafe\nS1", {"violence"}), ("unsafe\nS4", {"sexual_minors"}), ("unsafe\nS9,S10", {"weapons", "hate"}),
        ("unsafe\nS12, S4", {"sexual", "sexual_minors"}), ("unsafe\nS99", {OTHER}),
    ],
)  # fmt: skip
def test_answers_of_llama_guard(text, harms):
    answer = read("llamaguard", text)
    assert set(answer.harms) == harms
    assert answer.level is Level.UNSAFE


@pytest.mark.parametrize("text", ["unsafe", "unsafe\n", "unsafe\nO3", "unsafe S1", "unsafe\nS1\nS2", "unsafe\nS1,"])
def test_half_answers_of_llama_guard_are_unreadable(text):
    with pytest.raises(Unreadable):
        read("llamaguard", text)


def test_shield_gemma_names_the_harm_it_was_asked_about():
    kind = FAMILIES["shieldgemma"]()
    assert [set(kind.read("Yes", question).harms) for question in kind.questions] == [
        {"sexual"}, {"violence"}, {"hate"}, {OTHER},
    ]  # fmt: skip


def test_of_several_answers_the_worst_counts_for_each_harm():
    mild, bad = Answer({"sexual": Level.CONTROVERSIAL}), Answer({"sexual": Level.UNSAFE, "hate": Level.UNSAFE})
    assert worst([mild, bad, Answer()]).harms == {"sexual": Level.UNSAFE, "hate": Level.UNSAFE}
    assert worst([]).level is Level.SAFE


def test_every_published_category_has_a_harm():
    assert len(Qwen3Guard.HARMS) == 9
    assert list(LlamaGuard.HARMS) == [f"S{number}" for number in range(1, 15)]
