"""Coverage-guided fuzzing of our own parsers: whatever strangers write, each answers or refuses with an error of ours.

    python -m benchmarks.fuzz                                names of the targets
    python -m benchmarks.fuzz --all --seconds 1800           all of them in turn, each in a process of its own
    python -m benchmarks.fuzz metadata -max_total_time=120   one target, with options of libFuzzer

Needs ``atheris`` (Linux, Python 3.11 to 3.13), which is no requirement of the project: install it beside it. New inputs
are kept in ``--corpus`` (default: a folder ``fuzz`` in the temporary folder), so that runs add up; an input that
breaks a target is written there as ``TARGET-crash-...`` and becomes a case of `tests/hardening/test_parsers.py`,
which runs the same targets without atheris.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

from errors import ColophonError

Target = Callable[[bytes], None]
SLOW_S: Final = 10  # for one input; libFuzzer reports it as a hang
MEMORY_MB: Final = 4096
_READ: Final = ("mp4", "mov", "m4a", "png", "jpeg", "webp", "wav", "mp3")


class Memory:
    """A file that lies nowhere: the part of `media.source.Source` that parsers of metadata use."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, mode: str = "rb") -> io.BytesIO:
        return io.BytesIO(self._data)

    def read_bytes(self) -> bytes:
        return self._data

    def stat(self) -> SimpleNamespace:
        return SimpleNamespace(st_size=len(self._data))


def _text(data: bytes) -> str:
    """Any text, lone surrogates included: JSON and cookies of strangers can bring them."""
    return data.decode("utf-8", "surrogateescape")


def metadata(data: bytes) -> None:
    """Places of metadata in each container, the AIGC and IPTC facts in them, and their way out of the cage."""
    from watermark import aigc, examine
    from watermark.caged import _EXAMINED
    from watermark.containers import read_metadata

    if not data:
        return
    found = read_metadata(cast(Any, Memory(data[1:])), _READ[data[0] % len(_READ)])
    texts = aigc.texts(found)
    record = next((r for r in map(aigc.parse, texts) if r is not None), None)
    seen = examine.Examined("image", "none", None, record, len(texts), examine._iptc(found))
    assert _EXAMINED.validate_json(_EXAMINED.dump_json(seen)) == seen


def aigc(data: bytes) -> None:
    """The AIGC record."""
    from watermark import aigc

    record = aigc.parse(_text(data))
    if record is not None:
        record.as_json()
        json.dumps(record.as_dict(), ensure_ascii=False).encode()
        assert isinstance(record.digest_holds, bool)


def xmp(data: bytes) -> None:
    """XMP packets: what they say can be written out again."""
    from watermark import xmp

    for value in xmp.values(_text(data), xmp.TC260, "AIGC"):
        value.encode()


def manifest(data: bytes) -> None:
    """Our reading of what the manifest library says of a store, and its way out of the cage."""
    from watermark.caged import _EXAMINED
    from watermark.chain import _judge
    from watermark.examine import Examined, _state_of
    from watermark.trust import TrustStore

    with suppress(ValueError, RecursionError):
        store = json.loads(data)
        if isinstance(store, dict):
            chain = _judge(store, store, TrustStore())
            seen = Examined("image", _state_of(chain), chain)
            _EXAMINED.validate_json(_EXAMINED.dump_json(seen)).chain.as_dict()  # type: ignore[union-attr]


def boxes(data: bytes) -> None:
    """Records that the cage packed: what passes can be walked to its end."""
    from watermark import jumbf

    with suppress(jumbf.Malformed):
        jumbf.check(data)
        assert data[4:8] == jumbf.SUPER
        assert int.from_bytes(data[:4]) in (1, len(data))


def kinds(data: bytes) -> None:
    """What a file is: the first bytes of files, of uploads, of files whose record alone is read."""
    from media.sniff import _sniff
    from ui.uploads import _check_kind
    from watermark.foreign import record_mime

    record_mime(cast(Any, Memory(data)))
    for judge in (_sniff, _check_kind):
        with suppress(ColophonError):
            judge(data)


def cage_wire(data: bytes) -> None:
    """What a process that a file took over may send us."""
    from media import caged
    from media.cage.client import _fault
    from media.cage.wire import Broken, Receiver

    read, write = os.pipe()
    try:
        os.write(write, data[:60_000])
        os.close(write)
        receiver = Receiver(read, 1.0, 1.0)
        with suppress(Broken, ColophonError, MemoryError):
            while True:
                message = receiver.next()
                str(_fault(message.header))
                for judge in (
                    lambda m: caged._info(m.header.get("info")), lambda m: caged._picture(m, 3),
                    lambda m: caged._number(m, "time_s"),
                ):  # fmt: skip
                    with suppress(ColophonError):
                        judge(message)
    finally:
        os.close(read)


