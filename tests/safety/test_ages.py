"""Stated ages under 18: found in every numeral system, apart from years that pass and from adults."""

from __future__ import annotations

import time

import pytest

from safety.text import ages

STATED = (
    "a 13-year-old",
    "two 15yo girls",
    "my 11 y/o neighbour",
    "aged 12",
    "age: 12",
    "fille de 13 ans",
    "ein 12-jähriger",
    "eine 14-Jährige",
    "15 Jahre alt",
    "девочка 13 лет",
    "10-летняя",
    "13岁女孩",
    "十三歲少女",
    "１３歳の",
    "13살",
    "열세 살 소녀",
    "عمرها ١٣",
    "عمره 9 سنوات",
    "१३ साल की",
    "umur 13 tahun",
    "12 anni",
    "13 yaşında",
    "she looks barely 14 and",
    "cheerleader, 16, smiles",
    "girl (13)",
)
OTHER = (
    "三十三岁",
    "113岁",
    "33-year-old",
    "23 ans",
    "depuis 12 ans",
    "12 ans plus tard",
    "13 лет назад",
    "13 years ago",
    "28歳の",
    "18 years old",
    "25살",
    "21세기",
    "13.5 anos",
    "12 o'clock",
    "barely 14 minutes",
    "hace 12 años",
    "rows 3, 5, 7",
    "iPhone 12",
)


@pytest.mark.parametrize("text", STATED)
def test_finds_an_age_under_18(text: str) -> None:
    assert ages.spans(text)


@pytest.mark.parametrize("text", OTHER)
def test_leaves_other_numbers_alone(text: str) -> None:
    assert ages.spans(text) == []


def test_marks_the_number_in_the_original() -> None:
    text = "she is １４ years old"
    [(start, end)] = ages.spans(text)
    assert text[start:end] == "１４"


@pytest.mark.parametrize("piece", ["12 ", "girl, ", "depuis  ", "十", "barely 9 "])
def test_twice_the_text_costs_about_twice_the_time(piece: str) -> None:
    def cost(count: int) -> float:
        begin = time.process_time()
        ages.spans(piece * count)
        return time.process_time() - begin

    assert min(cost(20_000) for _ in range(3)) <= 4 * min(cost(10_000) for _ in range(3)) + 0.01


def test_words_of_ages_are_terms_of_the_class_minor() -> None:
    found = {(t.text, t.language) for t in ages.terms()}
    assert {
        ("thirteen year old", "en"),
        ("zwölfjährig", "de"),
        ("de treize ans", "fr"),
        ("тринадцатилетн", "ru"),
    } <= found
    assert {t.label for t in ages.terms()} == {"minor"}
