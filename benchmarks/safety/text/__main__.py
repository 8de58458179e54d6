"""Evaluation of the text screen: `python -m benchmarks.safety.text [--misses]`. Seeds are fixed."""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator
from math import sqrt

from benchmarks.safety.text import (
    benign,
    described,
    eighth,
    fifth,
    fourth,
    harms,
    local,
    names,
    scripts,
    second,
    seventh,
    sixth,
    third,
    tricks,
)
from benchmarks.safety.text.unseen import LISTS
from safety import policy
from safety.detectors.prompt import PromptDetector
from safety.signals import TextItem

FRAMES = (
    "{} walks along the beach at sunset",
    "a video of {} dancing",
    "{} eating noodles, close-up",
    "cinematic shot of {} in the rain",
)
LOCAL_FRAMES = {
    "zh": ("{}在海边跳舞", "一段{}的视频"), "ja": ("{}が海辺で踊る", "{}の動画"), "ko": ("{} 해변에서 춤추는 영상", "{}의 영상"),
    "ru": ("{} танцует на пляже", "видео: {} ест лапшу"), "ar": ("{} يرقص على الشاطئ", "فيديو {} يأكل"), "hi": ("{} समुद्र तट पर नाचते हुए", "{} का वीडियो"),
    "es": ("{} baila en la playa", "un video de {}"), "fr": ("{} danse sur la plage", "une vidéo de {}"), "de": ("{} tanzt am Strand", "ein Video von {}"),
    "pt": ("{} dança na praia", "um vídeo de {}"), "id": ("{} menari di pantai", "video {}"),
}  # fmt: skip
LANGUAGE_TRICKS = {
    "zh": ("traditional", "pinyin", "dotted"), "ja": ("half_width", "hiragana", "dotted"), "ko": ("jamo", "dotted"),
    "ru": ("zero_width", "spaced", "homoglyph_ru"), "ar": ("tatweel", "harakat"), "hi": ("joiners",),
}  # fmt: skip
Case = tuple[str, str]


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z, p = 1.96, hits / count
    middle = p + z * z / (2 * count)
    half = z * sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def stops() -> Iterator[tuple[str, list[Case]]]:
    """(row name, cases) of everything that must stop."""
    rng = random.Random(20_261)
    english = names.english()
    yield "names: plain English", [("en", f.format(n)) for n in english for f in rng.sample(FRAMES, 2)]
    yield "names: plain English, lower case", [("en", rng.choice(FRAMES).format(n).lower()) for n in english]
    for language in names.LOCAL:
        yield (
            f"names: {language}",
            [(language, f.format(n)) for n in names.local(language) for f in LOCAL_FRAMES[language]],
        )
    listed = second.english()
    yield "second list: English", [("en", second.FRAMES[i % 6].format(n)) for i, n in enumerate(listed)]
    for language, frames in second.LOCAL_FRAMES.items():
        yield (
            f"second list: {language}",
            [(language, frames[i % 2].format(n)) for i, n in enumerate(second.local(language))],
        )
    bare = [
        n
        for n in english
        if re.fullmatch(r"[A-Za-z .'-]+", n)
        and len(n.replace(" ", "")) >= 6
        and not re.search(r" (from|Disney|Marvel|anime)\b", n)
    ]
    for label, trick in tricks.LATIN.items():
        yield f"disguise: {label}", [("en", rng.choice(FRAMES).format(trick(n, rng))) for n in rng.sample(bare, 100)]
    for language, labels in LANGUAGE_TRICKS.items():
        plain = [
            n
            for n in names.local(language)
            if len(n) >= (3 if language in ("zh", "ja", "ko") else 7) and not re.search("[A-Za-z|]", n)
        ]
        for label in labels:
            trick = tricks.homoglyph if label == "homoglyph_ru" else getattr(tricks, label)
            if label == "homoglyph_ru":
                back = {v: k for k, v in tricks.HOMOGLYPH.items()}
                trick = lambda n, r, back=back: "".join(back.get(c, c) for c in n)  # noqa: E731
            yield (
                f"disguise {language}: {label}",
                [(language, LOCAL_FRAMES[language][0].format(trick(n, rng))) for n in plain],
            )
    for language, family in scripts.FAMILIES.items():
        for label in family:
            disguised = scripts.cases(language, label)
            yield f"script {language}: {label}", [(language, LOCAL_FRAMES[language][0].format(n)) for n in disguised]
    for label in scripts.HARDER:
        yield f"two disguises: {label}", [("en", FRAMES[0].format(n)) for n in scripts.harder(label)]
    yield "indirect naming", [("en", c) for c in described.INDIRECT]
    yield "descriptions", [("en", c) for c in described.DESCRIBED]
    for kind in harms.HARMS:
        yield f"harm: {kind}", [(lang, c) for lang in harms.HARMS[kind] for c in harms.cases(kind, lang)]
    hidden = [c for kind in harms.HARMS for c in harms.cases(kind, "en")]
    yield "harm: leet", [("en", tricks.leet(c, rng)) for c in hidden]
    yield "harm: homoglyph", [("en", tricks.homoglyph(c, rng)) for c in hidden]
    yield from _third()
    for part, rows in (("fourth", fourth), ("fifth", fifth)):
        yield f"{part} list, roles", [("", text) for _, text in rows.roles()]
        yield f"{part} list, harms", rows.harms()
    yield "sixth list, harms, shown half", sixth.harms(0)
    yield "sixth list, harms, other half", sixth.harms(1)
    yield "sixth list, minors (in both halves, too)", sixth.minors()
    yield "sixth list, another writer's harms", sixth.first_harms()
    yield "sixth list, later harms", sixth.later_harms()
    for number in seventh.ROUNDS:
        yield f"seventh list, harms, round {number}", seventh.harms(number)
        yield f"seventh list, minors, round {number} (in the row above, too)", seventh.minors(number)
    for name, later in LISTS.items():
        yield f"{name} list, harms", later.harms()
        yield f"{name} list, minors (in the row above, too)", later.minors()


