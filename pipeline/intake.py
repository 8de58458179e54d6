"""From a visitor's form to a validated request whose references stand in quarantine, and to and from its record."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol, cast, get_args

from errors import UsageError
from media.caged import probe
from media.digest import sha256_of
from media.probe import LIMITS, Limits
from pipeline.plan import ShotPlan
from pipeline.quarantine import Workspace
from pipeline.request import NOT_SHOWN, PARENTS, GenerationRequest, Output, Part, Reference, Role
from pipeline.script import plan_from_prompt
from pipeline.views import RequestForm, Upload

MAX_SEED = 2**31


class Adopts(Protocol):
    """Takes an upload in and says where it now stands; a `Workspace` copies it."""

    def adopt(self, upload: Path | str, name: str) -> Path: ...


def admit(form: RequestForm, workspace: Adopts, limits: Limits = LIMITS) -> GenerationRequest:
    """The request that a form asks for; its uploads are copied into the workspace under neutral names.

    Raises:
        InputError, UsageError: the form or one of its files is not acceptable; the key says why.
    """
    counts: dict[str, int] = {}
    references = [_adopt(upload, workspace, counts, limits) for upload in form.uploads]
    shots = ShotPlan.from_dict(form.shots) if form.shots else None
    return GenerationRequest(
        prompt=clean(form.prompt),
        references=tuple(references),
        negative_prompt=clean(form.negative_prompt),
        plan=shots,
        engine=form.engine,
        output=_output(form.output),
        part=cast(Part, form.part),
        container=form.container,
        resolution=form.resolution,
        aspect=form.aspect,
        fps=form.fps,
        duration_s=shots.duration_s if shots else form.duration_s,
        seed=secrets.randbelow(MAX_SEED) if form.seed is None else form.seed,
        sound=form.sound,
        locale=form.locale,
        title=clean(form.title),
        purpose=form.purpose,
    )


def clean(text: str) -> str:
    """The text without control characters and lone surrogates, which no database stores and no one can read.

    Invisible letters and direction marks stay: screening has to see them.
    """
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def _adopt(upload: Upload, workspace: Adopts, counts: dict[str, int], limits: Limits) -> Reference:
    info = probe(upload.path, limits)
    counts[info.kind] = counts.get(info.kind, 0) + 1
    name = f"{info.kind}{counts[info.kind]}"
    path = workspace.adopt(upload.path, f"{name}.{info.container.name}")
    return Reference(name, info.kind, _role(upload.role), path, sha256_of(path), info, clean(upload.label))


def _role(role: str) -> Role:
    if role not in get_args(Role):
        raise UsageError("error.request.role", role=role)
    return cast(Role, role)


def _output(output: str) -> Output:
    if output not in get_args(Output):
        raise UsageError("error.request.output", output=output)
    return cast(Output, output)


def to_record(request: GenerationRequest) -> dict[str, Any]:
    """What the job row keeps of a request: enough to run it again from its workspace."""
    facts: dict[str, Any] = {
        name: getattr(request, name)
        for name in GenerationRequest.__dataclass_fields__
        if name not in ("plan", "references")
    }
    facts["plan"] = request.plan.as_dict() if request.plan else None
    facts["references"] = [
        {"file": r.path.name, "role": r.role, "label": r.label, "sha256": r.sha256} for r in request.references
    ]
    return facts


def form_of(record: Mapping[str, Any], uploads: Sequence[Upload] = ()) -> RequestForm:
    """The form that a job row came from.

    Args:
        uploads: its references again, in order; their roles and names are those of the row. A clip that it went on
            from or changed is not among them.

    Raises:
        UsageError: ``error.request.references_gone`` when it had references that are not given again.
    """
    kept = [r for r in record.get("references", ()) if r["role"] not in PARENTS]
    if len(kept) != len(uploads):
        raise UsageError("error.request.references_gone")
    given = [replace(upload, role=r["role"], label=r["label"]) for upload, r in zip(uploads, kept, strict=True)]
    scalars = {name: record[name] for name in _KEPT if name in record}
    return RequestForm(**scalars, uploads=given, shots=record.get("plan"))


_KEPT = tuple(name for name in RequestForm.__dataclass_fields__ if name not in ("uploads", "shots"))


def shots_of(record: Mapping[str, Any]) -> ShotPlan:
    """The shots of a job row: its own plan, or the one that its prompt becomes."""
    if record.get("plan"):
        return ShotPlan.from_dict(record["plan"])
    shown = [Path(r["file"]).stem for r in record.get("references", ()) if r["role"] not in NOT_SHOWN]
    named = [(name, name.rstrip("0123456789")) for name in shown]
    return plan_from_prompt(record["prompt"], record["duration_s"], named, record["title"])


def from_record(record: Mapping[str, Any], workspace: Workspace, limits: Limits = LIMITS) -> GenerationRequest:
    """The request of a job row; references are probed and hashed again.

    Raises:
        UsageError: ``error.request.references_gone`` when a reference is no longer what it was.
    """
    facts = {
        k: v
        for k, v in record.items()
        if k in GenerationRequest.__dataclass_fields__ and k not in ("plan", "references")
    }
    counts: dict[str, int] = {}
    references = [_restore(kept, workspace, counts, limits) for kept in record.get("references", ())]
    shots = ShotPlan.from_dict(record["plan"]) if record.get("plan") else None
    return GenerationRequest(**facts, plan=shots, references=tuple(references))


def _restore(kept: Mapping[str, str], workspace: Workspace, counts: dict[str, int], limits: Limits) -> Reference:
    path = workspace.folder / "in" / kept["file"]
    if not path.is_file() or sha256_of(path) != kept["sha256"]:
        raise UsageError("error.request.references_gone")
    info = probe(path, limits)
    counts[info.kind] = counts.get(info.kind, 0) + 1
    name = f"{info.kind}{counts[info.kind]}"
    return Reference(name, info.kind, _role(kept["role"]), path, kept["sha256"], info, kept["label"])


def describe(request: GenerationRequest) -> dict[str, Any]:
    """Facts about a request that may stand in the audit log: no text, no name."""
    return {
        "digest": request.digest, "engine": request.engine, "output": request.output, "duration_s": request.duration_s,
        "references": [(r.name, r.kind, r.role, r.sha256) for r in request.references],
        "shots": len(asdict(request.plan)["shots"]) if request.plan else 0,
    }  # fmt: skip
