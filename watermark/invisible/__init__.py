"""The invisible mark: one authenticated 64-bit word in pixels and in sound, readable without the file's metadata.

    mint(keyring, nonce) -> Payload
    PixelEmbedder(keyring, payload, format).embed(frame, key_frame)      PixelReader(keyring).add(luma, time_s)
    embed_sound(sound, payload, keyring)                                 extract_sound(sound, keyring)
    embed_still(picture, payload, keyring)                               extract_still(picture, keyring)

    recognised(extraction, issued words)

Readers answer `Extraction`: found, unreadable or absent. docs/watermark.md has the design, the bound on false
positives and what was measured.
"""

from watermark.invisible.extraction import Extraction, recognised
from watermark.invisible.keys import KeyRing
from watermark.invisible.listener import extract_sound
from watermark.invisible.payload import Payload, mint
from watermark.invisible.pixels import PixelEmbedder
from watermark.invisible.reader import PixelReader
from watermark.invisible.recall import Words
from watermark.invisible.sound import embed_sound
from watermark.invisible.stills import embed_still, extract_still

__all__ = [
    "Extraction",
    "KeyRing",
    "Payload",
    "PixelEmbedder",
    "PixelReader",
    "Words",
    "embed_sound",
    "embed_still",
    "extract_sound",
    "extract_still",
    "mint",
    "recognised",
]
