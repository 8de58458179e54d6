"""The Create page: inputs on the left, the sheet of the job on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from media.clip import ASPECTS
from pipeline.presets import PRESETS
from pipeline.request import PURPOSES
from pipeline.views import EngineCard
from ui import components
from ui.markup import Markup, el, join, t
from ui.offer import AUTO, makers, offer

ACTIONS_JS = "window.colophon.actions({element, props, trigger, upload, watch}); /* 'select' */"
REFERENCES_JS = "window.colophon.references({element, props, trigger, upload, watch});"
SHOTS_JS = "window.colophon.shots({element, props, trigger, upload, watch});"
WATCH_JS = "window.colophon.watch({element, props, trigger, upload, watch}); /* 'select' */"
PLACE = "<div></div>"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the visitor fills in."""

    prompt: gr.Textbox
    references: gr.HTML
    shots: gr.HTML
    aspect: gr.Radio
    duration: gr.Slider
    resolution: gr.Radio
    fps: gr.Radio
    engine: gr.Radio
    seed: gr.Textbox
    sound: gr.Checkbox
    negative: gr.Textbox
    title: gr.Textbox
    purpose: gr.Radio

    def all(self) -> list[Any]:
        """In the order that the submit handler takes them."""
        return [getattr(self, name) for name in self.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What shows a job."""

    stage: gr.HTML
    video: gr.Video
    still: gr.Image
    sound: gr.Audio
    download: gr.DownloadButton
    cancel: gr.Button
    retry: gr.Button
    vary: gr.Button
    appeal: gr.Column
    appeal_text: gr.Textbox
    appeal_send: gr.Button
    appeal_said: gr.HTML


@dataclass(frozen=True, slots=True)
class Create:
    """The parts of the page that events are tied to."""

    inputs: Inputs
    sheet: Sheet
    lint: gr.HTML
    notice: gr.HTML
    generate: gr.Button
    presets: gr.HTML
    engine_can: gr.HTML
    engine_notes: gr.HTML
    estimate: gr.HTML
    terms: gr.Checkbox
    watch: gr.HTML


def create(engines: list[EngineCard], terms: bool, consents: bool = False) -> Create:
    """Lays the page out. Call inside a tab. With `consents` it asks what the result is for."""
    with gr.Row(elem_classes="work", equal_height=False):
        with gr.Column(scale=6, min_width=320, elem_classes="inputs"):
            inputs, lint, presets, can, notes = _inputs(engines, consents)
            watch = gr.HTML("", html_template=PLACE, js_on_load=WATCH_JS, elem_id="watch", apply_default_css=False)
            with gr.Column(elem_classes="go"):
                notice = gr.HTML(elem_id="notice")
                agree = gr.Checkbox(False, label=t("ui.create.terms"), visible=terms, elem_id="terms")
                generate = gr.Button(t("ui.create.generate"), variant="primary", elem_id="generate")
                estimate = gr.HTML(elem_id="estimate", apply_default_css=False)
        with gr.Column(scale=5, min_width=320, elem_classes="result"):
            sheet = _sheet()
    return Create(inputs, sheet, lint, notice, generate, presets, can, notes, estimate, agree, watch)


def _inputs(engines: list[EngineCard], consents: bool) -> tuple[Inputs, gr.HTML, gr.HTML, gr.HTML, gr.HTML]:
    prompt = gr.Textbox(
        label=t("ui.create.prompt"),
        placeholder=t("ui.create.prompt_placeholder"),
        lines=5,
        max_lines=14,
        elem_id="prompt",
    )
    lint = gr.HTML(elem_id="lint")
    presets = gr.HTML(_presets(), js_on_load=ACTIONS_JS, elem_id="presets", apply_default_css=False)
    references = gr.HTML(
        "[]", html_template=PLACE, js_on_load=REFERENCES_JS, elem_id="references", apply_default_css=False
    )
    with gr.Row(elem_classes="shape"):
        aspect = gr.Radio(list(ASPECTS), value="16:9", label=t("ui.create.aspect"), elem_id="aspect")
        duration = gr.Slider(
            *offer(engines, AUTO).duration_s,
            value=5,
            step=0.5,
            label=t("ui.create.duration"),
            elem_id="duration",
            buttons=[],
        )
    with gr.Accordion(t("ui.create.shots"), open=False, elem_id="shots-part"):
        gr.HTML(el("p", t("ui.create.shots_info"), class_="faded small"), apply_default_css=False)
        shots = gr.HTML("", html_template=PLACE, js_on_load=SHOTS_JS, elem_id="shots", apply_default_css=False)
    with gr.Accordion(t("ui.create.more"), open=False, elem_id="more"):
        rest, can, notes = _more(engines, consents)
    return Inputs(prompt, references, shots, aspect, duration, *rest), lint, presets, can, notes


def _more(engines: list[EngineCard], consents: bool) -> tuple[list[Any], gr.HTML, gr.HTML]:
    offered = offer(engines, AUTO)
    choices = [(t("ui.create.auto"), AUTO), *((card.name, card.name) for card in makers(engines))]
    engine = gr.Radio(choices, value=AUTO, label=t("ui.create.engine"), elem_id="engine")
    can = gr.HTML(
        el("p", t("ui.create.engine_any"), class_="faded small"), elem_id="engine-can", apply_default_css=False
    )
    notes = gr.HTML(elem_id="engine-notes", apply_default_css=False)
    resolution = gr.Radio(
        list(offered.resolutions), value=offered.resolution("720p"), label=t("ui.create.resolution"),
        elem_id="resolution",
    )  # fmt: skip
    fps = gr.Radio(list(offered.frame_rates), value=offered.rate(24), label=t("ui.create.fps"), elem_id="fps")
    with gr.Row():
        seed = gr.Textbox(
            label=t("ui.create.seed"), info=t("ui.create.seed_info"), lines=1, max_length=19, elem_id="seed"
        )
        sound = gr.Checkbox(value=True, label=t("ui.create.sound"), elem_id="with-sound", elem_classes="tick")
    negative = gr.Textbox(label=t("ui.create.negative"), info=t("ui.create.negative_info"), lines=1)
    title = gr.Textbox(label=t("ui.create.title"), lines=1)
    purpose = gr.Radio(
        [(t(f"report.consent.{name}"), name) for name in PURPOSES], value=PURPOSES[0], label=t("ui.create.purpose"),
        info=t("ui.create.purpose_info"), visible=consents, elem_id="purpose",
    )  # fmt: skip
    return [resolution, fps, engine, seed, sound, negative, title, purpose], can, notes


def _presets() -> Markup:
    chips = (
        el(
            "button",
            t(f"preset.{name}.title"),
            type="button",
            class_="chip",
            title=t(f"preset.{name}.about"),
            data_action="preset",
            data_id=name,
        )
        for name in PRESETS
    )
    return el("div", el("span", t("ui.create.presets"), class_="faded small"), *chips, class_="chips")


def _sheet() -> Sheet:
    video, still, sound = components.player(), components.still(), components.sound()
    with gr.Row(elem_classes="result-actions"):
        download = components.download()
        vary = gr.Button(t("ui.action.vary"), visible=False, elem_id="vary")
    stage = gr.HTML(_blank(), js_on_load=ACTIONS_JS, elem_id="stage", apply_default_css=False)
    with gr.Row(elem_classes="result-actions"):
        cancel, retry = (gr.Button(t(f"ui.action.{name}"), visible=False, elem_id=name) for name in ("cancel", "retry"))
    with gr.Column(visible=False, elem_id="appeal") as appeal:
        text = gr.Textbox(label=t("ui.appeal.title"), info=t("ui.appeal.info"), lines=3, max_length=4000)
        send = gr.Button(t("ui.appeal.send"))
    said = gr.HTML(elem_id="appeal-said")
    return Sheet(stage, video, still, sound, download, cancel, retry, vary, appeal, text, send, said)


def _blank() -> Markup:
    return join([el("section", el("div", class_="plate"), class_="stage empty")])
