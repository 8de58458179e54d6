"""Readings of one script in letters of another: pinyin, romaji, hangul and Cyrillic, case endings.

Pinyin comes from pypinyin's character table (MIT); kana from modified Hepburn; Russian declension
from the school paradigms of names. Tones and long vowels are dropped.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

import numpy as np

from safety.text.arrays import Codes, Flags, Offsets, Spelling
from safety.text.fold import VOWELS

_ROWS: Final = {
    "あいうえお": "a i u e o", "かきくけこ": "ka ki ku ke ko", "さしすせそ": "sa shi su se so",
    "たちつてと": "ta chi tsu te to", "なにぬねの": "na ni nu ne no", "はひふへほ": "ha hi fu he ho",
    "まみむめも": "ma mi mu me mo", "やゆよ": "ya yu yo", "らりるれろ": "ra ri ru re ro", "わをん": "wa o n",
    "がぎぐげご": "ga gi gu ge go", "ざじずぜぞ": "za ji zu ze zo", "だぢづでど": "da ji zu de do",
    "ばびぶべぼ": "ba bi bu be bo", "ぱぴぷぺぽ": "pa pi pu pe po", "ぁぃぅぇぉ": "a i u e o", "ゔ": "vu",
}  # fmt: skip
KANA: Final = {k: r for row, romaji in _ROWS.items() for k, r in zip(row, romaji.split(), strict=True)}
GLIDES: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o"}
LEAD_LATIN: Final = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"]
VOWEL_LATIN: Final = [
    "a",
    "ae",
    "ya",
    "yae",
    "eo",
    "e",
    "yeo",
    "ye",
    "o",
    "wa",
    "wae",
    "oe",
    "yo",
    "u",
    "wo",
    "we",
    "wi",
    "yu",
    "eu",
    "ui",
    "i",
]
TAIL_LATIN: Final = [
    "",
    "k",
    "k",
    "k",
    "n",
    "n",
    "n",
    "t",
    "l",
    "k",
    "m",
    "l",
    "l",
    "l",
    "p",
    "l",
    "m",
    "p",
    "p",
    "t",
    "t",
    "ng",
    "t",
    "t",
    "k",
    "t",
    "p",
    "t",
]
CYRILLIC_LATIN: Final = dict(
    zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", ["a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya"], strict=True)
)  # fmt: skip


@cache
def _pinyin_table() -> dict[int, str]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # the library's own switch; its phrases weigh 45 MiB
    from pypinyin.constants import PINYIN_DICT

    return dict(PINYIN_DICT)


@lru_cache(maxsize=30_000)
def pinyin(char: str) -> str:
    """The commonest reading of one Han character without tone, or an empty text."""
    reading = _pinyin_table().get(ord(char), "").split(",")[0]
    return "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c)).replace("ü", "v")


# Characters with a second reading that names have ("曾" as a surname, "乐" in one).
SECOND: Final = dict(
    re.findall(
        r"(\w)=(\w+)",
        "曾=zeng 单=shan 朴=piao 解=xie 仇=qiu 查=zha 区=ou 盖=ge 乐=yue 没=mo 翟=zhai 尉=yu 冼=xian 覃=qin 缪=miao 任=ren "
        "长=chang 重=chong 行=hang 都=dou 藏=zang 茜=qian 石=shi 召=shao 洗=xian 种=chong 薄=bo 晟=cheng 雀=que",
    )
)


def spellings(text: str) -> tuple[str, ...]:
    """Pinyin of a Han name, a space between syllables; also with one character in its second reading."""
    if not text or not all(map(is_han, text)):
        return ()
    usual = [pinyin(char) for char in text]
    every = [usual]
    for place, char in enumerate(text):
        other = SECOND.get(char)
        if other is not None and other != usual[place]:
            every.append([*usual[:place], other, *usual[place + 1 :]])
    return tuple(dict.fromkeys(map(" ".join, every)))


@lru_cache(maxsize=30_000)
def toned(char: str) -> frozenset[str]:
    """All readings of a Han character with their tones."""
    return frozenset(_pinyin_table().get(ord(char), "").split(","))


@lru_cache(maxsize=30_000)
def toneless(char: str) -> frozenset[str]:
    """All readings of a Han character without tones."""
    return frozenset(
        "".join(c for c in unicodedata.normalize("NFD", r) if not unicodedata.combining(c)) for r in toned(char)
    )


def homophones(piece: str, name: str) -> bool:
    """Whether Han characters are a name written with others of the same sound: tones may differ where most are its own."""
    if len(piece) != len(name) or piece == name or len(name) < 3:
        return False
    other = [(a, b) for a, b in zip(piece, name, strict=True) if a != b]
    if len(other) == 1 or 2 * len(other) < len(name):
        return all(toneless(a) & toneless(b) for a, b in other)
    return all(toned(a) & toned(b) for a, b in other)


def is_han(char: str) -> bool:
    return "一" <= char <= "鿿"


def is_kana(char: str) -> bool:
    return "ぁ" <= char <= "ヺ" or char == "ー"


_PINYIN: Final = Spelling(lambda char: pinyin(char) if is_han(char) else char)
_ROMAJI: Final = Spelling(lambda char: _kana_spelled(char))


def pinyin_reading(codes: Codes) -> tuple[Codes, Offsets]:
    """A text with Han characters spelled in pinyin, and the offsets that its letters came from."""
    letters, at, _ = _PINYIN.of(codes)
    return letters, at


def romaji_reading(codes: Codes) -> tuple[Codes, Offsets]:
    """A text with kana spelled in Hepburn without long and doubled letters (no skeleton has them), and the offsets."""
    letters, at, sizes = _ROMAJI.of(codes)
    ends = np.cumsum(sizes)
    glides = np.flatnonzero(_GLIDE.of(codes))
    glides = glides[glides > 0]
    sounded = ends[glides - 1] - 1  # the last letter before a glide: "shi" and "ya" are "sha"
    fits = (sizes[glides] == 2) & (sizes[glides - 1] > 0) & (letters[np.maximum(sounded, 0)] == ord("i"))
    glides, sounded = glides[fits], sounded[fits]
    kept = np.ones(len(letters), np.bool_)
    kept[sounded] = False
    soft = _SOFT.of(codes[glides - 1])
    kept[ends[glides[soft]] - 2] = False
    return letters[kept], at[kept]


def _kana_spelled(char: str) -> str:
    kana = chr(ord(char) - 0x60) if "ァ" <= char <= "ヴ" else char
    if kana in "っー":
        return ""
    return "y" + GLIDES[kana] if kana in GLIDES else KANA.get(kana, char)


_GLIDE: Final = Flags(lambda char: char in "ゃゅょャュョ")
_SOFT: Final = Flags(lambda char: char in "しちじぢシチジヂ")


def romaji(text: str) -> tuple[str, ...]:
    """Hepburn spellings of a kana name, with and without long vowels written out."""
    sounds: list[str] = []
    double = False
    for char in text:
        kana = chr(ord(char) - 0x60) if "ァ" <= char <= "ヴ" else char
        if kana == "っ":
            double = True
            continue
        if kana == "ー":
            continue
        if kana in GLIDES and sounds and sounds[-1].endswith("i"):
            stem = sounds[-1][:-1]
            letters = ("" if stem in ("sh", "ch", "j") else "y") + GLIDES[kana]
            sounds[-1] = stem
        else:
            letters = KANA.get(kana, char)
        sounds.append(letters[0] + letters if double and letters[:1].isalpha() else letters)
        double = False
    full = "".join(sounds)
    short = full.replace("ou", "o").replace("oo", "o").replace("uu", "u")
    return tuple(dict.fromkeys((full, short)))


def revised_romanisation(text: str) -> str:
    """Hangul in Revised Romanisation, syllable by syllable."""
    out = []
    for char in text:
        if "가" <= char <= "힣":
            lead, rest = divmod(ord(char) - 0xAC00, 588)
            vowel, tail = divmod(rest, 28)
            out.append(LEAD_LATIN[lead] + VOWEL_LATIN[vowel] + TAIL_LATIN[tail])
        else:
            out.append(char)
    return "".join(out)


def latin_of_cyrillic(text: str) -> str:
    """Russian letters in Latin letters (passport style)."""
    return "".join(CYRILLIC_LATIN.get(c, c) for c in text.lower())


def declined(name: str) -> tuple[str, ...]:
    """Russian case forms of a name: every word declined, and only the first one declined."""
    words = name.split(" ")
    if not all(len(w) > 1 and "а" <= w[-1].lower() <= "я" for w in words):
        return ()
    forms = []
    for case in range(5):
        each = [_decline(word, case) for word in words]
        forms += [" ".join(each), " ".join([each[0], *words[1:]]), " ".join([*words[:-1], each[-1]])]
    return tuple(dict.fromkeys(forms))


def _decline(word: str, case: int) -> str:
    low = word.lower()
    if low in _IRREGULAR:
        form = _IRREGULAR[low][case]
        return form if word == low else form.capitalize()
    for ending, forms in _ENDINGS:
        if low.endswith(ending):
            return word[: len(word) - len(ending)] + forms[case]
    return word + ("а", "у", "ом", "е", "ы")[case] if low[-1] not in "аеёиоуыэюяь" else word


_IRREGULAR: Final = {
    "лев": ("льва", "льву", "львом", "льве", "львы"),
    "павел": ("павла", "павлу", "павлом", "павле", "павлы"),
    "пётр": ("петра", "петру", "петром", "петре", "петры"),
}
_ENDINGS: Final = (
    ("ский", ("ского", "скому", "ским", "ском", "ские")),
    ("ская", ("ской", "скую", "ской", "ской", "ские")),
    ("цкий", ("цкого", "цкому", "цким", "цком", "цкие")),
    ("цкая", ("цкой", "цкую", "цкой", "цкой", "цкие")),
    ("стой", ("стого", "стому", "стым", "стом", "стые")),
    ("вой", ("вого", "вому", "вым", "вом", "вые")),
    ("ная", ("ной", "ную", "ной", "ной", "ные")),
    ("ова", ("овой", "ову", "овой", "овой", "овы")),
    ("ева", ("евой", "еву", "евой", "евой", "евы")),
    ("ина", ("иной", "ину", "иной", "ине", "ины")),
    ("ов", ("ова", "ову", "овым", "ове", "овы")),
    ("ев", ("ева", "еву", "евым", "еве", "евы")),
    ("ин", ("ина", "ину", "иным", "ине", "ины")),
    ("ый", ("ого", "ому", "ым", "ом", "ые")),
    ("ец", ("ца", "цу", "цем", "це", "цы")),
    ("ия", ("ии", "ию", "ией", "ии", "ии")),
    ("ий", ("ия", "ию", "ием", "ии", "ии")),
    ("й", ("я", "ю", "ем", "е", "и")),
    ("ь", ("я", "ю", "ем", "е", "и")),
    ("я", ("и", "ю", "ей", "е", "и")),
    ("ка", ("ки", "ку", "кой", "ке", "ки")),
    ("а", ("ы", "у", "ой", "е", "ы")),
)


def syllables(text: str) -> int:
    """Number of hangul vowels: a length that does not depend on spelling."""
    return sum(text.count(v) for v in VOWELS)
