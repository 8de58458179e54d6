"""Signers, time-stamps and trust: what is ours, what is listed, and what stops the start."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from errors import StampFailed, Unavailable
from media.encode import write_picture
from tests.watermark import tsa
from tests.watermark.conftest import SECRET, MadeHost, order, scene
from watermark import selfproof, signing, trust
from watermark.chain import ChainState, read_chain
from watermark.config import SigningConfig, StampConfig
from watermark.invisible import KeyRing
from watermark.stamp import Stamper
from watermark.tools import assemble, keyring_of
from watermark.trust import TrustStore

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def test_development_authority_is_made_once_and_says_what_it_is(tmp_path: Path) -> None:
    config = SigningConfig(folder=tmp_path)
    first, second = signing.build(config), signing.build(config)
    leaf = first.credential.leaf
    assert first.credential == second.credential
    assert first.credential.development
    assert "no trust list" in leaf.issuer.rfc4514_string()
    usage = leaf.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    assert isinstance(usage, x509.ExtendedKeyUsage)
    assert {u.dotted_string for u in usage} == {"1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.62558.2.1"}
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).critical
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days <= 90
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in ("ca.key", "leaf.key"))


def test_leaf_is_renewed_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "_LEAF_DAYS", 3)
    old = signing.build(SigningConfig(folder=tmp_path)).credential
    monkeypatch.setattr(signing, "_LEAF_DAYS", 90)
    new = signing.build(SigningConfig(folder=tmp_path)).credential
    assert new.serial != old.serial
    assert new.anchor_pem == old.anchor_pem
    assert new.days_left(dt.datetime.now(dt.UTC)) > 80


def test_pem_and_callback_sources_sign_the_same_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = signing.build(SigningConfig(folder=tmp_path / "made")).credential
    chain = tmp_path / "chain.pem"
    chain.write_text(made.chain_pem)
    key = tmp_path / "made" / "leaf.key"
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    asked: list[int] = []

    def hsm(data: bytes) -> bytes:
        asked.append(len(data))
        return loaded.sign(data, ec.ECDSA(hashes.SHA256()))

    monkeypatch.setattr(sys.modules[__name__], "hsm", hsm, raising=False)
    for config in (
        SigningConfig(source="pem", certificates=chain, key=key),
        SigningConfig(source="callback", certificates=chain, callback=f"{__name__}:hsm"),
    ):
        stamper = Stamper(StampConfig(), signing.build(config), KeyRing(SECRET))
        assert stamper.stamp(MadeHost("image"), order(), tmp_path / f"{config.source}.png").manifest
    assert asked


@pytest.mark.parametrize(
    "config",
    [
        SigningConfig(source="nobody"),
        SigningConfig(source="pem"),
        SigningConfig(source="pem", certificates=Path(__file__), key=Path(__file__)),
        SigningConfig(source="callback", certificates=Path("missing.pem")),
    ],
)
def test_missing_parts_are_named(config: SigningConfig) -> None:
    with pytest.raises(Unavailable) as caught:
        signing.build(config)
    assert caught.value.params["part"]
    assert caught.value.params["remedy"]


def test_self_proof_holds_and_notices_a_validator_that_trusts_everybody(tmp_path: Path) -> None:
    signer = signing.build(SigningConfig(folder=tmp_path))
    selfproof.prove(StampConfig(), signer, TrustStore(own_pem=signer.credential.anchor_pem))
    with pytest.raises(Unavailable, match="selfproof"):
        selfproof.prove(StampConfig(), signer, TrustStore())


def test_self_proof_notices_changes_that_go_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = signing.build(SigningConfig(folder=tmp_path))
    store = TrustStore(own_pem=signer.credential.anchor_pem)
    genuine = selfproof.read_chain
    seen = [genuine]

    def blind(path: Path, mime: str, anchors: TrustStore) -> object:
        answer = genuine(path, mime, anchors)
        seen.append(answer)  # type: ignore[arg-type]
        return seen[1] if len(seen) == 4 else answer

    monkeypatch.setattr(selfproof, "read_chain", blind)
    with pytest.raises(Unavailable, match="selfproof"):
        selfproof.prove(StampConfig(), signer, store)


def test_time_stamp_root_does_not_make_signers_trusted(tmp_path: Path) -> None:
    """The SDK trusts a signer whose root was given for time-stamps only; we do not."""
    signer = signing.build(SigningConfig(folder=tmp_path / "keys"))
    plain, signed = tmp_path / "a.png", tmp_path / "b.png"
    write_picture(plain, scene(64, 64))
    from watermark.selfproof import _sign

    _sign(plain, signed, StampConfig(), signer, TrustStore())
    store = TrustStore(tsas={"tsa": signer.credential.anchor_pem})
    chain = read_chain(signed, "image/png", store)
    assert chain is not None
    assert chain.validation_state == "Trusted"
    assert (chain.state, chain.role) == (ChainState.VALID, "unknown")


def test_listed_signer_is_trusted_other(tmp_path: Path) -> None:
    signer = signing.build(SigningConfig(folder=tmp_path / "keys"))
    lists = tmp_path / "trust"
    lists.mkdir()
    (lists / "makers.pem").write_text("# a comment\n" + signer.credential.anchor_pem)
    tools = assemble(StampConfig(), SigningConfig(folder=tmp_path / "own"), KeyRing(SECRET), lists)
    stamper = Stamper(StampConfig(), signer, KeyRing(b"a secret of the other maker....."))
    made = stamper.stamp(MadeHost("image"), order(), tmp_path / "theirs.png")
    report = tools.inspector.inspect(made.path).as_dict()
    assert report["state"] == report["finding"] == "trusted_other"
    assert report["trust_lists"] == ["makers"]


def test_rubbish_in_the_trust_folder_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "list.pem").write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    with pytest.raises(Unavailable, match=r"trust\.list"):
        TrustStore.from_folder(tmp_path)


def test_failed_download_keeps_the_old_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c2pa_trust_list.pem").write_text("old")
    monkeypatch.setattr(trust, "_download", lambda url: b"<html>not a list</html>")
    with pytest.raises(Unavailable):
        trust.update(tmp_path)
    assert (tmp_path / "c2pa_trust_list.pem").read_text() == "old"


def test_update_writes_lists_with_digest_and_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = signing.build(SigningConfig(folder=tmp_path / "keys")).credential.anchor_pem
    monkeypatch.setattr(trust, "_download", lambda url: pem.encode())
    rows = trust.update(tmp_path / "trust")
    assert [row["certificates"] for row in rows] == [1, 1]
    listed = trust.listing(tmp_path / "trust")
    assert {row["sha256"] for row in listed} == {row["sha256"] for row in rows}
    assert all(row["fetched_at"] for row in listed)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("tsa")
    return folder, tsa.make_authority(folder)


@needs_openssl
def test_time_stamp_is_fetched_written_and_read(authority: tuple[Path, str], tmp_path: Path) -> None:
    folder, root = authority
    with tsa.served(folder) as (url, asked):
        signer = signing.build(SigningConfig(folder=tmp_path / "keys", tsa_urls=(url,)))
        store = TrustStore(own_pem=signer.credential.anchor_pem, tsas={"test": root})
        made = Stamper(StampConfig(), signer, KeyRing(SECRET), store).stamp(
            MadeHost("image"), order(), tmp_path / "dated.png"
        )
        assert asked
    chain = read_chain(made.path, "image/png", store)
    assert chain is not None
    assert abs((dt.datetime.fromisoformat(chain.stamped_at) - dt.datetime.now(dt.UTC)).total_seconds()) < 120
    assert "timeStamp.untrusted" not in chain.codes


@needs_openssl
def test_second_authority_answers_for_the_first(authority: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = authority
    with tsa.served(folder, status=500) as (broken, failed), tsa.served(folder) as (url, asked):
        signer = signing.build(SigningConfig(folder=tmp_path / "keys", tsa_urls=(broken, url)))
        Stamper(StampConfig(), signer, KeyRing(SECRET)).stamp(MadeHost("image"), order(), tmp_path / "a.png")
        assert failed
        assert asked


@needs_openssl
def test_no_authority_means_waiting_never_an_undated_file(authority: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = authority
    with tsa.served(folder, status=500) as (broken, failed):
        signer = signing.build(SigningConfig(folder=tmp_path / "keys", tsa_urls=(broken, broken), tsa_tries=2))
        out = tmp_path / "out"
        out.mkdir()
        with pytest.raises(StampFailed, match="awaiting_timestamp"):
            Stamper(StampConfig(), signer, KeyRing(SECRET)).stamp(MadeHost("image"), order(), out / "a.png")
        assert list(out.iterdir()) == []
        assert len(failed) >= 4


def test_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = keyring_of(tmp_path), keyring_of(tmp_path)
    assert first.current == second.current
    assert (tmp_path / "mark.key").stat().st_mode & 0o077 == 0
    assert keyring_of(tmp_path, "a secret of the settings, long enough").current != first.current
    with pytest.raises(Unavailable, match=r"mark\.secret"):
        keyring_of(tmp_path, "short")


def _call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    import os

    environment = {k: v for k, v in os.environ.items() if not k.startswith("COLOPHON_")}
    return subprocess.run(
        [sys.executable, "-m", "watermark", *arguments], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2], env={**environment, "COLOPHON_DATA": str(folder / "data")},
    )  # fmt: skip


def test_command_line_keeps_its_contract(tmp_path: Path) -> None:
    write_picture(tmp_path / "in.png", scene(640, 480))
    done = _call(tmp_path, "stamp", str(tmp_path / "in.png"), str(tmp_path / "out.jpg"), "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    done = _call(tmp_path, "verify", str(tmp_path / "out.jpg"), str(tmp_path / "bad.mp4"), "--json")
    assert done.returncode == 5
    good, bad = (json.loads(line) for line in done.stdout.splitlines())
    assert good["state"] == "ours_intact"
    assert good["watermark"]["image"]["payload"] == row["payload"]
    assert set(good) >= {"file", "kind", "state", "c2pa", "aigc", "watermark", "record", "label", "ms"}
    assert bad["state"] == "damaged"
    assert bad["error"].startswith("error.")
    assert "Traceback" not in done.stderr
    done = _call(tmp_path, "stamp", str(tmp_path / "bad.mp4"), str(tmp_path / "out.mp4"))
    assert done.returncode == 5
    assert not (tmp_path / "out.mp4").exists()
    assert _call(tmp_path, "stamp").returncode == 2
