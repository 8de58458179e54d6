"""Tiny guard models and a tiny embedding model, trained here within seconds and saved as real ones are.

A guard learns to answer by one telling word anywhere in a text; what runs over it is the production loader, the chat
template of its own folder and real generation.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILLING = [
    "a", "quiet", "street", "in", "the", "rain", "dog", "runs", "over", "green", "hill", "slow", "camera", "moves",
    "near", "old", "house", "wind", "and", "light", "make", "soft", "colours", "on", "water", "people", "walk", "home",
    "how", "can", "i",
]  # fmt: skip
KNOWN = ("A quiet street in the rain.", "How can I make a bomb?")
CONTROL = "<|end|>"


@dataclass(frozen=True)
class Recipe:
    """A family's shape: its template, its network, and its answer for each telling word; "" is for none."""

    template: str
    answers: Mapping[str, str]
    network: Callable[[int, int], Any]


def _qwen(size: int, end: int) -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(**_shape(size, end), tie_word_embeddings=True))


def _llama(size: int, end: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(LlamaConfig(**_shape(size, end)))


def _gemma(size: int, end: int) -> Any:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    return Gemma2ForCausalLM(Gemma2Config(**_shape(size, end), sliding_window=1024, query_pre_attn_scalar=16))


def llama4(size: int, end: int) -> Any:
    """Llama Guard 4's network: the text half is what answers."""
    from transformers import Llama4Config, Llama4ForConditionalGeneration

    text = {
        **_shape(size, end), "intermediate_size_mlp": 128, "num_local_experts": 1, "moe_layers": [],
        "interleave_moe_layer_step": 0, "attention_chunk_size": 1024,
    }  # fmt: skip
    seen = {"hidden_size": 32, "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 2,
            "image_size": 28, "patch_size": 14, "vision_output_dim": 32, "projector_input_dim": 32,
            "projector_output_dim": 32}  # fmt: skip
    return Llama4ForConditionalGeneration(Llama4Config(text_config=text, vision_config=seen))


def _shape(size: int, end: int) -> dict[str, Any]:
    return {
        "vocab_size": size, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1,
        "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 16, "max_position_embeddings": 1024,
        "eos_token_id": end, "bos_token_id": end, "pad_token_id": end,
    }  # fmt: skip


def _unsafe(categories: str, level: str = "Unsafe") -> str:
    return f"Safety: {level}\nCategories: {categories}"


RECIPES: Mapping[str, Recipe] = {
    "qwen3guard": Recipe(
        "<|user|>Sexual Content or Sexual Acts. Jailbreak. Safety: Controversial\n"
        "USER: {{ messages[0]['content'] }}\n<|model|>",
        {
            "": _unsafe("None", "Safe"), "bomb": _unsafe("Violent"), "kiss": _unsafe("Sexual Content or Sexual Acts"),
            "noose": _unsafe("Suicide & Self-Harm", "Controversial"), "copy": _unsafe("Copyright Violation"),
            "riddle": "Safety: Safe",
        },
        _qwen,
    ),
    "llamaguard": Recipe(
        "<|user|>'safe' or 'unsafe' S4: Child. S10: Hate.\n"
        "{% for part in messages[0]['content'] %}{% if part['type'] == 'text' %}User: {{ part['text'] | trim }}\n"
        "{% endif %}{% endfor %}<|model|>",
        {
            "": "\n\nsafe", "bomb": "\n\nunsafe\nS9", "kiss": "\n\nunsafe\nS12", "noose": "\n\nunsafe\nS11",
            "school": "\n\nunsafe\nS4", "copy": "\n\nunsafe\nS8", "riddle": "\n\nsafe unsafe",
        },
        _llama,
    ),
    "shieldgemma": Recipe(
        "<|user|>{{ messages[0]['content'] }}\n{{ guideline | default('') }}\n'Yes' or 'No'<|model|>",
        {"": "No", "bomb": "Yes", "kiss": "Yes", "riddle": "maybe"},
        _gemma,
    ),
}  # fmt: skip


def guard(folder: Path, name: str, steps: int = 250, recipe: Recipe | None = None) -> Path:
    """A guard of a family in `folder`, trained until it answers by the telling words."""
    import torch

    from safety.language.families import FAMILIES

    recipe, rng = recipe or RECIPES[name], random.Random(1)
    questions = [dict(question.arguments) for question in FAMILIES[name].questions]
    words = tokenizer([recipe.template, *recipe.answers.values(), *(q.get("guideline", "") for q in questions)])
    words.chat_template = recipe.template
    end = words.eos_token_id
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # steps this small only wait for each other
    network = recipe.network(len(words), end)
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=0.0)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for _ in range(steps):
        inputs, labels, mask = _batch(words, recipe, questions, rng)
        loss = network(input_ids=inputs, attention_mask=mask, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        plan.step()
    torch.set_num_threads(threads)
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def _batch(tokenizer: Any, recipe: Recipe, questions: list[dict[str, str]], rng: random.Random, size: int = 16) -> Any:
    """Token numbers [size, length], labels (the answer only) and mask, int64."""
    import torch

    rows = []
    for number in range(size):
        text, word = _example(recipe, rng) if number > 1 else (KNOWN[number], ("", "bomb")[number])
        listed = "part" in recipe.template
        content = [{"type": "text", "text": text}] if listed else text
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, **rng.choice(questions)
        )
        asked = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        said = [*tokenizer(recipe.answers[word], add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        rows.append((asked + said, [-100] * len(asked) + said))
    longest = max(len(row) for row, _ in rows)
    pad = [(row + [0] * (longest - len(row)), lab + [-100] * (longest - len(lab)), len(row)) for row, lab in rows]
    mask = torch.tensor([[1] * length + [0] * (longest - length) for _, _, length in pad])
    return torch.tensor([row for row, _, _ in pad]), torch.tensor([lab for _, lab, _ in pad]), mask


def _example(recipe: Recipe, rng: random.Random) -> tuple[str, str]:
    words = rng.choices(FILLING, k=rng.randint(1, 20))
    telling = rng.choice([*recipe.answers]) if rng.random() < 0.6 else ""
    if telling:
        words.insert(rng.randint(0, len(words)), telling)
    if rng.random() < 0.5:
        words[0] = words[0].capitalize()
    elif rng.random() < 0.3:
        words[0] = words[0][rng.randint(0, len(words[0]) - 1) :] if words[0] != telling else telling  # cut by a window
    return " ".join(words) + rng.choice(("", ".", "?")), telling


def tokenizer(corpus: list[str]) -> Any:
    """A byte-level tokenizer, trained on the words of this module."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    told = [word for recipe in RECIPES.values() for word in recipe.answers if word]
    sentences = [" ".join(FILLING), " ".join(word.capitalize() for word in FILLING), " ".join(told), *KNOWN, *corpus]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[CONTROL, "<|user|>", "<|model|>"],
    )  # fmt: skip
    made.train_from_iterator(sentences * 8, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token=CONTROL, pad_token=CONTROL, model_max_length=1024)


SUBJECTS = (
    ("plumber", "red cap", "moustache", "overalls", "mushroom"), ("blue hedgehog", "red shoes", "fast", "rings"),
    ("street", "rain", "dog", "house", "hill"), ("water", "light", "wind", "camera", "people"),
)  # fmt: skip


def sentences(folder: Path, steps: int = 80) -> Path:
    """An embedding model in the layout of sentence-transformers, trained to bring the words of a subject together."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    words = tokenizer([" ".join(subject) for subject in SUBJECTS])
    torch.manual_seed(0)
    network = XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=520, pad_token_id=words.pad_token_id, type_vocab_size=1,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    rng = random.Random(2)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for _ in range(steps):
        pairs = [[" ".join(rng.sample(subject, 3)) for subject in SUBJECTS] for _ in range(2)]
        one, two = (_pooled(network, words, texts) for texts in pairs)
        loss = torch.nn.functional.cross_entropy(one @ two.T * 10, torch.arange(len(SUBJECTS)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.set_num_threads(threads)
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    return folder


def _pooled(network: Any, words: Any, texts: list[str]) -> Any:
    import torch

    coded = words(texts, padding=True, return_tensors="pt", return_token_type_ids=False)
    states, mask = network(**coded).last_hidden_state, coded["attention_mask"][..., None]
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
