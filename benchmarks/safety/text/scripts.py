"""Disguises in scripts other than Latin, and two at once in Latin: each takes a name and a random source and returns a disguised spelling.

`FAMILIES`: language -> name of the disguise -> trick. `cases` draws the names from the hand-written lists and leaves out
those that a trick does not change. `HARDER` holds what goes beyond one script: several tricks at once.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from pypinyin import Style, lazy_pinyin

from benchmarks.safety.text import names, second, tricks

Trick = Callable[[str, random.Random], str]
MOST: Final = 90
LOOKALIKE: Final = dict(zip("аеорсхукмнвтАВЕКМНОРСТХ", "aeopcxykmhbtABEKMHOPCTX", strict=True))
DIGITS: Final = {"о": "0", "з": "3", "б": "6", "ч": "4", "а": "@4", "е": "3", "т": "7", "и": "1", "в": "8", "с": "$"}
CYRILLIC: Final = "бвгджзклмнпрстфхцчш"
ALEF: Final = {"ا": "أإآ", "أ": "ا", "إ": "ا", "آ": "ا", "ي": "یى", "ك": "ک", "ه": "ةھہ", "ة": "ه"}
VOWEL_LENGTH: Final = dict(zip("िीुूइईउऊ", "ीिूुईइऊउ", strict=True))
NASAL: Final = {"ं": "ँ", "ँ": "ं"}
SMALL: Final = dict(zip("アイウエオツヤユヨあいうえおつやゆよ", "ァィゥェォッャュョぁぃぅぇぉっゃゅょ", strict=True))
COMPONENTS: Final = dict(
    re.findall(
        r"(\w)=(\S\S)",
        "李=木子 张=弓长 陈=耳东 杨=木易 胡=古月 林=木木 吴=口天 许=言午 章=立早 何=人可 明=日月 伦=人仑 伟=人韦 娜=女那 "
        "婷=女亭 鹏=朋鸟 琳=王林 玲=王令 珊=王册 驰=马也 铭=金名 钟=金中 晗=日含 昊=日天 晨=日辰 彬=林彡 好=女子 强=弓虽 "
        "佳=人圭 俊=人夋 冯=冫马 刘=文刂 郭=享阝 邓=又阝 江=水工 洁=水吉 波=水皮 杜=木土 桂=木圭 柯=木可 松=木公 梅=木每 "
        "峰=山夆 岩=山石 思=田心 意=音心 志=士心 恩=因心 胜=月生 朗=良月 朝=十月 期=其月 歌=哥欠 欣=斤欠 静=青争 艳=丰色 "
        "雅=牙隹 雄=厷隹 轩=车干 轮=车仑 韩=龺韦 颖=匕页 顺=川页 驹=马句 骏=马夋 鸿=江鸟 鹤=隺鸟 魏=委鬼 龚=龙共 袁=土口 "
        "曼=日又 星=日生 晓=日尧 晶=日日 景=日京 智=知日 春=三日 时=日寸 唱=口昌 嘉=吉加 哈=口合 咪=口米 喵=口苗 嫦=女常 "
        "娥=女我 姆=女母 妈=女马 奶=女乃 她=女也 他=人也 你=人尔 休=人木 体=人本 信=人言 仙=人山 仁=人二 化=人七 作=人乍 "
        "侠=人夹 侃=人侃 健=人建 ",
    )
)


def between(n: str, r: random.Random) -> str:
    return r.choice(".·*-_~|/+").join(n.replace(" ", ""))


def spaced(n: str, r: random.Random) -> str:
    return r.choice((" ", "  ", "\u3000", "\u2009")).join(n.replace(" ", ""))


def zero_width(n: str, r: random.Random) -> str:
    return tricks.zero_width(n, r)


def backwards(n: str, r: random.Random) -> str:
    return n[::-1]


def swapped_words(n: str, r: random.Random) -> str:
    words = n.split()
    return n if len(words) != 2 else f"{words[1]} {words[0]}"


def doubled(n: str, r: random.Random) -> str:
    at = [i for i, c in enumerate(n) if c.isalpha()]
    picked = set(r.sample(at, 2))
    return "".join(c * (r.randint(2, 4) if i in picked else 1) for i, c in enumerate(n))


def _share(n: str, table: dict[str, str], r: random.Random, share: float) -> str:
    return "".join(r.choice(table[c]) if c in table and r.random() < share else c for c in n)


def _one(n: str, r: random.Random, change: Callable[[str, int], str]) -> str:
    at = [i for i in range(1, len(n) - 1) if n[i].isalpha() and n[i - 1].isalpha() and n[i + 1].isalpha()]
    return change(n, r.choice(at)) if at else n


def missing(n: str, r: random.Random) -> str:
    return _one(n, r, lambda name, i: name[:i] + name[i + 1 :])


def transposed(n: str, r: random.Random) -> str:
    return _one(n, r, lambda name, i: name[:i] + name[i + 1] + name[i] + name[i + 2 :])


def replaced(n: str, r: random.Random) -> str:
    return _one(n, r, lambda name, i: name[:i] + r.choice(CYRILLIC) + name[i + 1 :])


def lookalikes(n: str, r: random.Random) -> str:
    return _share(n, LOOKALIKE, r, 0.6)


def digits(n: str, r: random.Random) -> str:
    return _share(n.lower(), DIGITS, r, 0.6)


def stressed(n: str, r: random.Random) -> str:
    return "".join(c + ("\u0301" if c.lower() in "аеиоуыэюя" else "") for c in n)


def masked(n: str, r: random.Random) -> str:
    at = [i for i in range(1, len(n)) if n[i].lower() in "аеёиоуыэюя" and n[i - 1].isalpha()]
    picked = set(r.sample(at, max(1, len(at) // 2))) if at else set()
    return "".join("*" if i in picked else c for i, c in enumerate(n))


def in_latin(n: str, r: random.Random) -> str:
    from safety.text.sounds import latin_of_cyrillic

    return latin_of_cyrillic(n).title()


def lookalikes_hidden(n: str, r: random.Random) -> str:
    return zero_width(lookalikes(n, r), r)


@cache
def _shapes() -> dict[tuple[str, str], str]:
    """(letter, isolated | initial | medial | final) -> its presentation form."""
    found = {}
    for code in range(0xFE80, 0xFEFD):
        shape, *letters = unicodedata.decomposition(chr(code)).split()
        if len(letters) == 1:
            found[chr(int(letters[0], 16)), shape.strip("<>")] = chr(code)
    return found


def presentation(n: str, r: random.Random) -> str:
    words = []
    for word in n.split():
        last = len(word) - 1
        place = ["initial" if i == 0 else "final" if i == last else "medial" for i in range(len(word))]
        words.append(
            "".join(
                _shapes().get((c, p)) or _shapes().get((c, "final" if p == "medial" else "isolated"), c)
                for c, p in zip(word, place, strict=True)
            )
        )
    return " ".join(words)


def isolated(n: str, r: random.Random) -> str:
    return "".join(_shapes().get((c, "isolated"), c) for c in n)


def other_letters(n: str, r: random.Random) -> str:
    return _share(n, ALEF, r, 1)


def stretched_and_marked(n: str, r: random.Random) -> str:
    return tricks.harakat(tricks.tatweel(n, r), r)


def nukta(n: str, r: random.Random) -> str:
    return "".join(c + ("\u093c" if "क" <= c <= "ह" and r.random() < 0.4 else "") for c in n)


def joiners(n: str, r: random.Random) -> str:
    return "".join(c + (r.choice("\u200c\u200d") if r.random() < 0.5 else "") for c in n)


def vowel_length(n: str, r: random.Random) -> str:
    return _share(n, VOWEL_LENGTH, r, 1)


def nasal(n: str, r: random.Random) -> str:
    return _share(n, NASAL, r, 1)


def _syllables(n: str) -> list[str]:
    return re.findall(r"[क-हअ-औ]़?(?:्[क-ह]़?)*[ऀ-ःा-ौॅॉ]*|\S", n)


def syllables_spaced(n: str, r: random.Random) -> str:
    return r.choice((" ", "  ", " - ")).join(_syllables(n))


def syllables_between(n: str, r: random.Random) -> str:
    return r.choice(".·*-_~|/").join(_syllables(n))


def jamo_apart(n: str, r: random.Random) -> str:
    return _jamo(n)


def _jamo(n: str) -> str:
    return tricks.jamo(n, random.Random(1))  # that source says: letters of their own


def jamo_joined(n: str, r: random.Random) -> str:
    return unicodedata.normalize("NFD", n)


def jamo_spaced(n: str, r: random.Random) -> str:
    return spaced(_jamo(n), r)


def jamo_between(n: str, r: random.Random) -> str:
    return between(_jamo(n), r)


def jamo_half_width(n: str, r: random.Random) -> str:
    table = {
        unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFFA1, 0xFFDD) if unicodedata.name(chr(c), "")
    }
    plain = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0x3131, 0x3164)}
    back = {compatible: half for joined, half in table.items() if (compatible := plain.get(joined))}
    return "".join(back.get(c, c) for c in _jamo(n))


def hangul_in_latin(n: str, r: random.Random) -> str:
    from safety.text.sounds import revised_romanisation

    return revised_romanisation(n)


def last_jamo_apart(n: str, r: random.Random) -> str:
    """The final consonant of a syllable stands after it: 손흥민 -> 소ㄴ흐ㅇ미ㄴ."""
    out = ""
    for c in n:
        tail = (ord(c) - 0xAC00) % 28 if "가" <= c <= "힣" else 0
        letter = _jamo(c)[-1] if tail else ""
        out += chr(ord(c) - tail) + letter if tail else c
    return out


def small_kana(n: str, r: random.Random) -> str:
    return _share(n, SMALL, r, 1)


def kana_mixed(n: str, r: random.Random) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" and r.random() < 0.5 else c for c in n)


def kana_in_latin(n: str, r: random.Random) -> str:
    from safety.text.sounds import romaji

    return r.choice(romaji(n.replace("・", " "))).title()


def longer_vowels(n: str, r: random.Random) -> str:
    return "".join(c + ("ー" if "ァ" <= c <= "ヶ" and r.random() < 0.4 else "") for c in n)


def circled_kana(n: str, r: random.Random) -> str:
    table = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0x32D0, 0x32FF)}
    return "".join(table.get(c, c) for c in n)


def half_width_spaced(n: str, r: random.Random) -> str:
    return spaced(tricks.half_width(n, r), r)


def traditional(n: str, r: random.Random) -> str:
    return tricks.traditional(n, r)


def _pinyin(n: str, style: Style, joint: str) -> str:
    return joint.join(lazy_pinyin(n, style=style))


def pinyin_tones(n: str, r: random.Random) -> str:
    return _pinyin(n, Style.TONE, r.choice((" ", "")))


def pinyin_numbers(n: str, r: random.Random) -> str:
    return _pinyin(n, Style.TONE3, r.choice((" ", "", "-")))


def pinyin_glued(n: str, r: random.Random) -> str:
    return _pinyin(n, Style.NORMAL, "")


def pinyin_in_part(n: str, r: random.Random) -> str:
    i = r.randrange(len(n))
    return n[:i] + lazy_pinyin(n[i])[0] + n[i + 1 :]


@cache
def _sounds() -> dict[str, list[str]]:
    """Reading with its tone -> common characters (those of the first level of GB 2312)."""
    common = (bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    found: dict[str, list[str]] = {}
    for char in common:
        if char:
            found.setdefault(lazy_pinyin(char, style=Style.TONE3)[0], []).append(char)
    return found


def homophone(n: str, r: random.Random) -> str:
    """One character of another that sounds alike, in any tone."""
    for i in r.sample(range(len(n)), len(n)):
        sound = lazy_pinyin(n[i])[0]
        alike = [c for tone in "12345" for c in _sounds().get(sound + tone, ()) if c != n[i]]
        if alike:
            return n[:i] + r.choice(alike) + n[i + 1 :]
    return n


def homophones(n: str, r: random.Random) -> str:
    """Every character of another of the same sound and tone, where there is a common one."""
    tones = lazy_pinyin(n, style=Style.TONE3)
    alike = [[c for c in _sounds().get(tone, ()) if c != own] for tone, own in zip(tones, n, strict=True)]
    return "".join(r.choice(known) if known else own for known, own in zip(alike, n, strict=True))


def components(n: str, r: random.Random) -> str:
    """One character as the two that it is made of: 李小龙 -> 木子小龙."""
    at = [i for i, c in enumerate(n) if c in COMPONENTS]
    if not at:
        return n
    i = r.choice(at)
    return n[:i] + COMPONENTS[n[i]] + n[i + 1 :]


FAMILIES: Final[dict[str, dict[str, Trick]]] = {
    "ru": {
        "Latin look-alikes": lookalikes, "digits for letters": digits, "spaced": spaced, "signs between": between,
        "zero width": zero_width, "stress marks": stressed, "backwards": backwards, "words swapped": swapped_words,
        "letters doubled": doubled, "missing letter": missing, "swapped letters": transposed, "wrong letter": replaced,
        "masked vowels": masked, "in Latin letters": in_latin, "look-alikes and zero width": lookalikes_hidden,
    },
    "ar": {
        "tatweel": tricks.tatweel, "harakat": tricks.harakat, "tatweel and harakat": stretched_and_marked,
        "presentation forms": presentation, "isolated forms": isolated, "other alef, ya, kaf, ha": other_letters,
        "spaced": spaced, "signs between": between, "zero width": zero_width, "backwards": backwards,
        "words swapped": swapped_words, "letters doubled": doubled, "missing letter": missing, "swapped letters": transposed,
    },
    "hi": {
        "nukta": nukta, "joiners": joiners, "vowel length": vowel_length, "syllables spaced": syllables_spaced,
        "signs between syllables": syllables_between, "zero width": zero_width, "words swapped": swapped_words,
    },
    "ko": {
        "jamo apart": jamo_apart, "jamo joined": jamo_joined, "jamo spaced": jamo_spaced, "signs between jamo": jamo_between,
        "half-width jamo": jamo_half_width, "spaced": spaced, "signs between": between, "zero width": zero_width,
        "last jamo apart": last_jamo_apart, "in Latin letters": hangul_in_latin, "backwards": backwards,
    },
    "ja": {
        "half-width": tricks.half_width, "hiragana": tricks.hiragana, "kana mixed": kana_mixed, "small kana": small_kana,
        "circled": circled_kana, "longer vowels": longer_vowels, "in Latin letters": kana_in_latin, "spaced": spaced,
        "signs between": between, "zero width": zero_width, "half-width and spaced": half_width_spaced,
        "backwards": backwards,
    },
    "zh": {
        "spaced": spaced, "signs between": between, "zero width": zero_width, "traditional": traditional,
        "pinyin with tones": pinyin_tones, "pinyin with tone numbers": pinyin_numbers, "pinyin glued": pinyin_glued,
        "one character in pinyin": pinyin_in_part, "one homophone": homophone, "all homophones, same tones": homophones,
        "one character split": components, "backwards": backwards,
    },
}  # fmt: skip


def missing_and_leet(n: str, r: random.Random) -> str:
    return tricks.leet(tricks.missing(n, r), r)


def leet_and_spaced(n: str, r: random.Random) -> str:
    return tricks.spaced(tricks.leet(n, r), r)


def backwards_and_leet(n: str, r: random.Random) -> str:
    return tricks.leet(tricks.reversed_all(n, r), r)


def swapped_and_homoglyph(n: str, r: random.Random) -> str:
    return tricks.homoglyph(tricks.word_swap(n, r), r)


def transposed_and_accents(n: str, r: random.Random) -> str:
    return tricks.accents(tricks.transposed(n, r), r)


HARDER: Final[dict[str, Trick]] = {
    "missing letter and leet": missing_and_leet, "leet and spaced": leet_and_spaced, "backwards and leet": backwards_and_leet,
    "words swapped and homoglyphs": swapped_and_homoglyph, "swapped letters and accents": transposed_and_accents,
}  # fmt: skip


def harder(label: str) -> list[str]:
    """English names under two tricks at once."""
    rng = random.Random(f"en {label}")
    fit = [n for n in names.english() if re.fullmatch(r"[A-Za-z .'-]+", n) and len(n.replace(" ", "")) >= 6]
    return [HARDER[label](n, rng) for n in rng.sample(fit, MOST)]


def listed(language: str) -> list[str]:
    """Names in their script, long enough for a disguise; for kana tricks, those of kana."""
    every = dict.fromkeys([*names.local(language), *second.local(language)])
    shortest = {"zh": 3, "ko": 3, "ja": 4}.get(language, 7)
    return [n for n in every if len(n) >= shortest and not re.search(r"[A-Za-z0-9|]", n)]


def cases(language: str, label: str) -> Iterator[str]:
    """Disguised names of one family, at most `MOST`; the same every time."""
    rng = random.Random(f"{language} {label}")
    trick = FAMILIES[language][label]
    found = listed(language)
    if language == "ja" and label not in ("spaced", "signs between", "zero width", "backwards"):
        found = [n for n in found if re.fullmatch("[ァ-ヶー・]+", n)]
    if language in ("zh", "ko"):
        found = [n for n in found if " " not in n]
    changed = ((n, trick(n, rng)) for n in found)
    disguised = [new for old, new in changed if new != old]
    yield from rng.sample(disguised, min(MOST, len(disguised)))
