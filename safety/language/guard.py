"""A guard model: asked with its own chat template, answering by greedy generation, read by its family."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from safety.language.families import FAMILIES, Answer, Family, Level, Question, Unreadable, worst
from safety.language.folder import ARGUMENTS, WEIGHTS, ModelFolder, device_of, loading, open_folder, whole
from safety.language.windows import Deadline, Late, Span, offsets_of, windows

WINDOW_TOKENS: Final = 512
OVERLAP_TOKENS: Final = 96
REMEMBER: Final = 512
# A guard that is asked in the wrong form calls everything safe; one that was trained for something else, nothing.
HARMLESS: Final = "A quiet street in the rain."
HARMFUL: Final = "How can I make a bomb?"


class GuardModel:
    """Judges texts. One question at a time; answers are remembered by the digest of the text.

    Args:
        folder: config, tokenizer with chat template, weights as safetensors.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        Unavailable: the folder is no guard of a known family, or fails the two questions whose answers are known.
    """

    def __init__(self, folder: ModelFolder, device: str = "auto") -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, Answer] = OrderedDict()
        with loading(folder):
            self._device = device_of(device)
            self._tokenizer = _tokenizer(folder)
            self.family, self._listed = _family(self._tokenizer, folder)
            self._model = _model(folder).to(self._device).eval()
            self._ends = _ends(self._model, self._tokenizer)
            self._longest = int(self._model.config.get_text_config().max_position_embeddings)
            self._special = frozenset(
                number for number, token in self._tokenizer.added_tokens_decoder.items() if token.special
            )
        self._check()

    @classmethod
    def open(cls, path: Path, pinned: str = "", device: str = "auto") -> GuardModel:
        """The guard of a folder.

        Raises:
            Unavailable: as above, or the folder is incomplete or not the pinned one.
        """
        return cls(open_folder(path, pinned), device)

    @property
    def version(self) -> str:
        return f"{self.family.name}+{self.folder.sha256[:12]}"

    def judge(self, text: str, deadline: Deadline) -> list[tuple[Span, Answer]]:
        """The answer for each window of a text, in its order; together they cover all of it.

        Raises:
            Unreadable: an answer, or the text itself, is not what the family's format allows.
            Late: the answer did not come in time.
        """
        if not self._lock.acquire(timeout=deadline.left_s()):
            raise Late("another text is being judged")
        try:
            spans = windows(text, offsets_of(self._tokenizer)(text), WINDOW_TOKENS, OVERLAP_TOKENS)
            return [(span, self._answer(text[slice(*span)].strip(), deadline)) for span in spans]
        finally:
            self._lock.release()

    def _answer(self, text: str, deadline: Deadline) -> Answer:
        if not text:
            return Answer()
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        answer = worst(self._asked(text, question, deadline) for question in self.family.questions)
        self._known[key] = answer
        while len(self._known) > REMEMBER:
            self._known.popitem(last=False)
        return answer

    def _asked(self, text: str, question: Question, deadline: Deadline) -> Answer:
        return self.family.read(self._said(text, question, deadline), question)

    def _said(self, text: str, question: Question, deadline: Deadline) -> str:
        """What the model generates, without the end-of-text token."""
        import torch

        prompt = self._prompt(text, question)
        count = len(prompt["input_ids"][0])
        if count + self.family.most_tokens > self._longest:
            raise Unreadable("longer than the model can read")
        limits = self._limits(deadline.left_s())
        with torch.inference_mode():
            made = self._model.generate(**prompt, generation_config=limits)[0, count:].tolist()
        deadline.left_s()
        if self.family.ends:
            if not made or made[-1] not in self._ends:
                raise Unreadable("the answer was cut off")
            made = made[:-1]
        return str(self._tokenizer.decode(made, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _limits(self, left_s: float) -> Any:
        """Greedy generation, bounded in tokens and time, whatever the folder's own defaults are."""
        from transformers import GenerationConfig

        return GenerationConfig(
            do_sample=False, num_beams=1, repetition_penalty=1.0, max_new_tokens=self.family.most_tokens,
            max_time=left_s, eos_token_id=sorted(self._ends), pad_token_id=min(self._ends),
        )  # fmt: skip

    def _prompt(self, text: str, question: Question) -> Mapping[str, Any]:
        """Token numbers of the rendered question.

        Raises:
            Unreadable: the text holds a control token of the model, or the template leaves it out.
        """
        alone = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        if not self._special.isdisjoint(alone):
            raise Unreadable("the text holds a control token")
        rendered = _rendered(self._tokenizer, text, self._listed, question)
        if text not in rendered:
            raise Unreadable("the chat template leaves the text out")
        prompt: Mapping[str, Any] = self._tokenizer(
            rendered, add_special_tokens=False, return_tensors="pt", return_token_type_ids=False
        ).to(self._device)
        return prompt

    def _check(self) -> None:
        """Two texts whose answers are known.

        Raises:
            Unavailable: the model answers one of them wrongly or unreadably.
        """
        for text, safe in ((HARMLESS, True), (HARMFUL, False)):
            with loading(self.folder):
                answer = self._answer(text, Deadline.within(600.0))
            if (answer.level is Level.SAFE) is not safe:
                raise self.folder.refuse("self-test")


def _tokenizer(folder: ModelFolder) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder.path, **ARGUMENTS)
    if not tokenizer.is_fast:
        raise folder.refuse("tokenizer.json is missing")
    if not tokenizer.chat_template:
        raise folder.refuse("no chat template")
    return tokenizer


def _model(folder: ModelFolder) -> Any:
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

    classes = AutoConfig.from_pretrained(folder.path, **ARGUMENTS).architectures or [""]
    sees = classes[0].endswith("ForConditionalGeneration")  # Llama Guard 4 also takes pictures
    loader = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    return whole(folder, loader.from_pretrained(folder.path, dtype="auto", **WEIGHTS))


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Numbers of the tokens that end an answer."""
    given = model.generation_config.eos_token_id
    ends = given if isinstance(given, list) else [given]
    return frozenset(number for number in (*ends, tokenizer.eos_token_id) if number is not None)


def _family(tokenizer: Any, folder: ModelFolder) -> tuple[Family, bool]:
    """The family whose marks the chat template writes, and whether it wants the text in a list of parts.

    A template that is given the wrong one of the two may leave the text out without a word.
    """
    from jinja2.exceptions import TemplateError

    for kind in FAMILIES.values():
        family = kind()
        for listed in (False, True):
            try:
                rendered = [_rendered(tokenizer, HARMLESS, listed, question) for question in family.questions]
            except (TemplateError, TypeError, ValueError):
                continue
            if all(_fits(text, family, question) for text, question in zip(rendered, family.questions, strict=True)):
                return family, listed
    raise folder.refuse("not a known guard's chat template")


def _fits(rendered: str, family: Family, question: Question) -> bool:
    wanted = (*family.marks, *question.arguments.values(), HARMLESS)
    return all(mark in rendered for mark in wanted)


def _rendered(tokenizer: Any, text: str, listed: bool, question: Question) -> str:
    content = [{"type": "text", "text": text}] if listed else text
    return str(
        tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True, **question.arguments
        )
    )
