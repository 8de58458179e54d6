"""Which proof answers for the likeness in a reference: a verified consent of its account, or our own release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from errors import UsageError
from records import releases
from records.session import Database
from safety.signals import MediaItem
from safety.vouching import Claimant, Vouch
from watermark.inspect import StampReport

PEOPLE = "people"  # fact of a release: a real person may be in it


@dataclass(frozen=True, slots=True)
class Vouchers:
    """A `safety.vouching.Voucher`.

    Attributes:
        inspect: what a file (path) carries.
        consented: id of the consent in force for (account, purpose, SHA-256 of the reference), or "".
    """

    database: Database
    inspect: Callable[[str], StampReport]
    consented: Callable[[str, str, str], str]

    def __call__(self, item: MediaItem, claimant: Claimant | None) -> Vouch | None:
        if claimant is not None:
            consent = self.consented(claimant.account, claimant.purpose, item.sha256)
            if consent:
                return Vouch(f"consent:{consent}")
        return Vouch("own_output") if self._shows_nobody(item) else None

    def _shows_nobody(self, item: MediaItem) -> bool:
        """Our own public release, untouched, with the content that the ledger remembers, made of no real person.

        What was made under a consent or by a reviewer's leave may show a person; it is judged like any photo.
        """
        report = self.inspect(item.path)
        if report.finding != "ours_intact" or report.entry is None or report.content_agrees is not True:
            return False
        try:
            with self.database.read() as session:
                row = releases.get(session, report.entry.release_id, releases.PUBLIC)
                return not row.facts.get(PEOPLE)
        except UsageError:
            return False
