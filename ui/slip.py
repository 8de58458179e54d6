"""The Verify report as a customs slip: one sentence, then evidence in order of strength, then details.

It states what was found. It never says what a file is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ui.markup import Markup, el, join
from ui.stage import seal
from ui.visit import Visit

TONES = {
    "ours_intact": "jade",
    "trusted_other": "jade",
    "recovered": "jade",
    "marked": "amber",
    "trace": "amber",
    "possible_match": "amber",
    "intact_unknown_signer": "amber",
    "remote": "amber",
    "expired": "amber",
    "conflict": "vermilion",
    "transplant": "vermilion",
    "altered": "vermilion",
    "damaged": "vermilion",
}
SEALED = frozenset({"ours_intact", "recovered"})
Report = Mapping[str, Any]


def slip(report: Report, visit: Visit, taken_along: Markup | None = None) -> Markup:
    """A report (`StampReport.as_dict()`) for a person.

    Args:
        taken_along: buttons that give it as a file.
    """
    state = str(report.get("state", "damaged"))
    finding = str(report.get("finding") or state)
    sign = (
        seal("press")
        if finding in SEALED
        else el("span", class_=f"sign slip-{TONES.get(finding, 'plain')}", aria_hidden="true")
    )
    problem = (report.get("c2pa") or {}).get("problem")
    more = el("p", visit.say(f"verify.finding.altered.{problem}")) if finding == "altered" and problem else None
    head = el("header", sign, el("div", el("h2", visit.say(f"verify.finding.{finding}")), more), class_="result-head")
    error = el("p", visit.say(str(report["error"])), class_="note") if report.get("error") else None
    evidence = (_row(name, *finder(report, visit), visit) for name, finder in _EVIDENCE)
    return el(
        "article",
        head,
        error,
        el("dl", *evidence, class_="evidence"),
        el("p", visit.say("verify.report.note"), class_="faded"),
        taken_along,
        el("details", el("summary", visit.say("ui.slip.details")), _history(report, visit), _raw(report)),
        class_="slip",
        data_state=state,
    )


def _row(name: str, found: str, said: str, visit: Visit) -> Markup:
    mark = el("small", visit.say(f"ui.found.{found}"), class_=f"found {found}")
    return el("div", el("dt", visit.say(f"ui.evidence.{name}"), mark), el("dd", said))


def _signature(report: Report, visit: Visit) -> tuple[str, str]:
    c2pa = report.get("c2pa")
    if report.get("recovered"):
        return "yes", visit.say("ui.evidence.signature.recovered")
    if not c2pa:
        return "no", visit.say("ui.evidence.signature.none")
    state = str(c2pa.get("validation_state") or "").lower()
    issuer = c2pa.get("issuer") or visit.say("ui.evidence.signature.unnamed")
    found = "yes" if state in {"valid", "trusted"} else "broken"
    known = state if state in {"valid", "trusted"} else "invalid"
    return found, visit.say(f"ui.evidence.signature.{known}", issuer=issuer)


def _record(report: Report, visit: Visit) -> tuple[str, str]:
    record = report.get("record")
    if not record:
        return "no", visit.say("ui.evidence.record.none")
    return "yes", visit.say("ui.evidence.record.found", release=record.get("release_id", ""), when=_moment(record))


def _moment(record: Report) -> str:
    """ISO 8601 without what nobody reads."""
    return f"{str(record.get('created_at', ''))[:16].replace('T', ' ')} UTC"


def _mark(report: Report, visit: Visit) -> tuple[str, str]:
    marks = _marks(report)
    if marks:
        places = ", ".join(visit.say(f"ui.place.{name}") for name, _ in marks)
        payload = next((str(mark["payload"]) for _, mark in marks if mark.get("payload")), "")
        known = "recalled" if all(mark.get("recalled") for _, mark in marks) else "found"
        return "yes", visit.say(f"ui.evidence.mark.{known}", places=places, payload=payload)
    states = {str(mark.get("state", "")) for mark in (report.get("watermark") or {}).values() if mark}
    if "unreadable" in states:
        return "unclear", visit.say("ui.evidence.mark.unreadable")
    if any(reader.get("state") == "unavailable" for reader in report.get("neural") or ()):
        return "unclear", visit.say("error.mark.unread")
    return "no", visit.say("ui.evidence.mark.none")


def _aigc(report: Report, visit: Visit) -> tuple[str, str]:
    aigc = report.get("aigc")
    if not aigc:
        return "no", visit.say("ui.evidence.aigc.none")
    producer = aigc.get("ContentProducer") or aigc.get("content_producer") or ""
    return "yes", visit.say("ui.evidence.aigc.found", producer=producer)


def _label(report: Report, visit: Visit) -> tuple[str, str]:
    label = report.get("label")
    if not label:
        return "unclear", visit.say("ui.evidence.label.unknown")
    return (
        ("yes", visit.say("ui.evidence.label.found"))
        if label.get("visible")
        else ("no", visit.say("ui.evidence.label.none"))
    )


def _marks(report: Report) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, mark) for name, mark in (report.get("watermark") or {}).items() if mark and mark.get("found")]


def _history(report: Report, visit: Visit) -> Markup | None:
    c2pa = report.get("recovered") or report.get("c2pa") or {}
    actions = [_plain(item, "action") for item in c2pa.get("actions") or ()]
    sources = [_plain(item, "title") for item in c2pa.get("ingredients") or ()]
    if not actions and not sources:
        return None
    return join([_list(visit.say("ui.slip.actions"), actions), _list(visit.say("ui.slip.ingredients"), sources)])


def _list(title: str, items: Sequence[str]) -> Markup | None:
    return join([el("h3", title), el("ol", *(el("li", item, dir="auto") for item in items))]) if items else None


def _plain(item: Any, name: str) -> str:
    return str(item.get(name) or item.get("label") or "") if isinstance(item, Mapping) else str(item)


def _raw(report: Report) -> Markup:
    shown = {name: value for name, value in report.items() if name != "file"}
    return el("pre", json.dumps(shown, ensure_ascii=False, indent=2, default=str), dir="ltr", tabindex=0)


_EVIDENCE = (("signature", _signature), ("record", _record), ("mark", _mark), ("aigc", _aigc), ("label", _label))
