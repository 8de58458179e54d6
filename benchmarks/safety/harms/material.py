"""What the second opinion learns from: the lists of `benchmarks.safety.text` and scenes that were written for it.

`material/scenes-*.txt` are English sentences with choices in braces, of which some are drawn (the seed is fixed);
`material/harms.txt` and `material/benign.txt` are sentences of the other languages. `material/prompts-*.txt` are
prompts in twelve languages by writers who had seen no list, rule or concept: plain, scenes, slang; those of
`material/aimed-*.txt` saw which of theirs the screen got wrong and wrote more of the sort. Harms stay bare.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.safety.text import (
    benign,
    fifth,
    fourth,
    harms,
    local,
    seventh,
    sixth,
    third,
)
from benchmarks.safety.text.unseen import LISTS

HERE: Final = Path(__file__).parent / "material"
SCENES: Final = "scenes"
ORDINARY: Final = "ordinary"
NAMED: Final = "ordinary, with names"
PROMPTS: Final = "prompts"
AIMED: Final = "aimed"  # prompts written where the screen of then was wrong; harder than what people write
PARTS: Final = 5
DRAWN: Final = 8
MOST: Final = 6  # sentences of a long text
KINDS: Final = {
    "gore": "violence", "animals": "violence", "domestic": "violence", "selfharm": "self_harm",
    "disinfo": "disinformation",
}  # fmt: skip
LEFT_OUT: Final = ("lookalike",)  # no harm, and read by rules of its own
_CHOICE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence.

    Attributes:
        source: the list it is from.
        kind: class of harm, ``benign``, or nothing where its list does not tell.
        language: as its list says; may be empty.
        text: the prompt.
        mixed: it is made of two sentences or more.
        several: it is made of up to six, all of them benign.
    """

    source: str
    kind: str
    language: str
    text: str
    mixed: bool = False
    several: bool = False

    @property
    def harm(self) -> bool:
        return self.kind != "benign"


def lists() -> list[Case]:
    """Every harm and every benign sentence of the lists, without the traps for names."""
    found = [Case("first", k, g, t) for k, texts in harms.HARMS.items() for g in texts for t in harms.cases(k, g)]
    found += [Case("third", k, g, t) for g in third.LANGUAGES for k, t in third.harms(g)]
    found += [Case("held out", "", "en", t) for t in third.held_out()]
    found += [Case("third", "benign", "", t) for t in third.benign()]
    for source, part in (("fourth", fourth), ("fifth", fifth)):
        found += _headed(source, part.HERE / "harms.txt")
        found += [Case(source, "benign", g, t) for g, t in part.benign()]
    found += _headed("sixth", sixth.HERE / "harms.txt")
    found += _headed("sixth, later", sixth.HERE / "later-harms.txt")
    found += [Case("sixth, another writer", "", g, t) for g, t in sixth.first_harms()]
    for source, rows in (
        ("sixth", sixth.benign()),
        ("sixth, another writer", sixth.first_benign()),
        ("sixth, later", sixth.later_benign()),
        (ORDINARY, benign.ordinary(random.Random(7))),
    ):
        found += [Case(source, "benign", g, t) for g, t in rows]
    found += [Case(NAMED, "benign", g, text) for g in local.LANGUAGES for _, _, text in local.rows(g)]
    for number in seventh.ROUNDS:
        found += _headed(f"seventh {number}", seventh.HERE / f"harms-{number}.txt")
        found += [Case(f"seventh {number}", "benign", g, t) for g, t in seventh.benign(number)]
    return [case for case in found if case.kind not in LEFT_OUT]


def unseen() -> dict[str, list[Case]]:
    """Those of `benchmarks.safety.text.unseen`."""
    return {
        source: _headed(source, part.HERE / "harms.txt") + [Case(source, "benign", g, t) for g, t in part.benign()]
        for source, part in LISTS.items()
    }


def scenes() -> list[Case]:
    """The sentences that were written to learn from."""
    rng = random.Random(20_268)
    found = []
    for line in _lines("scenes-harms.txt"):
        kind, _, frame = line.partition(": ")
        found += [Case(SCENES, _kind(kind), "en", text) for text in _drawn(frame, rng)]
    for line in _lines("scenes-benign.txt"):
        found += [Case(SCENES, "benign", "en", text) for text in _drawn(line, rng)]
    found += _headed(SCENES, HERE / "harms.txt")
    found += [Case(SCENES, "benign", g, t) for g, _, t in (line.partition(": ") for line in _lines("benign.txt"))]
    return found


def prompts() -> list[Case]:
    """Those of writers who had seen nothing: harms and what stands beside them, in `PARTS` lists.

    Sentences of a kind stand in the same order in every language, so that translations of one come into one list.
    """
    found = []
    for source in (PROMPTS, AIMED):
        lines = [line for path in sorted(HERE.glob(f"{source}-harms*.txt")) for line in _lines(path.name)]
        lines += [f"benign {line}" for path in sorted(HERE.glob(f"{source}-benign*.txt")) for line in _lines(path.name)]
        seen: Counter[str] = Counter()
        for head, _, text in (line.partition(": ") for line in lines):
            kind, _, language = head.partition(" ")
            found.append(Case(f"{source} {seen[head] % PARTS}", _kind(kind), language, text))
            seen[head] += 1
    return found


def mixtures(cases: list[Case], count: int) -> list[Case]:
    """Two sentences after each other: benign only if both are."""
    rng = random.Random(count)
    harmless = [case for case in cases if not case.harm]
    found = []
    for _ in range(count):
        one, other = rng.choice(cases if rng.random() < 0.5 else harmless), rng.choice(harmless)
        pair = [one.text, other.text]
        rng.shuffle(pair)
        found.append(Case(one.source, one.kind, one.language, ". ".join(pair), True))
    return found


def several(cases: list[Case], count: int) -> list[Case]:
    """Two to six benign sentences of one list and language after each other, as long prompts are."""
    rng = random.Random(count)
    groups: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        if not case.harm:
            groups.setdefault((case.source, case.language), []).append(case.text)
    chosen = rng.choices(list(groups), [len(texts) for texts in groups.values()], k=count)
    return [
        Case(
            source,
            "benign",
            language,
            _joined(rng.choices(groups[source, language], k=rng.randint(2, MOST))),
            True,
            True,
        )
        for source, language in chosen
    ]


def _joined(sentences: Iterable[str]) -> str:
    return " ".join(sentence if sentence[-1] in ".!?。！？।؟" else sentence + "." for sentence in sentences)


def _headed(source: str, path: Path) -> list[Case]:
    rows = (line.partition(": ") for line in path.read_text("utf-8").splitlines() if line.strip())
    return [Case(source, _kind(head.split()[0]), head.split()[1], text) for head, _, text in rows]


def _kind(name: str) -> str:
    return KINDS.get(name, name)


def _lines(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text("utf-8").splitlines() if line.strip()]


def _drawn(frame: str, rng: random.Random) -> list[str]:
    return sorted({_filled(frame, rng) for _ in range(DRAWN)})


def _filled(frame: str, rng: random.Random) -> str:
    while choice := _CHOICE.search(frame):
        frame = frame[: choice.start()] + rng.choice(choice[1].split("|")) + frame[choice.end() :]
    return re.sub(r"\s+", " ", frame).replace(" ,", ",").strip(" ,")
