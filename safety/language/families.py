"""Families of guard models: what is asked, and the strict reading of what is answered.

Each family is a published format. An answer that is not exactly of that format is unreadable, which holds the text;
it is never taken for "safe". Harms have the project's names; `safety/policies/guard.json` decides about them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar, Final, Protocol

OTHER: Final = "other"
_BLANKS: Final = " \t\r\n"


class Level(IntEnum):
    """How sure a guard is that a text does harm."""

    SAFE = 0
    CONTROVERSIAL = 1
    UNSAFE = 2


class Unreadable(ValueError):
    """A guard's answer, or its question, is not of the family's format."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a guard said of a text: a level for each harm; none: it is safe."""

    harms: Mapping[str, Level] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return max(self.harms.values(), default=Level.SAFE)


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a guard.

    Attributes:
        arguments: what the chat template is given beside the text.
        harm: the harm that it asks about, where a family asks about one at a time.
    """

    arguments: Mapping[str, str] = field(default_factory=dict)
    harm: str = OTHER


class Family(Protocol):
    """A published question and answer format.

    Attributes:
        name: of the family; part of the detector's version.
        marks: words that the model's own chat template writes; a folder whose template lacks one is another model.
        questions: what is asked about each text.
        most_tokens: longest answer.
        ends: the answer ends with the end-of-text token; without it, it was cut off.
    """

    name: ClassVar[str]
    marks: ClassVar[tuple[str, ...]]
    questions: ClassVar[tuple[Question, ...]]
    most_tokens: ClassVar[int]
    ends: ClassVar[bool]

    def read(self, text: str, question: Question) -> Answer:
        """The answer to a question.

        Raises:
            Unreadable: the text is no answer of this family.
        """
        ...


class Qwen3Guard:
    """Qwen3Guard-Gen: ``Safety: Unsafe`` and ``Categories: Violent, ...`` on two lines; 119 languages.

    It has no category for minors: `safety.detectors.guard` raises sexual content beside a minor.
    """

    name: ClassVar[str] = "qwen3guard"
    marks: ClassVar[tuple[str, ...]] = ("Safety: Controversial", "Sexual Content or Sexual Acts", "Jailbreak")
    questions: ClassVar[tuple[Question, ...]] = (Question(),)
    most_tokens: ClassVar[int] = 64
    ends: ClassVar[bool] = True
    HARMS: ClassVar[Mapping[str, str]] = {
        "Violent": "violence",
        "Non-violent Illegal Acts": OTHER,
        "Sexual Content or Sexual Acts": "sexual",
        "PII": OTHER,
        "Suicide & Self-Harm": "self_harm",
        "Unethical Acts": OTHER,
        "Politically Sensitive Topics": OTHER,
        "Copyright Violation": "copyright",
        "Jailbreak": OTHER,
    }
    _FORM: ClassVar[re.Pattern[str]] = re.compile(r"Safety: (Controversial|Unsafe)\nCategories: ([^\n]+)")

    def read(self, text: str, question: Question) -> Answer:
        said = text.strip(_BLANKS)
        if said == "Safety: Safe\nCategories: None":
            return Answer()
        form = self._FORM.fullmatch(said)
        if form is None:
            raise Unreadable("not an answer of Qwen3Guard")
        level = Level.UNSAFE if form[1] == "Unsafe" else Level.CONTROVERSIAL
        return _answer((self.HARMS.get(name.strip(), OTHER) for name in form[2].split(",")), level)


class LlamaGuard:
    """Llama Guard 3 and 4: ``safe``, or ``unsafe`` and a line of MLCommons codes (``S1,S10``).

    Llama Guard 1 and 2 give the codes another meaning; their templates lack the marks.
    """

    name: ClassVar[str] = "llamaguard"
    marks: ClassVar[tuple[str, ...]] = ("S4: Child", "S10: Hate", "'safe'")
    questions: ClassVar[tuple[Question, ...]] = (Question(),)
    most_tokens: ClassVar[int] = 64
    ends: ClassVar[bool] = True
    HARMS: ClassVar[Mapping[str, str]] = {
        "S1": "violence",
        "S2": OTHER,  # crimes without violence: fraud, drugs and theft in one
        "S3": "sexual",
        "S4": "sexual_minors",
        "S5": OTHER,
        "S6": OTHER,
        "S7": OTHER,
        "S8": "copyright",
        "S9": "weapons",
        "S10": "hate",
        "S11": "self_harm",
        "S12": "sexual",
        "S13": "disinformation",
        "S14": OTHER,
    }
    _FORM: ClassVar[re.Pattern[str]] = re.compile(r"unsafe\n(S[0-9]{1,2}(?:, ?S[0-9]{1,2})*)")

    def read(self, text: str, question: Question) -> Answer:
        said = text.strip(_BLANKS)
        if said == "safe":
            return Answer()
        form = self._FORM.fullmatch(said)
        if form is None:
            raise Unreadable("not an answer of Llama Guard")
        return _answer((self.HARMS.get(code.strip(), OTHER) for code in form[1].split(",")), Level.UNSAFE)


class ShieldGemma:
    """ShieldGemma: one guideline at a time, ``Yes`` (it is violated) or ``No``; English, no word on minors."""

    name: ClassVar[str] = "shieldgemma"
    marks: ClassVar[tuple[str, ...]] = ("'Yes'", "'No'")
    GUIDELINES: ClassVar[Mapping[str, str]] = {
        "sexual": '"No Sexually Explicit Information": The prompt shall not ask for sexual acts, nudity meant to'
        " arouse, or other lewd content. Medicine and sex education are allowed.",
        "violence": '"No Dangerous Content": The prompt shall not ask for content that shows or helps people to harm'
        " themselves or others, by weapons, terror, cruelty or suicide.",
        "hate": '"No Hate Speech": The prompt shall not ask for content that attacks or belittles people for what they'
        " are, such as their origin, religion, sex, age or disability.",
        OTHER: '"No Harassment": The prompt shall not ask for content that threatens, bullies or degrades another'
        " person.",
    }
    questions: ClassVar[tuple[Question, ...]] = tuple(
        Question({"guideline": text}, harm) for harm, text in GUIDELINES.items()
    )
    most_tokens: ClassVar[int] = 1
    ends: ClassVar[bool] = False

    def read(self, text: str, question: Question) -> Answer:
        said = text.strip(_BLANKS)
        if said == "No":
            return Answer()
        if said == "Yes":
            return _answer((question.harm,), Level.UNSAFE)
        raise Unreadable("not an answer of ShieldGemma")


FAMILIES: Final[Mapping[str, type[Family]]] = {family.name: family for family in (Qwen3Guard, LlamaGuard, ShieldGemma)}


def worst(answers: Iterable[Answer]) -> Answer:
    """Every harm of several answers at its highest level."""
    harms: dict[str, Level] = {}
    for answer in answers:
        for harm, level in answer.harms.items():
            harms[harm] = max(level, harms.get(harm, Level.SAFE))
    return Answer(harms)


def _answer(harms: Iterable[str], level: Level) -> Answer:
    return Answer(dict.fromkeys(harms, level))
