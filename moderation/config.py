"""Settings of the desk: clocks, leases, double review, throttles, retention."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Throttle(_Frozen):
    """At most `count` attempts in `window_s` seconds."""

    count: int = Field(ge=1)
    window_s: int = Field(ge=1)


class LoginConfig(_Frozen):
    """Sign-in.

    Attributes:
        secure_cookies: always mark cookies Secure; otherwise they are when the request came by https.
        oauth_logins: Hugging Face user names that may sign in by OAuth as the reviewer of the same login.
        hash_memory_kib, hash_rounds: cost of an argon2id password hash (RFC 9106, second recommendation).
    """

    idle_s: int = 1800
    absolute_s: int = 43_200
    secure_cookies: bool = False
    per_login: Throttle = Throttle(count=5, window_s=900)
    per_address: Throttle = Throttle(count=20, window_s=900)
    oauth_logins: tuple[str, ...] = ()
    hash_memory_kib: int = Field(default=65_536, ge=8)
    hash_rounds: int = Field(default=3, ge=1)


class RetentionConfig(_Frozen):
    """Days that each class of data is kept; 0 means until the job or decision ends."""

    prompts_days: int = Field(default=30, ge=1)
    refused_prompts_days: int = Field(default=190, ge=1)  # appeal window of six months, DSA Article 20
    case_texts_days: int = Field(default=365, ge=1)
    notice_contacts_days: int = Field(default=365, ge=1)
    audit_payloads_days: int = Field(default=365, ge=1)
    statements_days: int = Field(default=1826, ge=1)
    captures_hours: int = Field(default=24, ge=1)
    hits_hours: int = Field(default=24, ge=1)
    exposures_days: int = Field(default=365, ge=1)


class DeskConfig(_Frozen):
    """The desk.

    Attributes:
        secret: key for secret links and hashed addresses; at least 16 characters, given by the host's key store.
        folder: private folder for consent captures and the checkpoint key.
        clock_hours: hours from receipt to decision, by queue; ``*`` is the rest.
        at_risk_share: share of the clock after which a case counts as at risk.
        undo_s: seconds in which a decision can be taken back before it is carried out.
        double_queues: queues in which two reviewers must agree.
        second_look_rate: share of decisions that another reviewer repeats blind.
        exposure_minutes_per_day: media minutes after which the desk asks for a break.
    """

    secret: str = Field(min_length=16, repr=False)
    folder: Path = Path("desk")
    public_url: str = ""
    clock_hours: dict[str, float] = {"minors": 2.0, "intimate": 2.0, "orders": 3.0, "*": 48.0}
    at_risk_share: float = Field(default=0.5, gt=0.0, lt=1.0)
    lease_s: int = Field(default=300, ge=10)
    undo_s: int = Field(default=10, ge=0)
    double_queues: tuple[str, ...] = ("minors", "intimate", "orders")
    second_look_rate: float = Field(default=0.05, ge=0.0, le=1.0)
    appeal_window_days: int = Field(default=180, ge=1)
    appeal_throttle: Throttle = Throttle(count=10, window_s=3600)
    report_throttle: Throttle = Throttle(count=10, window_s=3600)
    report_total: Throttle = Throttle(count=600, window_s=3600)
    interim_kinds: tuple[str, ...] = ("intimate_image", "minor")
    exposure_minutes_per_day: float = 120.0
    consent_days: int = Field(default=365, ge=1)
    login: LoginConfig = LoginConfig()
    retention: RetentionConfig = RetentionConfig()

    def clock_h(self, queue: str) -> float:
        """Hours that a queue allows."""
        return self.clock_hours.get(queue, self.clock_hours["*"])
