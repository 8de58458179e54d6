"""How surely a registered recording is heard again, and whether another one ever is.

usage: python -m benchmarks.safety.recordings DATA

DATA holds `clips/audio` and `media/music`, `media/speech`. Every recording longer than three seconds that is no speech
is registered; ten seconds of each are asked about after nine edits. Then each sound, speech too, is asked about with
its own row taken out: the most pairs that agree with another recording are printed beside those that decide.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from media.decode import read_sound
from safety.detectors.landmarks import ASKED_PARTNERS, RATE_HZ, landmarks
from safety.registry import tracks
from safety.registry.tracks import TrackIndex
from tests.media.makers import coded

FULL_HZ, START_S, PART_S = 44_100, 0.4, 10


def main(data: Path) -> None:
    folders = [data / "clips" / "audio", data / "media" / "music", data / "media" / "speech"]
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*"))}
    sounds = {name: read_sound(path, RATE_HZ, 1).samples[0] for name, path in paths.items()}
    spoken = {name for name, path in paths.items() if "speech" in str(path)}
    known = [name for name in paths if name not in spoken and sounds[name].size > 3 * RATE_HZ]
    index = registered({name: sounds[name] for name in known})
    speech = sounds["librispeech_198-209-0000"]
    for edit, made in edits(speech).items():
        found = [index.find(asked(made(sounds[name], paths[name]))) for name in known]
        right = [match.pairs for match, name in zip(found, known, strict=True) if match and match.entry == name]
        wrong = sum(match is not None and match.entry != name for match, name in zip(found, known, strict=True))
        print(f"{edit:26} {len(right):3} of {len(known)}   wrong {wrong}   fewest pairs {min(right, default=0)}")
    print(f"most pairs with another recording: {falsely(sounds, known)}, needed: {tracks.SURE}")


def asked(samples):
    return landmarks(np.asarray(samples, np.float32), ASKED_PARTNERS)


def registered(sounds):
    index = TrackIndex()
    for name, samples in sounds.items():
        index.add(name, samples)
    return index


def edits(speech):
    def part(x):
        return x[int(START_S * RATE_HZ) :][: PART_S * RATE_HZ]

    def noisy(level_db):
        def add(x, _):
            noise = np.random.default_rng(0).normal(0, 1, part(x).size)
            return part(x) + noise * np.sqrt(np.mean(part(x) ** 2)) / 10 ** (level_db / 20)

        return add

    def spoken_over(level_db):
        def add(x, _):
            voice = np.resize(speech, part(x).size)
            gain = np.sqrt(np.mean(part(x) ** 2) / np.mean(voice**2)) / 10 ** (level_db / 20)
            return np.clip(part(x) + voice * gain, -1, 1)

        return add

    return {
        "10 s of it": lambda x, _: part(x), "5 s of it": lambda x, _: part(x)[: 5 * RATE_HZ],
        "at a twentieth": lambda x, _: part(x) * 0.05, "noise, 10 dB below": noisy(10), "noise as loud": noisy(0),
        "a voice, 6 dB below": spoken_over(6), "a voice as loud": spoken_over(0),
        "MP3 at 64 kbit/s": lambda _, path: compressed(path, "libmp3lame", "mp3", 64_000),
        "AAC at 48 kbit/s": lambda _, path: compressed(path, "aac", "m4a", 48_000),
    }  # fmt: skip


def compressed(path: Path, codec: str, ending: str, bits_per_s: int):
    """Ten seconds of a file, compressed and read again."""
    samples = read_sound(path, FULL_HZ, 1).samples[0][int(START_S * FULL_HZ) :][: PART_S * FULL_HZ]
    with tempfile.TemporaryDirectory() as folder:
        out = coded(Path(folder) / f"part.{ending}", samples, codec, bits_per_s, FULL_HZ)
        return read_sound(out, RATE_HZ, 1).samples[0]


def falsely(sounds, known) -> int:
    """The most pairs that any sound shares, at one shift, with a recording that it is not."""
    decided = tracks.SURE, tracks.SPREAD_S
    tracks.SURE, tracks.SPREAD_S = 1, 0.0
    try:
        found = [
            registered({other: sounds[other] for other in known if other != name}).find(asked(samples))
            for name, samples in sounds.items()
        ]
    finally:
        tracks.SURE, tracks.SPREAD_S = decided
    return max((match.pairs for match in found if match), default=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
