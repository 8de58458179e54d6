"""Reports to print: signed like the JSON, in the fonts that are there, whatever strangers wrote into the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from watermark import printed
from watermark.__main__ import main
from watermark.chain import Chain, ChainState, Link
from watermark.inspect import StampReport
from watermark.report import ReportSigner, holds
from watermark.stamp import Stamped
from watermark.tools import Tools

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize("locale", ["en", "pt-BR", "zh-Hans", "zh-Hant", "ja", "ko", "ar", "hi", "ru", "xx"])
def test_every_language_gives_a_page_whose_signature_holds(
    tools: Tools, stamped: Callable[[str], Stamped], tmp_path: Path, locale: str
) -> None:
    report = tools.inspector.inspect(stamped("png").path)
    document = ReportSigner(tmp_path).sign(report, NOW)
    pdf = printed.render(document, locale)
    inside = printed.document_in(pdf)
    assert pdf.startswith(b"%PDF-")
    assert inside == document
    assert holds(inside)


def test_hostile_texts_are_words_and_nothing_else(tmp_path: Path) -> None:
    text = "<b>&\u202e\U0001f600 ) /Keywords (a.b.c) " + "x" * 5000
    link = Link(text, "parentOf", failures=(text,), links=(Link(text, text),))
    chain = Chain(ChainState.ALTERED, codes=(text,), issuer=text, links=(link,))
    report = StampReport(text, "0" * 64, "image", "altered", "altered", chain)
    document = ReportSigner(tmp_path).sign(report, NOW)
    for locale in ("en", "ja"):
        assert printed.document_in(printed.render(document, locale)) == document


def test_a_changed_page_does_not_hold(tmp_path: Path) -> None:
    document = ReportSigner(tmp_path).sign(StampReport("a", state="none", finding="none"), NOW)
    signature = str(document["signature"])
    forged = printed.render({**document, "signature": signature[:-6] + "AAAAAA"})
    inside = printed.document_in(forged)
    assert inside is not None
    assert not holds(inside)
    assert printed.document_in(b"%PDF-1.4") is None


def test_the_command_checks_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLOPHON_DATA", str(tmp_path / "data"))
    (tmp_path / "bad.png").write_bytes(b"nothing")
    for name in ("r.json", "r.pdf"):
        assert main(["verify", str(tmp_path / "bad.png"), "--report", str(tmp_path / name)]) == 5
        assert main(["report", str(tmp_path / name)]) == 0
        assert str(tmp_path) not in capsys.readouterr().out.splitlines()[-1]
    (tmp_path / "r.json").write_text((tmp_path / "r.json").read_text().replace("damaged", "none", 1))
    assert main(["report", str(tmp_path / "r.json")]) == 5
    assert main(["verify", str(tmp_path / "bad.png"), "--report", str(tmp_path / "r.txt")]) == 2


@pytest.mark.parametrize(("locale", "drawn"), [("en", False), ("ja", False), ("ar", True), ("hi", True), ("ru", True)])
def test_scripts_without_a_font_of_readers_are_drawn(tmp_path: Path, locale: str, drawn: bool) -> None:
    document = ReportSigner(tmp_path).sign(StampReport("a", state="none", finding="none"), NOW)
    pdf = printed.render(document, locale)
    assert (b"/Subtype /Image" in pdf) is drawn
    assert f"/Lang ({locale})".encode() in pdf
