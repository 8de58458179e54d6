"""Proof at start-up that Verify tells our signature from a stranger's; a validator that silently changed would not.

Two golden files are made on the spot: a picture signed by our signer must be ours, the same picture signed by an
authority that nobody knows must not be trusted, and one changed byte must be seen.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import uuid
from pathlib import Path

import numpy as np

from errors import Unavailable
from media.encode import write_picture
from watermark.chain import Chain, ChainState, read_chain
from watermark.config import SigningConfig, StampConfig
from watermark.credentials import Claim, sign
from watermark.signing import DevelopmentSigner, SignerSource
from watermark.trust import TrustStore

_MIME = "image/png"


def prove(config: StampConfig, signer: SignerSource, trust: TrustStore) -> None:
    """Sign, verify, tamper, verify.

    Raises:
        Unavailable: ``error.trust.selfproof``; the service must not start. A time-stamp is not asked for here.
        StampFailed: our signer cannot sign.
    """
    with tempfile.TemporaryDirectory(prefix="colophon-proof-") as name:
        folder = Path(name)
        plain, golden, foreign = folder / "plain.png", folder / "golden.png", folder / "foreign.png"
        write_picture(plain, np.full((64, 64, 3), 128, np.uint8))
        stranger = DevelopmentSigner(SigningConfig(folder=folder / "stranger"))
        _sign(plain, golden, config, _Undated(signer), trust)
        _sign(plain, foreign, config, stranger, TrustStore(own_pem=stranger.credential.anchor_pem))
        ours = read_chain(golden, _MIME, trust)
        if ours is None or ours.state is not ChainState.TRUSTED or ours.role != "ours":
            raise Unavailable("error.trust.selfproof", part="golden", remedy=_seen(ours))
        theirs = read_chain(foreign, _MIME, trust)
        if theirs is None or theirs.state is not ChainState.VALID:
            raise Unavailable("error.trust.selfproof", part="foreign", remedy=_seen(theirs))
        data = bytearray(golden.read_bytes())
        data[-20] ^= 1  # inside the picture data
        golden.write_bytes(data)
        changed = read_chain(golden, _MIME, trust)
        if changed is not None and changed.intact:
            raise Unavailable("error.trust.selfproof", part="altered", remedy=_seen(changed))


class _Undated:
    """Our signer without its time-stamp authorities: start-up does not depend on a network."""

    def __init__(self, signer: SignerSource) -> None:
        self.credential = signer.credential
        self.config = signer.config.model_copy(update={"tsa_urls": ()})
        self.open = signer.open


def _sign(source: Path, target: Path, config: StampConfig, signer: SignerSource, trust: TrustStore) -> None:
    claim = Claim(
        str(uuid.uuid4()), "algorithmicMedia", "self-proof", "1", dt.datetime.now(dt.UTC), _MIME, "0" * 16, ("image",)
    )
    sign(claim, source, target, config, signer, trust)


def _seen(chain: Chain | None) -> str:
    return "none" if chain is None else f"{chain.state.value}/{chain.role}"
