"""Our own parsers and what strangers write: the targets of `benchmarks.fuzz` on its seeds and on what it found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.fuzz import TARGETS, seeds
from pipeline.script import plan_from_prompt
from watermark import aigc

FOUND: dict[str, tuple[bytes, ...]] = {
    "manifest": (
        b'{"active_manifest":{}}',
        b'{"active_manifest":"a","manifests":{"a":{"ingredients":[{"active_manifest":[]}]}}}',
    ),
    "notices": (b'{"kind":{}}', b'{"kind":[]}'),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_answers_or_refuses(name: str) -> None:
    inputs = [b"", b"\0", b"[" * 20_000, b'"\\ud800"', *seeds(name), *FOUND.get(name, ())]
    with ThreadPoolExecutor(1) as alone:  # a browser that ran before leaves this thread an event loop
        for data in inputs:
            for end in (len(data), len(data) // 2):
                alone.submit(TARGETS[name], data[:end]).result()


def test_half_characters_in_a_label_do_not_hide_the_rest_of_it() -> None:
    record = aigc.parse('{"Label":"1","ContentProducer":"a\\ud800","ProduceID":"b"}')
    assert record is not None
    assert (record.content_producer, record.produce_id) == ("a?", "b")


@pytest.mark.parametrize("seconds", ["0", "9" * 400])
def test_a_shot_lasts_what_a_shot_can_last(seconds: str) -> None:
    plan = plan_from_prompt(f"Shot 1 ({seconds} s): a boat. Shot 2 (2 s): a lake.", 5.0)
    assert plan.duration_s == pytest.approx(5.0)
    assert len(plan.shots) == 2
