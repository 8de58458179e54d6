"""A program of its own: reads a line from standard input, writes speech as raw 16-bit mono to standard output.

The first four bytes are the sample rate. It runs in its own process because espeak-ng is under the GPL; the
product imports nothing of it and goes without speech where `espeakng-loader` is not installed.
"""

from __future__ import annotations

import ctypes
import struct
import sys


def main(voice: str, pitch: int, rate_wpm: int) -> int:
    """Speak standard input; status 6 when the synthesiser or the voice is missing."""
    try:
        import espeakng_loader
    except ImportError:
        return 6
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate_hz = library.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
    if hasattr(library, "espeak_ng_SetRandSeed"):  # breath is noise, seeded with the time of day unless told otherwise
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    parts: list[bytes] = []
    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    def collect(wave: ctypes._Pointer[ctypes.c_short], count: int, _: int) -> int:
        if wave and count > 0:
            parts.append(ctypes.string_at(wave, count * 2))
        return 0

    callback = callback_type(collect)
    library.espeak_SetSynthCallback(callback)
    if rate_hz <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        return 6
    library.espeak_SetParameter(1, rate_wpm, 0)
    library.espeak_SetParameter(3, pitch, 0)
    text = sys.stdin.buffer.read(2000)
    library.espeak_Synth(ctypes.c_char_p(text), ctypes.c_size_t(len(text) + 1), 0, 0, 0, 1, None, None)
    library.espeak_Synchronize()
    sys.stdout.buffer.write(struct.pack("<i", rate_hz) + b"".join(parts))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
