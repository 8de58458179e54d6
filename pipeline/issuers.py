"""Whom a host trusts to say that something is synthetic: certificates of his own choice, and what a record must say.

A record alone proves nothing: anybody can write "made by a model" over a photograph and sign it. The signature must
lead to a certificate in the host's file, the record must call the whole content the work of a model, made of nothing
that went in, and nothing may have been put into it since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from errors import UsageError
from safety.signals import MediaItem
from safety.vouching import Vouch
from watermark.caged import CagedExaminer
from watermark.chain import Chain, ChainState
from watermark.config import InspectConfig
from watermark.credentials import SOURCE_TYPES
from watermark.inspect import Inspector, StampReport
from watermark.invisible import KeyRing
from watermark.trust import TrustStore

SYNTHETIC: Final = SOURCE_TYPES["trainedAlgorithmicMedia"]
HARMLESS: Final = frozenset({
    "c2pa.created", "c2pa.converted", "c2pa.transcoded", "c2pa.repackaged", "c2pa.resized", "c2pa.resized.proportional",
    "c2pa.cropped", "c2pa.orientation", "c2pa.published", "c2pa.watermarked", "c2pa.watermarked.bound",
    "c2pa.watermarked.unbound",
})  # fmt: skip
"""Actions that put nothing into a picture."""


@dataclass(frozen=True, slots=True)
class Issuers:
    """Asked about references with a foreign record.

    Attributes:
        inspect: what a file (path) carries, read by somebody who knows the host's certificates and no others.
    """

    inspect: Callable[[str], StampReport]

    def vouch(self, item: MediaItem, report: StampReport) -> Vouch | None:
        """The proof in the record of a file whose report (by our own reader) names no release and no mark of ours."""
        foreign = report.finding in ("trusted_other", "intact_unknown_signer")
        if not foreign or report.chain is None or not says_synthetic(report.chain):
            return None
        chain = self.inspect(item.path).chain
        if chain is None or chain.state is not ChainState.TRUSTED or not says_synthetic(chain):
            return None
        return Vouch(f"issuer:{chain.issuer or chain.signer}")


def trusting(folder: Path, namespace: str, keyring: KeyRing) -> Issuers:
    """Issuers by the certificates in a folder; references are read in a cage that knows no others.

    Raises:
        UsageError: there is no certificate; a host who names a folder means somebody.
        Unavailable: a file holds none.
    """
    trust = TrustStore.from_folder(folder)
    if trust.empty:
        raise UsageError("error.settings.invalid", name="synthetic_issuers")
    config = InspectConfig(namespace=namespace)
    return Issuers(Inspector(config, keyring, trust, examiner=CagedExaminer(config, keyring, trust)).inspect)


def says_synthetic(chain: Chain) -> bool:
    """Made by a model, whole, of no ingredient, and only packed or resized since."""
    actions = [action.get("action", "") for action in chain.actions]
    types = {action["digital_source_type"] for action in chain.actions if "digital_source_type" in action}
    created = chain.actions[0].get("digital_source_type") if actions[:1] == ["c2pa.created"] else None
    return created == SYNTHETIC and types == {SYNTHETIC} and HARMLESS.issuperset(actions) and not chain.links
