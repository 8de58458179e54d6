"""The index of frame codes: which releases have a picture that differs in few bits of 64.

Every code stands in `fingerprint_codes` four times, turned by 0, 16, 32 and 48 bits, so that each quarter of it leads
the order once. Codes near a question share a beginning with it in at least one turn:

- *Neighbours*: the rows next to it in the order of each turn. A quarter without a changed bit puts the two together.
- *Ranges*: all rows that begin with the first 24 bits of it, as they are or with one of them changed. Of three changed
  bits, the four beginnings together see at most six (each bit lies in one or two of them), so one of the four sees at
  most one: a code with up to three changed bits is always found. With random changes: 99 % at four bits, 95 at five.

Codes are kept as signed numbers, 2**63 less than they are, which keeps their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np
from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.orm import Session

from records.tables import FingerprintCodeRow
from watermark.fingerprint import SAME_BITS

TURNS: Final = (0, 16, 32, 48)
BEGINNING: Final = 24  # bits
MOST_DEEP: Final = 4  # codes of one question that are also looked for by ranges
_ROWS, _ROWS_OF_RANGE = 4_000, 250  # read for one question, and of one range
_TAIL = 2 ** (64 - BEGINNING) - 1
_LATERAL: Final = text(  # planned in a twentieth of the time that PostgreSQL takes to plan a hundred parts
    "SELECT near.* FROM unnest(CAST(:turns AS smallint[]), CAST(:firsts AS bigint[])) AS asked(turn, first) "
    "CROSS JOIN LATERAL (SELECT turn, code, release_id FROM fingerprint_codes AS c WHERE c.turn = asked.turn "
    f"AND c.code BETWEEN asked.first AND asked.first + {_TAIL} LIMIT :rows) AS near"
)


def rows_of(codes: Iterable[int], release_id: str) -> Iterator[FingerprintCodeRow]:
    """The index rows of a release with these 64-bit codes."""
    for code in dict.fromkeys(codes):
        for turn in TURNS:
            yield FingerprintCodeRow(turn=turn, code=kept(code, turn), release_id=release_id)


def kept(code: int, turn: int) -> int:
    """The code turned left by so many bits, as the data base keeps it."""
    return ((code << turn | code >> (64 - turn)) & (2**64 - 1)) - 2**63


def near(session: Session, codes: Sequence[int]) -> dict[str, float]:
    """Releases with a code that differs in at most `SAME_BITS` bits from one of these, of 64 bits each.

    Returns:
        release id -> the sum over `codes` of their likeness, [0.25, 1.25] each.
    """
    found: dict[str, float] = defaultdict(float)
    for number, code in enumerate(codes):
        rows = _neighbours(session, code, _ROWS // (8 * len(codes)))
        if len(codes) <= MOST_DEEP or number % (len(codes) // MOST_DEEP) == 0:
            rows += _ranges(session, code)
        for name, bits in _nearest(rows, code).items():
            found[name] += 1.25 - bits / (2 * SAME_BITS)
    return found


def _nearest(rows: Sequence[Any], code: int) -> dict[str, int]:
    """Release id -> least number of changed bits, where they are few. Rows are (turn, code, release id)."""
    if not rows:
        return {}
    turns, others, names = zip(*rows, strict=True)
    asked = np.array([kept(code, turn) for turn in TURNS])[np.array(turns) // TURNS[1]]
    bits = np.bitwise_count((np.array(others, np.int64) ^ asked).view(np.uint64))
    nearest: dict[str, int] = {}
    for at in np.flatnonzero(bits <= SAME_BITS).tolist():
        nearest[names[at]] = min(int(bits[at]), nearest.get(names[at], 64))
    return nearest


def _neighbours(session: Session, code: int, rows: int) -> list[Any]:
    asked = {f"c{turn}": kept(code, turn) for turn in TURNS}
    return _fetched(session, _beside(), asked | {"rows": max(1, rows)})


def _ranges(session: Session, code: int) -> list[Any]:
    turns, firsts = [], []
    for turn in TURNS:
        own = kept(code, turn) + 2**63
        for changed in (0, *(1 << bit for bit in range(64 - BEGINNING, 64))):
            turns.append(turn)
            firsts.append(((own ^ changed) & ~_TAIL) - 2**63)
    if session.get_bind().dialect.name == "postgresql":
        return _fetched(session, _LATERAL, {"turns": turns, "firsts": firsts, "rows": _ROWS_OF_RANGE})
    asked = {f"a{number}": first for number, first in enumerate(firsts)}
    lasts = {f"z{number}": first + _TAIL for number, first in enumerate(firsts)}
    return _fetched(session, _between(), asked | lasts | {"rows": _ROWS_OF_RANGE})


def _fetched(session: Session, query: TextClause, asked: dict[str, Any]) -> list[Any]:
    """All rows (turn, code, release id), as the driver gives them: wrapping each takes longer than reading it."""
    result = cast("CursorResult[Any]", session.execute(query, asked))
    cursor = result.cursor
    assert cursor is not None  # of a query
    rows = cursor.fetchall()
    result.close()
    return list(rows)


@lru_cache
def _beside() -> TextClause:
    """Rows after and before ``c0``, ``c16``... in the order of each turn, ``rows`` each way."""
    one = (
        "SELECT * FROM (SELECT turn, code, release_id FROM fingerprint_codes WHERE turn = {0} AND code {1} :c{0} "
        "ORDER BY turn {2}, code {2} LIMIT :rows) AS part{0}{2}"
    )
    return text(" UNION ALL ".join(one.format(turn, *way) for turn in TURNS for way in ((">=", "ASC"), ("<", "DESC"))))


@lru_cache
def _between() -> TextClause:
    """Rows from ``a0`` to ``z0``, ``a1`` to ``z1``..., of each no more than ``rows``."""
    one = (
        "SELECT * FROM (SELECT turn, code, release_id FROM fingerprint_codes WHERE turn = {1} AND "
        "code BETWEEN :a{0} AND :z{0} LIMIT :rows) AS part{0}"
    )
    parts = ((turn * (BEGINNING + 1) // 16 + bit, turn) for turn in TURNS for bit in range(BEGINNING + 1))
    return text(" UNION ALL ".join(one.format(number, turn) for number, turn in parts))