def cage_answer(data: bytes) -> None:
    """What the reader of Verify may answer, in the report that people see."""
    from pydantic import ValidationError

    from watermark import inspect
    from watermark.caged import _EXAMINED

    with suppress(ValidationError):
        seen = _EXAMINED.validate_json(data)
        report = inspect.StampReport(
            "a", kind=seen.kind, state=seen.state, chain=seen.chain, aigc=seen.aigc, iptc=seen.iptc,
            reading=seen.reading, unread=seen.unread,
        )  # fmt: skip
        inspect._finding(report, "example")
        json.dumps(report.as_dict(public=True), ensure_ascii=False).encode()


def reports(data: bytes) -> None:
    """Signed reports that somebody brings back."""
    from watermark.printed import document_in
    from watermark.report import holds

    document_in(b"/Keywords (" + data + b")")
    with suppress(ValueError, RecursionError):
        document = json.loads(data)
        if isinstance(document, dict):
            assert not holds(document)


def bindings(data: bytes) -> None:
    """Queries for a mark or a fingerprint."""
    from watermark.ledger import MemoryLedger
    from watermark.resolve import BadQuery, Resolver

    resolver = Resolver(MemoryLedger(), "example.mark.1")
    resolver.manifest(_text(data))
    for alg in ("example.mark.1", "io.iscc.v0"):
        with suppress(BadQuery):
            resolver.by_binding(alg, _text(data))


def addresses(data: bytes) -> None:
    """Addresses that we are asked to fetch; the name is not looked up here."""
    from errors import InputError
    from watermark.fetch import _checked, is_public

    with suppress(InputError):
        parts = _checked(_text(data))
        with suppress(ValueError):
            is_public(str(parts.hostname))


def plans(data: bytes) -> None:
    """Shot plans, as JSON and as CSV."""
    from pipeline.plan import ShotPlan

    for read in (ShotPlan.from_json, ShotPlan.from_csv):
        with suppress(ColophonError):
            plan = read(_text(data))
            assert ShotPlan.from_dict(plan.as_dict()) == plan
            assert plan.duration_s > 0


def scripts(data: bytes) -> None:
    """From a free prompt to shots: whole, in time, and of the length asked for."""
    from pipeline.script import plan_from_prompt

    plan = plan_from_prompt(_text(data)[:15_000], 5.0, [("image1", "image"), ("audio1", "audio")])
    assert abs(plan.duration_s - 5.0) < 0.01
    assert 1 <= len(plan.shots) <= 12


def forms(data: bytes) -> None:
    """What the page sends: references, shot cards, seeds, files of programs."""
    from ui import api
    from ui import forms as page

    text = _text(data)
    for read in (page.uploads, page.plan, page.number):
        with suppress(ColophonError):
            read(text)
    with suppress(ColophonError):
        api._upload({"path": text, "role": text})


def callers(data: bytes) -> None:
    """Headers and cookies of a request."""
    from starlette.datastructures import Headers

    from ui.edge import caller
    from ui.visit import address

    first, _, rest = data.partition(b"\n")
    headers = Headers(raw=[(b"cookie", first), (b"accept-language", rest), (b"x-forwarded-for", rest)])
    who = caller(headers, _text(rest), "secret")
    assert who.visitor is None
    assert who.name == ""
    address(headers, "127.0.0.1", "x-forwarded-for")


def notices(data: bytes) -> None:
    """Notices and take-downs."""
    from moderation.notices import parse

    with suppress(ValueError, RecursionError):
        fields = json.loads(data)
        if isinstance(fields, dict):
            with suppress(ColophonError):
                parse(fields).model_dump_json()


@cache
def _screen() -> Any:
    from safety.registry.load import load
    from safety.text.screen import TextScreen

    return TextScreen(load())


def texts(data: bytes) -> None:
    """The text screen: every place that it names lies in the text."""
    text = _text(data)[:2_000]
    for found in _screen().look(text):
        assert 0.0 <= found.score <= 1.0
        assert all(0 <= start <= end <= len(text) for start, end in found.spans)


def languages(data: bytes) -> None:
    """Catalogue texts with values of strangers in them, and the page that they stand in."""
    from locales.catalog import best, translate
    from ui.markup import localise_json, t_with

    text = _text(data)
    translate("error.media.too_large", best(text), limit_mb=text)
    localise_json(json.dumps(t_with("error.media.too_large", limit_mb=text)), best(text))
    localise_json(text, "de")


