"""A foreign record answers for a likeness only where the host trusts its issuer, for what a model made whole."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest

from errors import Unavailable, UsageError
from media.digest import sha256_of
from media.encode import write_picture
from pipeline.issuers import SYNTHETIC, Issuers, says_synthetic, trusting
from pipeline.vouchers import Vouchers
from safety.signals import MediaItem
from safety.vouching import LIKENESS, Vouch
from tests.media import makers
from tests.pipeline.conftest import Bench
from watermark import signing
from watermark.chain import Chain, ChainState, Link
from watermark.config import InspectConfig, SigningConfig, StampConfig
from watermark.credentials import Claim, sign
from watermark.ingredients import Ingredient
from watermark.inspect import Inspector
from watermark.invisible import KeyRing
from watermark.signing import DevelopmentSigner
from watermark.trust import TrustStore

RING = KeyRing(b"0" * 32)
LIFE_S = 12  # of a certificate that expires during a test: long enough to be used on a busy machine
CREATED = {"action": "c2pa.created", "digital_source_type": SYNTHETIC}


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> DevelopmentSigner:
    """Somebody else's service, with an authority of its own."""
    return DevelopmentSigner(SigningConfig(folder=tmp_path_factory.mktemp("maker")))


def made(folder: Path, signer: DevelopmentSigner, source_type: str = "trainedAlgorithmicMedia",
         ingredients: tuple[Ingredient, ...] = ()) -> Path:  # fmt: skip
    """A picture with a record by `signer`."""
    bare, out = folder / "bare.png", folder / "made.png"
    write_picture(bare, makers.picture(320, 240, seed=5))
    claim = Claim(
        "11111111-2222-4333-8444-555555555555", source_type, "their model", "1", dt.datetime.now(dt.UTC), "image/png",
        "0" * 16, (), ingredients=ingredients,
    )  # fmt: skip
    sign(claim, bare, out, StampConfig(namespace="org.other"), signer, TrustStore(own_pem=signer.credential.anchor_pem))
    return out


def vouched(bench: Bench, path: Path, *trusted: DevelopmentSigner) -> Vouch | None:
    """What answers for a file where the host trusts some makers."""
    pem = "".join(each.credential.anchor_pem for each in trusted)
    trust = TrustStore(signers={"synthetic": pem} if pem else {})
    issuers = Issuers(Inspector(InspectConfig(), RING, trust).inspect)
    vouchers = Vouchers(bench.database, bench.inspector.inspect, lambda *claim: "", issuers=issuers)
    return vouchers(MediaItem("image1", "image", str(path), sha256_of(path)), None)


def test_a_trusted_issuer_answers_for_what_a_model_made(bench: Bench, maker: DevelopmentSigner, tmp_path: Path) -> None:
    vouch = vouched(bench, made(tmp_path, maker), maker)
    assert vouch == Vouch("issuer:Colophon development", LIKENESS)


def test_nobody_is_trusted_by_default(bench: Bench, maker: DevelopmentSigner, tmp_path: Path) -> None:
    path = made(tmp_path, maker)
    assert vouched(bench, path) is None
    plain = Vouchers(bench.database, bench.inspector.inspect, lambda *claim: "")
    assert plain(MediaItem("image1", "image", str(path), sha256_of(path)), None) is None


def test_another_issuer_of_the_same_name_is_not_trusted(bench: Bench, maker: DevelopmentSigner, tmp_path: Path) -> None:
    stranger = DevelopmentSigner(SigningConfig(folder=tmp_path / "stranger"))
    assert vouched(bench, made(tmp_path, stranger), maker) is None


@pytest.mark.parametrize(
    "source_type", ["compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "algorithmicallyEnhanced", "composite"]
)
def test_another_source_type_is_not_enough(
    bench: Bench, maker: DevelopmentSigner, tmp_path: Path, source_type: str
) -> None:
    assert vouched(bench, made(tmp_path, maker, source_type), maker) is None


@pytest.mark.parametrize("relationship", ["inputTo", "parentOf", "componentOf"])
def test_what_was_made_of_a_photograph_may_show_its_person(
    bench: Bench, maker: DevelopmentSigner, tmp_path: Path, relationship: str
) -> None:
    photograph = tmp_path / "photograph.png"
    write_picture(photograph, makers.picture(200, 150, seed=9))
    path = made(tmp_path, maker, ingredients=(Ingredient(photograph, "image/png", relationship),))
    assert vouched(bench, path, maker) is None


def test_a_changed_picture_is_not_answered_for(bench: Bench, maker: DevelopmentSigner, tmp_path: Path) -> None:
    path = made(tmp_path, maker)
    data = bytearray(path.read_bytes())
    data[data.rfind(b"IDAT") + 500] ^= 0x10
    path.write_bytes(data)
    assert vouched(bench, path, maker) is None


def test_an_expired_certificate_is_not_trusted(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "_LEAF_DAYS", LIFE_S / 86_400)
    monkeypatch.setattr(signing, "_needs_renewal", lambda path: not path.exists())
    brief = DevelopmentSigner(SigningConfig(folder=tmp_path / "brief"))
    path = made(tmp_path, brief)
    assert vouched(bench, path, brief) is not None
    time.sleep(max(0.0, (brief.credential.expires_at - dt.datetime.now(dt.UTC)).total_seconds()) + 1.1)
    assert vouched(bench, path, brief) is None


def test_a_record_that_was_cut_off_answers_for_nothing(bench: Bench, maker: DevelopmentSigner, tmp_path: Path) -> None:
    made(tmp_path, maker)
    assert vouched(bench, tmp_path / "bare.png", maker) is None


@pytest.mark.parametrize("chain", [
    Chain(ChainState.TRUSTED),
    Chain(ChainState.TRUSTED, actions=({"action": "c2pa.created"},)),
    Chain(ChainState.TRUSTED, actions=({"action": "c2pa.opened", "digital_source_type": SYNTHETIC},)),
    Chain(ChainState.TRUSTED, actions=(CREATED, {"action": "c2pa.edited"})),
    Chain(ChainState.TRUSTED, actions=(CREATED, {"action": "c2pa.placed"})),
    Chain(ChainState.TRUSTED, actions=(CREATED, {"action": "c2pa.resized", "digital_source_type": "digitalCapture"})),
    Chain(ChainState.TRUSTED, actions=(CREATED,), links=(Link("a photo", "inputTo"),)),
])  # fmt: skip
def test_a_record_with_gaps_or_edits_does_not_say_wholly_synthetic(chain: Chain) -> None:
    assert not says_synthetic(chain)
    assert says_synthetic(Chain(ChainState.TRUSTED, actions=(CREATED, {"action": "c2pa.transcoded"})))


def test_the_host_names_a_folder_of_certificates(bench: Bench, maker: DevelopmentSigner, tmp_path: Path) -> None:
    folder = tmp_path / "issuers"
    with pytest.raises(UsageError):
        trusting(folder, "example.colophon", RING)
    folder.mkdir()
    (folder / "theirs.pem").write_text("rubbish")
    with pytest.raises(Unavailable):
        trusting(folder, "example.colophon", RING)
    (folder / "theirs.pem").write_text(maker.credential.anchor_pem)
    path = made(tmp_path, maker)
    vouchers = Vouchers(
        bench.database, bench.inspector.inspect, lambda *claim: "", issuers=trusting(folder, "example.colophon", RING)
    )
    vouch = vouchers(MediaItem("image1", "image", str(path), sha256_of(path)), None)
    assert vouch is not None
    assert vouch.reason == "issuer:Colophon development"
