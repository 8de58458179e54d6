"""Reading C2PA: what a file's own record says, link by link, and whether it still holds.

The validator's answer has three words; ours has six, because "Invalid" is said of a changed picture and of a
certificate that ran out yesterday alike, and because damaged records are exceptions there, not answers.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from media.source import Source
from watermark.plain import listed, mapped, plain
from watermark.trust import Role, TrustStore

_UNTRUSTED: Final = "signingCredential.untrusted"
_EXPIRED: Final = "signingCredential.expired"
_TOLERATED: Final = ("cawg.", "timeStamp.", "signingCredential.ocsp")
_CONTENT: Final = ("assertion.dataHash.", "assertion.bmffHash.", "assertion.boxesHash.", "assertion.collectionHash.")
_CREDENTIAL: Final = ("signingCredential.invalid", "algorithm.unsupported", "algorithm.deprecated")
_MAX_DEPTH = 8


class ChainState(StrEnum):
    """How the record of the file itself stands."""

    TRUSTED = "trusted"
    VALID = "valid"
    ALTERED = "altered"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Link:
    """One ingredient, with its own history.

    Attributes:
        title, relationship, source_type, generator: texts of strangers, made plain.
        failures: validation codes against this ingredient; not empty means that something there does not hold.
        links: the ingredients of this ingredient.
    """

    title: str
    relationship: str
    generator: str = ""
    issuer: str = ""
    actions: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title, "relationship": self.relationship, "generator": self.generator, "issuer": self.issuer,
            "actions": list(self.actions), "failures": list(self.failures),
            "ingredients": [link.as_dict() for link in self.links],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chain:
    """What the C2PA record of a file says.

    Attributes:
        state: see `ChainState`.
        problem: why it is not whole: ``content``, ``record``, ``credential``, ``expired``, ``format``, ``remote``,
            or "".
        label: active manifest; empty when damaged or elsewhere.
        role: whose signature it is; meaningful when `state` is TRUSTED.
        codes: failure and informational codes of the active manifest.
        issuer, signer, serial: organisation, common name and serial number (hex) of the leaf; claims of the file
            unless `state` is TRUSTED.
        stamped_at: RFC 3161 time, ISO 8601; empty without a time-stamp.
        assertions: label -> data of the active manifest.
    """

    state: ChainState
    problem: str = ""
    label: str = ""
    role: Role = "unknown"
    codes: tuple[str, ...] = ()
    issuer: str = ""
    signer: str = ""
    serial: str = ""
    stamped_at: str = ""
    generator: str = ""
    source_type: str = ""
    actions: tuple[dict[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    assertions: dict[str, Any] = field(default_factory=dict)
    validation_state: str = ""

    @property
    def intact(self) -> bool:
        return self.state in (ChainState.TRUSTED, ChainState.VALID)

    def as_dict(self) -> dict[str, Any]:
        """The part of the report that is public: no raw assertions of strangers."""
        return {
            "state": self.state.value, "problem": self.problem, "validation_state": self.validation_state,
            "codes": list(self.codes), "manifest_label": self.label, "signer": self.role, "issuer": self.issuer,
            "signer_name": self.signer, "time_stamp": self.stamped_at, "generator": self.generator,
            "digital_source_type": self.source_type, "actions": [dict(a) for a in self.actions],
            "ingredients": [link.as_dict() for link in self.links],
        }  # fmt: skip


def read_chain(path: Source, mime: str, trust: TrustStore, manifest: bytes | None = None) -> Chain | None:
    """The record of a file, or None when it carries none. Never raises for what a file holds.

    Args:
        mime: media type by content, never by name.
        manifest: judge the file against this manifest store instead of its own (a recovered record).
    """
    import c2pa

    try:
        with path.open("rb") as file, c2pa.Reader(mime, file, manifest, context=trust.context) as reader:
            return _judge(json.loads(reader.json()), json.loads(reader.crjson()), trust)
    except c2pa.C2paError as error:
        return _fault(error)
    except (OSError, ValueError, RecursionError, MemoryError, RuntimeError):
        return Chain(ChainState.DAMAGED, "format")


def read_manifest(manifest: bytes, trust: TrustStore) -> Chain | None:
    """The record inside a stored manifest, without its file: hashes of the content cannot hold, the rest is told."""
    import c2pa

    try:
        with c2pa.Reader("application/c2pa", io.BytesIO(manifest), context=trust.context) as reader:
            return _judge(json.loads(reader.json()), json.loads(reader.crjson()), trust)
    except c2pa.C2paError as error:
        return _fault(error)
    except (OSError, ValueError, RecursionError, MemoryError, RuntimeError):
        return Chain(ChainState.DAMAGED, "format")


def _fault(error: Exception) -> Chain | None:
    kind = type(error).__name__.lstrip("_")
    if kind in ("C2paManifestNotFound", "C2paNotSupported"):
        return None
    if kind == "C2paRemoteManifest" or str(error).startswith("Remote"):
        return Chain(ChainState.REMOTE, "remote")
    return Chain(ChainState.DAMAGED, "format")


def _judge(store: dict[str, Any], detail: dict[str, Any], trust: TrustStore) -> Chain:
    manifests = mapped(store.get("manifests"))
    label = plain(store.get("active_manifest"))
    active = mapped(manifests.get(str(store.get("active_manifest", ""))))
    results = mapped(store.get("validation_results"))
    validation = str(store.get("validation_state", ""))
    judged = mapped(results.get("activeManifest"))
    failures, notes = _codes(judged.get("failure")), _codes(judged.get("informational"))
    state, problem = _state(validation, failures)
    signature = mapped(active.get("signature_info"))
    serial = _serial(detail, label)
    role = trust.role_of(str(results.get("trustListUri", "")), serial) if state is ChainState.TRUSTED else "unknown"
    if state is ChainState.TRUSTED and role == "unknown":  # anchored by a time-stamp authority's root only
        state = ChainState.VALID
    actions = _actions(active)
    return Chain(
        state=state, problem=problem, label=label, role=role, codes=tuple(dict.fromkeys(failures + notes)),
        issuer=plain(signature.get("issuer")), signer=plain(signature.get("common_name")), serial=serial,
        stamped_at=plain(signature.get("time")), generator=_generator(active), source_type=_source_type(actions),
        actions=actions, links=_links(active, manifests, results, 0), validation_state=validation,
        assertions={plain(a.get("label")): a.get("data") for a in map(mapped, listed(active.get("assertions")))},
    )  # fmt: skip


def _state(validation: str, failures: tuple[str, ...]) -> tuple[ChainState, str]:
    if validation == "Trusted":
        return ChainState.TRUSTED, ""
    serious = [c for c in failures if c != _UNTRUSTED and not c.startswith(_TOLERATED)]
    if validation == "Valid" and not serious:
        return ChainState.VALID, ""
    if any(c.startswith(_CONTENT) for c in serious):
        return ChainState.ALTERED, "content"
    if serious and all(c == _EXPIRED for c in serious):
        return ChainState.EXPIRED, "expired"
    if serious and all(c == _EXPIRED or c.startswith(_CREDENTIAL) for c in serious):
        return ChainState.ALTERED, "credential"
    return ChainState.ALTERED, "record"


def _codes(entries: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(mapped(entry).get("code")) for entry in listed(entries)))


def _serial(detail: dict[str, Any], label: str) -> str:
    for manifest in map(mapped, listed(detail.get("manifests"))):
        if manifest.get("label") == label:
            info = mapped(mapped(manifest.get("signature")).get("certificateInfo"))
            return plain(info.get("serialNumber")).lower().lstrip("0")
    return ""


def _generator(manifest: dict[str, Any]) -> str:
    info = [mapped(entry) for entry in listed(manifest.get("claim_generator_info"))]
    if info:
        return " ".join(part for part in (plain(info[0].get("name")), plain(info[0].get("version"))) if part)
    return plain(manifest.get("claim_generator"))


def _actions(manifest: dict[str, Any]) -> tuple[dict[str, str], ...]:
    found: list[dict[str, str]] = []
    for assertion in map(mapped, listed(manifest.get("assertions"))):
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        for action in map(mapped, listed(mapped(assertion.get("data")).get("actions"))):
            agent = action.get("softwareAgent")
            name = plain(agent) or " ".join(
                part for part in (plain(mapped(agent).get("name")), plain(mapped(agent).get("version"))) if part
            )
            row = {
                "action": plain(action.get("action")), "when": plain(action.get("when")), "software_agent": name,
                "digital_source_type": plain(action.get("digitalSourceType")),
            }  # fmt: skip
            found.append({key: value for key, value in row.items() if value})
    return tuple(found)


def _source_type(actions: tuple[dict[str, str], ...]) -> str:
    return next((a["digital_source_type"] for a in actions if "digital_source_type" in a), "")


def _links(
    manifest: dict[str, Any], manifests: dict[str, Any], results: dict[str, Any], depth: int
) -> tuple[Link, ...]:
    if depth >= _MAX_DEPTH:
        return ()
    deltas = [mapped(d) for d in listed(results.get("ingredientDeltas"))]
    return tuple(_link(mapped(i), manifests, deltas, results, depth) for i in listed(manifest.get("ingredients")))


def _link(
    ingredient: dict[str, Any],
    manifests: dict[str, Any],
    deltas: list[dict[str, Any]],
    results: dict[str, Any],
    depth: int,
) -> Link:
    own = mapped(manifests.get(str(ingredient.get("active_manifest", ""))))
    recorded = mapped(mapped(ingredient.get("validation_results")).get("activeManifest"))
    failures = _codes(recorded.get("failure")) + _codes(ingredient.get("validation_status"))
    label = str(ingredient.get("label", ""))
    for delta in deltas:
        if label and label in str(delta.get("ingredientAssertionURI", "")):
            failures += _codes(mapped(delta.get("validationDeltas")).get("failure"))
    return Link(
        title=plain(ingredient.get("title")), relationship=plain(ingredient.get("relationship")),
        generator=_generator(own), issuer=plain(mapped(own.get("signature_info")).get("issuer")),
        actions=tuple(a.get("action", "") for a in _actions(own)),
        failures=tuple(c for c in dict.fromkeys(failures) if c != _UNTRUSTED),
        links=_links(own, manifests, results, depth + 1),
    )  # fmt: skip
