"""The signed Verify report as a page to print: the same facts as the JSON, which stands inside, signature and all.

The text is for people, the signature covers the data: `document_in` takes them out of the file again. Latin scripts use
the fonts that every PDF reader has, Chinese, Japanese and Korean the readers' own; Arabic, Hindi and Russian are drawn
line by line with the letters that captions use (`media.lettering`).
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

import cv2

from locales import catalog
from media.lettering import line_mask

_READERS_FONTS: Final = {
    "zh-Hans": "STSong-Light", "zh-Hant": "MSung-Light", "ja": "HeiseiKakuGo-W5", "ko": "HYGothic-Medium",
}  # fmt: skip
_LATIN: Final = frozenset({"en", "de", "es", "fr", "id", "pt-BR"})
_DRAWN: Final = frozenset({"ar", "hi", "ru"})
_RIGHT_TO_LEFT: Final = frozenset({"ar"})
_PIXELS_PER_PT = 4
_MARGIN_PT, _LABEL_PT, _VALUE_PT = 50, 130, 365
_LONGEST = 600
_SIGNATURE = re.compile(rb"/Keywords \(([A-Za-z0-9_.-]+)\)")
_LINE = 96


def render(document: Mapping[str, Any], locale: str = "en") -> bytes:
    """A PDF of one signed report.

    Args:
        document: what `watermark.report.ReportSigner.sign` made.
        locale: language of the page; English where no font is at hand.
    """
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

    locale = locale if locale in _LATIN | _DRAWN or locale in _READERS_FONTS else "en"
    wrap = {"wordWrap": "CJK"} if locale in _READERS_FONTS else {"splitLongWords": 1}
    plain = ParagraphStyle("plain", fontName=_font(locale), fontSize=9, leading=13, alignment=TA_LEFT, **wrap)
    code = ParagraphStyle("code", fontName="Courier", fontSize=5.5, leading=7)
    said = _Words(locale, plain).said
    report, signature = document["report"], str(document["signature"])
    rows = [
        [said(f"verify.pdf.{name}", width_pt=_LABEL_PT), Paragraph(escape(_printable(value, locale)), plain)]
        for name, value in _facts(document)
    ]
    lines = "<br/>".join(signature[at : at + _LINE] for at in range(0, len(signature), _LINE))
    widths = (_LABEL_PT, _VALUE_PT)
    if locale in _RIGHT_TO_LEFT:
        rows, widths = [row[::-1] for row in rows], widths[::-1]
    table = Table(rows, colWidths=widths, style=[("VALIGN", (0, 0), (-1, -1), "TOP")])
    story = [
        *said("verify.pdf.title", 16), *said(f"verify.finding.{report['finding']}", 12), Spacer(1, 6),
        *said("verify.report.note"), Spacer(1, 10), table,
        Spacer(1, 10), *said("verify.pdf.signed"), Spacer(1, 4), Paragraph(lines, code),
    ]  # fmt: skip
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN_PT, rightMargin=_MARGIN_PT, topMargin=_MARGIN_PT, bottomMargin=_MARGIN_PT,
        title=catalog.translate("verify.pdf.title", locale), author=str(document["issuer"]), keywords=signature,
        creator=str(document["tool"]), lang=locale,
    ).build(story)  # fmt: skip
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Words:
    """Our own sentences as flowables, in a font or drawn."""

    locale: str
    plain: Any

    def said(self, key: str, size_pt: int = 9, width_pt: int = _LABEL_PT + _VALUE_PT) -> list[Any]:
        """The text of a key, no wider than `width_pt`."""
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.platypus import Paragraph

        text = catalog.translate(key, self.locale)
        if self.locale in _DRAWN:
            size, width = size_pt * _PIXELS_PER_PT, width_pt * _PIXELS_PER_PT
            return [self._drawn(line, size) for line in _lines(text, size, width)]
        style = ParagraphStyle(f"size{size_pt}", parent=self.plain, fontSize=size_pt, leading=size_pt * 1.4)
        return [Paragraph(escape(text), style)]

    def _drawn(self, line: str, size_px: int) -> Any:
        from reportlab.platypus import Image

        mask = line_mask(line, size_px)
        done, data = cv2.imencode(".png", 255 - mask)
        if not done:
            raise ValueError("cannot encode a line")
        side = "RIGHT" if self.locale in _RIGHT_TO_LEFT else "LEFT"
        height, width = (length / _PIXELS_PER_PT for length in mask.shape)
        return Image(io.BytesIO(data.tobytes()), width, height, hAlign=side)


def _lines(text: str, size_px: int, width_px: int) -> list[str]:
    """Words that fit side by side, each measured once."""
    lines, left = [""], width_px
    for word in text.split():
        wide = line_mask(f"{word} ", size_px).shape[1]
        if wide > left and lines[-1]:
            lines.append("")
            left = width_px
        lines[-1] += f"{word} "
        left -= wide
    return lines


def document_in(pdf: bytes) -> dict[str, Any] | None:
    """The signed report inside a PDF of ours, for `watermark.report.holds`; None when there is none."""
    found = _SIGNATURE.search(pdf)
    if found is None:
        return None
    signature = found[1].decode("ascii")
    try:
        body = signature.split(".")[1]
        document = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, IndexError, RecursionError):
        return None
    return {**document, "signature": signature} if isinstance(document, dict) else None


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of rows and what stands in them; rows without anything are left out."""
    report = document["report"]
    chain, record, aigc = (report.get(name) or {} for name in ("c2pa", "record", "aigc"))
    found = {name: mark for name, mark in report["watermark"].items() if mark and mark["found"]}
    rows = {
        "sha256": report["sha256"], "time": document["time"], "state": f"{report['finding']} ({report['state']})",
        "signer": " - ".join(str(chain.get(k) or "") for k in ("signer", "issuer", "time_stamp")) if chain else "",
        "codes": ", ".join(chain.get("codes") or ()), "sources": _tree(chain.get("ingredients") or ()),
        "record": " ".join(str(record.get(k) or "") for k in ("release_id", "created_at", "manifest_label")),
        "mark": "; ".join(_mark(name, mark) for name, mark in found.items()),
        "aigc": f"{aigc.get('ContentProducer', '')} {aigc.get('ProduceID', '')}",
        "iptc": ", ".join((report.get("iptc") or {}).values()),
        "matches": ", ".join(f"{m['release_id']} ({m['score']})" for m in report["matches"]),
        "unread": report.get("unread") or "",
        "detectors": ", ".join(f"{name} {version}" for name, version in report["detectors"].items()),
    }  # fmt: skip
    return ((name, str(value).strip()) for name, value in rows.items() if str(value).strip())


def _tree(links: Any, depth: int = 0) -> str:
    return "; ".join(
        f"{'> ' * depth}{link['title']} ({link['relationship']}{', ' if link['failures'] else ''}"
        f"{', '.join(link['failures'])}) {_tree(link['ingredients'], depth + 1)}".strip()
        for link in links
    )


def _mark(name: str, mark: Mapping[str, Any]) -> str:
    spans = ", ".join(f"{start:.1f}-{end:.1f} s" for start, end in mark["segments"])
    return f"{name} {mark['payload']} {spans}".strip()


def _font(locale: str) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    if locale not in _READERS_FONTS:
        return "Helvetica"
    pdfmetrics.registerFont(UnicodeCIDFont(_READERS_FONTS[locale]))
    return _READERS_FONTS[locale]


def _printable(text: str, locale: str) -> str:
    """A text of a stranger, shortened; what the font cannot show is spelt out."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."
    return text if locale in _READERS_FONTS else text.encode("cp1252", "backslashreplace").decode("cp1252")
