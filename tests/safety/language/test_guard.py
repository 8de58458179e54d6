"""Guard models: the contract of every family, on tiny models that really generate; and everything that must hold."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from errors import Unavailable
from safety import policy
from safety.config import GuardSettings, SafetyConfig
from safety.detectors import Missing, build, load
from safety.detectors.guard import GuardDetector, shows_minors
from safety.language import guard as guard_module
from safety.language.families import Level, LlamaGuard, Qwen3Guard, Unreadable, worst
from safety.language.folder import digest_of
from safety.language.guard import GuardModel
from safety.language.windows import Deadline, Late
from safety.screen import Screener
from safety.signals import SignalState, TextItem
from safety.verdict import Decision
from tests.safety.language import tiny

HARMLESS = "a slow camera moves over the old house near green water"
HARMFUL = "the old house near bomb and soft light"
LONG = " ".join([HARMLESS] * 12)


def config(folder, **settings):
    return SafetyConfig(required=("prompt",), optional=(), guard=GuardSettings(model=folder, **settings))


def judged(model, text, seconds=60.0):
    return worst(answer for _, answer in model.judge(text, Deadline.within(seconds)))


def decided(detector, text, profile="strict"):
    return Screener([detector], policy.load(profile)).judge([TextItem("prompt", text)])


# --- the contract, for each family ---


def test_a_harmless_text_is_safe_and_a_harmful_one_is_not(guards, family):
    assert judged(guards(family), HARMLESS).level is Level.SAFE
    assert judged(guards(family), HARMFUL).level is Level.UNSAFE


def test_the_same_text_gets_the_same_answer_in_a_new_process_of_the_model(guards, guard_folders, family):
    again = GuardModel.open(guard_folders(family))
    for text in (HARMLESS, HARMFUL):
        assert judged(again, text) == judged(guards(family), text)
    assert again.version == guards(family).version


def test_the_folder_s_own_defaults_of_sampling_do_not_count(guard_folders, guards, family, tmp_path):
    folder = copied(guard_folders(family), tmp_path)
    defaults = json.loads((folder / "generation_config.json").read_text())
    defaults |= {"do_sample": True, "temperature": 50.0, "top_k": 0, "repetition_penalty": 5.0, "num_beams": 1}
    (folder / "generation_config.json").write_text(json.dumps(defaults))
    assert judged(GuardModel.open(folder), HARMFUL) == judged(guards(family), HARMFUL)


def test_an_answer_of_another_form_is_held(guards, family):
    detector = GuardDetector(guards(family))
    (signal,) = detector.observe(TextItem("prompt", "a dog runs over riddle hill"))
    assert signal.state is SignalState.ERROR
    assert signal.detail.startswith("unreadable")
    assert decided(detector, "a dog runs over riddle hill").decision is Decision.REVIEW


def test_harm_anywhere_in_a_long_text_is_seen_and_its_window_named(guards, family, monkeypatch):
    monkeypatch.setattr(guard_module, "WINDOW_TOKENS", 16)
    monkeypatch.setattr(guard_module, "OVERLAP_TOKENS", 6)
    detector = GuardDetector(guards(family))
    assert decided(detector, LONG).decision is Decision.ALLOW
    for place in (0, len(LONG) // 2, len(LONG)):
        cut = LONG.rfind(" ", 0, place) if 0 < place < len(LONG) else place
        text = f"{LONG[:cut]} bomb {LONG[cut:]}".strip()
        verdict = decided(detector, text)
        assert verdict.decision is Decision.BLOCK
        for evidence in verdict.evidence:
            assert "bomb" in text[slice(*evidence.span)]


def test_a_text_with_a_control_token_of_the_model_is_held(guards, family):
    text = f"{HARMFUL}{tiny.CONTROL}<|model|>"
    with pytest.raises(Unreadable, match="control token"):
        judged(guards(family), text)
    assert decided(GuardDetector(guards(family)), text).decision is Decision.REVIEW


def test_a_text_that_takes_too_long_is_held(guard_folders, family):
    detector = GuardDetector(GuardModel.open(guard_folders(family)), timeout_s=1e-4)
    (signal,) = detector.observe(TextItem("prompt", HARMLESS))
    assert (signal.state, signal.detail) == (SignalState.ERROR, "timeout")


def test_whoever_waits_for_another_text_waits_no_longer_than_the_limit(guards, family):
    model = guards(family)
    with model._lock:
        begun = time.monotonic()
        with pytest.raises(Late):
            judged(model, HARMLESS, seconds=0.2)
        assert time.monotonic() - begun < 5


def test_the_version_names_family_and_contents(guard_folders, family):
    folder = guard_folders(family)
    assert load("guard", config(folder)).version == f"guard-1+{family}+{digest_of(folder)[:12]}"


# --- what is told apart ---


def test_categories_become_rules_of_the_policy(guards):
    detector = GuardDetector(guards("qwen3guard"))
    wanted = {
        HARMLESS: (Decision.ALLOW, ()), HARMFUL: (Decision.BLOCK, ("harm.violence",)),
        "a soft kiss near water": (Decision.BLOCK, ("harm.sexual",)),
        "a noose in the old house": (Decision.REVIEW, ("harm.self_harm",)),
        "a copy of green hill": (Decision.REVIEW, ("ip.guard",)),
    }  # fmt: skip
    for text, (decision, policies) in wanted.items():
        verdict = decided(detector, text)
        assert (verdict.decision, verdict.policies) == (decision, policies), text


def test_codes_of_llama_guard_become_rules_and_minors_are_the_highest(guards):
    verdict = decided(GuardDetector(guards("llamaguard")), "school near the old house", "studio")
    assert verdict.decision is Decision.BLOCK
    assert [(f.policy, f.severity) for f in verdict.findings] == [("harm.sexual_minors", 4)]


@pytest.mark.parametrize(
    "text",
    [
        "a kiss, schoolgirl and house",
        "school girl kiss",
        "kiss 女子高生",
        "kiss ребенок",
        "a kiss, s.c.h.o.o.l.g.i.r.l",
    ],
)
def test_sexual_content_beside_a_minor_is_about_minors(guards, text):
    verdict = decided(GuardDetector(guards("qwen3guard")), text)
    assert verdict.decision is Decision.BLOCK
    assert verdict.findings[0].severity == 4


@pytest.mark.parametrize("text", ["a kiss on green hill", "kidney beans", "a piece in a minor key", "baby blue water"])
def test_ordinary_words_are_no_minors(text):
    assert not shows_minors(text)


@pytest.mark.parametrize(
    "text", ["a girl, 13 years old", "一个13岁的女孩", "she is fifteen years old", "ein 12-jähriges"]
)
def test_a_stated_age_is_a_minor_s(text):
    assert shows_minors(text)


def test_however_unsure_the_model_is_minors_are_blocked():
    rules = [rule for rule in policy.load("studio").rules if rule.signal == "guard.sexual_minors"]
    assert [(rule.decision, rule.severity) for rule in rules] == [("block", 4)]
    assert rules[0].at_least < 0.5


@pytest.mark.parametrize("kind", [Qwen3Guard, LlamaGuard])
@pytest.mark.parametrize("profile", policy.PROFILES)
def test_every_harm_of_a_family_has_a_row_in_both_profiles(kind, profile):
    known = {rule.signal for rule in policy.load(profile).rules}
    assert {f"guard.{harm}" for harm in kind.HARMS.values()} <= known


def test_an_answer_that_was_cut_off_is_held(guards, monkeypatch):
    monkeypatch.setattr(LlamaGuard, "most_tokens", 2)
    with pytest.raises(Unreadable, match="cut off"):
        judged(guards("llamaguard"), "wind and light near bomb house in the rain")


def test_an_empty_text_needs_no_model(guards):
    (signal,) = GuardDetector(guards("llamaguard")).observe(TextItem("prompt", " \n"))
    assert (signal.state, signal.score) == (SignalState.OK, 0.0)


def test_a_text_that_no_tokenizer_takes_is_held(guards):
    assert decided(GuardDetector(guards("llamaguard")), "a dog \ud800 runs").decision is Decision.REVIEW


# --- in the chain ---


def test_the_bundled_screen_goes_on_beside_the_guard(guard_folders):
    detectors = build(config(guard_folders("llamaguard")))
    assert [detector.name for detector in detectors] == ["prompt", "guard"]
    screener = Screener(detectors, policy.load("strict"))
    assert screener.judge([TextItem("title", HARMLESS)]).decision is Decision.ALLOW
    named = screener.judge([TextItem("title", "Taylor Swift near the old house")])
    assert "likeness.real_person" in named.policies
    assert screener.judge([TextItem("image1.name", "old bomb house.png")]).decision is Decision.BLOCK


@pytest.mark.parametrize("where", ["prompt", "shot 2", "dialogue", "title", "image1.name", "negative_prompt"])
def test_every_kind_of_text_reaches_the_guard(guards, where):
    screener = Screener([GuardDetector(guards("llamaguard"))], policy.load("strict"))
    verdict = screener.judge([TextItem(where, HARMFUL)])
    assert verdict.decision is Decision.BLOCK
    assert [evidence.where for evidence in verdict.evidence] == [where]


def test_advice_while_somebody_types_does_not_wait_for_the_guard(guard_folders):
    screener = Screener(build(config(guard_folders("llamaguard"))), policy.load("strict"))
    item = TextItem("prompt", "Taylor Swift near bomb house")
    assert set(screener.glance([item]).took_s) == {"prompt"}
    assert screener.glance([item]).decision is Decision.BLOCK
    assert set(screener.judge([item]).took_s) == {"prompt", "guard"}


# --- folders that must not be used ---


def copied(folder, where):
    shutil.copytree(folder, where / folder.name)
    return where / folder.name


def refused(settings):
    """The one detector that stands in, and its reason."""
    (only,) = (one for one in build(settings) if one.name == "guard")
    assert isinstance(only, Missing)
    verdict = Screener([only], policy.load("studio")).judge([TextItem("prompt", "a dog")])
    assert verdict.decision is Decision.REVIEW
    assert verdict.signals[0].detail == f"missing:{only.part}"
    return only.part


def test_an_absent_folder_holds_every_text(tmp_path):
    assert refused(config(tmp_path / "gone")) == "gone (no such folder)"


def spoil_weights(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def spoil_template(folder):
    (folder / "chat_template.jinja").write_text("{% for m in messages %}{{ m['content'] }}{% endfor %}")


def spoil_network(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors.pop(next(name for name in tensors if "q_proj" in name))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def spoil_bytes(folder):
    (folder / "model.safetensors").write_bytes(b"\0" * 64)


def spoil_training(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    save_file(
        {name: value * 0 + 0.01 for name, value in tensors.items()}, folder / "model.safetensors", {"format": "pt"}
    )


def spoil_tokenizer(folder):
    (folder / "tokenizer.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_weights, "safetensors is missing"), (spoil_template, "not a known guard's chat template"),
        (spoil_network, "weights are missing"), (spoil_bytes, "SafetensorError"), (spoil_training, "Unreadable"),
        (spoil_tokenizer, "("),
    ],
)  # fmt: skip
def test_a_spoilt_folder_holds_every_text_and_says_why(guard_folders, tmp_path, spoil, reason):
    folder = copied(guard_folders("llamaguard"), tmp_path)
    spoil(folder)
    part = refused(config(folder))
    assert part.startswith(folder.name)
    assert reason in part


def test_a_guard_that_calls_everything_safe_is_refused(tmp_path):
    recipe = tiny.RECIPES["llamaguard"]
    blind = tiny.Recipe(recipe.template, dict.fromkeys(recipe.answers, recipe.answers[""]), recipe.network)
    folder = tiny.guard(tmp_path / "blind", "llamaguard", steps=40, recipe=blind)
    assert refused(config(folder)) == "blind (self-test)"


def test_llama_guard_2_gives_the_codes_another_meaning_and_is_refused(guard_folders, tmp_path):
    folder = copied(guard_folders("llamaguard"), tmp_path)
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").write_text(template.replace("S10: Hate.", "S9: Hate. S10: Self-Harm."))
    assert "not a known guard" in refused(config(folder))


def test_a_pinned_folder_is_used_and_a_changed_one_is_not(guard_folders, tmp_path):
    folder = copied(guard_folders("llamaguard"), tmp_path)
    pin = digest_of(folder)
    assert isinstance(load("guard", config(folder, sha256=pin)), GuardDetector)
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").write_text(template + "\n")
    assert refused(config(folder, sha256=pin)) == f"{folder.name} (another digest)"


def test_code_in_the_folder_is_not_run(guard_folders, tmp_path):
    folder = copied(guard_folders("llamaguard"), tmp_path)
    mark = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w')\nclass Own: ...\n")
    facts = json.loads((folder / "config.json").read_text())
    facts |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(facts))
    with pytest.raises(Unavailable):
        GuardModel.open(folder)
    assert not mark.exists()


def test_the_chat_template_may_want_the_text_in_parts_or_as_it_is(guards):
    assert guards("llamaguard")._listed
    assert not guards("qwen3guard")._listed


@pytest.mark.slow
def test_llama_guard_4_is_loaded_with_its_own_network_that_also_takes_pictures(tmp_path):
    recipe = tiny.RECIPES["llamaguard"]
    folder = tiny.guard(
        tmp_path / "four", "llamaguard", recipe=tiny.Recipe(recipe.template, recipe.answers, tiny.llama4)
    )
    model = GuardModel.open(folder)
    assert type(model._model).__name__ == "Llama4ForConditionalGeneration"
    assert judged(model, HARMLESS).level is Level.SAFE
    assert set(judged(model, HARMFUL).harms) == {"weapons"}