def uploads(data: bytes) -> None:
    """The head of an upload that arrives in pieces of any size."""
    from ui.uploads import _head

    pieces = [data[at : at + 1 + data[0] * 64] for at in range(0, len(data), 1 + data[0] * 64)] if data else [b""]
    seen: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    body = asyncio.run(_head(receive, seen))
    assert body == b"".join(message["body"] for message in seen)


TARGETS: Final[dict[str, Target]] = {
    target.__name__: target
    for target in (
        metadata, aigc, xmp, manifest, boxes, kinds, cage_wire, cage_answer, reports, bindings, addresses, plans,
        scripts, forms, callers, notices, texts, languages, uploads,
    )
}  # fmt: skip


def seeds(name: str) -> list[bytes]:
    """Inputs to begin with, for what chance would not find."""
    return [seed.encode() if isinstance(seed, str) else seed for seed in _SEEDS.get(name, ("",))]


def _box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4) + kind + body


def _bmff() -> bytes:
    keys = _box(b"keys", bytes(4) + (1).to_bytes(4) + _box(b"mdta", b"AIGC"))
    ilst = _box(b"ilst", _box((1).to_bytes(4), _box(b"data", bytes(8) + _AIGC.encode())))
    free = _box(b"ilst", _box(b"----", _box(b"name", bytes(4) + b"AIGC") + _box(b"data", bytes(8) + b"x")))
    meta = [_box(b"meta", bytes(4) + _box(b"hdlr", bytes(20)) + part) for part in (keys + ilst, free)]
    xmp_box = _box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + _XMP.encode())
    return _box(b"ftyp", b"isom") + _box(b"moov", _box(b"udta", meta[0]) + meta[1]) + xmp_box


_AIGC: Final = '{"Label":"1","ContentProducer":"a","ProduceID":"b","ReservedCode1":"","PropagateID":"\\ud800"}'
_XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/" T:AIGC="x"><T:AIGC>'
    + _AIGC.replace('"', "&quot;")
    + "</T:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>"
)
_ID3: Final = b"ID3\x04\0\0\0\0\0\x40TXXX\0\0\0\x10\0\0\x03AIGC\0{}PRIV\0\0\0\x08\0\0XMP\0abcd"
_PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x17iTXtXML:com.adobe.xmp\0\0\0\0\0x0000" + b"\0\0\0\x06zTXtAIGC\0x0000"
_JPEG: Final = b"\xff\xd8\xff\xe1\0\x40http://ns.adobe.com/xap/1.0/\0" + b"x" * 33 + b"\xff\xda"
_WEBP: Final = b"RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10) + b"XMP \x04\0\0\0<x/>AIGC\x02\0\0\0{}"
_STORE: Final = (
    '{"active_manifest":"a","manifests":{"a":{"claim_generator_info":[{"name":"x","version":"1"}],"assertions":[{"label":'
    '"c2pa.actions.v2","data":{"actions":[{"action":"c2pa.created","softwareAgent":{"name":"x"},"when":"t"}]}}],'
    '"ingredients":[{"title":"t","relationship":"parentOf","active_manifest":"a","label":"i","validation_results":'
    '{"activeManifest":{"failure":[{"code":"assertion.dataHash.mismatch"}]}}}],"signature_info":{"issuer":"i",'
    '"common_name":"c","time":"t"}}},"validation_state":"Valid","validation_results":{"activeManifest":{"failure":'
    '[{"code":"signingCredential.expired"}]},"ingredientDeltas":[{"ingredientAssertionURI":"i","validationDeltas":{}}]}}'
)
_PLAN: Final = (
    '{"shots":[{"duration_s":2.5,"action":"a","framing":"wide","camera":"pan_left","transition":"cut",'
    '"dialogue":[{"speaker":"A","line":"x"}],"references":["image1"]}],"title":"t"}'
)
_SEEDS: Final[dict[str, tuple[str | bytes, ...]]] = {
    "metadata": (b"\0" + _bmff(), b"\3" + _PNG, b"\4" + _JPEG, b"\5" + _WEBP, b"\7" + _ID3),
    "aigc": (_AIGC, f'{{"AIGC":{_AIGC}}}', "[" * 100_000),
    "xmp": (_XMP, "<rdf:RDF" + "<a>" * 1000),
    "manifest": (_STORE,),
    "boxes": (
        _box(b"jumb", _box(b"jumd", bytes(24)) + _box(b"cbor", b"\xa1\x61a\x82\x01\xf6") + _box(b"json", b'{"a":1}')),
        _box(b"jumb", _box(b"jumd", bytes(24)) + _box(b"cbor", b"\x9f\x01\xff") + _box(b"bidb", b"x")),
    ),
    "kinds": (_PNG, _JPEG, _WEBP, _ID3, b'--x\r\na: b\r\n\r\n\x89PNG\r\n\x1a\n\r\n--x--', b"\0\0\0\x18ftypheic"),
    "cage_wire": (
        b"\0\0\0\x30" + bytes(7) + b"\x06" + b'{"dtype":"uint8","shape":[1,2,3],"time_s":1}      ' + b"aaaaaa",
        b"\0\0\0\x0b" + bytes(8) + b'{"info":{}}', b"\0\0\0\x26" + bytes(8) + b'{"error":"error.media.unreadable"}    ',
    ),
    "cage_answer": (
        '{"kind":"image","state":"none","chain":null,"aigc":null,"aigc_count":0,"iptc":{},"reading":{"image":'
        '{"state":"found","payload":null,"confidence":1,"segments":[[0,1]]},"label":true},"unread":""}',
    ),
    "reports": ('{"signature":"eyJqd2siOnsieCI6IkEiLCJ5IjoiQSJ9fQ.e30.AAAA"}', f"a.{'W1tb' * 9000}.b"),
    "bindings": ("AAAAAAAAAAA=", "RUVBQUFBQUFBQUFBQUFBQQ=="),
    "addresses": ("https://example.org:443/a?b#c", "http://[::ffff:127.0.0.1]/", "http://2130706433/"),
    "plans": (_PLAN, "action,duration_s,camera\na,2.5,static\n"),
    "scripts": ('Shot 1 (2 s): a boat @image1. Anna says: "hello". Cut to: a lake', f"Shot 1 ({'9' * 400} s): x",
                "Shot 1 (0 s): x", "1. a 2. b"),
    "forms": ('[{"path":"/tmp/a","role":"auto","label":"x"}]', _PLAN, "9" * 5000, "[" * 100_000, "a\0b"),
    "callers": (b"colophon_visitor=a.b; colophon_language=de\nde-CH, en;q=0.5, *;q=0.1",),
    "notices": (
        '{"kind":"other","where":"rel-0123456789abcdef","description":"ten letters","email":"a@b.cc","locale":"de"}',
    ),
    "texts": ("a video of a famous person named J0hn Sm1th", "ｔｅｓｔ аеоср", "s\u0301o\u0308 \u202eabc"),
    "languages": ("de-CH,fr;q=0.3", "{limit_mb}", '{"a":"b"}'),
    "uploads": (b'\x01--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\x89PNG\r\n\x1a\n',),
}  # fmt: skip


