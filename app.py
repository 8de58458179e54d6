"""Composition root: reads the settings, builds the parts, serves. `python app.py` with no argument serves."""

from __future__ import annotations

import argparse
import hmac
import os
import secrets
import sys
import threading
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

import logs
from errors import ColophonError, UsageError
from media import caged
from moderation import retention
from moderation.checkpoints import Notary
from moderation.config import DeskConfig, LoginConfig
from moderation.desk import Desk
from moderation.registry_file import Keeper
from pipeline import doctor, engines, memory, tracing
from pipeline.engines import Engine
from pipeline.engines.choose import ASKED, Choice, choose
from pipeline.engines.config import EnginesConfig
from pipeline.fairuse import FairUse
from pipeline.health import Health
from pipeline.issuers import Issuers, trusting
from pipeline.jobs import Dispatcher, QueueConfig, every
from pipeline.orders import order_of
from pipeline.overrule import Overrule
from pipeline.quarantine import Quarantine
from pipeline.reasons import AppealTokens
from pipeline.release import Door
from pipeline.request import GenerationRequest
from pipeline.run import Tools
from pipeline.shelf import Lending
from pipeline.storage import Storage
from pipeline.vouchers import Vouchers
from pipeline.workbench import Workbench
from records import jobs, reviewers
from records.ledger import SqlLedger
from records.migrate import upgrade
from records.session import Database, check, now
from safety import detectors, policy
from safety.config import SafetyConfig
from safety.detectors.descriptions import DescriptionDetector
from safety.detectors.pictures import PictureDetector
from safety.detectors.prompt import PromptDetector
from safety.registry.pictures import PictureIndex
from safety.registry.tracks import FILE_NAME as TRACKS
from safety.screen import Screener
from settings import Settings, load
from watermark.report import ReportSigner
from watermark.resolve import Resolver
from watermark.tools import Tools as Stamping
from watermark.tools import assemble, keyring_of
from watermark.turnstile import Turnstile

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.desk.oauth import Provider

log = structlog.get_logger("app")
PENDING_GRACE_S = 600.0
SECRET_CHARS = 32
PAGE_PATIENCE_S = 5.0
IN_PROCESS_DRAIN_S = 20.0
HOUSEKEEPING_S = 3600.0
MEMORY_S = 30.0
PROPOSALS = "registry.jsonl"
DESK_S = 5.0


@dataclass(frozen=True, slots=True)
class Colophon:
    """All parts of one process."""

    settings: Settings
    database: Database
    quarantine: Quarantine
    ledger: SqlLedger
    stamping: Stamping
    screener: Screener
    door: Door
    tools: Tools
    dispatcher: Dispatcher
    desk: Desk
    keeper: Keeper
    studio: Workbench
    health: Health

    def recover(self, *, started: bool = True) -> None:
        """Shred what belongs to no living job and what has no row.

        Args:
            started: nothing works here yet, so that without other machines everything is a crash's.
        """
        with self.database.read() as session:
            alive = jobs.alive(session)
        alone = started and not self.settings.queue.broker_url
        grace_s = 0.0 if alone else PENDING_GRACE_S
        gone = (*self.quarantine.sweep(alive, grace_s), *self.door.sweep(grace_s))
        if gone:
            log.warning("recovered", shredded=len(gone))

    def facts(self) -> doctor.Facts:
        """What the doctor looks at before a public launch."""
        settings = self.settings
        with self.database.read() as session:
            users = sum(not row.disabled for row in reviewers.everyone(session))
        lasting = os.path.ismount("/data") and settings.data.is_relative_to("/data")
        return doctor.Facts(
            signing_source=settings.signing.source, tsa_urls=settings.signing.tsa_urls,
            persistent=lasting or not os.environ.get("SPACE_ID"), desk_users=users,
            missing_detectors=self.health.unavailable, secure_cookies=settings.web.secure_cookies,
            public_url=settings.web.public_url, mark_secret_chars=len(settings.mark.secret.get_secret_value()),
            profile=settings.profile, caged=caged.walls().sealed,
        )  # fmt: skip

    def keep_house(self) -> None:
        """Compile what was left for later, erase what is past its time, sign the head of the audit chain."""
        for detector in _prompt_detectors(self.screener):
            detector.warm()
        self.door.shelf.trim()
        self.recover(started=False)
        with self.database.write() as session:
            retention.run(session, self.desk.context)
            Notary(self.settings.data / "desk").checkpoint(session, now())
        self.database.scrub()


