"""What a reviewer accepted is screened for, in the format that the registry reads."""

from __future__ import annotations

import json
from pathlib import Path

from media.encode import write_picture
from moderation import proposals
from moderation.cases import Choice
from moderation.desk import Desk
from moderation.proposals import Entry
from moderation.registry_file import Keeper, rows
from safety.detectors.pdq import query_hashes
from safety.detectors.pictures import PictureDetector
from safety.detectors.prompt import PromptDetector
from safety.detectors.weights import sha256_of
from safety.registry.pictures import PictureIndex
from safety.signals import MediaItem, TextItem
from tests.media.makers import picture
from tests.moderation.conftest import ANNA, SARA, Clock
from tests.moderation.test_people import PROPOSAL


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


class Counted:
    """Counts how often it was told to read the registry again."""

    loads = 0

    def reload(self) -> None:
        self.loads += 1


def test_an_accepted_picture_is_found_at_once_everywhere_and_given_back(
    desk: Desk, clock: Clock, tmp_path: Path
) -> None:
    """Two processes: one decides, the other follows by its timer."""
    path = tmp_path / "mascot.png"
    write_picture(path, picture(320, 240, seed=5))
    item = MediaItem("image1", "image", str(path), sha256_of(path))
    here, there = PictureDetector(PictureIndex(tmp_path / "a.jsonl")), PictureDetector(PictureIndex())
    keepers = [Keeper(desk.database, tmp_path / name) for name in ("here.jsonl", "there.jsonl")]
    names = Counted()
    for keeper, detector in zip(keepers, (here, there), strict=True):
        keeper.load()
        keeper.attach([names], [detector.index])
    desk.on_registry = keepers[0].refresh

    def found(detector: PictureDetector) -> bool:
        return any(signal.fired for signal in detector.observe(item))

    with desk.database.write() as session:
        entry = PROPOSAL | {"fingerprints": [proposals.fingerprint(path, "mascot")]}
        proposals.propose(session, desk.context, entry, "192.0.2.1")
    assert not found(here)
    lease = desk.claim(ANNA)
    assert lease
    desk.decide(lease.case_id, ANNA, Choice.APPROVE, "ip.character", token=lease.token)
    clock.go(11)
    desk.settle()
    assert found(here)
    assert not found(there)
    assert keepers[1].refresh()
    assert found(there)
    assert not keepers[1].refresh()
    assert names.loads == 2

    restarted = Keeper(desk.database, tmp_path / "again.jsonl")
    fresh = PictureIndex()
    restarted.load()
    restarted.attach([], [fresh])
    assert len(fresh) == 1

    with desk.database.write() as session:
        (entry_id,) = (e.entry_id for e in proposals.in_force(session)[1])
        proposals.withdraw(session, desk.context, SARA, entry_id)
    keepers[0].refresh()
    assert not found(here)
    assert "pdq" not in (tmp_path / "a.jsonl").read_text()
    with desk.database.write() as session:
        proposals.restore(session, desk.context, SARA, entry_id)
    keepers[0].refresh()
    assert found(here)


def test_rows_of_the_host_are_left_alone(tmp_path: Path) -> None:
    index = PictureIndex(tmp_path / "pictures.jsonl")
    index.add("own", picture(160, 120, seed=2))
    index.put("proposal:", [])
    assert len(index) == 1
    assert index.nearest(query_hashes(picture(160, 120, seed=2))) is not None
