"""All settings: one frozen model, read from the environment. For `app.py`, `spaces/`, tests and `__main__.py` only.

Names start with ``COLOPHON_``; nested groups use ``__`` (``COLOPHON_SIGNING__TSA_URLS``). A misspelt name is
refused at start-up, so that no protection is switched off by a typing error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from errors import UsageError
from moderation.config import RetentionConfig
from pipeline.engines.config import EnginesConfig
from safety.config import DescriptionSettings, GuardSettings, LookSettings, OpinionSettings
from watermark.config import SigningConfig, StampConfig

PREFIX = "COLOPHON_"


class Group(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Web(Group):
    """The page."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: int = Field(7860, description="Port to listen on.")
    public_url: str = Field("", description="Address under which visitors reach the page; part of manifests and links.")
    upload_mb: int = Field(200, description="Largest upload, megabytes.")
    framed: bool = Field(False, description="The page stands in a frame of another site; always so on a Space.")
    contact: str = Field("", description="Where notices and complaints go; shown on the page.")
    proxy_header: str = Field("", description="Header in which a trusted proxy puts the caller's address, if any.")
    secure_cookies: bool = Field(False, description="Set cookies with Secure; on behind HTTPS.")
    example: bool = Field(True, description="Make one clip at the first start, shown where the result will be.")
    terms: str = Field("", description="Version of the terms that visitors accept before their first job; empty: none.")
    login: bool = Field(True, description="Offer the Hugging Face login where the OAuth variables of a Space are set.")


class Provider(Group):
    """Who is named in labels, records and manifests."""

    name: str = Field("Colophon", description="Provider name in the manifest (California 22757.3(a)(A)).")
    namespace: str = Field(
        "example.colophon", description="Reversed domain name of the provider, for assertions and marks of its own."
    )
    aigc_code: str = Field(
        "Colophon", description="ContentProducer of the AIGC record: ASCII name or 27-character code."
    )


class Signing(Group):
    """The C2PA signature."""

    source: Literal["development", "pem", "callback"] = Field(
        "development", description="Where the signing key comes from."
    )
    certificate: Path | None = Field(None, description="PEM chain, leaf first (source `pem` or `callback`).")
    key: Path | None = Field(None, description="PEM private key (source `pem`).")
    callback: str = Field("", description="`module:function` that signs bytes with a KMS or HSM (source `callback`).")
    tsa_urls: tuple[str, ...] = Field((), description="RFC 3161 time-stamp services, tried in order.")


class Mark(Group):
    """The invisible mark."""

    secret: SecretStr = Field(
        SecretStr(""), description="Secret of the mark, 32 characters or more; made on first start when empty."
    )
    previous: tuple[SecretStr, ...] = Field((), description="Earlier secrets, still readable.")
    neural: dict[str, Path] = Field(
        default_factory=dict,
        description="TorchScript files of further marks, as JSON by name: `videoseal`, `pixelseal`, `trustmark`, "
        "`audioseal`.",
    )


class Queue(Group):
    """Jobs."""

    broker_url: str = Field("", description="RabbitMQ URL; empty: threads of this process.")
    workers: int = Field(1, description="Jobs at the same time in one process.")
    pools: tuple[Literal["cpu", "gpu"], ...] = Field(
        ("cpu", "gpu"), description="Kinds of jobs that this process works on, as JSON; `[]`: it only serves pages."
    )
    prefix: str = Field("colophon", description="First part of the queues' names on the broker.")
    lease_s: float = Field(30.0, description="Silence after which a worker counts as dead, seconds.")
    drain_s: float = Field(240.0, description="How long a stopping process goes on with the jobs in hand, seconds.")
    per_visitor: int = Field(3, description="Jobs one visitor may have waiting or running.")
    waiting_limit: int = Field(100, description="Jobs that may wait in all; more get an honest refusal.")
    per_network: int = Field(30, description="Jobs one network (IPv4 /24, IPv6 /56) may have waiting or running.")
    per_day: int = Field(100, description="Jobs one visitor may start within 24 hours; a network ten times as many.")
    burst: int = Field(6, description="Jobs one visitor may start within a minute; a network ten times as many.")
    slow_after: int = Field(5, description="Refusals within an hour after which a visitor's next job has to wait.")
    stop_after: int = Field(20, description="Refusals within 24 hours after which a visitor's jobs are not taken.")
    free_mb: int = Field(500, description="Megabytes that must stay free; no job is taken when there are fewer.")


class Storage(Group):
    """Files that several machines share."""

    url: str = Field(
        "", description="`s3://bucket/prefix` or `file:///folder`; empty: the data folder of this machine."
    )
    endpoint: str = Field("", description="Address of an S3 service that is not Amazon's.")
    region: str = Field("", description="Region of the S3 service.")
    key: SecretStr = Field(SecretStr(""), description="Access key; empty: what the machine itself may do.")
    secret: SecretStr = Field(SecretStr(""), description="Secret of the access key.")
    patience_s: float = Field(45.0, description="How long a silent storage is tried again, seconds.")
    links_s: int = Field(0, description="Life of signed links to released files, seconds; 0: the page serves them.")


