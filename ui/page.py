"""The trial page: Create, My jobs, Verify, About. Wiring only; painting is next door."""

from __future__ import annotations

import gradio as gr

from locales.catalog import NAMES
from pipeline.workbench import Workbench
from safety.policy import load
from ui.about import about
from ui.api import offer
from ui.calls import Calls
from ui.config import UiConfig
from ui.create import ACTIONS_JS, PLACE, Create, create
from ui.events import Events
from ui.markup import Markup, el, t
from ui.stage import seal
from watermark.report import ReportSigner

QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
INSPECT_JS = "window.colophon.inspect({element, props, trigger, upload, watch}); /* 'upload' */"
NOTICE = "AI生成 · AI-generated"


def build(studio: Workbench, config: UiConfig, signer: ReportSigner | None = None) -> gr.Blocks:
    """The whole page, in stand-ins that `ui.edge` turns into the visitor's language."""
    events = Events(studio, config, signer)
    engines = studio.engines()
    with Calls(title=t("ui.page.title"), analytics_enabled=False, delete_cache=(300, 3600), fill_width=True) as page:
        gr.HTML(_masthead(), apply_default_css=False, elem_id="masthead")
        current, seen = gr.State(None), gr.State("")
        timer = gr.Timer(config.poll_s, active=False)
        with gr.Tabs(selected="create", elem_id="tabs") as tabs:
            with gr.Tab(t("ui.tab.create"), id="create"):
                parts = create(engines, bool(config.terms), config.profile == "studio")
            with gr.Tab(t("ui.tab.jobs"), id="jobs"):
                gr.HTML(_owner(config), apply_default_css=False, elem_id="owner")
                jobs = gr.HTML(js_on_load=ACTIONS_JS, elem_id="jobs", apply_default_css=False)
            with gr.Tab(t("ui.tab.verify"), id="verify"):
                _verify(events)
            with gr.Tab(t("ui.tab.about"), id="about"):
                rules = ((rule.policy, rule.text) for rule in load(config.profile).rules)
                gr.HTML(about(rules, engines, config), apply_default_css=False)
        gr.HTML(_foot(), apply_default_css=False, elem_id="foot")
        _wire(page, events, parts, current, seen, jobs, timer, tabs)
        offer(studio, config)
    return page


def _masthead() -> Markup:
    languages = el("select", *(el("option", name, value=tag, lang=tag) for tag, name in NAMES.items()), id="language",
                   aria_label=t("ui.page.language"))  # fmt: skip
    name = el("a", seal(), el("span", t("ui.page.name")), class_="name", href="./")
    switches = el("div", languages, el("button", "◐", type="button", id="theme-switch", aria_label=t("ui.page.theme"),
                                       title=t("ui.page.theme")), class_="switches")  # fmt: skip
    promise = el("p", t("ui.page.promise"), class_="promise")
    notice = el("p", NOTICE, class_="ai-notice", title=t("ui.page.notice"), lang="zh-Hans")
    return el("header", name, promise, notice, switches, class_="masthead")


def _foot() -> Markup:
    return el(
        "footer",
        el("p", t("ui.page.foot")),
        el("p", el("a", t("ui.about.programs.link"), href="?view=api")),
        class_="foot",
    )


def _owner(config: UiConfig) -> Markup:
    """Whose list this is; the script says whether somebody is signed in."""
    sign_in = el("a", t("ui.jobs.sign_in"), class_="quiet", href="login/huggingface", id="sign-in")
    sign_out = el("a", t("ui.jobs.sign_out"), class_="quiet", href="login/out", id="sign-out", hidden=True)
    doors = (sign_in, sign_out) if config.login else ()
    return el("p", el("span", t("ui.jobs.owner"), id="owner-text"), *doors, class_="faded small owner")


def _verify(events: Events) -> None:
    with gr.Row(elem_classes="work"):
        with gr.Column(scale=5, min_width=320, elem_classes="inputs"):
            gr.HTML(
                el("div", el("h2", t("ui.verify.title")), el("p", t("ui.verify.text"), class_="faded")),
                apply_default_css=False,
            )
            upload = gr.HTML(
                "", html_template=PLACE, js_on_load=INSPECT_JS, elem_id="verify-file", apply_default_css=False
            )
            gr.HTML(el("p", t("ui.verify.privacy"), class_="faded small"), apply_default_css=False)
        with gr.Column(scale=6, min_width=320, elem_classes="result"):
            slip = gr.HTML(
                el("p", t("ui.verify.waiting"), class_="slip-empty faded"),
                js_on_load=ACTIONS_JS,
                elem_id="slip",
                apply_default_css=False,
            )
    upload.upload(events.inspect, upload, slip, concurrency_limit=2, api_visibility="private")


def _wire(
    page: gr.Blocks,
    events: Events,
    parts: Create,
    current: gr.State,
    seen: gr.State,
    jobs: gr.HTML,
    timer: gr.Timer,
    tabs: gr.Tabs,
) -> None:
    sheet, inputs = parts.sheet, parts.inputs
    painted = [
        current, seen, sheet.stage, sheet.video, sheet.still, sheet.sound, sheet.download, sheet.cancel, sheet.retry,
        sheet.vary, sheet.appeal,
    ]  # fmt: skip
    overview = [jobs, timer]
    acted = [*painted, *overview, parts.notice, tabs]
    page.load(events.start, None, [*painted, *overview, parts.engine_notes, parts.notice], **QUIET)
    parts.generate.click(
        events.submit, [*inputs.all(), parts.terms], [*painted, *overview, parts.notice], trigger_mode="once", **QUIET
    )
    timer.tick(events.tick, [current, seen], [*painted, *overview], trigger_mode="once", **QUIET)
    for listed in (jobs, sheet.stage):
        listed.select(events.act, current, acted, **QUIET)
    for button, handler in ((sheet.cancel, events.cancel), (sheet.retry, events.retry), (sheet.vary, events.vary)):
        button.click(handler, current, acted, trigger_mode="once", **QUIET)
    sheet.appeal_send.click(
        events.appeal, [current, sheet.appeal_text], [sheet.appeal_said, sheet.appeal_text, sheet.appeal], **QUIET
    )
    advised = [parts.lint, parts.estimate]
    parts.watch.select(events.advise, inputs.all(), advised, trigger_mode="always_last", **QUIET)
    filled = [inputs.prompt, inputs.aspect, inputs.duration, inputs.shots]
    parts.presets.select(events.preset, inputs.engine, filled, **QUIET)
    shape = [inputs.resolution, inputs.fps, inputs.duration, inputs.sound]
    parts.inputs.engine.input(events.engine, [inputs.engine, *shape], [*shape, parts.engine_can], **QUIET)
