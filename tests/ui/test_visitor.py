"""The visitor cookie: only we can write it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui import visitor

SECRET = "s" * 32


def test_a_minted_token_proves_its_visitor() -> None:
    token = visitor.mint(SECRET)
    assert visitor.read(token, SECRET) == token.split(".")[0]
    assert visitor.mint(SECRET) != token


def test_another_secret_or_another_name_proves_nothing() -> None:
    token = visitor.mint(SECRET)
    name, mac = token.split(".")
    assert visitor.read(token, "t" * 32) is None
    assert visitor.read(f"{name[:-1]}x.{mac}", SECRET) is None
    assert visitor.read(None, SECRET) is None


@given(st.text(max_size=200))
def test_nothing_made_up_is_accepted(token: str) -> None:
    assert visitor.read(token, SECRET) is None
