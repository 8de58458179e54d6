"""The C2PA manifest of an output (C2PA 2.4), and the signature that closes the file.

Nothing about a person goes in: no prompt, no user, no file name. California's five facts stand in every manifest:
provider, system and version, time, identifier, and whether the system made or altered the content.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from errors import StampFailed
from watermark.config import NAME, VERSION, SigningConfig, StampConfig
from watermark.ingredients import Ingredient, Input, Taker, Takes, inputs_of
from watermark.neural import Binding
from watermark.signing import SignerSource
from watermark.trust import TrustStore

SPEC_VERSION: Final = "2.4"
ISCC: Final = "io.iscc.v0"
_NEWSCODES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES: Final = {
    name: _NEWSCODES + name
    for name in (
        "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "compositeSynthetic",
        "algorithmicallyEnhanced", "composite",
    )
}  # fmt: skip
_WITHOUT_MODEL: Final = frozenset({"algorithmicMedia", "compositeSynthetic", "composite"})
_USES: Final = ("ai_generative_training", "ai_training", "ai_inference", "data_mining")


@dataclass(frozen=True, slots=True)
class SoftBlock:
    """A part of the content and its fingerprint under a listed algorithm; no times for a still."""

    value: str
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything that one manifest says.

    Attributes:
        manifest_id: the identifier of the output; the manifest label is ``urn:c2pa:<manifest_id>``.
        source_type: key of `SOURCE_TYPES`.
        system, system_version: the engine.
        created_at: aware, UTC.
        mime: media type of the file that is signed.
        payload_hex: what the invisible mark carries.
        marked: tracks with the invisible mark: ``video``, ``audio``, ``image``.
        soft_blocks: ISCC codes; may be empty.
        bindings: neural marks that read back from the output; may be empty.
        poster: JPEG bytes made from the stamped output; None for none.
        facts: further facts about the making, e.g. ``{"previsualisation": True}``.
    """

    manifest_id: str
    source_type: str
    system: str
    system_version: str
    created_at: dt.datetime
    mime: str
    payload_hex: str
    marked: tuple[str, ...]
    soft_blocks: tuple[SoftBlock, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    poster: bytes | None = None
    facts: tuple[tuple[str, str | bool], ...] = ()
    bindings: tuple[Binding, ...] = ()

    def __post_init__(self) -> None:
        if self.source_type not in SOURCE_TYPES:
            raise ValueError(f"source type is one of {sorted(SOURCE_TYPES)}")
        if sum(i.relationship == "parentOf" for i in self.ingredients) > 1:
            raise ValueError("a file has at most one parent")

    @property
    def label(self) -> str:
        return f"urn:c2pa:{self.manifest_id}"

    @property
    def altered(self) -> bool:
        """The output is an edit of a parent, not a creation."""
        return any(i.relationship == "parentOf" for i in self.ingredients)


def definition(claim: Claim, config: StampConfig, inputs: Sequence[Input] = ()) -> dict[str, Any]:
    """The manifest definition for the SDK."""
    assertions = [
        _assertion("c2pa.actions.v2", {"actions": _actions(claim, inputs), "allActionsIncluded": True}),
        _assertion(f"{config.namespace}.disclosure", _disclosure(claim, config, inputs)),
        _assertion(f"{config.namespace}.watermark", _watermark(claim, config)),
        _assertion("c2pa.ai-disclosure", _ai_disclosure(claim)),
        _assertion("c2pa.training-mining", _not_allowed("c2pa.")),
        _assertion("cawg.training-mining", _not_allowed("cawg.")),
    ]
    if claim.soft_blocks:
        blocks = [{"scope": _scope(b), "value": b.value} for b in claim.soft_blocks]
        assertions.append(_assertion("c2pa.soft-binding", {"alg": ISCC, "blocks": blocks, "pad": ""}))
    for each in claim.bindings:
        blocks = [{"scope": {}, "value": each.value}]
        assertions.append(_assertion("c2pa.soft-binding", {"alg": each.alg, "blocks": blocks, "pad": ""}))
    manifest: dict[str, Any] = {
        "label": claim.label,
        "title": f"{claim.mime.split('/')[0]} {claim.manifest_id}",
        "claim_generator_info": [{"name": NAME, "version": VERSION, "specVersion": SPEC_VERSION}],
        "assertions": assertions,
    }
    if claim.poster is not None:
        manifest["thumbnail"] = {"format": "image/jpeg", "identifier": "poster.jpg"}
    return manifest


def sign(
    claim: Claim,
    source: Path,
    target: Path,
    config: StampConfig,
    signer: SignerSource,
    trust: TrustStore,
    takes: Takes | None = None,
) -> bytes:
    """Write `target`: `source` with the signed manifest inside. `source` and `target` differ.

    Args:
        takes: who opens the ingredients; by default this process does.

    Returns:
        The manifest store, for the ledger.

    Raises:
        StampFailed: ``error.stamp.awaiting_timestamp`` when every time-stamp authority failed (the job waits),
            ``error.stamp.sign`` otherwise. `target` is then absent.
    """
    if source == target:
        raise StampFailed("error.stamp.sign", reason="same file")
    inputs = inputs_of(claim.ingredients, takes or Taker(trust))
    text = json.dumps(definition(claim, config, inputs))

    def once(tsa_url: str | None) -> bytes:
        return _sign_once(text, claim, inputs, source, target, signer, trust, tsa_url)

    try:
        return _dated(once, signer.config) if signer.config.tsa_urls else once(None)
    except BaseException:
        target.unlink(missing_ok=True)  # the SDK leaves an empty file behind
        raise


def _dated(once: Callable[[str], bytes], signing: SigningConfig) -> bytes:
    """Try each authority in turn, `tsa_tries` times over."""
    for round_number in range(signing.tsa_tries):
        for url in signing.tsa_urls:
            try:
                return once(url)
            except StampFailed:
                continue
        if round_number + 1 < signing.tsa_tries:
            time.sleep(min(2.0, 0.2 * 2**round_number))
    raise StampFailed("error.stamp.awaiting_timestamp", authorities=len(signing.tsa_urls))


def _sign_once(
    text: str,
    claim: Claim,
    inputs: Sequence[Input],
    source: Path,
    target: Path,
    signer: SignerSource,
    trust: TrustStore,
    tsa_url: str | None,
) -> bytes:
    import c2pa

    try:
        with c2pa.Builder(text, context=trust.context) as builder, signer.open(tsa_url) as key:
            if claim.poster is not None:
                builder.add_resource("poster.jpg", io.BytesIO(claim.poster))
            for each in inputs:
                builder.add_ingredient_from_archive(io.BytesIO(each.taken.archive))
            with source.open("rb") as read, target.open("w+b") as write:
                return bytes(builder.sign(key, claim.mime, read, write))
    except (c2pa.C2paError, OSError, ValueError, TypeError) as error:
        target.unlink(missing_ok=True)
        raise StampFailed("error.stamp.sign", reason=type(error).__name__) from error


def _actions(claim: Claim, inputs: Sequence[Input]) -> list[dict[str, Any]]:
    when = _utc(claim.created_at)
    made: dict[str, Any] = {
        "softwareAgent": {"name": claim.system, "version": claim.system_version},
        "digitalSourceType": SOURCE_TYPES[claim.source_type],
        "when": when,
    }
    parents = [each.label for each in inputs if each.parent]
    others = [each.label for each in inputs if not each.parent]
    parameters = {"parameters": {"ingredientIds": others}} if others else {}
    if parents:
        opened = {"action": "c2pa.opened", "when": when, "parameters": {"ingredientIds": parents}}
        first = [opened, {"action": "c2pa.edited", **made, **parameters}]
    else:
        first = [{"action": "c2pa.created", **made, **parameters}]
    bound = [{"action": "c2pa.watermarked.bound", "when": when}] if claim.bindings else []
    return [*first, {"action": "c2pa.watermarked.unbound", "when": when}, *bound]


def _disclosure(claim: Claim, config: StampConfig, inputs: Sequence[Input]) -> dict[str, Any]:
    return {
        "provider": config.provider,
        "system": claim.system,
        "systemVersion": claim.system_version,
        "time": _utc(claim.created_at),
        "identifier": claim.manifest_id,
        "origin": "altered" if claim.altered else "created",
        "verify": config.verify_url,
        "inputsWithBrokenRecord": [each.label for each in inputs if each.taken.broken],
        "inputLabels": [{"input": each.label, "AIGC": label} for each in inputs for label in each.taken.labels],
        **dict(claim.facts),
    }


def _watermark(claim: Claim, config: StampConfig) -> dict[str, Any]:
    return {
        "alg": f"{config.namespace}.mark.1",
        "payload": claim.payload_hex,
        "tracks": list(claim.marked),
        "verify": config.verify_url,
    }


def _ai_disclosure(claim: Claim) -> dict[str, Any]:
    kind = "c2pa.types.generator" if claim.source_type in _WITHOUT_MODEL else "c2pa.types.model"
    return {
        "modelType": kind,
        "modelName": claim.system,
        "modelIdentifier": f"{claim.system}@{claim.system_version}",
        "contentProfile": {"humanOversightLevel": "prompt_guided"},
    }


def _not_allowed(prefix: str) -> dict[str, Any]:
    return {"entries": {prefix + use: {"use": "notAllowed"} for use in _USES}}


def _scope(block: SoftBlock) -> dict[str, Any]:
    if block.start_ms is None:
        return {}
    return {"timespan": {"start": block.start_ms, "end": block.end_ms}}


def _assertion(label: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"label": label, "data": data, "created": True}


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
