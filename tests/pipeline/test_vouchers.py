"""Who answers for a likeness: a consent for its account and purpose, and only outputs that show nobody real."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from media.clip import Picture, Sound, VideoFormat
from media.colour import to_i420
from media.decode import read_frames, read_sound
from media.digest import sha256_of
from media.encode import VideoWriter, write_picture, write_sound
from pipeline.copies import shows_only, sounds_only
from pipeline.views import JobState, Upload
from pipeline.vouchers import Vouchers
from records import releases
from safety import policy
from safety.screen import Screener
from safety.signals import Evidence, MediaItem, Signal, TextItem
from safety.vouching import HEARD, SEEN, Vouch
from tests.media import makers
from tests.pipeline.conftest import Bench
from watermark.invisible import KeyRing, Payload, embed_still
from watermark.report import StampReport


@dataclass
class SeesFaces:
    """Reports a photographed face in every reference, none in texts and outputs."""

    name: str = "faces"
    version: str = "1"
    kinds: frozenset[str] = frozenset({"text", "image", "video", "audio"})

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        seen = isinstance(item, MediaItem) and item.where != "output"
        return [Signal("face.photographic", "1", 0.95 if seen else 0.0, 0.4, evidence=(Evidence(item.where),))]


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "me.png"
    write_picture(path, makers.picture(320, 240, seed=3))
    return path


def door(bench: Bench, consented: dict[tuple[str, str, str], str]) -> Screener:
    vouchers = Vouchers(bench.database, bench.inspector.inspect, lambda *claim: consented.get(claim, ""))
    return Screener([SeesFaces()], policy.load("strict"), vouch=vouchers)


def used(bench: Bench, screener: Screener, file: Path, purpose: str = "own_use"):
    job = bench.submit(uploads=[Upload(file)], purpose=purpose)
    return bench.run(job.job_id, screener=screener)


def test_a_consent_lets_its_reference_pass_for_its_purpose_and_is_recorded_without_a_name(
    bench: Bench, portrait: Path
) -> None:
    screener = door(bench, {("visitor", "film", sha256_of(portrait)): "k-17"})
    assert used(bench, screener, portrait).state is JobState.REFUSED
    view = used(bench, screener, portrait, "film")
    assert view.state is JobState.RELEASED
    assert view.release is not None
    made = view.release.path.read_bytes()
    assert b"consentVerified" in made
    assert b"k-17" not in made


def test_another_account_gets_nothing_from_it(bench: Bench, portrait: Path) -> None:
    screener = door(bench, {("somebody else", "own_use", sha256_of(portrait)): "k-17"})
    assert used(bench, screener, portrait).state is JobState.REFUSED


def test_what_was_made_under_a_consent_is_no_proof_for_the_next_one(bench: Bench, portrait: Path) -> None:
    screener = door(bench, {("visitor", "own_use", sha256_of(portrait)): "k-17"})
    made = used(bench, screener, portrait).release
    assert made is not None
    assert used(bench, screener, made.path).state is JobState.REFUSED


def test_what_shows_nobody_is_its_own_proof(bench: Bench) -> None:
    made = bench.run(bench.submit().job_id).release
    assert made is not None
    view = used(bench, door(bench, {}), made.path)
    assert view.state is JobState.RELEASED
    assert view.release is not None
    assert b"consentVerified" not in view.release.path.read_bytes()


# -- our own mark, where the record is gone -----------------------------------------------------------


FORMAT = VideoFormat(854, 480, Fraction(24))


def marked(bench: Bench) -> Vouchers:
    """Vouchers of a host who keeps what was released."""
    return Vouchers(
        bench.database, bench.inspector.inspect, lambda *claim: "", released=lambda row: bench.door.shelf.open(row)
    )


def again(
    source: Path, target: Path, edit: Callable[[int, Picture], Picture] = lambda number, picture: picture
) -> Path:
    """Encoded anew, with every record gone."""
    pictures = [shown.picture for shown in read_frames(source)]
    height, width = pictures[0].shape[:2]
    with VideoWriter(target, VideoFormat(width, height, FORMAT.fps), crf=26) as out:
        for number, picture in enumerate(pictures):
            out.write(to_i420(np.ascontiguousarray(edit(number, picture))))
    return target


def with_a_face(side_px: int) -> Callable[[Picture], Picture]:
    """Something else than the release, in a corner."""

    def edit(picture: Picture) -> Picture:
        out = picture.copy()
        out[20 : 20 + side_px, 20 : 20 + side_px] = cv2.resize(makers.picture(64, 64, seed=77), (side_px, side_px))
        return out

    return edit


def vouch(vouchers: Vouchers, path: Path, kind: str = "video") -> Vouch | None:
    return vouchers(MediaItem(f"{kind}1", kind, str(path), sha256_of(path)), None)


@pytest.fixture
def clip(bench: Bench) -> Path:
    release = bench.run(bench.submit().job_id).release
    assert release is not None
    return release.path


def test_a_mark_alone_answers_for_the_pictures_of_a_copy_and_not_for_its_sound(
    bench: Bench, clip: Path, tmp_path: Path
) -> None:
    copy = again(clip, tmp_path / "copy.mp4")
    assert bench.inspector.inspect(copy).finding == "recovered"
    assert vouch(marked(bench), copy) == Vouch("own_mark", SEEN)
    assert vouch(marked(bench), clip) == Vouch("own_output")
    screener = Screener([SeesFaces()], policy.load("strict"), vouch=marked(bench))
    assert used(bench, screener, copy).state is JobState.RELEASED


def test_without_the_released_file_a_mark_alone_answers_for_nothing(bench: Bench, clip: Path, tmp_path: Path) -> None:
    copy = again(clip, tmp_path / "copy.mp4")
    vouchers = marked(bench)
    assert vouch(replace(vouchers, released=None), copy) is None
    assert vouch(replace(vouchers, released=lambda row: tmp_path / "gone.mp4"), copy) is None


@pytest.mark.parametrize("shown", [range(1000), (30, 31), (30,)], ids=["throughout", "two frames", "one frame"])
def test_what_was_pasted_into_a_marked_clip_is_not_answered_for(
    bench: Bench, clip: Path, tmp_path: Path, shown: Collection[int]
) -> None:
    paste = with_a_face(48)
    copy = again(clip, tmp_path / "pasted.mp4", lambda number, p: paste(p) if number in shown else p)
    assert bench.inspector.inspect(copy).finding == "recovered"  # neither mark nor fingerprint sees it
    assert vouch(marked(bench), copy) is None


def test_a_withdrawn_release_answers_for_nothing(bench: Bench, clip: Path, tmp_path: Path) -> None:
    copy = again(clip, tmp_path / "copy.mp4")
    release_id = clip.parent.name
    bench.door.withdraw(release_id, "anna", "case-1")
    assert bench.inspector.inspect(copy).finding == "recovered"
    assert vouch(marked(bench), copy) is None


def test_what_was_made_of_a_person_answers_for_nothing_by_its_mark(bench: Bench, clip: Path, tmp_path: Path) -> None:
    copy = again(clip, tmp_path / "copy.mp4")
    with bench.database.write() as session:
        row = releases.get(session, clip.parent.name)
        row.facts = {**row.facts, "people": True}
    assert vouch(marked(bench), copy) is None


def test_a_fingerprint_that_misses_or_is_gone_is_no_proof(bench: Bench, clip: Path, tmp_path: Path) -> None:
    copy = again(clip, tmp_path / "copy.mp4")
    for codes in ({"frames": [[0.0, "0123456789abcdef"]], "sound": []}, {}):
        with bench.database.write() as session:
            releases.get(session, clip.parent.name).fingerprint = codes
        assert vouch(marked(bench), copy) is None


def test_a_mark_that_was_moved_onto_another_picture_is_no_proof(bench: Bench, clip: Path, tmp_path: Path) -> None:
    with bench.database.read() as session:
        payload = Payload.from_hex(releases.get(session, clip.parent.name).payload)
    path = tmp_path / "other.png"
    write_picture(path, embed_still(makers.picture(640, 360, seed=77), payload, KeyRing(b"0" * 32)))
    assert bench.inspector.inspect(path).finding == "transplant"
    assert vouch(marked(bench), path, "image") is None


def test_a_mark_that_only_the_memory_knows_answers_for_nothing(bench: Bench, clip: Path, tmp_path: Path) -> None:
    copy = again(clip, tmp_path / "copy.mp4")

    def faintly(path: Path) -> StampReport:
        report = bench.inspector.inspect(path)
        assert report.reading is not None
        assert report.reading.video is not None
        return replace(report, reading=replace(report.reading, video=replace(report.reading.video, recalled=True)))

    assert vouch(marked(bench), copy) is not None
    assert vouch(replace(marked(bench), inspect=faintly), copy) is None


def test_a_mark_in_the_sound_alone_answers_for_no_picture(bench: Bench, clip: Path, tmp_path: Path) -> None:
    """Our sound under somebody's pictures."""
    sound, path = read_sound(clip), tmp_path / "dubbed.mp4"
    with VideoWriter(path, FORMAT, sound=sound) as out:
        for number in range(48):
            out.write(to_i420(np.ascontiguousarray(makers.picture(854 + 64, 480, seed=78)[:, number : number + 854])))
    assert bench.inspector.inspect(path).reading.audio.state == "found"
    assert vouch(marked(bench), path) is None


