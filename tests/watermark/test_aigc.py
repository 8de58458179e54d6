"""GB 45438-2025, annex E."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watermark.aigc import AigcRecord, parse

ALLOWED = re.compile(r"^[\x21\x23-\x5B\x5D-\x7E]*$")


def test_first_record_is_seven_strings_of_allowed_characters() -> None:
    record = AigcRecord.first("Colophon", "70c54e34-a2a4-42f6-9c80-bf1ab6819276")
    value = json.loads(record.as_json())
    assert list(value) == [
        "Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2",
    ]  # fmt: skip
    assert all(isinstance(v, str) and ALLOWED.match(v) for v in value.values())
    assert " " not in record.as_json()


@pytest.mark.parametrize("producer", ["", "two words", 'a"b', "a\\b", "中文", "00" + "A" * 20])
def test_values_that_annex_e_forbids_are_refused(producer: str) -> None:
    with pytest.raises(ValueError):
        AigcRecord.first(producer, "id")


def test_provider_code_of_27_characters_is_accepted() -> None:
    assert AigcRecord.first("00" + "A" * 25, "id").content_producer.startswith("00")


def test_wrapped_form_is_read() -> None:
    record = AigcRecord.first("Colophon", "id")
    assert parse(json.dumps({"AIGC": record.as_dict()})) == record


@given(st.text(max_size=200) | st.from_regex(r'\{"Label":.*\}'))
def test_parse_never_raises(text: str) -> None:
    parse(text)


def test_changed_producer_breaks_the_digest() -> None:
    record = AigcRecord.first("Colophon", "id")
    forged = parse(record.as_json().replace("Colophon", "Kolophon"))
    assert forged is not None
    assert not forged.digest_holds
