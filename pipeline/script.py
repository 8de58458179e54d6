"""From a free prompt in any of the 13 languages to a shot plan.

Recognised, in this order: shot headings ("Shot 1:", "镜头一：", "Plano 2 -"), numbered lists, cuts ("Cut to",
"切换到", a line of dashes), sentences. ``@image1`` binds a reference to the shot that mentions it. Durations
("3 s", "3秒"), camera, framing and transition words are read and stay in the text. Quoted speech with a
speaker becomes dialogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from pipeline.plan import MAX_SHOTS, SHOT_S, Camera, Framing, Line, Shot, ShotPlan, Transition, share_out
from pipeline.words import find, first

_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[ivx]{1,4})"
_HEAD_WORDS = (
    "shot", "scene", "clip", "panel", "frame", "镜头", "鏡頭", "分镜", "分鏡", "场景", "場景", "ショット", "カット",
    "シーン",
    "샷",
    "장면",
    "컷",
    "einstellung", "szene", "plan", "scène", "plano", "toma", "escena", "cena", "кадр", "сцена", "план", "لقطة", "مشهد",
    "शॉट", "दृश्य", "adegan", "bidikan",
)  # fmt: skip
_HEADING = re.compile(
    rf"(?:^|(?<=[\n.!?。！？;；|।؟]))\s*[\[【(]?\s*(?:第\s*)?(?:{'|'.join(_HEAD_WORDS)})\s*#?\s*{_NUMBER}(?:\s*[个個镜鏡])?\s*[\])】]?\s*"
    rf"(?:[\(（\[]?\s*(?P<time>\d+(?:[.,]\d+)?)\s*(?:s|sec|seconds?|秒|초|сек|с|ث|सेकंड|detik)"
    rf"\s*[\)）\]]?)?\s*[:：\-–—.、)\]】]+",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?:^|\n)\s*(?:\d{1,2}\s*[.)、．:：]|[①②③④⑤⑥⑦⑧⑨⑩⑪⑫]|[-•*]\s)\s*")
_CUTS = re.compile(
    r"\s*(?:\n\s*(?:-{3,}|\*{3,}|={3,})\s*\n|[.;,。；，]?\s*\b(?:cut to|smash cut to|dissolve to|fade to|"
    r"then we see)\b:?|"
    r"(?:切换到|切換到|切至|镜头切到|转场到|画面转到|カット割り|次のカット)[:：]?|"
    r"\bschnitt auf\b:?|\bcoupe sur\b:?|\bcorte a\b:?|\bcorta para\b:?|"
    r"\bмонтаж\b:|\bсклейка\b:?|\bpotong ke\b:?)\s*",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？।؟])\s*|\n+")
_MENTION = re.compile(r"@(image|video|audio)\s?(\d{1,2})", re.IGNORECASE)
_SECONDS = re.compile(
    r"(?<![\d.])(\d{1,2}(?:[.,]\d+)?)\s*(?:s|sec|secs|seconds?|sekunden?|secondes?|segundos?|"
    r"секунд\w*|сек|秒钟?|秒間|초|ثوان\w*|ثانية|सेकंड|detik)(?!\w)",
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"(?:(?P<speaker>[\w][\w .'’-]{0,30}?)\s*(?:says?|said|asks?|whispers?|shouts?|sagt|fragt|dit|demande|"
    r"dice|diz|pergunta|говорит|спрашивает|说|說|道|问|問|喊|は言う|가 말한다|berkata|कहता है|कहती है|"
    r"يقول|تقول)?\s*[:：,，]?\s*)?"
    r"(?:[\"“„«「『](?P<line>[^\"”“»」』\n]{2,200})[\"”“»」』])"
)
_LEAVING = re.compile(r"[.!?。！？,，;；:：]")
_TRANSITIONS: dict[Transition, str] = {
    "dissolve": r"dissolv|cross-?fade|叠化|疊化|溶接|ディゾルブ|디졸브|"
    r"überblend|fondu enchaîné|fundido encadenado|растворени|наплыв|larut",
    "fade": r"fade[- ]?(?:in|from|to black|out)|淡入|淡出|渐显|フェード|페이드|"
    r"ausblende|einblende|fondu au noir|fundido a negro|затемнен|тускне",
    "whip": r"whip[- ]?pan|甩镜|甩鏡|ホイップパン|휩 ?팬|reißschwenk|filé|barrido",
    "match": r"match[- ]?cut|匹配剪辑|相似转场|マッチカット|매치 ?컷|raccord|corte por semejanza",
}  # fmt: skip


def plan_from_prompt(
    prompt: str, duration_s: float, references: Sequence[tuple[str, str]] = (), title: str = ""
) -> ShotPlan:
    """The shots that a prompt describes, together exactly `duration_s` long.

    Args:
        references: (name, kind) in order, e.g. ``("image1", "image")``; pictures and videos that no shot
            mentions are handed out in order, one per shot, and make further shots when there is room.
    """
    texts = split(prompt)
    shown = [name for name, kind in references if kind in ("image", "video")]
    heard = {name for name, kind in references if kind == "audio"}
    loose = [name for name in shown if name not in mentions(prompt)]
    texts = _enough(texts, len(loose), duration_s, fixed=_counted(prompt))
    mood = first("mood", prompt, "")
    shots, weights = [], []
    for number, (text, wish_s) in enumerate(texts):
        bound = tuple(name for name in mentions(text) if name in shown or name in heard)
        if not any(name in shown for name in bound):
            bound += _dealt(loose, number, len(texts))
        shots.append(_shot(text, number, bound, mood))
        weights.append(wish_s)
    lengths = share_out(weights, [len(text) for text, _ in texts], duration_s)
    return ShotPlan(tuple(_timed(s, length) for s, length in zip(shots, lengths, strict=True)), title)


def split(prompt: str) -> list[tuple[str, float | None]]:
    """(text, wished seconds or None) of each shot, at least one, at most 12."""
    prompt = prompt.strip()
    heads = list(_HEADING.finditer(prompt))
    if heads:
        ends = [*(h.start() for h in heads[1:]), len(prompt)]
        parts = [(prompt[h.end() : end].strip(), _number(h["time"])) for h, end in zip(heads, ends, strict=True)]
    elif len(_LISTED.findall(prompt)) >= 2:
        parts = [(p.strip(), None) for p in _LISTED.split(prompt)[1:]]
    else:
        pieces = [p for p in _CUTS.split(prompt) if p.strip()]
        parts = [(p.strip(), None) for p in (pieces if len(pieces) > 1 else _sentences(prompt))]
    parts = [(text, wish if wish is not None else _wished(text)) for text, wish in parts if text]
    return _at_most(parts) or [(prompt, None)]


def _counted(prompt: str) -> bool:
    """Whether the writer numbered the shots; then none is joined with its neighbour."""
    return _HEADING.search(prompt) is not None or len(_LISTED.findall(prompt)) >= 2


def mentions(text: str) -> list[str]:
    """Names of references mentioned, in order, once each: ``@Image 1`` gives ``image1``."""
    return list(dict.fromkeys(f"{kind.lower()}{int(number)}" for kind, number in _MENTION.findall(text)))


def dialogue(text: str) -> tuple[Line, ...]:
    """Quoted lines and who speaks them; unnamed speakers are left empty."""
    lines = []
    for match in _SPEECH.finditer(text):
        speaker = _LEAVING.split(match["speaker"] or "")[-1].strip()
        lines.append(Line(speaker[-30:], match["line"].strip()))
    return tuple(lines[:4])


def _sentences(prompt: str) -> list[str]:
    """Sentences that carry a picture: short ones join their neighbour, quotes are not torn."""
    parts: list[str] = []
    for piece in (p.strip() for p in _SENTENCES.split(prompt) if p.strip()):
        torn = bool(parts) and parts[-1].count("“") + parts[-1].count("「") > parts[-1].count("”") + parts[-1].count(
            "」"
        )
        wide = sum(2 if ord(c) > 0x2E80 else 1 for c in piece)
        if parts and (torn or wide < 24):
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    return parts


def _at_most(parts: list[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    while len(parts) > MAX_SHOTS:
        tight = min(range(len(parts) - 1), key=lambda k: len(parts[k][0]) + len(parts[k + 1][0]))
        (one, a), (two, b) = parts[tight], parts[tight + 1]
        parts[tight : tight + 2] = [(f"{one} {two}", None if a is None or b is None else a + b)]
    return parts


def _enough(
    texts: list[tuple[str, float | None]], loose: int, duration_s: float, fixed: bool
) -> list[tuple[str, float | None]]:
    """As many shots as there are unmentioned pictures, and not more than the time allows (about 1.2 s each).

    Shots that the writer numbered (`fixed`) are never joined, however short they get.
    """
    room = max(1, min(MAX_SHOTS, int(duration_s / 1.2)))
    wished = max(len(texts), min(loose, room))
    repeated = [texts[k * len(texts) // wished] for k in range(wished)] if wished > len(texts) else list(texts)
    while len(repeated) > room and not fixed:
        tight = min(range(len(repeated) - 1), key=lambda k: len(repeated[k][0]) + len(repeated[k + 1][0]))
        repeated[tight : tight + 2] = [(f"{repeated[tight][0]} {repeated[tight + 1][0]}", None)]
    return repeated


def _dealt(loose: list[str], number: int, count: int) -> tuple[str, ...]:
    if not loose:
        return ()
    return (loose[number * len(loose) // count],) if len(loose) <= count else tuple(loose[number::count])


_ORDER: tuple[Camera, ...] = ("push_in", "pan_right", "pull_out", "orbit", "pan_left", "aerial")


def _shot(text: str, number: int, bound: tuple[str, ...], mood: str) -> Shot:
    camera = first("camera", text, "")
    framing = first("framing", text, "")
    found = next((name for name, words in _TRANSITIONS.items() if re.search(words, text, re.IGNORECASE)), None)
    return Shot(
        duration_s=1.0,
        action=text,
        framing=cast(Framing, framing) if framing in get_args(Framing) else ("wide" if number == 0 else "medium"),
        camera=cast(Camera, camera) if camera in get_args(Camera) else _ORDER[number % len(_ORDER)],
        transition=found or ("dissolve" if number % 2 else "cut"),
        dialogue=dialogue(text),
        references=bound,
        sound=" ".join(f.concept for f in find("weather", text)),
        music=first("mood", text, mood),
    )


def _timed(shot: Shot, duration_s: float) -> Shot:
    from dataclasses import replace

    return replace(shot, duration_s=duration_s)


def _number(text: str | None) -> float | None:
    """Seconds that a shot can last, whatever was written."""
    return min(max(float(text.replace(",", ".")), SHOT_S[0]), SHOT_S[1]) if text else None


def _wished(text: str) -> float | None:
    match = _SECONDS.search(text)
    return _number(match[1]) if match else None
