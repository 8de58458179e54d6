"""Which proof answers for the likeness in a reference: a verified consent, our own release, or an issuer whom the host
trusts for synthetic media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from errors import ColophonError, UsageError
from pipeline.copies import shows_only, sounds_only
from pipeline.issuers import Issuers
from records import releases
from records.session import Database
from records.tables import ReleaseRow
from safety.signals import MediaItem
from safety.vouching import HEARD, SEEN, Claimant, Vouch
from watermark.inspect import StampReport

PEOPLE: Final = "people"  # fact of a release: a real person may be in it


@dataclass(frozen=True, slots=True)
class Vouchers:
    """A `safety.vouching.Voucher`.

    Attributes:
        inspect: what a file (path) carries.
        consented: id of the consent in force for (account, purpose, SHA-256 of the reference), or "".
        released: where the file of a public release stands; without it a mark alone vouches for nothing.
        issuers: whom the host trusts to say that something is synthetic; nobody by default.
    """

    database: Database
    inspect: Callable[[str], StampReport]
    consented: Callable[[str, str, str], str]
    released: Callable[[ReleaseRow], Path] | None = None
    issuers: Issuers | None = None

    def __call__(self, item: MediaItem, claimant: Claimant | None) -> Vouch | None:
        if claimant is not None:
            consent = self.consented(claimant.account, claimant.purpose, item.sha256)
            if consent:
                return Vouch(f"consent:{consent}")
        report = self.inspect(item.path)
        return self._own(item, report) or (self.issuers.vouch(item, report) if self.issuers is not None else None)

    def _own(self, item: MediaItem, report: StampReport) -> Vouch | None:
        """Our own public release with the content that the ledger remembers, made of no real person.

        Untouched, it is proven whole. With nothing left but the mark, what it is in is compared with the released file:
        pictures, of which the sound is then not answered for, or the sound of a reference that has nothing else. What
        was made under a consent or by a reviewer's leave may show a person; it is judged like any photo.
        """
        if report.entry is None or report.content_agrees is not True:
            return None
        if report.finding == "ours_intact":
            return Vouch("own_output") if self._public(report.entry.release_id) is not None else None
        if report.finding != "recovered" or not _marked_as(report, report.entry.payload, item.kind):
            return None
        path = self._public(report.entry.release_id)
        if path is None or not _only(item, path):
            return None
        return Vouch("own_mark", HEARD if item.kind == "audio" else SEEN)

    def _public(self, release_id: str) -> Path | None:
        """The file of a release that is public and shows nobody real; the empty path where files are not looked at."""
        try:
            with self.database.read() as session:
                row = releases.get(session, release_id, releases.PUBLIC)
                if row.facts.get(PEOPLE):
                    return None
                return Path() if self.released is None else self.released(row)
        except UsageError:
            return None


def _marked_as(report: StampReport, payload: str, kind: str) -> bool:
    """The mark in the pictures, not only in their sound, or in a sound without pictures, is that of the release."""
    if report.reading is None:
        return False
    marks = (report.reading.audio,) if kind == "audio" else (report.reading.video, report.reading.image)
    read = [mark.payload for mark in marks if mark is not None and mark.payload is not None and not mark.recalled]
    return any(word.hex == payload for word in read)


def _only(item: MediaItem, released: Path) -> bool:
    same = sounds_only if item.kind == "audio" else shows_only
    try:
        return released.is_file() and same(Path(item.path), released)
    except ColophonError:
        return False
