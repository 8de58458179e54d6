"""What the stamp is told of a draft: who made it, of what, and nothing of what the visitor wrote."""

from __future__ import annotations

from media.sniff import sniff
from pipeline.quarantine import Draft, Workspace
from pipeline.request import PARENTS, GenerationRequest, Reference
from records.ledger import SqlLedger
from watermark.ingredients import Ingredient
from watermark.stamp import StampOrder


def order_of(request: GenerationRequest, draft: Draft, workspace: Workspace, ledger: SqlLedger) -> StampOrder:
    """The order for one draft.

    Args:
        workspace: where the draft lies, and beside it the file of a remote service, if one made it.
        ledger: whose words are taken.
    """
    if draft.previsualisation:
        source = "compositeSynthetic" if request.references else "algorithmicMedia"
    else:
        source = "trainedAlgorithmicMedia"
    return StampOrder(
        engine=draft.engine, engine_version=draft.engine_version, source_type=source,
        is_previsualisation=draft.previsualisation, locale=request.locale,
        ingredients=_ingredients(request, _made_from(draft, workspace)),
        is_taken=lambda payload: ledger.by_payload(payload) is not None,
    )  # fmt: skip


def _ingredients(request: GenerationRequest, made_from: tuple[Ingredient, ...]) -> tuple[Ingredient, ...]:
    """What went in. A released clip that is extended or changed is the parent, unless a service's own file is."""
    return (*made_from, *(_reference(r, parent=not made_from and r.role in PARENTS) for r in request.references))


def _reference(reference: Reference, *, parent: bool) -> Ingredient:
    return Ingredient(reference.path, reference.info.container.mime, "parentOf" if parent else "inputTo")


def _made_from(draft: Draft, workspace: Workspace) -> tuple[Ingredient, ...]:
    """The file of a remote service that came with a record of its own: its history is kept."""
    name = draft.facts.get("ingredient")
    if name is None:
        return ()
    path = workspace.folder / name
    return (Ingredient(path, sniff(path).mime, "parentOf"),)
