"""Index of frame codes: whole codes in four turns instead of their quarters"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCH = 500
SELECTED = sa.text(
    "SELECT release_id, fingerprint FROM releases WHERE release_id > :after ORDER BY release_id LIMIT :batch"
)


def upgrade() -> None:
    codes = op.create_table(
        "fingerprint_codes",
        sa.Column("turn", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("release_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.release_id"], name=op.f("fk_fingerprint_codes_release_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("turn", "code", "release_id", name=op.f("pk_fingerprint_codes")),
        sqlite_with_rowid=False,
    )
    for name, picture_codes in _releases():
        rows = [
            {"turn": turn, "code": _turned(code, turn) - 2**63, "release_id": name}
            for code in picture_codes
            for turn in (0, 16, 32, 48)
        ]
        if rows:
            op.bulk_insert(codes, rows)
    op.create_index(op.f("ix_fingerprint_codes_release_id"), "fingerprint_codes", ["release_id"], unique=False)
    op.execute("DELETE FROM fingerprint_keys WHERE key NOT LIKE 's:%'")


def downgrade() -> None:
    keys = sa.table("fingerprint_keys", sa.column("key", sa.String), sa.column("release_id", sa.String))
    for name, picture_codes in _releases():
        quarters = {f"{q}:{code >> (48 - 16 * q) & 0xFFFF:04x}" for code in picture_codes for q in range(4)}
        if quarters:
            op.bulk_insert(keys, [{"key": key, "release_id": name} for key in sorted(quarters)])
    op.drop_table("fingerprint_codes")


def _releases() -> Iterator[tuple[str, list[int]]]:
    """Every release with the codes of its pictures that are indexed, read in steps."""
    connection, after = op.get_bind(), ""
    while rows := connection.execute(SELECTED, {"after": after, "batch": BATCH}).all():
        for name, fingerprint in rows:
            yield name, _indexed(json.loads(fingerprint) if isinstance(fingerprint, str) else fingerprint)
        after = rows[-1][0]


def _indexed(fingerprint: dict[str, Any]) -> list[int]:
    """The codes of six frames, and of the middles of three (of a still: of its corners, too)."""
    frames = fingerprint.get("frames", ())
    most = 14 if len(frames) == 1 else 2
    texts = [f[1] for f in _spread(frames, 6)] + [part for f in _spread(frames, 3) for part in f[2 : 2 + most]]
    return [int(text, 16) for text in dict.fromkeys(texts)]


def _spread(frames: Sequence[Any], most: int) -> Sequence[Any]:
    if len(frames) <= most:
        return frames
    return [frames[number * len(frames) // most] for number in range(most)]


def _turned(code: int, turn: int) -> int:
    return (code << turn | code >> (64 - turn)) & (2**64 - 1)
