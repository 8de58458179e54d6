"""The shot plan: engine-neutral, written by hand, read from a file or made from a prompt.

The file format (`plan.json`) is a stable contract: ``{"shots": [{"duration_s", "action", ...}], "title"}``.
A CSV has the same names as columns; several references are separated by spaces, dialogue is ``A: line | B: line``.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self, get_args

from errors import InputError, UsageError

Framing = Literal["wide", "medium", "close", "extreme_close"]
Camera = Literal[
    "static", "pan_left", "pan_right", "tilt_up", "tilt_down", "push_in", "pull_out", "orbit", "handheld", "aerial"
]
Transition = Literal["cut", "dissolve", "fade", "whip", "match"]
MAX_SHOTS = 12
SHOT_S = (0.2, 30.0)
MAX_ACTION = 2_000
MAX_LINE = 300
MAX_TAKE = 999


@dataclass(frozen=True, slots=True)
class Line:
    """A spoken line of a shot."""

    speaker: str
    line: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot.

    Attributes:
        duration_s: length; the shots of a plan add up to the clip.
        action: what happens, in the user's words.
        transition: how this shot begins (the first shot's is ignored unless ``fade``).
        references: names of references shown or heard in it, e.g. ``image1``.
        sound, music: words for ambience, effects and mood.
        take: number of the take, from 0; another one is drawn anew from the same words.
    """

    duration_s: float
    action: str
    framing: Framing = "medium"
    camera: Camera = "static"
    transition: Transition = "cut"
    dialogue: tuple[Line, ...] = ()
    references: tuple[str, ...] = ()
    sound: str = ""
    music: str = ""
    take: int = 0


@dataclass(frozen=True, slots=True)
class ShotPlan:
    """1 to 12 shots in order."""

    shots: tuple[Shot, ...]
    title: str = ""
    facts: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    @property
    def duration_s(self) -> float:
        return sum(shot.duration_s for shot in self.shots)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The plan of a parsed plan.json.

        Raises:
            UsageError: ``error.plan.*``; parameters name the shot (from 1) and the field.
        """
        _only(facts, {"shots", "title"}, 0)
        rows = facts.get("shots")
        if not isinstance(rows, Sequence) or isinstance(rows, str) or not 1 <= len(rows) <= MAX_SHOTS:
            raise UsageError("error.plan.shots", limit=MAX_SHOTS)
        return cls(tuple(_shot(row, number) for number, row in enumerate(rows, 1)), _text(facts, "title", 200, 0))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The plan of a plan.json.

        Raises:
            InputError: not JSON. UsageError: see `from_dict`.
        """
        try:
            facts = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError("error.plan.unreadable") from error
        if not isinstance(facts, dict):
            raise InputError("error.plan.unreadable")
        return cls.from_dict(facts)

    @classmethod
    def from_csv(cls, text: str) -> Self:
        """The plan of a CSV whose header names the fields of a shot.

        Raises:
            InputError: no header or no row. UsageError: see `from_dict`.
        """
        try:
            rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        except csv.Error as error:
            raise InputError("error.plan.unreadable") from error
        if not rows or "action" not in rows[0] or None in rows[0]:
            raise InputError("error.plan.unreadable")
        return cls.from_dict({"shots": [_of_row(row, number) for number, row in enumerate(rows, 1)]})

    def as_dict(self) -> dict[str, Any]:
        """The plan.json of this plan; `from_dict` gives an equal plan."""
        return {"shots": [_sparse(shot) for shot in self.shots], **({"title": self.title} if self.title else {})}

    def fitted(self, duration_s: float) -> Self:
        """The plan stretched or shortened so that its shots add up to exactly `duration_s`."""
        lengths = share_out([shot.duration_s for shot in self.shots], [1.0] * len(self.shots), duration_s)
        shots = (replace(shot, duration_s=length) for shot, length in zip(self.shots, lengths, strict=True))
        return replace(self, shots=tuple(shots))

    def starts(self, fps: float, frames: int) -> list[int]:
        """First frame of each shot and, last, `frames`: whole frames that always add up, none empty."""
        total = self.duration_s
        ends = [round(sum(s.duration_s for s in self.shots[: k + 1]) / total * frames) for k in range(len(self.shots))]
        starts = [0, *ends]
        for k in range(1, len(starts)):
            starts[k] = max(starts[k], starts[k - 1] + 1)
        starts[-1] = frames
        for k in range(len(starts) - 2, 0, -1):
            starts[k] = min(starts[k], starts[k + 1] - 1)
        return starts


