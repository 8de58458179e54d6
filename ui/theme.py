"""Paper, ink, one vermilion seal: the tokens of the page, light and dark.

Contrast on paper: ink 15.6:1, faded ink 5.9:1, vermilion 5.6:1 (light); 14.3:1, 7.3:1, 5.6:1 (dark).
"""

from __future__ import annotations

from typing import NamedTuple

import gradio as gr


class Shade(NamedTuple):
    """One colour token in the light and in the dark theme, as hex."""

    light: str
    dark: str


PAPER = Shade("#F7F4EC", "#15171C")
SHEET = Shade("#FFFFFF", "#1D2027")
INK = Shade("#1B1E26", "#ECE8DD")
FADED = Shade("#5A5F6B", "#A3A8B4")
RULE = Shade("#DDD7C8", "#323640")
EDGE = Shade("#8A8474", "#747A88")
VERMILION = Shade("#B8301C", "#E5634D")
ON_VERMILION = Shade("#FFFFFF", "#15171C")
JADE = Shade("#23695B", "#5FB8A5")
AMBER = Shade("#8A5A00", "#E0A94A")

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> gr.themes.Base:
    """Gradio's variables set from the tokens; system fonts only."""
    return gr.themes.Base(font=list(SANS), font_mono=list(MONO), text_size="md", radius_size="sm").set(
        **_pair("body_background_fill", PAPER),
        **_pair("body_text_color", INK),
        **_pair("body_text_color_subdued", FADED),
        **_pair("background_fill_primary", SHEET),
        **_pair("background_fill_secondary", PAPER),
        **_pair("block_background_fill", PAPER),
        **_pair("block_label_background_fill", PAPER),
        **_pair("block_label_text_color", INK),
        **_pair("block_title_text_color", INK),
        **_pair("block_info_text_color", FADED),
        **_pair("border_color_primary", RULE),
        **_pair("border_color_accent", VERMILION),
        **_pair("block_border_color", RULE),
        **_pair("input_background_fill", SHEET),
        **_pair("input_border_color", EDGE),
        **_pair("input_border_color_focus", INK),
        **_pair("input_placeholder_color", FADED),
        color_accent=VERMILION.light,
        **_pair("color_accent_soft", SHEET),
        **_pair("link_text_color", INK),
        **_pair("button_primary_background_fill", VERMILION),
        **_pair("button_primary_background_fill_hover", VERMILION),
        **_pair("button_primary_text_color", ON_VERMILION),
        **_pair("button_primary_border_color", VERMILION),
        **_pair("button_secondary_background_fill", SHEET),
        **_pair("button_secondary_background_fill_hover", PAPER),
        **_pair("button_secondary_text_color", INK),
        **_pair("button_secondary_border_color", EDGE),
        **_pair("slider_color", INK),
        **_pair("checkbox_background_color_selected", INK),
        **_pair("checkbox_border_color", EDGE),
        **_pair("checkbox_label_text_color", INK),
        **_pair("checkbox_label_background_fill", SHEET),
        **_pair("checkbox_label_background_fill_selected", SHEET),
        **_pair("checkbox_label_text_color_selected", INK),
        **_pair("checkbox_label_border_color_selected", INK),
        block_border_width="0px",
        block_shadow="none",
        block_padding="0",
        input_shadow="none",
        input_shadow_focus="none",
        button_primary_shadow="none",
        button_secondary_shadow="none",
        button_border_width="1px",
        layout_gap="16px",
        form_gap_width="16px",
        shadow_drop="none",
        shadow_drop_lg="none",
    )


def _pair(name: str, shade: Shade) -> dict[str, str]:
    return {name: shade.light, f"{name}_dark": shade.dark}


def variables() -> str:
    """The tokens as CSS custom properties, for our own style sheet; a page without scripts follows the system."""
    tokens = {
        "paper": PAPER,
        "sheet": SHEET,
        "ink": INK,
        "faded": FADED,
        "rule": RULE,
        "edge": EDGE,
        "vermilion": VERMILION,
        "on-vermilion": ON_VERMILION,
        "jade": JADE,
        "amber": AMBER,
    }
    light = "".join(f"--{name}:{shade.light};" for name, shade in tokens.items())
    dark = "".join(f"--{name}:{shade.dark};" for name, shade in tokens.items())
    return f":root{{{light}}}.dark{{{dark}}}@media (prefers-color-scheme:dark){{.missing{{{dark}}}}}"