def compose(settings: Settings, *, work: bool = True) -> Colophon:
    """Build every part and bring the database to the newest schema.

    Args:
        work: this process works on jobs; False for the command line and for machines that only serve pages.

    Raises:
        ColophonError: a required part is missing or unsafe; the process must not start.
    """
    logs.configure(settings.log_json)
    tracing.configure("worker" if settings.queue.pools else "web")
    for folder in (settings.data, settings.keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.releases.mkdir(parents=True, exist_ok=True)
    settings.held.mkdir(mode=0o700, exist_ok=True)
    database = Database(settings.database)
    check(database)
    upgrade(database)
    storage = _storage(settings)
    quarantine = Quarantine(settings.quarantine, public=(settings.releases,), storage=storage)
    ledger = SqlLedger(database)
    stamping = _stamping(settings, ledger)
    inspector = stamping.inspector
    keeper = Keeper(database, settings.data / PROPOSALS)
    keeper.load()
    # The desk is made of the screener's policy, and asked for consents only once everything stands.
    vouchers = Vouchers(
        database, stamping.verifier.inspect, lambda *claim: desk.consent_id(*claim),
        released=lambda row: door.shelf.open(row), issuers=_issuers(settings, stamping),
    )  # fmt: skip
    screener = _screener(settings, vouchers)
    keeper.attach(_registry_readers(screener), _picture_indexes(screener))
    door = Door(database, inspector, settings.releases, settings.held, storage)
    engine = _engines(settings.engines)
    tokens = AppealTokens(_secret(settings, "appeals"))
    tools = Tools(
        database, quarantine, screener, partial(_choose, engine=engine, wished=settings.engine), engine,
        stamping.stamper, partial(order_of, ledger=ledger), door, tokens, settings.queue.lease_s,
    )  # fmt: skip
    dispatcher = Dispatcher(
        database, tools if work else None, _queue(settings), partial(_pool, engine=engine, wished=settings.engine)
    )  # fmt: skip
    desk = Desk(
        database, Overrule(database, quarantine, door, dispatcher), screener.policy, _desk(settings),
        appeal_token=tokens.of, on_registry=keeper.refresh,
    )  # fmt: skip
    studio = Workbench(
        database, quarantine, dispatcher, screener, Turnstile(stamping.verifier), engine, settings.releases, tokens,
        fair_use=_fair_use(settings), appeals_to=desk.appeal, door=door, workers=settings.queue.workers,
    )  # fmt: skip
    health = Health(database, stamping.signer.credential.days_left, _unable(screener), caged.walls)
    return Colophon(
        settings,
        database,
        quarantine,
        ledger,
        stamping,
        screener,
        door,
        tools,
        dispatcher,
        desk,
        keeper,
        studio,
        health,
    )


def _stamping(settings: Settings, ledger: SqlLedger) -> Stamping:
    keyring = keyring_of(settings.keys, *settings.mark_secrets)
    return assemble(
        settings.stamp_config, settings.signing_config, keyring, settings.trust_folder, ledger, settings.mark.neural
    )


def _fair_use(settings: Settings) -> FairUse:
    queue = settings.queue
    return FairUse(
        queue.per_visitor, queue.waiting_limit, queue.per_network, queue.burst, 10 * queue.burst,
        per_day=queue.per_day, per_day_network=10 * queue.per_day, slow_after=queue.slow_after,
        stop_after=queue.stop_after, free_mb=queue.free_mb,
    )  # fmt: skip


def _storage(settings: Settings) -> Storage | None:
    """The storage that several machines share, or None: the data folder of this one."""
    group = settings.storage
    if not group.url:
        return None
    named = {
        "key": group.key.get_secret_value(), "secret": group.secret.get_secret_value(), "endpoint_url": group.endpoint,
        "client_kwargs": {"region_name": group.region} if group.region else None,
    }  # fmt: skip
    options = {name: value for name, value in named.items() if value} if group.url.startswith("s3:") else {}
    # A visitor waits less long than a worker.
    patience_s = group.patience_s if settings.queue.pools else min(PAGE_PATIENCE_S, group.patience_s)
    storage = Storage(group.url, options, patience_s)
    storage.check()
    return storage


def _queue(settings: Settings) -> QueueConfig:
    group = settings.queue
    drain_s = group.drain_s if group.broker_url else min(group.drain_s, IN_PROCESS_DRAIN_S)
    return QueueConfig(group.broker_url, group.workers, tuple(group.pools), group.prefix, drain_s=drain_s)


def _pool(name: str, engine: Any, wished: str) -> str:
    """The kind of worker that an engine needs: a local model wants a GPU, everything else does not."""
    named = wished if name in ("", "auto") else name
    try:
        return "gpu" if named != "auto" and engine(named).info.kind == "local" else "cpu"
    except ColophonError:
        return "cpu"


def _secret(settings: Settings, name: str) -> bytes:
    """A secret of this deployment: derived from the configured one, or made on first start, mode 0600."""
    if shared := settings.secret.get_secret_value():
        if len(shared) < SECRET_CHARS:
            raise UsageError("error.settings.short_secret", limit=SECRET_CHARS)
        return hmac.new(shared.encode(), name.encode(), "sha256").hexdigest().encode()
    folder = settings.keys
    path = folder / f"{name}.secret"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def _issuers(settings: Settings, stamping: Stamping) -> Issuers | None:
    folder = settings.synthetic_issuers
    return None if folder is None else trusting(folder, settings.stamp_config.namespace, stamping.keyring)


def _screener(settings: Settings, vouchers: Vouchers) -> Screener:
    cache_folder = settings.data / "models"
    config = SafetyConfig(
        models_folder=settings.models, cache_folder=cache_folder, profile=settings.profile,
        picture_index=settings.data / "pictures.jsonl", track_index=settings.data / TRACKS, people=settings.people,
        registry_overrides=(*settings.registry, settings.data / PROPOSALS), guard=settings.guard,
        descriptions=settings.descriptions, opinion=settings.opinion, looks=settings.looks,
    )  # fmt: skip
    return Screener(detectors.build(config), policy.load(settings.profile), vouch=vouchers)


def _prompt_detectors(screener: Screener) -> list[PromptDetector]:
    return [detector for detector in screener.detectors if isinstance(detector, PromptDetector)]


def _registry_readers(screener: Screener) -> list[PromptDetector | DescriptionDetector]:
    kinds = (PromptDetector, DescriptionDetector)
    return [detector for detector in screener.detectors if isinstance(detector, kinds)]


def _picture_indexes(screener: Screener) -> list[PictureIndex]:
    return [detector.index for detector in screener.detectors if isinstance(detector, PictureDetector)]


def _engines(config: EnginesConfig) -> Any:
    @cache
    def engine(name: str) -> Engine:
        return engines.build(name, config)

    return engine


def _choose(request: GenerationRequest, engine: Any, wished: str) -> Choice:
    if wished != "auto":
        return Choice(wished, ASKED)
    return choose(request, {name: engine(name) for name in engines.ENGINES})


def _desk(settings: Settings) -> DeskConfig:
    group = settings.desk
    return DeskConfig(
        secret=_secret(settings, "desk").decode(), folder=settings.data / "desk",
        public_url=settings.web.public_url, second_look_rate=group.second_look_rate, retention=settings.retention,
        login=LoginConfig(secure_cookies=settings.web.secure_cookies, oauth_logins=group.oauth_logins),
    )  # fmt: skip


def _unable(screener: Screener) -> tuple[str, ...]:
    return tuple(detector.name for detector in screener.detectors if isinstance(detector, detectors.Missing))


def build(colophon: Colophon) -> FastAPI:
    """The web application: trial page at `/`, provenance API at `/v1`, desk at `/desk`, `/healthz`, `/metrics`."""
    from fastapi import FastAPI

    from ui import mount, shelf, watch
    from ui.desk import app as desk_app
    from ui.desk.public import public_router

    settings, stop = colophon.settings, threading.Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        colophon.recover()
        colophon.dispatcher.start()
        for name, seconds, task in (
            ("desk", DESK_S, colophon.desk.sync), ("registry", DESK_S, colophon.keeper.refresh),
            ("housekeeping", HOUSEKEEPING_S, colophon.keep_house), ("memory", MEMORY_S, memory.give_back),
            *((("example", HOUSEKEEPING_S, colophon.studio.make_example),) if settings.web.example else ()),
        ):  # fmt: skip
            threading.Thread(target=every, args=(seconds, task, stop), daemon=True, name=name).start()
        yield
        stop.set()
        colophon.dispatcher.stop()
        colophon.stamping.close()

    web = FastAPI(title="Colophon", docs_url=None, redoc_url=None, lifespan=lifespan)

    web.include_router(watch.router(colophon.health))
    address_of = partial(_address, header=settings.web.proxy_header.lower())
    visitors = visitors_provider(settings)
    page = _ui(settings, login=visitors is not None)
    visitor_of = partial(_visitor, secret=page.secret.get_secret_value())
    web.include_router(_provenance(colophon, address_of), prefix="/v1")
    web.include_router(public_router(colophon.desk, visitor_of, address_of))
    web.mount("/desk", desk_app.build(colophon.desk, reviewers_provider(settings), address_of))
    mount.mount(web, colophon.studio, page, visitors, ReportSigner(colophon.settings.keys))
    shelf.serve(web, Lending(colophon.database, colophon.door.shelf), settings.releases, settings.storage.links_s)
    return web


def _provenance(colophon: Colophon, address_of: Any) -> Any:
    from watermark.api import router

    resolver = Resolver(colophon.ledger, f"{colophon.settings.provider.namespace}.mark.1")
    signer = ReportSigner(colophon.settings.keys)
    upload_bytes = colophon.settings.web.upload_mb * 2**20
    return router(colophon.stamping.verifier, resolver, signer, upload_bytes=upload_bytes, visitor=address_of)


def _address(request: Any, header: str) -> str:
    """The caller's address, for limits only: behind a proxy the last entry of the header that the host names."""
    named = request.headers.get(header, "") if header else ""
    return named.split(",")[-1].strip() or (request.client.host if request.client else "")


def _visitor(request: Any, secret: str) -> str:
    from ui import visitor

    return visitor.read(request.cookies.get(visitor.COOKIE), secret) or ""


def _ui(settings: Settings, *, login: bool) -> Any:
    from ui.config import UiConfig

    return UiConfig(
        releases=settings.releases, quarantine=settings.quarantine,
        secret=SecretStr(_secret(settings, "web").decode()),
        max_upload_mb=settings.web.upload_mb, secure_cookie=settings.web.secure_cookies,
        retention_days=settings.retention.prompts_days, profile=settings.profile, contact=settings.web.contact,
        framed=settings.web.framed or bool(os.environ.get("SPACE_ID")), proxy_header=settings.web.proxy_header.lower(),
        terms=settings.web.terms, login=login, fair_use=_fair_use(settings),
    )  # fmt: skip


def visitors_provider(settings: Settings) -> Provider | None:
    """Where visitors may sign in, if the host wants that."""
    return _space_provider(settings) if settings.web.login else None


def reviewers_provider(settings: Settings) -> Provider | None:
    """Where reviewers on the allow-list may sign in: a provider of the host's own, or that of the Space."""
    from ui.desk.oauth import Provider

    group = settings.desk
    if not group.oauth_logins:
        return None
    if not group.oauth_client:
        return _space_provider(settings)
    secret = group.oauth_secret.get_secret_value()
    return Provider(group.oauth_provider, group.oauth_client, secret, settings.web.public_url)


def _space_provider(settings: Settings) -> Provider | None:
    """The provider that a Space with `hf_oauth: true` names in its environment."""
    from ui.desk.oauth import Provider

    found = os.environ
    names = ("OPENID_PROVIDER_URL", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET")
    if not all(found.get(name) for name in names):
        return None
    host = found.get("SPACE_HOST", "").split(",")[0]
    issuer, client_id, client_secret = (found[name] for name in names)
    return Provider(issuer, client_id, client_secret, settings.web.public_url or (f"https://{host}" if host else ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve; returns the exit status."""
    import uvicorn

    from ui.patience import Prompt, connections

    parser = argparse.ArgumentParser(prog="app.py", description="Serve the page.")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    chosen = parser.parse_args(arguments)
    try:
        settings = load()
        web = {k: v for k, v in (("host", chosen.host), ("port", chosen.port)) if v is not None}
        settings = settings.model_copy(update={"web": settings.web.model_copy(update=web)})
        colophon = compose(settings)
        if settings.production:
            doctor.require(colophon.facts())
        application = build(colophon)
    except ColophonError as error:
        from locales.catalog import complain

        return complain(error)
    uvicorn.run(
        application, host=settings.web.host, port=settings.web.port, log_level="warning", access_log=False,
        http=Prompt, limit_concurrency=connections(),
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