def test_still_copies_by_cell(tmp_path: Path) -> None:
    """Recompressed and resized, the picture stays; a small part that is put in, a crop or a border does not."""
    own = tmp_path / "own.png"
    picture = makers.picture(640, 480, seed=3)
    write_picture(own, picture)

    def same(edited: Picture, quality: int = 90) -> bool:
        path = tmp_path / "copy.jpg"
        cv2.imwrite(str(path), edited[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        return shows_only(path, own)

    assert same(picture)
    assert same(picture, 40)
    assert same(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    assert not same(with_a_face(32)(picture))
    assert not same(picture[:, 64:])
    assert not same(picture[:, ::-1])
    assert not same(makers.picture(640, 480, seed=4))


# -- the same for sound -----------------------------------------------------------------------------------


def dubbed(source: Path, target: Path, edit: Callable[[np.ndarray], np.ndarray]) -> Path:
    sound = read_sound(source)
    assert sound is not None
    write_sound(target, Sound(np.clip(edit(sound.samples.copy()), -1, 1).astype(np.float32), sound.rate_hz))
    return target


def with_a_voice(samples: np.ndarray) -> np.ndarray:
    """Something below 3 kHz at half the level of the rest, for half a second."""
    noise = np.repeat(np.random.default_rng(1).normal(size=(1, 3_000)), 8, axis=1)
    samples[:, 30_000:54_000] += 0.5 * samples.std() * noise
    return samples


@pytest.mark.parametrize("edit", [
    lambda s: s, lambda s: 0.4 * s, lambda s: -s, lambda s: s[:, 7_777:], lambda s: s[:, :-20_000],
], ids=["as it is", "softer", "inverted", "without its start", "without its end"])  # fmt: skip
def test_a_copy_of_our_sound_is_known_by_every_moment(clip: Path, tmp_path: Path, edit: Callable) -> None:
    assert sounds_only(dubbed(clip, tmp_path / "copy.mp3", edit), clip)


@pytest.mark.parametrize("edit", [
    with_a_voice, lambda s: s[:, ::-1], lambda s: np.concatenate([s, s[:, 20_000:50_000]], axis=1),
    lambda s: np.concatenate([s[:, :48_000], 0.1 * np.ones((len(s), 24_000)), s[:, 48_000:]], axis=1),
    lambda s: s[:, :20_000],
], ids=["a voice over it", "backwards", "spliced", "something inserted", "too short to tell"])  # fmt: skip
def test_what_was_put_into_our_sound_is_not(clip: Path, tmp_path: Path, edit: Callable) -> None:
    assert not sounds_only(dubbed(clip, tmp_path / "copy.mp3", edit), clip)


def test_a_mark_in_a_sound_answers_for_its_voices_only(bench: Bench, clip: Path, tmp_path: Path) -> None:
    """Two seconds have no fingerprint of their own, so its agreement is said here; without it nothing is proven."""
    copy, voice = (dubbed(clip, tmp_path / f"{edit.__name__}.wav", edit) for edit in (np.asarray, with_a_voice))
    report = bench.inspector.inspect(copy)
    assert (report.finding, report.content_agrees) == ("recovered", None)
    assert vouch(marked(bench), copy, "audio") is None
    agreeing = replace(marked(bench), inspect=lambda path: replace(bench.inspector.inspect(path), content_agrees=True))
    assert vouch(agreeing, copy, "audio") == Vouch("own_mark", HEARD)
    assert vouch(agreeing, voice, "audio") is None