def share_out(wishes: Sequence[float | None], weights: Sequence[float], total: float) -> list[float]:
    """Lengths that add up to `total` (to the millisecond, exactly as decimals).

    Wished lengths keep their proportion; shots without a wish share what is left by the square root of their
    weight. When nothing is left for them, all are scaled.
    """
    given = sum(wish for wish in wishes if wish is not None)
    open_weight = sum(math.sqrt(max(1.0, w)) for wish, w in zip(wishes, weights, strict=True) if wish is None)
    rest = max(total - given, total * 0.15 * sum(wish is None for wish in wishes)) if open_weight else 0.0
    raw = [
        wish if wish is not None else rest * math.sqrt(max(1.0, w)) / open_weight
        for wish, w in zip(wishes, weights, strict=True)
    ]
    scale = total / sum(raw)
    marks = [round(sum(raw[: k + 1]) * scale * 1000) for k in range(len(raw))]
    marks[-1] = round(total * 1000)
    return [(mark - before) / 1000 for mark, before in zip(marks, [0, *marks[:-1]], strict=True)]


def _shot(row: Any, number: int) -> Shot:
    if not isinstance(row, Mapping):
        raise UsageError("error.plan.field", shot=number, field="shot")
    _only(row, set(Shot.__dataclass_fields__), number)
    duration = row.get("duration_s")
    if isinstance(duration, bool) or not isinstance(duration, int | float) or not SHOT_S[0] <= duration <= SHOT_S[1]:
        raise UsageError("error.plan.duration", shot=number, least_s=SHOT_S[0], most_s=SHOT_S[1])
    action = _text(row, "action", MAX_ACTION, number)
    if not action.strip():
        raise UsageError("error.plan.field", shot=number, field="action")
    return Shot(
        float(duration), action,
        _choice(row, "framing", get_args(Framing), "medium", number),
        _choice(row, "camera", get_args(Camera), "static", number),
        _choice(row, "transition", get_args(Transition), "cut", number),
        tuple(_line(item, number) for item in _list(row, "dialogue", number)),
        tuple(_name(item, number) for item in _list(row, "references", number)),
        _text(row, "sound", 300, number), _text(row, "music", 300, number), _take(row, number),
    )  # fmt: skip


def _only(row: Mapping[str, Any], known: set[str], number: int) -> None:
    for name in row:
        if name not in known:
            raise UsageError("error.plan.unknown", shot=number, field=str(name)[:40])


def _text(row: Mapping[str, Any], name: str, limit: int, number: int) -> str:
    value = row.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit:
        raise UsageError("error.plan.field", shot=number, field=name)
    return value


def _choice(row: Mapping[str, Any], name: str, known: Sequence[str], default: str, number: int) -> Any:
    value = row.get(name) or default
    if value not in known:
        raise UsageError("error.plan.choice", shot=number, field=name, choices=", ".join(known))
    return value


def _take(row: Mapping[str, Any], number: int) -> int:
    value = row.get("take") or 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_TAKE:
        raise UsageError("error.plan.field", shot=number, field="take")
    return value


def _list(row: Mapping[str, Any], name: str, number: int) -> Sequence[Any]:
    value = row.get(name) or []
    if not isinstance(value, list | tuple) or len(value) > MAX_SHOTS:
        raise UsageError("error.plan.field", shot=number, field=name)
    return value


def _line(item: Any, number: int) -> Line:
    if not isinstance(item, Mapping):
        raise UsageError("error.plan.field", shot=number, field="dialogue")
    _only(item, {"speaker", "line"}, number)
    return Line(_text(item, "speaker", 60, number), _text(item, "line", MAX_LINE, number))


def _name(item: Any, number: int) -> str:
    name = item.lstrip("@").lower() if isinstance(item, str) else ""
    kind = next((k for k in ("image", "video", "audio") if name.startswith(k)), "")
    if not kind or not name.removeprefix(kind).isdecimal():
        raise UsageError("error.plan.field", shot=number, field="references")
    return name


def _of_row(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A CSV row as a plan.json shot; empty cells count as absent."""
    facts: dict[str, Any] = {name: value for name, value in row.items() if name and value and value.strip()}
    try:
        facts["duration_s"] = float(facts.get("duration_s", "").replace(",", "."))
    except ValueError as error:
        raise UsageError("error.plan.duration", shot=number, least_s=SHOT_S[0], most_s=SHOT_S[1]) from error
    if facts.get("take", "").strip().isdecimal():
        facts["take"] = int(facts["take"])
    if "references" in facts:
        facts["references"] = facts["references"].replace(",", " ").split()
    if "dialogue" in facts:
        pairs = (part.partition(":") for part in facts["dialogue"].split("|"))
        facts["dialogue"] = [{"speaker": who.strip(), "line": line.strip()} for who, _, line in pairs]
    return facts


def _sparse(shot: Shot) -> dict[str, Any]:
    facts = asdict(shot)
    facts["dialogue"] = [asdict(line) for line in shot.dialogue]
    facts["references"] = list(shot.references)
    return {
        name: value for name, value in facts.items() if name in ("duration_s", "action") or value not in ("", [], 0)
    }
