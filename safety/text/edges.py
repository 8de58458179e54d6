"""Where words begin and end in the original text, by the rules of each script: whether a hit stands by itself."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from safety.text import sounds
from safety.text.patterns import Pattern

SUFFIXES: Final = frozenset({
    "s", "es", "z", "ish", "esque", "like", "ian", "verse", "fan", "fans", "core", "n", "sche", "schen", "en", "nya",
    "ku", "mu", "lah", "x", "xx", "jr",
})  # fmt: skip
PLURALS: Final = frozenset({"s", "z"})  # the only endings of terms of four letters that are no mere cues
ARABIC_HEADS: Final = frozenset(
    ["و", "ب", "ل", "ف", "ك", "ال", "وال", "بال", "لل", "فال", "كال", "ول", "وب", "ولل", "س", "ه"]
)
JOSA: Final = (
    "은", "는", "이", "가", "을", "를", "의", "와", "과", "도", "만", "에", "로", "으로", "랑", "처럼", "같", "씨",
    "님", "한테", "하고", "나", "라", "인", "야", "아", "들", "풍", "식", "보다", "부터", "까지", "및", "역", "팬",
    "노래", "콘서트", "영상", "닮",
)  # fmt: skip
HAN_LEFT: Final = frozenset(
    "成段片频条部首让由和与跟像似及给对叫把被为是请找看画拍的员手星帅生见到在当演饰扮着及如同以将用向爱唱、，。：！？（《「『“‘一二三两位名个者家导"
)
HAN_RIGHT: Final = frozenset(
    "的在和与跟是正唱跳演站走坐穿说骑开吃打拿主扮为身手于跑飞也、，。！？）》」』”’；：抱拍看笑哭戴被向"
    "把从对一给举弹喝握挥表出变上下去来到进回版式脸本同及或吗呢吧啊了着过教做当拥参登骑踢投射接用玩写画读"
    "讲谈介宣代化模深致对歌粉周并却会能将已又都就还里内中外旁瘫弯蹲躺睡醒趴跪扔推拉追逃爬游洗煮炒修种卖买"
    "送签约吻搂骂吼喊叫问答听挑转滑"
)
VERB_ENDINGS: Final = ("하", "해", "했", "한", "할", "되", "된", "당", "시키")
PARTICLES: Final = frozenset("がのはをにとでへや")


def edges_of(pattern: Pattern, text: str, start: int, end: int) -> str:
    """Which sides end at a word boundary: ``both``, ``left``, ``right`` or ``none``."""
    if pattern.script == "alpha":
        return _alpha_edges(pattern, text, start, end)
    if pattern.script == "hangul":
        return _hangul_edges(pattern, text, start, end)
    if pattern.script == "kana":
        if _kana_in_hiragana(pattern, text, start, end):
            return "none"
        katakana = "ァ" <= text[start] <= "ヺ" or len(pattern.key) < 4
        free = not katakana or (not _kana_at(text, start - 1) and not _kana_at(text, end))
        return "both" if free or len(pattern.key) >= 7 else "none"
    return "both" if _han_stands_alone(pattern, text, start, end) else "none"


@lru_cache(maxsize=20_000)
def is_mark(char: str) -> bool:
    """A combining mark."""
    return unicodedata.category(char)[0] == "M"


@lru_cache(maxsize=20_000)
def is_word(char: str) -> bool:
    return char.isalnum() or is_mark(char)


def _foreign(a: str, b: str) -> bool:
    """Neighbours of which only one is written in an East Asian script: a word ends between them."""
    return (ord(a) >= 0x2E80) != (ord(b) >= 0x2E80)


def _kana_in_hiragana(pattern: Pattern, text: str, start: int, end: int) -> bool:
    """A short katakana name met in hiragana: only between particles or other scripts it is that name."""
    if not ("ァ" <= pattern.text[0] <= "ヺ" and "ぁ" <= text[start] <= "ゖ") or len(pattern.key) >= 6:
        return False
    left = start == 0 or not "ぁ" <= text[start - 1] <= "ゖ" or text[start - 1] in PARTICLES
    right = end >= len(text) or not "ぁ" <= text[end] <= "ゖ" or text[end] in PARTICLES
    return len(pattern.key) < 3 or not (left and right)


def _kana_at(text: str, index: int) -> bool:
    return 0 <= index < len(text) and ("ァ" <= text[index] <= "ヺ" or text[index] == "ー" or "ｦ" <= text[index] <= "ﾟ")


def _han_stands_alone(pattern: Pattern, text: str, start: int, end: int) -> bool:
    if len(pattern.key) > 2 or pattern.entry < 0:
        return True
    before = text[start - 1] if start else "。"
    after = text[end] if end < len(text) else "。"
    left = before in HAN_LEFT or not sounds.is_han(before)
    return left and (after in HAN_RIGHT or not sounds.is_han(after))


def _hangul_edges(pattern: Pattern, text: str, start: int, end: int) -> str:
    long = sounds.syllables(pattern.text) >= 4 or len(pattern.key) >= 4 or pattern.prefix
    left = start == 0 or not "가" <= text[start - 1] <= "힣" or (long and len(pattern.key) >= 4)
    tail = text[end : end + 3]
    verb = pattern.entry < 0 and tail.startswith(VERB_ENDINGS)
    right = long or verb or not tail or not "가" <= tail[0] <= "힣" or tail.startswith(JOSA)
    return "both" if left and right else "none"


def _alpha_edges(pattern: Pattern, text: str, start: int, end: int) -> str:
    spelled = pattern.label == "pinyin"  # of Han characters, which stand beside others
    left = start == 0 or starts_word(text[start - 1], text[start]) or _arabic_head(text, start)
    left = left or (spelled and sounds.is_han(text[start]))
    right = end >= len(text) or starts_word(text[end - 1], text[end]) or pattern.prefix or _suffix(pattern, text, end)
    right = right or (spelled and sounds.is_han(text[end - 1]))
    if left:
        return "both" if right else "left"
    return "right" if right else "none"


def starts_word(a: str, b: str) -> bool:
    """Whether a word begins at b when a stands before it."""
    if not (is_word(a) and is_word(b)):
        return not is_mark(b)
    if a.isalpha() and b.isdigit():
        return True
    return (a.islower() and b.isupper()) or (a.isdigit() and b.isupper()) or _foreign(a, b)


def _arabic_head(text: str, start: int) -> bool:
    if not "ء" <= text[start] <= "ۿ":
        return False
    begin = start
    while begin > 0 and start - begin < 4 and "ء" <= text[begin - 1] <= "ۿ":
        begin -= 1
    return text[begin:start] in ARABIC_HEADS


def _suffix(pattern: Pattern, text: str, end: int) -> bool:
    if pattern.size < 4 or pattern.label == "trap":
        return False
    stop = end
    while stop < len(text) and stop - end < 6 and text[stop].isalpha():
        stop += 1
    ending = text[end:stop].lower()
    if pattern.entry < 0 and pattern.size < 5 and not pattern.label.startswith("cue_"):
        return ending in PLURALS  # Indonesian "sabun", soap, is not "sabu" with an ending
    return ending in SUFFIXES and (stop - end == 1 or pattern.size >= 5)
