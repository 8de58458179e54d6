"""The mark in sound: clips x attacks."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from benchmarks.watermark.clips import SHARED
from benchmarks.watermark.run import KEYRING, PAYLOAD, append, load
from media.clip import Sound
from watermark.invisible import embed_sound, extract_sound

RATE_HZ = 48_000
Samples = NDArray[np.float32]


def sounds(duration_s: float) -> dict[str, Samples]:
    """Name -> float32 [2, n]: music, speech, ambience of the shared data; silence, hush and a tone made here."""
    count = int(duration_s * RATE_HZ)
    found = sorted((SHARED / "clips" / "audio").glob("*")) if SHARED.exists() else []
    hush = np.random.default_rng(0).normal(0, 1e-3, (2, count))
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE_HZ)
    made = {"silence": np.zeros((2, count)), "hush": hush, "tone": np.tile(tone, (2, 1))}
    files = {path.stem: _file(path)[:, :count] for path in found}
    return {**files, **{name: samples.astype(np.float32) for name, samples in made.items()}}


def _file(path: Path) -> Samples:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
        parts = [part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def coded(codec: str, bitrate_bps: int) -> Callable[[Samples], Samples]:
    """Through an encoder and back."""

    def run(samples: Samples) -> Samples:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="matroska") as container:
            stream = container.add_stream(codec, rate=RATE_HZ, layout="stereo")
            stream.bit_rate = bitrate_bps
            whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
            whole.sample_rate = RATE_HZ
            form = stream.codec_context.format.name
            for frame in av.AudioResampler(format=form, layout="stereo", rate=RATE_HZ).resample(whole):
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        buffer.seek(0)
        with av.open(buffer) as container:
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
            parts = [part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        return np.concatenate(parts, axis=1).astype(np.float32)

    return run


def _through(rate_hz: int) -> Callable[[Samples], Samples]:
    def run(samples: Samples) -> Samples:
        low = resample_poly(samples, rate_hz // 1000, 48, axis=1)
        return np.asarray(resample_poly(low, 48, rate_hz // 1000, axis=1), np.float32)

    return run


def _speed(factor: float) -> Callable[[Samples], Samples]:
    def run(samples: Samples) -> Samples:
        at = np.arange(0, samples.shape[1] - 1, factor)
        return np.stack([np.interp(at, np.arange(samples.shape[1]), channel) for channel in samples]).astype(np.float32)

    return run


def _noise(snr_db: float) -> Callable[[Samples], Samples]:
    generator = np.random.default_rng(1)
    return lambda samples: (samples + generator.normal(0, samples.std() * 10 ** (-snr_db / 20), samples.shape)).astype(
        np.float32
    )


def _room(samples: Samples) -> Samples:
    """Played and recorded again: a short decaying echo, a telephone-like band, a little noise."""
    generator = np.random.default_rng(2)
    impulse = generator.normal(0, 1, 2400) * np.exp(-np.arange(2400) / 400) * 0.1
    impulse[0] = 1.0
    wet = np.stack([np.convolve(channel, impulse)[: samples.shape[1]] for channel in samples])
    band = sosfilt(butter(4, (150, 7000), "bandpass", fs=RATE_HZ, output="sos"), wet, axis=1)
    return _noise(35)(np.asarray(band, np.float32))


ATTACKS: dict[str, Callable[[Samples], Samples]] = {
    "none": lambda samples: samples,
    "AAC 160": coded("aac", 160_000),
    "AAC 64": coded("aac", 64_000),
    "MP3 64": coded("libmp3lame", 64_000),
    "Opus 32": coded("libopus", 32_000),
    "Opus 16": coded("libopus", 16_000),
    "16 kHz and back": _through(16_000),
    "8 kHz and back": _through(8_000),
    "noise 20 dB": _noise(20),
    "trim to 2 s": lambda samples: samples[:, 24_011 : 24_011 + 2 * RATE_HZ],
    "trim to 2 s + AAC 64": lambda samples: coded("aac", 64_000)(samples[:, 24_011 : 24_011 + 2 * RATE_HZ]),
    "re-recorded": _room,
    "speed x 1.01": _speed(1.01),
    "speed x 0.93": _speed(0.93),
    "speed x 1.1": _speed(1.1),
}


def noise_to_mask_db(host: Samples, marked: Samples) -> float:
    """Total noise-to-mask ratio, dB, in the manner of ITU-R BS.1387: below 0 the mark lies under the mask on average.

    One-Bark bands, Hann windows of 43 ms, the spreading function of Schroeder, the mask offset of BS.1387 (3 dB, from
    12 Bark on a quarter of the Bark number), a threshold in quiet at -90 dBFS per band.
    """
    frequency = np.fft.rfftfreq(2048, 1 / RATE_HZ)
    bark = 13 * np.arctan(0.00076 * frequency) + 3.5 * np.arctan((frequency / 7500) ** 2)
    bands = np.arange(24)
    member = (np.floor(bark).astype(int)[:, None] == bands).astype(np.float32)
    apart = bands[:, None] - bands + 0.474
    spread = 10 ** ((15.81 + 7.5 * apart - 17.5 * np.sqrt(1 + apart**2)) / 10)
    offset = 10 ** (np.where(bands < 12, 3.0, 0.25 * bands) / 10)
    energy, noise = (_spectra(part) @ member for part in (host.mean(0), (marked - host).mean(0)))
    mask = energy @ spread.T / offset + 1e-9
    return float(10 * np.log10(np.mean(noise / mask)))


def _spectra(samples: Samples) -> Samples:
    """float32 [frames, 1025]: power, a full-scale sine has about one half."""
    window = np.hanning(2048)
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2048)[::1024] * window
    return np.asarray((np.abs(np.fft.rfft(frames, axis=1)) * 2 / window.sum()) ** 2 / 2, np.float32)


def quality(duration_s: float) -> str:
    """Markdown: distance and noise-to-mask ratio per sound."""
    lines = ["| sound | SNR of the mark | noise-to-mask ratio |", "|---|---|---|"]
    for name, samples in sounds(duration_s).items():
        marked = embed_sound(Sound(samples, RATE_HZ), PAYLOAD, KEYRING).samples
        power, noise = float((samples**2).sum()), float(((marked - samples) ** 2).sum())
        snr = f"{10 * np.log10(power / noise):.1f} dB" if power else "-"
        lines.append(f"| {name} | {snr} | {noise_to_mask_db(samples, marked):+.1f} dB |")
    return "\n".join(lines) + "\n"


def robustness(out: Path, duration_s: float) -> None:
    """One line per sound and attack, appended to `out`."""
    done = {(line["clip"], line["attack"]) for line in load(out)}
    for name, samples in sounds(duration_s).items():
        marked = embed_sound(Sound(samples, RATE_HZ), PAYLOAD, KEYRING).samples
        noise = float(((marked - samples) ** 2).sum()) + 1e-12
        snr_db = 10 * np.log10(float((samples**2).sum()) / noise + 1e-9)
        for attack, change in ATTACKS.items():
            if (name, attack) in done:
                continue
            answer = extract_sound(Sound(change(marked), RATE_HZ), KEYRING)
            wrong = answer.payload not in (None, PAYLOAD)
            row = {"clip": name, "attack": attack, "found": answer.payload == PAYLOAD, "wrong": wrong}
            append(out, row | {"snr_db": round(snr_db, 1), "attempts": answer.attempts})
