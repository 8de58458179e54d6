"""The page in a real browser: a visitor's stories, every state, every language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from locales.catalog import tags, translate
from pipeline.script import split
from tests.ui.conftest import Site
from tests.ui.scripted import clip
from watermark import printed
from watermark.report import holds

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WAIT_MS = 60_000
Visit = Callable[..., Any]


@pytest.fixture
def visit(site: Site, browser: Any) -> Iterator[Visit]:
    """Opens the page as a new visitor and collects what must not happen."""
    contexts = []
    trouble: list[str] = []

    def open_page(width: int = 1440, height: int = 900, locale: str = "en", scheme: str = "light") -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme, accept_downloads=True,
            reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: trouble.append(f"script: {error}"))
        page.on("request", lambda request: trouble.append(request.url) if _foreign(request.url, site.url) else None)
        page.goto(site.url)
        page.wait_for_selector("#generate")
        page.wait_for_selector(".carried")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def _foreign(url: str, home: str) -> bool:
    return not url.startswith((home, "blob:", "data:"))


def ask(page: Any, prompt: str, state: str) -> None:
    """Types a prompt, presses Generate and waits for a state."""
    page.fill("#prompt textarea", prompt)
    page.click("#generate")
    page.wait_for_selector(f"#stage [data-state={state}]")


def test_a_newcomer_gets_the_released_bytes_with_two_clicks(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    ask(page, "a quiet harbour", "released")
    page.wait_for_selector("#player video")
    with page.expect_download() as started:
        page.click("#download")
    started.value.save_as(tmp_path / "got.mp4")
    page.locator("#stage summary").last.click()
    assert hashlib.sha256((tmp_path / "got.mp4").read_bytes()).hexdigest() in page.inner_text("#stage")
    assert started.value.suggested_filename == "colophon-animatic.mp4"
    assert page.locator("#stage .seal.press").count() == 1


def test_a_reload_finds_the_job_and_another_visitor_does_not(visit: Visit) -> None:
    page = visit()
    ask(page, "my own harbour", "released")
    page.reload()
    page.wait_for_selector("#stage [data-state=released]")
    page.get_by_role("tab", name="My jobs").click()
    page.wait_for_selector(".job-prompt:has-text('my own harbour')")
    stranger = visit()
    stranger.get_by_role("tab", name="My jobs").click()
    stranger.wait_for_selector(".jobs-none")


@pytest.mark.parametrize("state", ["refused", "held"])
def test_a_refusal_has_three_lines_and_an_appeal(visit: Visit, site: Site, state: str) -> None:
    page = visit()
    ask(page, {"refused": "refuse this", "held": "hold this"}[state], state)
    for name in ("found", "rule", "next"):
        assert translate(f"ui.reason.{name}") in page.inner_text("#stage")
    page.fill("#appeal textarea", "It is my own face.")
    page.click("#appeal button")
    page.wait_for_selector("#appeal-said .note")
    assert "It is my own face." in site.studio.appeals


def test_a_failure_says_what_was_kept_and_can_be_tried_again(visit: Visit) -> None:
    page = visit()
    ask(page, "fail once", "failed")
    assert translate("ui.failed.kept") in page.inner_text("#stage")
    page.click("#retry")
    page.wait_for_selector("#stage .steps, #stage [data-state=failed]")


def test_a_running_job_shows_named_steps_and_can_be_cancelled(visit: Visit) -> None:
    page = visit()
    ask(page, "stuck in the middle", "rendering")
    page.wait_for_selector("#stage [aria-current=step]")
    assert "41 %" in page.inner_text("#stage .steps")
    page.click("#cancel")
    page.wait_for_selector("#stage [data-state=cancelled]")


def test_an_error_stands_beside_the_button(visit: Visit) -> None:
    page = visit()
    page.fill("#prompt textarea", "the queue is full")
    page.click("#generate")
    page.wait_for_selector("#notice [role=alert]")


def test_the_words_are_screened_while_they_are_typed(visit: Visit) -> None:
    page = visit()
    page.locator("#prompt textarea").press_sequentially("refuse", delay=10)
    page.wait_for_selector("#lint .lint")
    page.fill("#prompt textarea", "harmless")
    page.wait_for_selector("#lint .lint", state="detached")
    page.fill("#prompt textarea", "pasted: refuse")
    page.wait_for_selector("#lint .lint")


def test_references_are_ordered_named_and_sent(visit: Visit, site: Site, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        clip(tmp_path / name, 4)
    page = visit()
    page.set_input_files("#reference-files", [tmp_path / "a.mp4", tmp_path / "b.mp4"])
    page.wait_for_selector(".ref:nth-child(2)")
    page.locator(".ref:nth-child(2) .ref-tools button").first.click()
    page.locator(".ref:nth-child(1) select").select_option("motion")
    page.fill("#prompt textarea", "like ")
    page.locator("#prompt textarea").press_sequentially("@vid")
    page.locator(".mentions button").first.click()
    assert page.input_value("#prompt textarea") == "like @video1 "
    page.click("#generate")
    page.wait_for_selector("#stage .steps")
    uploads = site.studio.forms[-1].uploads
    assert [(upload.label, upload.role) for upload in uploads] == [("b.mp4", "motion"), ("a.mp4", "auto")]


def test_cards_show_the_prompt_and_the_prompt_follows_the_cards(visit: Visit, site: Site) -> None:
    page = visit()
    page.fill("#prompt textarea", "A harbour lies in the morning sun. A boat leaves for the open sea.")
    page.click("#shots-part .label-wrap")
    page.wait_for_selector(".shot:nth-child(2)")
    page.locator(".shot:nth-child(2) textarea").nth(1).fill("Anna: Good morning")
    page.locator(".shot:nth-child(1) .ref-tools button").nth(1).click()
    first = translate("ui.js.shots.number").format(number=1)
    assert page.input_value("#prompt textarea").startswith(f"{first}: A boat leaves")
    page.fill("#prompt textarea", page.input_value("#prompt textarea").replace("A boat", "A ship"))
    assert page.locator(".shot:nth-child(1) textarea").first.input_value() == "A ship leaves for the open sea."
    page.click("#generate")
    page.wait_for_selector("#stage .steps")
    shots = site.studio.forms[-1].shots
    assert shots is not None
    assert [s["action"] for s in shots["shots"]] == [
        "A ship leaves for the open sea.", "A harbour lies in the morning sun.",
    ]  # fmt: skip
    assert shots["shots"][0]["dialogue"] == [{"speaker": "Anna", "line": "Good morning"}]


def test_untouched_cards_leave_the_division_to_the_server(visit: Visit, site: Site) -> None:
    page = visit()
    page.fill("#prompt textarea", "A quiet square at noon, pigeons. A child runs through them.")
    page.click("#shots-part .label-wrap")
    page.wait_for_selector(".shot:nth-child(2)")
    page.click("#generate")
    page.wait_for_selector("#stage .steps")
    assert site.studio.forms[-1].shots is None


@pytest.mark.parametrize("tag", tags())
def test_headed_lines_are_divided_as_they_were_written(tag: str) -> None:
    heads = [translate("ui.js.shots.number", tag, number=number) for number in (1, 2, 3)]
    words = ["A", "B c", "D e f"]
    text = "\n".join(f"{head}: {word}" for head, word in zip(heads, words, strict=True))
    assert [part for part, _ in split(text)] == words


def test_before_the_button_stand_time_price_and_what_is_left(visit: Visit) -> None:
    page = visit()
    page.fill("#prompt textarea", "a vague thing")
    page.wait_for_selector("#lint .hints")
    told = page.inner_text("#estimate")
    for part in ("12 seconds", "40 seconds", translate("ui.estimate.free"), "9"):
        assert part in told
    assert translate("engine.choice.animatic", engine="animatic") in told


def test_a_reference_is_replaced_and_mentions_move_with_their_files(visit: Visit, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        clip(tmp_path / name, 4)
    page = visit()
    page.set_input_files("#reference-files", [tmp_path / "a.mp4", tmp_path / "b.mp4"])
    page.wait_for_selector(".ref:nth-child(2)")
    page.fill("#prompt textarea", "first @video1 then @video2")
    page.locator(".ref:nth-child(2) .ref-tools button").first.click()
    assert page.input_value("#prompt textarea") == "first @video2 then @video1"
    with page.expect_file_chooser() as chooser:
        page.locator(".ref:nth-child(1) .ref-tools button").nth(2).click()
    chooser.value.set_files(tmp_path / "c.mp4")
    page.wait_for_selector(".ref:nth-child(1) [title='c.mp4']")


def test_what_cannot_be_read_is_refused_before_it_is_sent(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    page = visit()
    page.set_input_files("#reference-files", tmp_path / "notes.txt")
    page.wait_for_selector(".refs-box .live:has-text('notes.txt')")
    assert page.locator(".ref").count() == 0


def test_captions_texts_versions_and_links_come_with_a_release(visit: Visit, site: Site) -> None:
    page = visit()
    ask(page, "a film with words", "released")
    page.wait_for_selector("#player video track", state="attached")
    assert page.request.get(site.url + "/" + page.locator("#take-along a").nth(1).get_attribute("href")).ok
    stranger = visit()
    link = page.locator("#take-along a").nth(1).get_attribute("href")
    assert stranger.request.get(f"{site.url}/{link}").status == 404
    page.click("#go-on summary")
    page.locator("form[data-action=retake] select").select_option("2")
    page.fill("form[data-action=retake] textarea", "in the rain")
    page.click("form[data-action=retake] button")
    page.wait_for_selector("#stage .steps")
    assert site.studio.forms[-1].prompt == "retake 2: in the rain"


def test_a_copied_link_leads_to_the_report_of_the_release(visit: Visit, site: Site) -> None:
    page = visit()
    ask(page, "to be looked up", "released")
    link = page.locator("[data-link]").get_attribute("data-link")
    page.goto(f"{site.url}/{link}")
    page.wait_for_selector("#slip .slip")
    page.goto(f"{site.url}/verify?release=rel-gone")
    page.wait_for_selector("#slip .alert")
    assert translate("error.release.unknown") in page.inner_text("#slip")


def test_the_back_button_goes_from_tab_to_tab(visit: Visit) -> None:
    page = visit()
    page.get_by_role("tab", name="My jobs").click()
    page.get_by_role("tab", name="Verify").click()
    page.go_back()
    page.wait_for_selector("[role=tab][aria-selected=true]:has-text('My jobs')")
    page.go_back()
    page.wait_for_selector("[role=tab][aria-selected=true]:has-text('Create')")


def test_another_language_keeps_what_was_written(visit: Visit) -> None:
    page = visit()
    page.fill("#prompt textarea", "half a thought")
    page.locator("#language").select_option("de")
    page.wait_for_selector("html[lang=de] #generate")
    page.wait_for_function("document.querySelector('#prompt textarea')?.value === 'half a thought'")


def test_a_double_click_makes_one_job(visit: Visit, site: Site) -> None:
    page = visit()
    page.fill("#prompt textarea", "only once, please")
    page.dblclick("#generate")
    page.wait_for_selector("#stage [data-state=released]")
    assert sum(form.prompt == "only once, please" for form in site.studio.forms) == 1


def test_two_tabs_show_the_same_jobs(visit: Visit) -> None:
    page = visit()
    other = page.context.new_page()
    other.goto(page.url)
    ask(page, "seen from both", "released")
    other.reload()
    other.wait_for_selector("#stage [data-state=released]")


def test_a_lost_connection_is_said_and_made_good(visit: Visit) -> None:
    page = visit()
    page.context.set_offline(True)
    page.wait_for_selector(".banner:not([hidden])")
    page.context.set_offline(False)
    page.wait_for_selector(f".banner:has-text('{translate('ui.js.net.back')}')")


def test_everything_of_a_visitor_is_saved_and_erased(visit: Visit, site: Site) -> None:
    page = visit()
    ask(page, "mine for a while", "released")
    page.get_by_role("tab", name="My jobs").click()
    link = page.locator(".mine a").get_attribute("href")
    assert len(page.request.get(f"{site.url}/{link}").json()["jobs"]) == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-action=erase]")
    page.wait_for_selector(".jobs-none .note")


def test_a_preset_fills_the_form_in_the_visitors_language(visit: Visit) -> None:
    page = visit(locale="fr")
    page.locator(".chip").first.click()
    page.wait_for_function("document.querySelector('#prompt textarea').value.length > 20")
    assert page.input_value("#prompt textarea") == translate("preset.film.prompt", "fr")


def test_only_what_the_chosen_engine_can_make_is_offered(visit: Visit, site: Site) -> None:
    page = visit()
    page.click("#more .label-wrap")
    page.wait_for_selector("#resolution label:has-text('1080p')")
    page.locator("#engine label:has-text('sketch')").click()
    page.wait_for_selector("#engine-can:has-text('480p')")
    page.wait_for_selector("#resolution label:has-text('1080p')", state="detached")
    assert page.locator("#resolution label").all_inner_texts() == ["480p"]
    assert page.locator("#fps label").all_inner_texts() == ["25"]
    assert page.locator("#duration input[type=range]").get_attribute("max") == "4"
    assert page.locator("#with-sound input").is_disabled()
    assert translate("ui.create.engine_silent") in page.inner_text("#engine-can")
    ask(page, "drawn small", "released")
    sent = site.studio.forms[-1]
    assert (sent.engine, sent.resolution, sent.fps, sent.duration_s, sent.sound) == ("sketch", "480p", 25, 4.0, False)
    page.locator("#engine label").first.click()
    page.wait_for_selector("#resolution label:has-text('1080p')")


def test_verify_reports_and_keeps_nothing(visit: Visit, tmp_path: Path) -> None:
    clip(tmp_path / "any.mp4", 4)
    page = visit()
    page.get_by_role("tab", name="Verify").click()
    page.set_input_files("#verify-input", tmp_path / "any.mp4")
    page.wait_for_selector("#slip .slip")
    assert translate("verify.finding.none") in page.inner_text("#slip")
    assert page.locator("#slip .seal").count() == 0


@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_the_signed_report_is_taken_along(visit: Visit, tmp_path: Path, kind: str) -> None:
    clip(tmp_path / "any.mp4", 4)
    page = visit()
    page.get_by_role("tab", name="Verify").click()
    page.set_input_files("#verify-input", tmp_path / "any.mp4")
    with page.expect_download() as started:
        page.click(f"#slip [formaction$={kind}]")
    started.value.save_as(tmp_path / "report")
    body = (tmp_path / "report").read_bytes()
    document = printed.document_in(body) if kind == "pdf" else json.loads(body)
    assert document is not None
    assert holds(document)
    assert document["report"]["finding"] == "none"


def test_a_job_is_deleted_after_asking(visit: Visit) -> None:
    page = visit()
    ask(page, "soon gone", "released")
    page.get_by_role("tab", name="My jobs").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[data-action=delete]").first.click()
    page.wait_for_selector(".jobs-none")


@pytest.mark.parametrize("tag", tags())
def test_every_language_fits_a_phone(visit: Visit, tag: str) -> None:
    page = visit(390, 844, tag)
    for name in ("create", "jobs", "verify", "about"):
        page.get_by_role("tab", name=translate(f"ui.tab.{name}", tag), exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert page.locator(".ai-notice").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.masthead')).direction") == (
        "rtl" if tag == "ar" else "ltr"
    )


def test_the_main_button_is_in_reach_of_a_thumb(visit: Visit) -> None:
    page = visit(390, 844)
    box = page.locator("#generate").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    assert box["y"] >= 844 / 2


def test_a_keyboard_is_enough(visit: Visit) -> None:
    page = visit()
    page.focus("#prompt textarea")
    page.keyboard.type("typed by keyboard")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#stage .steps")


def test_the_theme_switch_is_remembered(visit: Visit) -> None:
    page = visit(scheme="dark")
    assert page.evaluate("document.body.classList.contains('dark')")
    page.click("#theme-switch")
    assert not page.evaluate("document.body.classList.contains('dark')")
    page.reload()
    page.wait_for_selector("#generate")
    assert not page.evaluate("document.body.classList.contains('dark')")
