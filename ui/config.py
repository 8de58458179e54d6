"""What the page has to be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pipeline.fairuse import FAIR_USE, FairUse


class UiConfig(BaseModel):
    """Settings of the trial page.

    Attributes:
        releases: the only folder whose files are served.
        quarantine: never served, whatever else is.
        secret: key that signs the visitor cookie; at least 32 characters.
        max_upload_mb: largest file a visitor may send.
        poll_s: seconds between two looks at a running job.
        framed: the page lives in a frame of another site (a Space), so cookies must be allowed there.
        secure_cookie: send the cookie over HTTPS only; always on when `framed`.
        contact: where notices, take-down requests and complaints go; shown on the policy page.
        retention_days: how long jobs and releases are kept, as told on the policy page.
        profile: policy profile whose rules the policy page lists.
        mcp: offer the typed functions to agents over MCP too.
        proxy_header: header in which the host's proxy puts the caller's address; empty: no proxy.
        terms: version of the terms that are accepted before the first job; empty: none.
        login: visitors can sign in.
        fair_use: as told on the policy page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    releases: Path
    quarantine: Path
    secret: SecretStr = Field(min_length=32)
    max_upload_mb: int = Field(default=200, ge=1)
    poll_s: float = Field(default=1.0, gt=0.0)
    framed: bool = False
    secure_cookie: bool = False
    contact: str = ""
    retention_days: int = Field(default=30, ge=1)
    profile: str = "strict"
    mcp: bool = True
    proxy_header: str = ""
    terms: str = ""
    login: bool = False
    fair_use: FairUse = FAIR_USE
