"""The only door to an engine: texts and files -> signals -> verdict -> `Cleared`, `Refusal` or `Held`.

Fails closed at every step: a detector that raises, returns nothing or is missing yields a signal that cannot
lead to ALLOW; so does an item that no detector looked at, and bytes that differ from their digest.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import InitVar, dataclass, replace
from pathlib import Path
from typing import Any, Generic, NoReturn, Protocol, TypeVar, runtime_checkable

from safety import vouching
from safety.detectors.weights import sha256_of
from safety.policy import Policy
from safety.signals import Detector, Evidence, MediaItem, Signal, SignalState, TextItem
from safety.verdict import Decision, Verdict, combine
from safety.vouching import CONSENTED, Claimant, Voucher

Item = TextItem | MediaItem


class Screenable(Protocol):
    """What a request offers to be screened."""

    @property
    def digest(self) -> str: ...
    def texts(self) -> Sequence[TextItem]: ...
    def media(self) -> Sequence[MediaItem]: ...


@runtime_checkable
class Joint(Protocol):
    """A detector that also looks at all items of a request together (a face split over two references)."""

    def observe_together(self, items: Sequence[Item]) -> Sequence[Signal]: ...


R = TypeVar("R", bound=Screenable)
_MINT = object()


NEVER_OVERRULED = 4  # severity of minors and intimate content


def overrulable(verdict: Verdict) -> bool:
    """Whether a reviewer may decide otherwise."""
    return all(f.decision is Decision.ALLOW or f.severity < NEVER_OVERRULED for f in verdict.findings)


@dataclass(frozen=True, slots=True)
class Cleared(Generic[R]):
    """A request that may be given to an engine. Made by `Screener` only.

    Attributes:
        request: exactly what was judged.
        verdict: ALLOW, or anything that a reviewer may overrule, with the case in which that happened.
        case: id of that case; empty without one.
    """

    request: R
    verdict: Verdict
    case: str = ""
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise TypeError("only a Screener clears requests")
        if self.verdict.digest != self.request.digest:
            raise ValueError("the verdict is about another request")
        if self.verdict.decision is not Decision.ALLOW and not (self.case and overrulable(self.verdict)):
            raise ValueError("the verdict does not allow this request")

    @property
    def consented(self) -> bool:
        """A verified consent answers for a likeness in it."""
        return any(signal.detail.startswith(CONSENTED) for signal in self.verdict.signals)

    @property
    def shows_people(self) -> bool:
        """A real person may be in it, by consent or by a reviewer's leave: what is made of it vouches for nobody."""
        return self.consented or any(policy.startswith("likeness.") for policy in self.verdict.policies)

    def __init_subclass__(cls, **kwargs: Any) -> NoReturn:
        raise TypeError("Cleared is final")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a clearance is neither stored nor copied; screen again")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not allowed: message keys and places, no score.

    Attributes:
        policy: policy id.
        title_key, rule_key, remedy_key: keys of the catalogue.
        params: values of their placeholders.
        place: where it was seen.
    """

    policy: str
    title_key: str
    rule_key: str
    remedy_key: str
    params: dict[str, object]
    place: Evidence


@dataclass(frozen=True, slots=True)
class Refusal:
    """The request is blocked."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    appeal: str = "policy.appeal.refused"


