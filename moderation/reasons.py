"""Statements of reasons: the fields of DSA Article 17 as the EU transparency database takes them.

Source: StatementStoreRequest of the transparency database. Every limit of that schema is checked here, so that
an export is never rejected.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from errors import UsageError

CATEGORIES = frozenset(
    "STATEMENT_CATEGORY_" + name
    for name in (
        "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH",
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS", "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC", "PROTECTION_OF_MINORS", "RISK_FOR_PUBLIC_SECURITY",
        "SCAMS_AND_FRAUD", "SELF_HARM", "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE",
    )
)  # fmt: skip
_Visibility = Literal[
    "DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED", "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED", "DECISION_VISIBILITY_CONTENT_LABELLED",
    "DECISION_VISIBILITY_OTHER",
]  # fmt: skip
_Provision = Literal[
    "DECISION_PROVISION_PARTIAL_SUSPENSION", "DECISION_PROVISION_TOTAL_SUSPENSION",
    "DECISION_PROVISION_PARTIAL_TERMINATION", "DECISION_PROVISION_TOTAL_TERMINATION",
]  # fmt: skip
_Content = Literal[
    "CONTENT_TYPE_APP", "CONTENT_TYPE_AUDIO", "CONTENT_TYPE_IMAGE", "CONTENT_TYPE_PRODUCT",
    "CONTENT_TYPE_SYNTHETIC_MEDIA", "CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO", "CONTENT_TYPE_OTHER",
]  # fmt: skip
_Source = Literal["SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"]
_Automated = Literal[
    "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"
]  # fmt: skip
# What the facts must not hold: addresses, numbers to call, links. The published text is open to everyone.
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.\w+|(?:\+|\b00)\d[\d \-/()]{6,}\d|https?://|\bwww\.", re.IGNORECASE)


class StatementOfReasons(BaseModel):
    """One statement. Field names and values are those of the transparency database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision_visibility: tuple[_Visibility, ...] = ()
    decision_visibility_other: str | None = Field(default=None, max_length=500)
    decision_monetary: (
        Literal["DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION", "DECISION_MONETARY_OTHER"] | None
    ) = None
    decision_monetary_other: str | None = Field(default=None, max_length=500)
    decision_provision: _Provision | None = None
    decision_account: Literal["DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"] | None = None
    account_type: Literal["ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"] | None = None
    decision_ground: Literal["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]
    decision_ground_reference_url: str | None = Field(default=None, max_length=500)
    illegal_content_legal_ground: str | None = Field(default=None, max_length=500)
    illegal_content_explanation: str | None = Field(default=None, max_length=2000)
    incompatible_content_ground: str | None = Field(default=None, max_length=500)
    incompatible_content_explanation: str | None = Field(default=None, max_length=2000)
    incompatible_content_illegal: Literal["Yes", "No"] | None = None
    category: str
    category_addition: tuple[str, ...] = ()
    category_specification: tuple[str, ...] = ()
    category_specification_other: str | None = Field(default=None, max_length=500)
    content_type: tuple[_Content, ...] = Field(min_length=1)
    content_type_other: str | None = Field(default=None, max_length=500)
    content_language: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    content_date: date
    application_date: date
    end_date_visibility_restriction: date | None = None
    territorial_scope: tuple[str, ...] = ()
    decision_facts: str = Field(min_length=1, max_length=5000)
    source_type: _Source
    source_identity: str | None = Field(default=None, max_length=500)
    automated_detection: Literal["Yes", "No"]
    automated_decision: _Automated
    puid: str = Field(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_-]+$")

    @field_validator("category", "category_addition")
    @classmethod
    def _known(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        names = (value,) if isinstance(value, str) else value
        if not CATEGORIES.issuperset(names):
            raise ValueError("unknown category")
        return value

    @field_validator("category_specification")
    @classmethod
    def _keywords(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"KEYWORD_[A-Z_]+", name) for name in value):
            raise ValueError("unknown keyword")
        return value

    @field_validator("decision_facts")
    @classmethod
    def _impersonal(cls, value: str) -> str:
        if _PERSONAL.search(value):
            raise ValueError("facts name a person, an address or a link")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not (self.decision_visibility or self.decision_monetary or self.decision_provision or self.decision_account):
            raise ValueError("at least one decision is needed")
        ground = "illegal_content_legal_ground", "illegal_content_explanation"
        if self.decision_ground == "DECISION_GROUND_INCOMPATIBLE_CONTENT":
            ground = "incompatible_content_ground", "incompatible_content_explanation"
        if not all(getattr(self, name) for name in ground):
            raise ValueError("the ground needs its basis and an explanation")
        _others(self)
        if self.application_date < self.content_date:
            raise ValueError("the decision does not come before the content")
        return self


def _others(statement: StatementOfReasons) -> None:
    pairs = (
        ("DECISION_VISIBILITY_OTHER" in statement.decision_visibility, statement.decision_visibility_other),
        (statement.decision_monetary == "DECISION_MONETARY_OTHER", statement.decision_monetary_other),
        ("CONTENT_TYPE_OTHER" in statement.content_type, statement.content_type_other),
        ("KEYWORD_OTHER" in statement.category_specification, statement.category_specification_other),
    )
    if any(chosen != bool(text) for chosen, text in pairs):
        raise ValueError("OTHER and its text come together")
    if statement.source_type == "SOURCE_VOLUNTARY" and statement.source_identity:
        raise ValueError("a voluntary finding has no notifier")


def make(**fields: Any) -> StatementOfReasons:
    """A validated statement.

    Raises:
        UsageError: a field is missing or out of range; the first one is named.
    """
    try:
        return StatementOfReasons(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "statement"
        if name == "decision_facts" and first["type"] == "value_error":
            raise UsageError("error.desk.facts_personal") from None
        raise UsageError("error.desk.statement", field=name) from None
