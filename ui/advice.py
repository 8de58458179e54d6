"""What the page says while a request is written: rules that it would meet, weak places, time, price and engine."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipeline.lint import Problem
from pipeline.workbench import Advice
from ui.markup import Markup, el, join
from ui.offer import AUTO, Offer
from ui.stage import reason
from ui.visit import Visit
from ui.words import span

MAX_REASONS = 3
MAX_HINTS = 4


def advice(told: Advice, prompt: str, visit: Visit) -> Markup:
    """Reasons and hints, and the outline for the shot cards with the prompt that it belongs to."""
    outline = json.dumps(told.outline, ensure_ascii=False) if told.outline else ""
    return el(
        "div",
        _reasons(told, prompt, visit),
        _hints(told.problems[:MAX_HINTS], visit),
        class_="advice",
        role="status",
        data_outline=outline,
        data_of=prompt,
    )


def _reasons(told: Advice, prompt: str, visit: Visit) -> Markup | None:
    rows = [reason(item, visit, prompt) for item in told.reasons[:MAX_REASONS]]
    return el("section", el("p", visit.say("ui.lint.title")), *rows, class_="lint") if rows else None


def _hints(problems: Sequence[Problem], visit: Visit) -> Markup | None:
    rows = [el("li", visit.say(p.key, **visit.said(p.params)), class_=p.level) for p in problems]
    return el("ul", *rows, class_="hints", aria_label=visit.say("ui.lint.hints")) if rows else None


def estimate(told: Advice, visit: Visit) -> Markup:
    """One line before the button: how long, from when, for how much, how many are left; and why this engine."""
    facts = [
        visit.say("ui.estimate.time", time=span(told.time_s, visit)) if told.time_s else None,
        visit.say("ui.estimate.wait", time=span(told.wait_s, visit)) if told.wait_s else None,
        _price(told, visit),
        visit.say("ui.estimate.gpu", time=span(told.quota_s, visit)) if told.quota_s else None,
        visit.say("ui.estimate.left", left=told.left_today, limit=told.per_day),
    ]
    line = el("p", *(el("span", fact) for fact in facts if fact), class_="facts")
    why = visit.say(told.choice_key, engine=told.engine) if told.choice_key else ""
    return join([line, el("p", why, class_="faded small") if why else None])


def engine_can(engine: str, offered: Offer, visit: Visit) -> Markup:
    """One line below the engines: what the chosen one can make."""
    shortest_s, longest_s = offered.duration_s
    said = visit.say(
        "ui.create.engine_can", engine=engine, most=offered.resolutions[-1],
        rates=", ".join(str(rate) for rate in offered.frame_rates), least_s=f"{shortest_s:g}", most_s=f"{longest_s:g}",
    )  # fmt: skip
    silent = None if offered.sound else f" {visit.say('ui.create.engine_silent')}"
    any_engine = visit.say("ui.create.engine_any") if engine == AUTO else None
    return el("p", any_engine or said, None if any_engine else silent, class_="faded small", role="status")


def _price(told: Advice, visit: Visit) -> str | None:
    if not told.engine:
        return None
    if told.cost:
        return visit.say("ui.estimate.cost", amount=f"{told.cost:.2f} {told.currency}".strip())
    return visit.say("ui.estimate.free") if told.cost == 0 or told.engine == "animatic" else None
