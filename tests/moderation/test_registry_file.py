"""What a reviewer accepted is screened for, in the format that the registry reads."""

from __future__ import annotations

import json
from pathlib import Path

from moderation.proposals import Entry
from moderation.registry_file import rows
from safety.detectors.prompt import PromptDetector
from safety.signals import TextItem


def test_an_accepted_name_is_found_after_a_reload(tmp_path: Path) -> None:
    entry = Entry("Prop_1", "person", ("Quillon Zarventhal", "Q. Zarventhal"), "", ())
    path = tmp_path / "registry.jsonl"
    path.write_text("")
    detector = PromptDetector(overrides=(path,))
    item = TextItem("prompt", "Quillon Zarventhal rides a horse")
    assert not any(signal.fired for signal in detector.observe(item))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows([entry])))
    detector.reload()
    assert any(signal.fired for signal in detector.observe(item))
