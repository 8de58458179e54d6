"""What is protected and what is not, and the rules: written from the same data that the code decides by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from locales.catalog import SOURCE, texts
from pipeline.engines import Limits
from pipeline.views import EngineCard
from ui.config import UiConfig
from ui.markup import Markup, el, join, t
from ui.markup import t_with as _holes

PROTECTED = ("quarantine", "closed", "carried", "survives", "texts")
UNPROTECTED = ("crop", "strip", "detectors", "others", "law")
METHODS = ("label", "mark", "record", "manifest")


def about(rules: Iterable[tuple[str, str]], engines: Sequence[EngineCard], config: UiConfig) -> Markup:
    """The About tab, in stand-ins; `rules` are (policy id, text prefix)."""
    return el(
        "article",
        _list("protected", PROTECTED),
        _list("unprotected", UNPROTECTED),
        _policies(rules),
        _methods(),
        _section(
            "retention",
            _filled("ui.about.retention.text", str(config.retention_days)),
            _link("ui.about.retention.link", "retention"),
        ),
        _section("data", el("p", t("ui.about.data.text"))),
        _section("fair", el("p", _fair(config))),
        _section(
            "terms",
            el("p", t("ui.about.terms.text")),
            el("p", _holes("ui.about.terms.version", version=config.terms), class_="faded") if config.terms else None,
        ),
        _engines(engines),
        _section(
            "contact",
            el("p", t("ui.about.contact.text")),
            el("p", config.contact, dir="auto") if config.contact else None,
            _link("ui.about.contact.link", "report"),
            _link("ui.about.protect.link", "protect"),
        ),
        _section("access", el("p", t("ui.about.access.text"))),
        _section(
            "programs",
            el("p", t("ui.about.programs.text")),
            el("p", el("a", t("ui.about.programs.link"), href="?view=api")),
        ),
        class_="about",
    )


def _section(name: str, *content: Markup | None) -> Markup:
    return el("section", el("h2", t(f"ui.about.{name}.title")), *content, id=f"about-{name}")


def _list(name: str, items: Sequence[str]) -> Markup:
    rows = (el("li", el("strong", t(f"ui.about.{item}.title")), " ", t(f"ui.about.{item}.text")) for item in items)
    return _section(name, el("ul", *rows))


def _filled(key: str, days: str) -> Markup:
    return el("p", t(key), " ", el("strong", days), " ", t("ui.about.retention.days"))


def _link(key: str, address: str) -> Markup:
    return el("p", el("a", t(key), href=address))


def _fair(config: UiConfig) -> str:
    fair = config.fair_use
    return _holes(
        "ui.about.fair.text",
        per_visitor=fair.per_visitor,
        per_day=fair.per_day,
        slow_after=fair.slow_after,
        stop_after=fair.stop_after,
    )


def _policies(rules: Iterable[tuple[str, str]]) -> Markup:
    known = texts(SOURCE)
    rows = []
    for policy, prefix in dict(rules).items():
        if f"{prefix}.rule" in known:
            title = f"policy.{policy}.title" if f"policy.{policy}.title" in known else f"{prefix}.title"
            rows.append(
                el(
                    "details",
                    el("summary", t(title)),
                    el("p", t(f"{prefix}.rule")),
                    el("p", t(f"{prefix}.remedy"), class_="faded"),
                )
            )
    return _section("policies", el("p", t("ui.about.policies.text")), el("div", *rows, class_="rules"))


def _methods() -> Markup:
    rows = (join([el("dt", t(f"ui.carries.{name}.title")), el("dd", t(f"ui.about.method.{name}"))]) for name in METHODS)
    return _section("methods", el("dl", *rows))


def _engines(engines: Sequence[EngineCard]) -> Markup:
    rows = (
        el(
            "tr",
            el("td", card.name),
            el("td", t(f"ui.about.engines.kind.{card.kind}")),
            el("td", _can(card)),
            el("td", card.licence, dir="auto"),
        )
        for card in engines
    )
    columns = ("name", "kind", "can", "licence")
    head = el("tr", *(el("th", t(f"ui.about.engines.{name}"), scope="col") for name in columns))
    table = el("table", el("thead", head), el("tbody", *rows))
    return _section(
        "engines", el("div", table, class_="wide", tabindex=0, role="region", aria_label=t("ui.about.engines.title"))
    )


def _can(card: EngineCard) -> str:
    """Largest size, rates and longest clip of an engine."""
    limits: Limits | None = card.limits
    if limits is None:
        return ""
    if "video" not in limits.outputs:
        return limits.resolutions[-1]
    rates = "/".join(str(rate) for rate in limits.frame_rates)
    return f"{limits.resolutions[-1]} · {rates} fps · {limits.duration_s[1]:g} s"