def _fuzz(name: str, options: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(
        include=["watermark", "media", "pipeline", "safety", "ui", "moderation", "locales"]
    ):
        TARGETS[name](b"")  # imports what the target needs
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    atheris.Setup([name, *options], TARGETS[name], enable_python_coverage=True)
    atheris.Fuzz()


def _all(corpus: Path, seconds: float) -> int:
    """Each target in turn for its share of the time; one JSON line each. Status 1 when anything broke."""
    share_s, broke = max(1, round(seconds / len(TARGETS))), 0
    for name in TARGETS:
        folder = corpus / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(name)):
            (folder / f"seed-{number}").write_bytes(seed)
        options = [
            str(folder), f"-max_total_time={share_s}", f"-timeout={SLOW_S}", f"-rss_limit_mb={MEMORY_MB}",
            f"-artifact_prefix={corpus}/{name}-", "-print_final_stats=1", "-max_len=20000",
        ]  # fmt: skip
        started = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "benchmarks.fuzz", name, *options], capture_output=True, text=True)
        units = re.findall(r"number_of_executed_units:\s*(\d+)", done.stderr)
        reached = re.findall(r"cov: (\d+) ft: (\d+)", done.stderr)
        row = {
            "target": name, "status": done.returncode, "inputs": int(units[-1]) if units else 0,
            "seconds": round(time.monotonic() - started), "coverage": int(reached[-1][0]) if reached else 0,
        }  # fmt: skip
        print(json.dumps(row), flush=True)
        if done.returncode:
            broke = 1
            (corpus / f"{name}.log").write_text(done.stderr)
    return broke


def main() -> int:
    if len(sys.argv) > 1 and sys.argv[1] in TARGETS:
        _fuzz(sys.argv[1], sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "fuzz")
    chosen = parser.parse_args()
    if chosen.all:
        return _all(chosen.corpus, chosen.seconds)
    print("\n".join(TARGETS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
