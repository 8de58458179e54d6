"""A whole pipeline on a temporary folder: real records, quarantine, screener, stamper and door; a small test engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.clip import Sound
from media.colour import to_i420
from pipeline import intake
from pipeline.engines import Availability, EngineInfo, Limits, Progress
from pipeline.engines.choose import Choice
from pipeline.jobs import Dispatcher, QueueConfig
from pipeline.quarantine import Draft, Quarantine, Workspace
from pipeline.reasons import AppealTokens
from pipeline.release import Door
from pipeline.request import GenerationRequest
from pipeline.run import Tools, run
from pipeline.storage import Storage
from pipeline.studio import Studio
from pipeline.views import JobView, RequestForm
from records.ledger import SqlLedger
from records.migrate import upgrade
from records.session import Database
from safety import policy
from safety.screen import Cleared, Screener
from safety.signals import Evidence, MediaItem, Signal, TextItem
from tests.media import makers
from watermark import signing
from watermark.config import InspectConfig, SigningConfig, StampConfig
from watermark.inspect import Inspector
from watermark.invisible import KeyRing
from watermark.stamp import Stamper, StampOrder
from watermark.trust import TrustStore

RULE = {"signal": "test.word", "dsa": "X", "text": "policy.test.word"}
RULES = [
    {**RULE, "at_least": 0.9, "decision": "block", "policy": "test.word", "severity": 2},
    {**RULE, "at_least": 0.5, "decision": "review", "policy": "test.doubt", "severity": 1},
]


@dataclass
class WordDetector:
    """Sees "forbidden" and "doubtful" in texts, and whatever `output` says in media."""

    name: str = "words"
    version: str = "1"
    kinds: frozenset[str] = frozenset({"text", "image", "video", "audio"})
    output: float = 0.0

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        if isinstance(item, MediaItem):
            score = self.output if item.where == "output" else 0.0
        else:
            score = 1.0 if "forbidden" in item.text else 0.6 if "doubtful" in item.text else 0.0
        return [Signal("test.word", "1", score, 0.5, evidence=(Evidence(item.where),) if score else ())]


CARD = EngineInfo("card", "local", "1", "Apache-2.0", Limits(outputs=("video", "image", "audio")))


@dataclass
class CardEngine:
    """Half a second of a moving card with a tone; the fast stand-in for an engine in tests of the chain."""

    fault: Callable[[], None] = lambda: None
    info: EngineInfo = CARD

    def availability(self) -> Availability:
        return Availability(True)

    def generate(self, job: Cleared[GenerationRequest], workspace: Workspace, progress: Progress) -> Draft:
        size = job.request.format
        large = makers.picture(size.width_px + 64, size.height_px, seed=job.request.seed)
        with workspace.video(size) as writer:
            for number in range(round(job.request.duration_s * size.fps)):
                progress(number / (job.request.duration_s * size.fps))
                writer.write(to_i420(np.ascontiguousarray(large[:, number % 64 : number % 64 + size.width_px])))
                self.fault()
            tone = makers.tone(job.request.duration_s)
            noise = np.random.default_rng(1).normal(0, 0.05, tone.samples.shape).astype(np.float32)
            writer.write_sound(Sound(tone.samples + noise, tone.rate_hz))
            return writer.finish("card", "1", previsualisation=False)


@dataclass
class Bench:
    """The pipeline under test."""

    folder: Path
    detector: WordDetector = field(default_factory=WordDetector)
    engine: CardEngine = field(default_factory=CardEngine)
    url: str = ""
    storage: Storage | None = None
    queue: QueueConfig | None = None
    keys: Path | None = None
    lease_s: float = 30.0

    def __post_init__(self) -> None:
        self.database = Database(self.url or f"sqlite:///{self.folder}/colophon.db")
        upgrade(self.database)
        self.quarantine = Quarantine(self.folder / "quarantine", storage=self.storage)
        rules = self.folder / "policies"
        rules.mkdir(exist_ok=True)
        (rules / "test.json").write_text(json.dumps(RULES))
        signer = signing.build(SigningConfig(folder=self.keys or self.folder / "keys"))
        trust = TrustStore.from_folder(None, signer.credential.anchor_pem)
        keyring = KeyRing(b"0" * 32)
        self.inspector = Inspector(InspectConfig(), keyring, trust, SqlLedger(self.database))
        self.door = Door(self.database, self.inspector, self.folder / "releases", self.folder / "held", self.storage)
        self.tools = Tools(
            self.database, self.quarantine, Screener([self.detector], policy.load("strict", rules)),
            lambda _: Choice("card", "engine.choice.local"), lambda _: self.engine,
            Stamper(StampConfig(), signer, keyring, trust), _order, self.door, AppealTokens(b"1" * 32), self.lease_s,
        )  # fmt: skip
        self.dispatcher = Dispatcher(self.database, self.tools if self.queue else None, self.queue or QueueConfig())
        self.studio = Studio(
            self.database, self.quarantine, self.dispatcher, self.tools.screener, self.inspector,
            self.tools.engine, self.door.public, self.tools.appeals,
        )  # fmt: skip

    def submit(self, prompt: str = "a boat", **more: Any) -> JobView:
        form = RequestForm(prompt=prompt, engine="card", resolution="480p", duration_s=2.0, fps=24, seed=7, **more)
        return self.studio.submit(form, "visitor")

    def run(self, job_id: str, **changes: Any) -> JobView:
        run(job_id, "worker", replace(self.tools, **changes))
        return self.studio.job(job_id, "visitor")

    def files(self) -> list[Path]:
        """Everything that the web server may serve."""
        return [path for path in self.door.public.rglob("*") if path.is_file()] if self.door.public.exists() else []

    def drafts(self) -> list[Path]:
        """Unstamped media left in quarantine."""
        return [path for path in self.quarantine.root.rglob("*") if path.is_file() and "in" not in path.parts]


def _order(request: GenerationRequest, draft: Draft, workspace: Workspace) -> StampOrder:
    return StampOrder(engine=draft.engine, engine_version=draft.engine_version, locale=request.locale)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


__all__ = ["Bench", "CardEngine", "WordDetector", "intake"]
