"""Which of a word's forms goes with a number: CLDR's cardinal rules for our languages, whole numbers.

A text writes the forms behind the placeholder of the number: ``{count} {count|job|jobs}``. How many forms a
language has, and their order: en de es fr pt-BR hi: one, other; ru: one, few, many; ar: zero, one, two, few, many,
other; zh ja ko id: one form. Fewer forms than that are fine: the last one stands for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Rule = Callable[[int], int]


def _never(n: int) -> int:
    return 0


def _not_one(n: int) -> int:
    return int(n != 1)


def _above_one(n: int) -> int:
    return int(n > 1)


def _russian(n: int) -> int:
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2


def _arabic(n: int) -> int:
    if n <= 2:
        return n
    return 3 if 3 <= n % 100 <= 10 else 4 if n % 100 >= 11 else 5


RULES: Mapping[str, Rule] = {
    "fr": _above_one, "pt-BR": _above_one, "hi": _above_one, "ru": _russian, "ar": _arabic,
    "zh-Hans": _never, "zh-Hant": _never, "ja": _never, "ko": _never, "id": _never,
}  # fmt: skip


def form(forms: Sequence[str], count: object, tag: str) -> str:
    """The form for a number; what is no whole number takes the last form."""
    try:
        number = abs(int(str(count)))
    except ValueError:
        return forms[-1]
    return forms[min(RULES.get(tag, _not_one)(number), len(forms) - 1)]
