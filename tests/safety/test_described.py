"""Names that are not said: works beside roles."""

from __future__ import annotations

from safety.text.described import Descriptions


def test_an_everyday_word_is_a_work_only_right_after_the_role() -> None:
    pointed = Descriptions()
    for text, roles, meant in (
        ("the author of It", [(4, 13)], True),
        ("the author of it", [(4, 13)], True),
        ("the author of the letter folds it twice", [(4, 13)], False),
        ("the star of the evening is a lemon cake", [(4, 11)], False),
    ):
        assert bool(pointed.look(text, roles)) is meant, text


def test_an_elided_article_is_no_title() -> None:
    pointed = Descriptions()
    assert not pointed.look("l'actrice d'une pièce", [(2, 9)])
    assert pointed.look("l'actrice de Dune", [(2, 9)])


def test_a_starred_phrase_leaves_the_ending_free() -> None:
    pointed = Descriptions()
    free = next(word for word in pointed._open if word.isascii() and " " in word)
    assert pointed.look(f"here is {free}xyz", [])
