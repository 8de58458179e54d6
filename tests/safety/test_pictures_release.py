"""A protected picture that an engine shows in its clip is never released."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from media.colour import to_i420
from pipeline.engines import Progress
from pipeline.quarantine import Draft, Workspace
from pipeline.request import GenerationRequest
from pipeline.views import JobState
from safety import policy
from safety.detectors.pictures import SIGNAL, PictureDetector
from safety.registry.pictures import PictureIndex
from safety.screen import Cleared, Screener
from tests.media import makers
from tests.pipeline.conftest import RULES, Bench, CardEngine
from tests.safety.test_pictures import drawing


@dataclass
class PosterEngine(CardEngine):
    """Two seconds of a moving card, with a poster on it for the half second from `start_s`."""

    share: float = 0.5
    start_s: float = 1.0

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        size = job.request.format
        side = int(self.share * min(size.height_px, size.width_px - 80))
        poster = cv2.resize(drawing(1), (side, side), interpolation=cv2.INTER_AREA)
        card = makers.picture(size.width_px + 64, size.height_px, seed=job.request.seed)
        with workspace.video(size) as writer:
            for number in range(round(job.request.duration_s * size.fps)):
                frame = np.ascontiguousarray(card[:, number % 64 :][:, : size.width_px])
                if self.start_s <= number / size.fps < self.start_s + 0.5:
                    frame[size.height_px - side :, 40 : 40 + side] = poster
                writer.write(to_i420(frame))
            return writer.finish("card", "1", previsualisation=False)


def rules(bench: Bench) -> policy.Policy:
    """Those of the tests, and ours about registered pictures."""
    rows = json.loads((policy.FOLDER / "ip.json").read_text("utf-8"))
    folder = bench.folder / "rules"
    folder.mkdir()
    (folder / "rules.json").write_text(json.dumps([*RULES, *(row for row in rows if row["signal"] == SIGNAL)]))
    return policy.load("strict", folder)


def ended(folder: Path, engine: PosterEngine, registered: int) -> tuple[Bench, JobState]:
    index = PictureIndex()
    index.add("own-1", drawing(registered))
    bench = Bench(folder, engine=engine)
    detectors: list[Any] = [bench.detector, PictureDetector(index)]
    screener = Screener(detectors, rules(bench))
    return bench, bench.run(bench.submit().job_id, screener=screener).state


@pytest.mark.parametrize(("share", "start_s"), [(1.0, 0.7), (0.4, 1.5)])
def test_a_poster_in_an_engines_clip_stops_its_release(tmp_path: Path, share: float, start_s: float) -> None:
    bench, state = ended(tmp_path, PosterEngine(share=share, start_s=start_s), registered=1)
    assert state is JobState.REFUSED
    assert bench.files() == bench.drafts() == []


def test_the_same_clip_is_released_where_the_poster_is_nobodys(tmp_path: Path) -> None:
    bench, state = ended(tmp_path, PosterEngine(), registered=2)
    assert state is JobState.RELEASED
    assert len(bench.files()) == 1