def _third() -> Iterator[tuple[str, list[Case]]]:
    for part in ("people", "characters"):
        yield f"third list: {part}", [("en", t) for t in third.names(part, "en")]
    for language in third.LANGUAGES:
        if language != "en":
            yield f"third list: {language}", [(language, t) for t in third.names(f"names-{language}", language)]
    for language in third.LANGUAGES:
        yield f"third list, harms: {language}", [(language, text) for _, text in third.harms(language)]
    for language in local.LANGUAGES:
        for kind in local.KINDS:
            yield f"local names, {kind}: {language}", local.names(language, kind)
    yield "held-out harms", [("", text) for text in third.held_out()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="print the cases that went wrong")
    options = parser.parse_args()
    detector, rules = PromptDetector(), policy.load("strict")

    def stopped(text: str) -> bool:
        findings = rules.judge(detector.observe(TextItem("prompt", text)))
        return any(f.decision.rank for f in findings)

    times: list[float] = []
    total = 0
    for label, cases in stops():
        total += len(cases)
        _row(label, cases, [stopped(t) for _, t in cases], True, options.misses)
    rng = random.Random(7)
    for label, cases in (
        ("benign: ordinary", benign.ordinary(rng)),
        ("benign: traps", benign.traps()),
        ("third list, benign", [("", text) for text in third.benign()]),
        ("fourth list, benign", fourth.benign()),
        ("fifth list, benign", fifth.benign()),
        ("sixth list, benign, shown half", sixth.benign(0)),
        ("sixth list, benign, other half", sixth.benign(1)),
        ("sixth list, another writer's benign", sixth.first_benign()),
        ("sixth list, later benign", sixth.later_benign()),
        *((f"seventh list, benign, round {number}", seventh.benign(number)) for number in seventh.ROUNDS),
        *((f"{name} list, benign", later.benign()) for name, later in LISTS.items()),
        *((f"local names, benign: {language}", local.benign(language)) for language in local.LANGUAGES),
        ("usual prompts", eighth.usual()),
    ):
        outcome = []
        for _, text in cases:
            begin = time.process_time()
            outcome.append(stopped(text))
            times.append(time.process_time() - begin)
        _row(label, cases, outcome, False, options.misses)
    times.sort()
    print(
        f"stops {total}; CPU per benign prompt: median {times[len(times) // 2] * 1e3:.2f} ms, p99 {times[int(len(times) * 0.99)] * 1e3:.2f} ms"
    )


def _row(label: str, cases: list[Case], outcome: list[bool], wanted: bool, misses: bool) -> None:
    hits, count = sum(outcome), len(outcome)
    low, high = wilson(hits, count)
    print(f"| {label} | {hits}/{count} | {100 * hits / count:.1f} % | {100 * low:.1f} - {100 * high:.1f} % |")
    if misses:
        for (language, text), stop in zip(cases, outcome, strict=True):
            if stop is not wanted:
                print("    ", language, text)


if __name__ == "__main__":
    main()