@dataclass(frozen=True, slots=True)
class Held:
    """A person has to decide."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    appeal: str = "policy.appeal.held"


class Screener:
    """Runs the detectors, judges by policy, remembers signals by content.

    Args:
        detectors: from `safety.detectors.build`.
        policy: from `safety.policy.load`.
        vouch: asked for each media item whether a proof answers its likeness signals.
        remember: how many (item, detector) observations are kept in memory.
    """

    def __init__(self, detectors: Sequence[Detector], policy: Policy, vouch: Voucher | None = None,
                 remember: int = 1024) -> None:  # fmt: skip
        self.detectors, self.policy = tuple(detectors), policy
        self._vouch, self._remember = vouch, remember
        self._known: OrderedDict[tuple[str, ...], tuple[Signal, ...]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """Changes whenever a detector, a model or a rule changes."""
        parts = sorted(f"{d.name}@{d.version}" for d in self.detectors)
        return hashlib.sha256("|".join((*parts, self.policy.version, self.policy.profile)).encode()).hexdigest()[:12]

    def screen_request(self, request: R, claimant: Claimant | None = None) -> Cleared[R] | Refusal | Held:
        """Judge everything that a request brings; without a claimant no consent can answer for a likeness."""
        verdict = self.judge((*request.texts(), *request.media()), request.digest, claimant)
        if verdict.decision is Decision.ALLOW:
            return Cleared(request, verdict, mint=_MINT)
        if verdict.decision is Decision.BLOCK:
            return Refusal(verdict, reasons(verdict))
        return Held(verdict, reasons(verdict))

    def clear_reviewed(self, request: R, verdict: Verdict, case: str) -> Cleared[R]:
        """The cleared request after a reviewer approved exactly it in `case`.

        Raises:
            ValueError: no case, a verdict of the highest severity, or a verdict about another request.
        """
        return Cleared(request, verdict, case, mint=_MINT)

    def screen_output(self, digest: str, items: Sequence[Item]) -> Verdict:
        """Judge what an engine made. `digest` is that of the draft; its files are hashed here, as they stand."""
        return self.judge([_rehashed(item) for item in items], digest)

    def judge(self, items: Sequence[Item], digest: str = "", claimant: Claimant | None = None) -> Verdict:
        """The verdict over items. Without a `digest`, one is computed over the items."""
        took_s: dict[str, float] = {}
        signals = [signal for item in items for signal in self._look(item, claimant, took_s)]
        signals += vouching.unanswered(self._look_together(items, took_s), signals)
        if not items:
            signals.append(_not_looked_at("screen.empty", Evidence("request"), "empty"))
        findings = self.policy.judge(signals)
        verdict = combine(
            findings, digest=digest or _digest(items), policy_version=self.policy.version, profile=self.policy.profile
        )
        return replace(verdict, took_s=took_s)

    def glance(self, items: Sequence[Item]) -> Verdict:
        """As `judge`, without detectors that take seconds (`deliberate`): advice while somebody types, no clearance."""
        swift = [detector for detector in self.detectors if not getattr(detector, "deliberate", False)]
        return Screener(swift, self.policy).judge(items)

    def _look(self, item: Item, claimant: Claimant | None, took_s: dict[str, float]) -> list[Signal]:
        place = Evidence(item.where)
        if isinstance(item, MediaItem) and not _is_what_it_says(item):
            return [_failed("screen.digest", "none", place, "digest")]
        mine = [detector for detector in self.detectors if _kind(item) in detector.kinds]
        if not mine:
            return [_not_looked_at("screen.unseen", place, f"kind:{_kind(item)}")]
        signals = [signal for detector in mine for signal in self._observed(detector, item, took_s)]
        return self._answered(item, signals, claimant)

    def _observed(self, detector: Detector, item: Item, took_s: dict[str, float]) -> tuple[Signal, ...]:
        key = (detector.name, detector.version, _kind(item), item.where, _content(item))
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        signals = _guarded(detector, Evidence(item.where), lambda: detector.observe(item), took_s)
        if all(signal.state is SignalState.OK for signal in signals):
            with self._lock:
                self._known[key] = signals
                while len(self._known) > self._remember:
                    self._known.popitem(last=False)
        return signals

    def _look_together(self, items: Sequence[Item], took_s: dict[str, float]) -> list[Signal]:
        out: list[Signal] = []
        for detector in self.detectors:
            mine = [item for item in items if _kind(item) in detector.kinds]
            if isinstance(detector, Joint) and len(mine) > 1:
                look = detector.observe_together
                found = _guarded(detector, Evidence("request"), lambda: look(mine) or _NOTHING, took_s)  # noqa: B023
                out += [signal for signal in found if signal is not _NOTHING[0]]
        return out

    def _answered(self, item: Item, signals: list[Signal], claimant: Claimant | None) -> list[Signal]:
        if self._vouch is None or not isinstance(item, MediaItem) or not vouching.needed(signals):
            return signals
        vouch = self._vouch(item, claimant)
        return signals if vouch is None else vouching.answered(signals, vouch, item.where)


_NOTHING = (Signal("screen.together", "1", 0.0, 1.0),)


def reasons(verdict: Verdict) -> tuple[Reason, ...]:
    """Everything that was not allowed, worst first, each rule and place once."""
    out: dict[tuple[str, str], Reason] = {}
    for finding in verdict.findings:
        if finding.decision is Decision.ALLOW:
            continue
        key = finding.text_key or f"policy.{finding.policy}"
        for place in finding.signal.evidence or (Evidence("request"),):
            reason = Reason(
                finding.policy, f"{key}.title", f"{key}.rule", f"{key}.remedy", {"where": place.where}, place
            )
            out.setdefault((finding.policy, place.where), reason)
    return tuple(out.values())


def _guarded(
    detector: Detector, place: Evidence, look: Callable[[], Iterable[Signal]], took_s: dict[str, float]
) -> tuple[Signal, ...]:
    """What a detector reports; a fault, an empty or a malformed report becomes a signal that is never allowed."""
    name, version, begun = detector.name, detector.version, time.perf_counter()
    try:
        signals = tuple(look())
    except Exception as error:  # noqa: BLE001 - whatever breaks inside a detector holds the item
        return (_failed(f"{name}.failed", version, place, f"error:{type(error).__name__}"),)
    finally:
        took_s[name] = took_s.get(name, 0.0) + time.perf_counter() - begun
    if not signals or not all(isinstance(signal, Signal) for signal in signals):
        return (_failed(f"{name}.failed", version, place, "empty"),)
    return tuple(s if s.evidence or s.state is SignalState.OK else replace(s, evidence=(place,)) for s in signals)


def _failed(name: str, version: str, place: Evidence, detail: str) -> Signal:
    return Signal(name, version, 0.0, 1.0, SignalState.ERROR, (place,), detail)


def _not_looked_at(name: str, place: Evidence, detail: str) -> Signal:
    return Signal(name, "1", 0.0, 1.0, SignalState.UNSUPPORTED, (place,), detail)


def _kind(item: Item) -> str:
    return item.kind if isinstance(item, MediaItem) else "text"


def _content(item: Item) -> str:
    if isinstance(item, MediaItem):
        return item.sha256
    return hashlib.sha256(item.text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_what_it_says(item: MediaItem) -> bool:
    try:
        return sha256_of(Path(item.path)) == item.sha256
    except OSError:
        return False


def _rehashed(item: Item) -> Item:
    if isinstance(item, TextItem):
        return item
    try:
        return replace(item, sha256=sha256_of(Path(item.path)))
    except OSError:
        return item


def _digest(items: Sequence[Item]) -> str:
    whole = hashlib.sha256()
    for item in items:
        whole.update(f"{_kind(item)}|{item.where}|{_content(item)}\n".encode())
    return whole.hexdigest()