class Desk(Group):
    """The review desk."""

    second_look_rate: float = Field(0.05, description="Share of decisions that another reviewer repeats blind.")
    oauth_logins: tuple[str, ...] = Field(
        (), description="User names at the OpenID provider that may sign in as the reviewer of the same name."
    )
    oauth_provider: str = Field("https://huggingface.co", description="OpenID provider for reviewers; https.")
    oauth_client: str = Field("", description="Client id there; empty: that of the Space, if any.")
    oauth_secret: SecretStr = Field(SecretStr(""), description="Client secret there.")


class Settings(BaseSettings):
    """Everything a host can set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )

    data: Path = Field(
        default_factory=lambda: _user_data(), description="Folder for database, keys, quarantine and releases."
    )
    registry: tuple[Path, ...] = Field((), description="Files that add, replace or remove protected names.")
    models: Path | None = Field(None, description="Folder with detector weights.")
    people: Path | None = Field(
        None,
        description="Folder with a sub-folder of photographs of each protected person; needs a recognition model.",
    )
    guard: GuardSettings = Field(default_factory=GuardSettings)
    descriptions: DescriptionSettings = Field(default_factory=DescriptionSettings)
    looks: LookSettings = Field(default_factory=LookSettings)
    opinion: OpinionSettings = Field(default_factory=OpinionSettings)
    trust: Path | None = Field(None, description="Folder of PEM trust lists for the Verify page.")
    synthetic_issuers: Path | None = Field(
        None,
        description="Folder of PEM certificates: whose signed word that a reference is wholly made by a model is "
        "believed.",
    )
    profile: Literal["strict", "studio"] = Field("strict", description="Policy profile: `strict` for a public page.")
    production: bool = Field(False, description="Refuse to start with anything that only suits a trial.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data folder.")
    secret: SecretStr = Field(
        SecretStr(""),
        description="Secret behind cookies, appeal links and desk sessions, the same on every machine, 32 characters "
        "or more; made on first start when empty.",
    )
    log_json: bool = Field(False, description="Write logs as JSON, one object a line.")
    engine: str = Field("auto", description="Engine that runs when the visitor leaves the choice to us.")
    web: Web = Field(default_factory=Web)
    provider: Provider = Field(default_factory=Provider)
    signing: Signing = Field(default_factory=Signing)
    mark: Mark = Field(default_factory=Mark)
    queue: Queue = Field(default_factory=Queue)
    storage: Storage = Field(default_factory=Storage)
    desk: Desk = Field(default_factory=Desk)
    engines: EnginesConfig = Field(default_factory=EnginesConfig, description="Settings of every engine, by its name.")
    retention: RetentionConfig = Field(
        default_factory=RetentionConfig, description="Days that each class of data is kept."
    )

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'colophon.db'}"

    @property
    def trust_folder(self) -> Path:
        return self.trust or self.data / "trust"

    @property
    def quarantine(self) -> Path:
        return self.data / "quarantine"

    @property
    def releases(self) -> Path:
        return self.data / "releases"

    @property
    def held(self) -> Path:
        return self.data / "held"

    @property
    def keys(self) -> Path:
        return self.data / "keys"

    @property
    def address(self) -> str:
        """Where the page is reached, without a slash at the end."""
        return self.web.public_url.rstrip("/") or f"http://{self.web.host}:{self.web.port}"

    @property
    def stamp_config(self) -> StampConfig:
        """What every stamp says about its maker."""
        return StampConfig(
            provider=self.provider.name, producer=self.provider.aigc_code, namespace=self.provider.namespace,
            verify_url=f"{self.address}/verify",
        )  # fmt: skip

    @property
    def signing_config(self) -> SigningConfig:
        """Who signs and who dates."""
        return SigningConfig(
            source=self.signing.source, folder=self.keys, certificates=self.signing.certificate, key=self.signing.key,
            callback=self.signing.callback, tsa_urls=self.signing.tsa_urls,
        )  # fmt: skip

    @property
    def mark_secrets(self) -> tuple[str, ...]:
        """The secret of the mark, empty when it is made on first start, then the retired ones."""
        return tuple(part.get_secret_value() for part in (self.mark.secret, *self.mark.previous))


def _user_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "colophon"


def load() -> Settings:
    """The settings of the environment.

    Raises:
        UsageError: an unknown or malformed setting; its name is given, never its value.
    """
    known = {name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_"):
            head = name.removeprefix(PREFIX).split("__")[0]
            if head not in known:
                raise UsageError("error.settings.unknown", name=name)
    try:
        return Settings()
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UsageError("error.settings.invalid", name=place) from None


def table() -> str:
    """`docs/settings.md`: every setting with its default and meaning."""
    lines = [
        "# Settings",
        "",
        "Generated by `python -m settings`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*lines, *_rows(Settings, PREFIX)]) + "\n"


def _rows(model: type[BaseModel], prefix: str) -> list[str]:
    rows: list[str] = []
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            rows += _rows(field.annotation, f"{variable}__")
        else:
            default = "(user data folder)" if name == "data" else field.get_default(call_default_factory=True)
            hidden = isinstance(default, SecretStr | BaseModel) or default in (None, "", (), {})
            rows.append(f"| `{variable}` | {'' if hidden else f'`{default}`'} | {field.description or ''} |")
    return rows


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201
