"""Optional neural marks beside our own: they carry the same 64-bit word, and whichever reads it first, wins.

    marks = load({"pixelseal": Path("y_256b_img.jit")})       marks.picture(picture, payload, "image")
    marks.sound(sound, payload)                               marks.read_pictures(pictures, keyring, "image")

Loaded only when a host names their files; a named file that is missing or does not work stops the start.
docs/watermark.md has the interfaces, the layouts of the word and the bounds on false positives.
"""

from watermark.neural.marks import MARKS, NeuralMark
from watermark.neural.shelf import Binding, NeuralMarks, Reader, load
from watermark.neural.words import Words

__all__ = ["MARKS", "Binding", "NeuralMark", "NeuralMarks", "Reader", "Words", "load"]
