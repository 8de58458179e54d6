"""A stamped picture as a page to print: ISO 32000-1 (PDF 1.7), written by hand because it is one picture.

The pixels go in without loss, so that label and invisible mark stay; the stamped file itself, with its manifest, is
attached; the AIGC record stands in the XMP packet as it does in the picture.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from media.decode import read_picture

LONG_SIDE_PT, SHORT_SIDE_PT, MARGIN_PT = 841.89, 595.28, 24.0  # A4
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">'
    "<TC260:AIGC>{record}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)


def page(picture: Path, aigc: Mapping[str, Any] | None) -> bytes:
    """One A4 page, upright or lying as the picture is.

    Args:
        picture: a released PNG.
        aigc: its AIGC record.

    Raises:
        InputError: unreadable.
    """
    pixels = read_picture(picture)
    height, width = pixels.shape[:2]
    wide, high = (LONG_SIDE_PT, SHORT_SIDE_PT) if width >= height else (SHORT_SIDE_PT, LONG_SIDE_PT)
    scale = min((wide - 2 * MARGIN_PT) / width, (high - 2 * MARGIN_PT) / height)
    left, low = (wide - width * scale) / 2, (high - height * scale) / 2
    draw = f"q {width * scale:.2f} 0 0 {height * scale:.2f} {left:.2f} {low:.2f} cm /P Do Q".encode()
    xmp = _XMP.format(record=escape(json.dumps(dict(aigc or {}), ensure_ascii=False))).encode()
    file = picture.read_bytes()
    return _document(
        b"<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/AF[7 0 R]/Names<</EmbeddedFiles<</Names[(sheet.png)7 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Contents 4 0 R/Resources<</XObject<</P 5 0 R>>>>>>"
        % (wide, high),
        _stream(b"", draw),
        _stream(
            b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8" % (width, height),
            pixels.tobytes(),
        ),
        _stream(b"/Type/Metadata/Subtype/XML", xmp, packed=False),
        b"<</Type/Filespec/F(sheet.png)/UF(sheet.png)/AFRelationship/Source/EF<</F 8 0 R>>>>",
        _stream(b"/Type/EmbeddedFile/Subtype/image#2Fpng/Params<</Size %d>>" % len(file), file, packed=False),
    )


def _stream(entries: bytes, body: bytes, *, packed: bool = True) -> bytes:
    data = zlib.compress(body, 6) if packed else body
    filters = b"/Filter/FlateDecode" if packed else b""
    return b"<<%s%s/Length %d>>stream\n%s\nendstream" % (entries, filters, len(data), data)


def _document(*objects: bytes) -> bytes:
    """Header, numbered objects, cross-reference table, trailer."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return bytes(out)
