"""The stamp: the only maker of `Stamped`.

    neural marks, if any -> our invisible mark -> visible or audible label -> encode -> AIGC record -> XMP
    -> C2PA signature, last -> read back

Frames pass through once. Work happens on temporary files beside `out`; `out` appears by one rename after everything
was read back. On any fault nothing is left and `StampFailed` is raised: no layer can be left out.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from errors import ColophonError, IntegrityError, StampFailed
from media.clip import Frame, Picture, Sound, VideoFormat
from media.colour import luma, to_picture
from media.digest import sha256_of
from media.encode import VideoWriter, write_picture, write_sound
from media.sniff import sniff
from watermark import aigc, containers, readback, spoken, xmp
from watermark.aigc import AigcRecord
from watermark.config import StampConfig
from watermark.credentials import SOURCE_TYPES, Claim, sign
from watermark.fingerprint import Fingerprint, FrameSampler, soft_blocks, sound_codes
from watermark.ingredients import Ingredient, Takes
from watermark.invisible import KeyRing, Payload, PixelEmbedder, embed_sound, embed_still, mint
from watermark.label import MIN_SIDE_PX, Label, draw_still
from watermark.neural import Binding, NeuralMarks
from watermark.signing import SignerSource
from watermark.trust import TrustStore

_MINT = object()
_POSTER_PX = 256
_PROOF_EVERY_S, _PROOF_FRAMES = 0.5, 8
"""Finished frames in which the neural marks must read before the manifest names them."""
_STRENGTHS = (1.0, 1.5, 2.2)
"""Of the mark in a video, one after the other until it reads back: a short, even clip may hold too little of it."""
_ENDINGS = {
    "video": {".mp4", ".mov"},
    "image": {".png", ".jpg", ".jpeg", ".webp"},
    "audio": {".wav", ".mp3", ".m4a"},
}


class Host(Protocol):
    """Content to stamp: a draft in quarantine, or a file made elsewhere.

    Attributes:
        digest: SHA-256 (hex) of the content that was judged.
        format: size and rate; None unless it is a video.
    """

    @property
    def digest(self) -> str: ...
    @property
    def kind(self) -> Literal["video", "image", "audio"]: ...
    @property
    def format(self) -> VideoFormat | None: ...
    def frames(self) -> Iterator[Frame]: ...
    def sound(self) -> Sound | None: ...
    def picture(self) -> Picture: ...


@dataclass(frozen=True, slots=True)
class StampOrder:
    """What a stamp says about one output. Has no field for a prompt, a user, a title or a file name.

    Attributes:
        engine, engine_version: what made it.
        source_type: key of `watermark.credentials.SOURCE_TYPES`.
        is_previsualisation: a sketch made without a generative model.
        ingredients: the files that went in.
        locale: language tag of the page; adds a line to the label.
        created_at: aware; now by default.
        is_taken: whether a payload (hex) is in the ledger already; another one is then minted.
        consent_verified: a person checked the consent to a likeness that went in; never whose it is.
    """

    engine: str
    engine_version: str
    source_type: str = "trainedAlgorithmicMedia"
    is_previsualisation: bool = False
    ingredients: tuple[Ingredient, ...] = ()
    locale: str = "en"
    created_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    is_taken: Callable[[str], bool] = lambda payload: False
    consent_verified: bool = False

    @property
    def facts(self) -> tuple[tuple[str, bool], ...]:
        """What the disclosure adds about the making."""
        known = (("previsualisation", self.is_previsualisation), ("consentVerified", self.consent_verified))
        return tuple(fact for fact in known if fact[1])

    def __post_init__(self) -> None:
        if self.source_type not in SOURCE_TYPES:
            raise ValueError(f"source type is one of {sorted(SOURCE_TYPES)}")
        if self.created_at.tzinfo is None:
            raise ValueError("created_at is aware")


@dataclass(frozen=True, slots=True)
class Stamped:
    """A finished file with every layer, read back. Made by `Stamper` only.

    Attributes:
        path: where it lies.
        media_type: by content.
        sha256: hex digest of its bytes.
        manifest_label, manifest: the active manifest and its store, for the ledger.
        payload: 16 hex digits in the invisible mark.
        draft_digest: digest of the content that the verdict judged.
        fingerprint: `Fingerprint.as_dict()`.
    """

    path: Path
    kind: str
    media_type: str
    sha256: str
    manifest_label: str
    manifest: bytes
    payload: str
    draft_digest: str
    fingerprint: dict[str, Any]
    created_at: dt.datetime
    engine: str
    mint: InitVar[object] = None

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise IntegrityError("error.stamp.minted")


@dataclass(frozen=True, slots=True)
class _Job:
    """One stamp under way."""

    host: Host
    order: StampOrder
    identifier: str
    payload: Payload
    record: AigcRecord
    container: str


@dataclass(frozen=True, slots=True)
class _Body:
    """What encoding left behind: codes of what was written, and a poster of the labelled picture."""

    fingerprint: Fingerprint
    marked: tuple[str, ...]
    poster: bytes | None = None
    bindings: tuple[Binding, ...] = ()


class Stamper:
    """Stamps drafts and foreign media alike.

    Args:
        config: names that go into every stamp.
        signer: opened once per file, last.
        keyring: of the invisible mark.
        trust: the same anchors that Verify uses; the finished file is read back with them.
        takes: who opens ingredients; by default this process does.
        neural: further marks with the same word, under ours. The manifest names those that read back.
    """

    def __init__(
        self, config: StampConfig, signer: SignerSource, keyring: KeyRing, trust: TrustStore | None = None,
        takes: Takes | None = None, neural: NeuralMarks | None = None,
    ) -> None:  # fmt: skip
        self._config = config
        self._signer = signer
        self._keyring = keyring
        self._trust = trust or TrustStore(own_pem=signer.credential.anchor_pem)
        self._takes = takes
        self._neural = neural or NeuralMarks()

    def stamp(self, host: Host, order: StampOrder, out: Path) -> Stamped:
        """Write `out` with every layer.

        Args:
            out: its ending chooses the container: mp4, mov; png, jpg, webp; wav, mp3, m4a.

        Raises:
            StampFailed: a layer could not be written or did not read back; ``error.stamp.awaiting_timestamp`` when only
                the time-stamp is missing (try again later). Nothing is left on disk.
        """
        if out.suffix.lower() not in _ENDINGS[host.kind]:
            raise StampFailed("error.stamp.ending", kind=host.kind, ending=out.suffix)
        with _workbench(out) as (body_path, final_path):
            try:
                return self._stamp(host, order, out, body_path, final_path)
            except StampFailed:
                raise
            except Exception as error:
                reason = error.key if isinstance(error, ColophonError) else type(error).__name__
                raise StampFailed("error.stamp.failed", reason=reason) from error

    def _stamp(self, host: Host, order: StampOrder, out: Path, body_path: Path, final_path: Path) -> Stamped:
        job = self._job(host, order)
        body = {"video": self._video, "image": self._image, "audio": self._audio}[host.kind](job, body_path)
        job = self._metadata(job, body_path)
        claim = self._claim(job, body, sniff(body_path).mime)
        manifest = sign(claim, body_path, final_path, self._config, self._signer, self._trust, self._takes)
        self._read_back(job, claim, final_path)
        _flush(final_path)
        digest = sha256_of(final_path)
        os.replace(final_path, out)
        return Stamped(
            out, host.kind, claim.mime, digest, claim.label, manifest, job.payload.hex, host.digest,
            body.fingerprint.as_dict(), order.created_at, order.engine, _MINT,
        )  # fmt: skip

    def _job(self, host: Host, order: StampOrder) -> _Job:
        for _ in range(16):
            identifier = str(uuid.uuid4())
            payload = mint(self._keyring, identifier.encode())
            if not order.is_taken(payload.hex):
                record = AigcRecord.first(self._config.producer, identifier)
                return _Job(host, order, identifier, payload, record, "")
        raise StampFailed("error.stamp.failed", reason="payload taken")

    def _video(self, job: _Job, path: Path) -> _Body:
        size = job.host.format
        if size is None:
            raise StampFailed("error.stamp.failed", reason="no format")
        if size.short_side_px < MIN_SIDE_PX:
            raise StampFailed("error.stamp.small", side_px=MIN_SIDE_PX)
        heard = job.host.sound()
        sound = None if heard is None else self._marked_sound(heard, job)
        for strength in _STRENGTHS:
            body = self._encoded(job, path, size, sound, strength)
            if readback.video_mark_reads(path, job.payload, self._keyring):
                return body
        # Too small, too short or nothing but noise: the manifest does not claim it, and no release door lets it pass.
        return replace(body, marked=tuple(track for track in body.marked if track != "video"))

    def _encoded(self, job: _Job, path: Path, size: VideoFormat, sound: Sound | None, strength: float) -> _Body:
        """One pass over the frames, marked with this strength."""
        embedder = PixelEmbedder(self._keyring, job.payload, size, strength)
        label = Label(job.order.locale, size)
        sampler, poster, step_s = FrameSampler(), b"", float(1 / size.fps)
        proofs: list[Picture] = []
        with VideoWriter(
            path, size, crf=self._config.crf, preset=self._config.preset, sound=sound,
            tags={aigc.KEY: job.record.as_json()},
        ) as writer:  # fmt: skip
            for index, frame in enumerate(job.host.frames()):
                below = self._neural.frame(frame, job.payload)
                marked = label.draw(embedder.embed(below, writer.next_is_key, writer.inter_bits_per_px))
                sampler.add(luma(marked), index * step_s)
                poster = poster or _poster(to_picture(marked))
                if self._wants_proof(len(proofs), index * step_s):
                    proofs.append(to_picture(marked))
                writer.write(marked)
            if not writer.frames_written:
                raise StampFailed("error.stamp.empty")
        if path.suffix == ".mov":
            _as_quicktime(path, job.record)
        codes = () if sound is None else sound_codes(sound)
        tracks = ("video",) if sound is None else ("video", "audio")
        bindings = self._proven(job, proofs, "video") + self._proven_sound(job, sound)
        return _Body(Fingerprint(sampler.codes, codes, sampler.sketches), tracks, poster, bindings)

    def _image(self, job: _Job, path: Path) -> _Body:
        picture = job.host.picture()
        if min(picture.shape[:2]) < MIN_SIDE_PX:
            raise StampFailed("error.stamp.small", side_px=MIN_SIDE_PX)
        labelled = self._marked(picture, job)
        write_picture(path, labelled)
        sampler = FrameSampler()
        sampler.add(np.asarray(cv2.cvtColor(labelled, cv2.COLOR_RGB2GRAY), np.uint8), 0.0)
        bindings = self._proven(job, [labelled], "image")
        return _Body(Fingerprint(sampler.codes, sketches=sampler.sketches), ("image",), bindings=bindings)

    def _marked(self, picture: Picture, job: _Job) -> Picture:
        """With mark and label: a small picture holds few tiles, and the label hides some."""
        finish = partial(draw_still, locale=job.order.locale)
        return embed_still(self._neural.picture(picture, job.payload), job.payload, self._keyring, finish)

    def _audio(self, job: _Job, path: Path) -> _Body:
        sound = job.host.sound()
        if sound is None or not sound.samples.shape[1]:
            raise StampFailed("error.stamp.empty")
        labelled = spoken.prefix_sound(self._marked_sound(sound, job), self._config.audio_label)
        tags = {aigc.KEY: job.record.as_json()} if path.suffix.lower() == ".m4a" else None
        write_sound(path, labelled, tags)
        bindings = self._proven_sound(job, labelled)
        return _Body(Fingerprint(sound=sound_codes(labelled)), ("audio",), bindings=bindings)

    def _marked_sound(self, sound: Sound, job: _Job) -> Sound:
        return embed_sound(self._neural.sound(sound, job.payload), job.payload, self._keyring)

    def _wants_proof(self, had: int, time_s: float) -> bool:
        return bool(self._neural.of("video")) and had < _PROOF_FRAMES and time_s >= had * _PROOF_EVERY_S

    def _proven(self, job: _Job, pictures: list[Picture], track: Literal["video", "image"]) -> tuple[Binding, ...]:
        """Neural marks that read in finished pictures: content may be unable to carry one."""
        return self._neural.bindings(job.payload, self._neural.read_pictures(pictures, self._keyring, track)[1])

    def _proven_sound(self, job: _Job, sound: Sound | None) -> tuple[Binding, ...]:
        if sound is None or not self._neural.of("audio"):
            return ()
        return self._neural.bindings(job.payload, self._neural.read_sound(sound, self._keyring)[1])

    def _metadata(self, job: _Job, path: Path) -> _Job:
        """Write the AIGC record where the encoder did not, and the XMP packet."""
        container = sniff(path).name
        record, order = job.record, job.order
        aigc.write(path, container, record)
        inside = record.as_json() if container in aigc.IN_XMP else None
        packet = xmp.packet(xmp.XmpFacts(SOURCE_TYPES[order.source_type], order.engine, order.engine_version, inside))
        containers.add_xmp(path, container, packet)
        return _Job(job.host, order, job.identifier, job.payload, record, container)

    def _claim(self, job: _Job, body: _Body, mime: str) -> Claim:
        order = job.order
        return Claim(
            manifest_id=job.identifier, source_type=order.source_type, system=order.engine,
            system_version=order.engine_version, created_at=order.created_at, mime=mime,
            payload_hex=job.payload.hex, marked=body.marked,
            soft_blocks=soft_blocks(body.fingerprint.frames, still=job.host.kind == "image"),
            ingredients=order.ingredients, poster=body.poster,
            facts=order.facts, bindings=body.bindings,
        )  # fmt: skip

    def _read_back(self, job: _Job, claim: Claim, path: Path) -> None:
        """Records, manifest and label, from the finished bytes. The door of the releases reads everything once more."""
        readback.require_records(path, job.container, job.record)
        readback.require_manifest(path, claim, self._signer, self._trust)
        readback.require_label(path, job.host.kind)


def _as_quicktime(path: Path, record: AigcRecord) -> None:
    """Rewrap an MP4 as QuickTime, packet by packet, in place."""
    import av

    wrapped = path.with_suffix(".wrap")
    try:
        with (
            av.open(str(path), format="mov") as source,
            av.open(str(wrapped), "w", format="mov", options={"movflags": "faststart+use_metadata_tags"}) as target,
        ):
            target.metadata[aigc.KEY] = record.as_json()
            streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    target.mux(packet)
        os.replace(wrapped, path)
    finally:
        wrapped.unlink(missing_ok=True)


def _poster(picture: Picture) -> bytes:
    """A small JPEG of the labelled picture."""
    scale = _POSTER_PX / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise StampFailed("error.stamp.failed", reason="poster")
    return np.asarray(data).tobytes()


@contextmanager
def _workbench(out: Path) -> Iterator[tuple[Path, Path]]:
    """Two temporary paths beside `out`, on the same file system; both are gone afterwards."""
    token = uuid.uuid4().hex
    paths = tuple(out.with_name(f".{token}.{part}{out.suffix.lower()}") for part in ("body", "signed"))
    try:
        yield paths[0], paths[1]
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
