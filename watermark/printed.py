"""The signed Verify report as a page to print: the same facts as the JSON, which stands inside, signature and all.

The text is for people, the signature covers the data: `document_in` takes them out of the file again. Latin scripts use
the fonts that every PDF reader has, Chinese, Japanese and Korean the readers' own; for other scripts no font is at
hand, and the page is written in English.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from locales import catalog

_READERS_FONTS: Final = {
    "zh-Hans": "STSong-Light", "zh-Hant": "MSung-Light", "ja": "HeiseiKakuGo-W5", "ko": "HYGothic-Medium",
}  # fmt: skip
_LATIN: Final = frozenset({"en", "de", "es", "fr", "id", "pt-BR"})
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

    locale = locale if locale in _LATIN or locale in _READERS_FONTS else "en"
    font = _font(locale)
    wrap = {"wordWrap": "CJK"} if locale in _READERS_FONTS else {"splitLongWords": 1}
    plain = ParagraphStyle("plain", fontName=font, fontSize=9, leading=13, alignment=TA_LEFT, **wrap)
    title = ParagraphStyle("title", parent=plain, fontSize=16, leading=22)
    finding = ParagraphStyle("finding", parent=plain, fontSize=12, leading=17)
    code = ParagraphStyle("code", fontName="Courier", fontSize=5.5, leading=7)

    def said(key: str, style: Any = plain) -> Any:
        return Paragraph(escape(catalog.translate(key, locale)), style)

    report = document["report"]
    rows = [
        [said(f"verify.pdf.{name}"), Paragraph(escape(_printable(value, locale)), plain)]
        for name, value in _facts(document)
    ]
    signature = str(document["signature"])
    lines = "<br/>".join(signature[at : at + _LINE] for at in range(0, len(signature), _LINE))
    table = Table(rows, colWidths=(_LABEL_PT, _VALUE_PT), style=[("VALIGN", (0, 0), (-1, -1), "TOP")])
    story = [
        said("verify.pdf.title", title), said(f"verify.finding.{report['finding']}", finding), Spacer(1, 6),
        said("verify.report.note"), Spacer(1, 10), table,
        Spacer(1, 10), said("verify.pdf.signed"), Spacer(1, 4), Paragraph(lines, code),
    ]  # fmt: skip
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=A4, leftMargin=_MARGIN_PT, rightMargin=_MARGIN_PT, topMargin=_MARGIN_PT, bottomMargin=_MARGIN_PT,
        title=catalog.translate("verify.pdf.title", locale), author=str(document["issuer"]), keywords=signature,
        creator=str(document["tool"]), lang=locale,
    ).build(story)  # fmt: skip
    return out.getvalue()


def document_in(pdf: bytes) -> dict[str, Any] | None:
    """The signed report inside a PDF of ours, for `watermark.report.holds`; None when there is none."""
    found = _SIGNATURE.search(pdf)
    if found is None:
        return None
    signature = found[1].decode("ascii")
    try:
        body = signature.split(".")[1]
        document = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, IndexError):
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
