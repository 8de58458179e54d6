"""Characters by what they look like and do, in the words of twelve languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from errors import UsageError
from safety.text import looks
from safety.text.fold import DATA
from safety.text.looks import FROM, Looks
from safety.text.terms import load

WORDS = {
    "en": "plumber: plumber*\nred: red\ncap: cap, caps, hat\nmoustache: moustache*\nturtle: turtle*\n"
    "king: king\nmoon: moon",
    "de": "plumber: klempner*\nred: rot*\ncap: mütze*, kappe*\nmoustache: schnurrbart*\nturtle: schildkröte*\n"
    "king: könig*\nmoon: mond*",
    "zh": "plumber: 水管工\nred: 红\ncap: 帽\nmoustache: 胡子\nturtle: 乌龟\nking: 国王\nmoon: 月亮",
}
ROWS = [
    {"entry": "character:plumber", "looks": ["plumber", "red+cap", "moustache", "turtle"]},
    {"entry": "person:king", "looks": ["!king+moon"]},
]


def made(folder: Path, rows: object = ROWS) -> Looks:
    data, registry = folder / "data", folder / "rows"
    (data / "looks").mkdir(parents=True)
    registry.mkdir()
    for language, lines in WORDS.items():
        (data / "looks" / f"{language}.txt").write_text(lines + "\n", "utf-8")
    (registry / "looks-1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    rarities = folder / "looks.json"
    names = ["plumber", "cap+red", "moustache", "turtle", "red", "cap"]
    rarities.write_text(json.dumps(dict.fromkeys(names, 8.0)), "utf-8")
    return Looks(data, registry, rarities)


@pytest.mark.parametrize(
    "text",
    [
        "a plumber in a red cap, with a big moustache",
        "Ein Klempner mit Schnurrbart trägt eine rote Mütze",
        "一个戴红帽子、留胡子的水管工",
        "the plumber jumps on a turtle, his cap is red",
    ],
)
def test_a_description_points_to_its_entry_in_every_language(tmp_path: Path, text: str) -> None:
    (found,) = made(tmp_path).look(text)
    assert found.entry == "character:plumber"
    assert found.odds >= FROM
    assert 0.6 <= found.score <= 0.9
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in found.spans)
    assert found.spans


@pytest.mark.parametrize("text", ["a plumber at work", "a red cap on a chair", "", "!!!", "red", "turtle and moon"])
def test_less_than_a_description_points_to_nobody(tmp_path: Path, text: str) -> None:
    assert not made(tmp_path).look(text)


def test_what_is_far_apart_is_no_description(tmp_path: Path) -> None:
    read = made(tmp_path)
    assert not read.look("a plumber. " + "The sea lies still. " * 40 + "A red cap. " + "Rain. " * 80 + "A moustache.")


def test_a_telling_feature_is_enough(tmp_path: Path) -> None:
    (found,) = made(tmp_path).look("the king of the moon dances")
    assert (found.entry, found.score) == ("person:king", 0.9)
    assert not made(tmp_path / "again").look("the king of a small island flies to the moon")


def test_an_unknown_meaning_is_a_malformed_registry(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        made(tmp_path, [{"entry": "character:x", "looks": ["submarine"]}])


def test_a_malformed_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        made(tmp_path, [{"entry": "character:x"}])
    assert caught.value.params == {"file": "looks-1.jsonl", "line": 1}


def test_every_meaning_is_written_in_every_language() -> None:
    by_language: dict[str, set[str]] = {}
    for term in load(DATA / looks.FOLDER):
        by_language.setdefault(term.language, set()).add(term.label)
    assert len(by_language) == 12
    used = {half for feature in Looks(rarities=None).features for half in feature.split(looks.JOIN)}
    assert {language: used - words for language, words in by_language.items() if used - words} == {}


def test_every_described_entry_is_registered() -> None:
    from safety.registry.load import load as registry

    assert set(Looks().entries) <= {entry.id for entry in registry().entries}


def test_every_feature_was_weighed() -> None:
    assert set(Looks().features) == set(json.loads(looks.RARITIES.read_text("utf-8")))
