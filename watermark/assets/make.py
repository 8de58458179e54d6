"""Makes `outlines.json` and `spoken.wav` anew; needed only when a label's wording changes.

    python -m watermark.assets.make outlines FONT_FOLDER     # Noto Sans, SIL Open Font License
    python -m watermark.assets.make spoken                   # calls the program espeak-ng, once

Scripts whose letters join or stack are shaped here by HarfBuzz and kept as polygons, so that an installation
needs neither their fonts nor a shaper to draw three words.
"""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.outlines import FlatteningPen

FOLDER = Path(__file__).parent
FONTS = {
    "ar": "NotoSansArabic-Regular.ttf", "fa": "NotoSansArabic-Regular.ttf", "ur": "NotoSansArabic-Regular.ttf",
    "he": "NotoSansHebrew-Regular.ttf", "hi": "NotoSansDevanagari-Regular.ttf", "bn": "NotoSansBengali-Regular.ttf",
    "ta": "NotoSansTamil-Regular.ttf", "th": "NotoSansThai-Regular.ttf",
}  # fmt: skip
SPOKEN = (("cmn", "A I 生成", 150), ("en-us", "A I generated", 150))
RATE_HZ = 24_000
_STEPS = 4


def outlines(fonts: Path) -> dict[str, Any]:
    """For each language: advance width and glyph polygons in thousandths of the em, y downwards from the baseline."""
    texts = json.loads((FOLDER / "label_texts.json").read_text("utf-8"))
    return {language: _shape(texts[language], fonts / name, fonts) for language, name in FONTS.items()}


def _shape(text: str, font_path: Path, fonts: Path) -> dict[str, Any]:
    import uharfbuzz as hb

    glyphs, x = [], 0.0
    runs = [(font_path, text)] if "AI" not in text else _split(text, font_path, fonts / "NotoSans-Regular.ttf")
    for path, run in runs:
        font = hb.Font(hb.Face(hb.Blob.from_file_path(str(path))))
        scale = 1000 / font.face.upem
        buffer = hb.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        hb.shape(font, buffer)
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            pen = FlatteningPen(_STEPS)
            font.draw_glyph_with_pen(info.codepoint, pen)
            shift = (x + place.x_offset * scale, place.y_offset * scale)
            polygons = [
                [[round(px * scale + shift[0]), round(-(py * scale + shift[1]))] for px, py in contour]
                for contour in pen.contours
            ]
            glyphs.append([p for p in polygons if len(p) > 2])
            x += place.x_advance * scale
    return {"width": round(x), "glyphs": [g for g in glyphs if g]}


def _split(text: str, native: Path, latin: Path) -> list[tuple[Path, str]]:
    before, _, after = text.partition("AI")
    return [(font, part) for font, part in ((native, before), (latin, "AI"), (native, after)) if part]


def spoken() -> NDArray[np.int16]:
    """The spoken label: Mandarin, then English, trimmed, 0.12 s apart, peak -3 dBFS, mono at 24 kHz."""
    parts = []
    for voice, text, speed in SPOKEN:
        raw = subprocess.run(
            ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text], check=True, capture_output=True
        ).stdout
        rate = int.from_bytes(raw[24:28], "little")
        sound = np.frombuffer(raw[44 : len(raw) & ~1], np.int16).astype(np.float64)
        loud = np.flatnonzero(np.abs(sound) > 300)
        sound = sound[loud[0] : loud[-1]]
        at = np.arange(int(len(sound) * RATE_HZ / rate)) * rate / RATE_HZ
        parts += [np.interp(at, np.arange(len(sound)), sound), np.zeros(int(0.12 * RATE_HZ))]
    whole = np.concatenate(parts)
    return np.asarray(whole / np.abs(whole).max() * 23_197, np.int16)


def main(arguments: list[str]) -> None:
    if arguments[0] == "outlines":
        made = outlines(Path(arguments[1]))
        (FOLDER / "outlines.json").write_text(json.dumps(made, separators=(",", ":")) + "\n", "utf-8")
    else:
        with wave.open(str(FOLDER / "spoken.wav"), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(spoken().tobytes())


if __name__ == "__main__":
    main(sys.argv[1:])
