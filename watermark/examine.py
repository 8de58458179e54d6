"""What a file says by itself: its record, its labels, its marks. No ledger, no judgement beyond the file.

This is the part of Verify that parses strangers' bytes; `watermark.caged` runs it where nothing else can be reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from errors import InputError
from media.probe import MediaInfo, probe
from media.sniff import Container, sniff
from media.source import Source
from watermark import aigc, xmp
from watermark.aigc import AigcRecord
from watermark.chain import Chain, ChainState, read_chain
from watermark.config import InspectConfig
from watermark.containers import Metadata, read_metadata
from watermark.foreign import record_mime
from watermark.invisible import KeyRing
from watermark.neural import NeuralMarks
from watermark.plain import plain
from watermark.reading import Reading, read_content
from watermark.trust import TrustStore

_STATES: Final = {
    ChainState.VALID: "intact_unknown_signer", ChainState.ALTERED: "altered", ChainState.EXPIRED: "expired",
    ChainState.DAMAGED: "damaged", ChainState.REMOTE: "remote",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examined:
    """What was read in one file. The attributes are those of `watermark.inspect.StampReport`.

    Attributes:
        kind: empty when nothing in the file could be read; `unread` then says why.
    """

    kind: str = ""
    state: str = "damaged"
    chain: Chain | None = None
    aigc: AigcRecord | None = None
    aigc_count: int = 0
    iptc: dict[str, str] = field(default_factory=dict)
    reading: Reading | None = None
    unread: str = ""


class Examines(Protocol):
    """Opens a file. Never raises for what it holds."""

    def examine(self, path: Path) -> Examined: ...


class Examiner:
    """Opens files in this process. Safe to share between threads.

    Args:
        config: how far to look.
        keyring: of the invisible mark; all its keys are tried.
        trust: whom we know.
        neural: further readers of marks.
    """

    def __init__(
        self, config: InspectConfig, keyring: KeyRing, trust: TrustStore, neural: NeuralMarks | None = None
    ) -> None:
        self._config, self._keyring, self._trust, self._neural = config, keyring, trust, neural

    def examine(self, path: Source) -> Examined:
        """What the file says. Never raises for what it holds."""
        try:
            return self._examine(path, sniff(path))
        except InputError as error:
            return self._record_only(path, error.key)
        except Exception:  # noqa: BLE001 - a hostile file is damaged, not a crash
            return Examined(unread="error.verify.unreadable")

    def _record_only(self, path: Source, reason: str) -> Examined:
        """A file whose pictures or sound are not read here; its record may still be."""
        mime = record_mime(path) if path.is_file() else None
        chain = read_chain(path, mime, self._trust) if mime is not None else None
        if mime is None or chain is None:
            return Examined(unread=reason)
        return Examined(mime.split("/")[0], _state_of(chain), chain, unread=reason)

    def _examine(self, path: Source, container: Container) -> Examined:
        chain = read_chain(path, container.mime, self._trust)
        metadata = _metadata(path, container)
        texts = aigc.texts(metadata)
        record = next((r for r in map(aigc.parse, texts) if r is not None), None)
        info, reading, unread = self._read(path, brief=_known(chain))
        state = _state_of(chain)
        if state == "none" and unread:
            state = "damaged"
        return Examined(_kind(info, container), state, chain, record, len(texts), _iptc(metadata), reading, unread)

    def _read(self, path: Source, *, brief: bool) -> tuple[MediaInfo | None, Reading | None, str]:
        try:
            info = probe(path)
        except InputError as error:
            return None, None, error.key
        try:
            return info, read_content(path, info, self._keyring, self._config, self._neural, brief=brief), ""
        except InputError as error:
            return info, None, error.key


def _state_of(chain: Chain | None) -> str:
    if chain is None:
        return "none"
    if chain.state is ChainState.TRUSTED:
        return "ours_intact" if chain.role == "ours" else "trusted_other"
    return _STATES[chain.state]


def _known(chain: Chain | None) -> bool:
    """The file's own record is whole and ours: marks only have to confirm it."""
    return chain is not None and chain.state is ChainState.TRUSTED and chain.role == "ours"


def _kind(info: MediaInfo | None, container: Container) -> str:
    return info.kind if info is not None else container.mime.split("/")[0]


def _metadata(path: Source, container: Container) -> Metadata:
    try:
        return read_metadata(path, container.name)
    except (OSError, ValueError, IndexError, RecursionError):
        return Metadata()


def _iptc(metadata: Metadata) -> dict[str, str]:
    found: dict[str, str] = {}
    for packet in metadata.xmp:
        for key, name in (
            ("digital_source_type", "DigitalSourceType"), ("ai_system", "AISystemUsed"),
            ("ai_system_version", "AISystemVersionUsed"),
        ):  # fmt: skip
            values = xmp.values(packet, xmp.IPTC_EXT, name)
            if values and key not in found:
                found[key] = plain(values[0])
    return found
