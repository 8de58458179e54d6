"""One character at a time into the skeleton: the form in which disguised spellings are equal.

The skeleton drops case, marks, invisible characters and separators, maps look-alike letters and
leetspeak to one letter, writes hangul as jamo, katakana as hiragana and traditional Han characters
as simplified. Names and texts go through the same table, so a lossy step never loses a match; what
it adds in false matches is taken away again by `safety.text.verify`, which looks at the original.

Sources: Unicode TR15 (NFKD), TR39 (confusables), Hangul composition (Unicode 3.12).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from safety.text.arrays import BREAK, LONG, SPACE, Codes, Flags, Offsets, Spelling, codes_of, runs, text_of

DATA: Final = Path(__file__).parent / "data"

LEET: Final = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "|": "i", "€": "e", "£": "i", "¥": "y", "+": "t", "¢": "c", "©": "c",
    "®": "r", "§": "s", "µ": "u", "¡": "i", "¿": "", "×": "x", "†": "t",
}  # fmt: skip
SYMBOL_LEET: Final = frozenset("@$!|€£¥+¢©®§¡×†")
CYRILLIC: Final = dict(zip("аеорсхукмтвнііјѕԁһӏԛԝёґєүѵпгшз", "aeopcxykmtbhiijsdhiqwereyvnrwe", strict=True))
EXTRA: Final = {
    "ß": "s", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "i", "ħ": "h", "ŧ": "t", "ð": "d", "þ": "th", "ı": "i",
    "ƒ": "f", "ɐ": "a", "ɔ": "c", "ǝ": "e", "ɟ": "f", "ƃ": "g", "ɥ": "h", "ᴉ": "i", "ɾ": "j", "ʞ": "k", "ɯ": "m",
    "ɹ": "r", "ʇ": "t", "ʌ": "v", "ʍ": "w", "ʎ": "y", "ə": "e", "ɛ": "e", "ŋ": "n", "η": "n", "ω": "w", "τ": "t",
    "κ": "k", "β": "b", "ε": "e", "χ": "x", "ς": "s", "μ": "u", "ζ": "z", "θ": "o", "λ": "a", "σ": "o", "ս": "u",
    "օ": "o", "հ": "h", "ո": "n", "ց": "g", "զ": "q", "յ": "j", "ա": "w", "ք": "p", "ր": "p", "տ": "s", "լ": "i",
    "ь": "", "ъ": "", **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True)),
}  # fmt: skip
ARABIC: Final = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ء": "", "ـ": "", "ک": "ك",
    "ی": "ي", "گ": "ج", "چ": "ج", "ڤ": "ف", "پ": "ب", "ژ": "ز", "ھ": "ه", "ہ": "ه", "ے": "ي", "غ": "ج",
}  # fmt: skip
DEVANAGARI: Final = {
    "ँ": "ं", "ः": "", "ई": "इ", "ी": "ि", "ऊ": "उ", "ू": "ु", "ऑ": "ओ", "ॉ": "ो", "ऐ": "ए", "ै": "े", "औ": "ओ",
    "ौ": "ो", "ऍ": "ए", "ॅ": "े", "ष": "श", "ण": "न", "ञ": "न", "ङ": "न", "ं": "न", "्": "", "ऋ": "रि", "ृ": "रि",
}  # fmt: skip
SMALL_KANA: Final = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
LONG_VOWELS: Final = frozenset("ー～〜ｰ")
LEADS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS: Final = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
SPLIT_JAMO: Final = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ", "ㄲ": "ㄱ", "ㄸ": "ㄷ", "ㅃ": "ㅂ", "ㅆ": "ㅅ", "ㅉ": "ㅈ",
}  # fmt: skip


INVISIBLE: Final = frozenset({0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F})


@dataclass(frozen=True, slots=True)
class View:
    """A rewritten text and, for each of its characters, the offset it came from.

    Attributes:
        text: the rewritten text.
        at: source offset (code points) of each character of `text`; same length.
        name: which rewriting made it, e.g. ``skeleton`` or ``reversed``.
    """

    text: str
    at: Sequence[int] | Offsets
    name: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Source offsets of the characters start..end (end exclusive) of this view."""
        first, last = int(self.at[start]), int(self.at[end - 1])
        return (first, last + 1) if first <= last else (last, first + 1)


def _hangul(char: str) -> str:
    code = ord(char) - 0xAC00
    lead, rest = divmod(code, 588)
    vowel, tail = divmod(rest, 28)
    jamo = LEADS[lead] + VOWELS[vowel] + TAILS[tail]
    return "".join(SPLIT_JAMO.get(j, j) for j in jamo)


def _jamo(char: str) -> str:
    code = ord(char)
    if 0x1100 <= code <= 0x1112:
        char = LEADS[code - 0x1100]
    elif 0x1161 <= code <= 0x1175:
        char = VOWELS[code - 0x1161]
    elif 0x11A8 <= code <= 0x11C2:
        char = TAILS[code - 0x11A7]
    return SPLIT_JAMO.get(char, char)


@cache
def confusables() -> dict[str, str]:
    """Look-alike characters and the Latin letters they imitate (Unicode TR39 data, Latin targets)."""
    table: dict[str, str] = json.loads((DATA / "confusables.json").read_text("utf-8"))
    return {char: latin.replace("rn", "m") for char, latin in table.items() if not 0x0400 <= ord(char) < 0x0530}


@cache
def simplified() -> dict[str, str]:
    """Traditional and Japanese forms of Han characters -> simplified, one to one."""
    from opencc import OpenCC

    chars = "".join(chr(c) for c in range(0x4E00, 0x9FA6))
    step = OpenCC("jp2t").convert(chars)
    plain = OpenCC("t2s").convert(step if len(step) == len(chars) else chars)
    return {a: b for a, b in zip(chars, plain, strict=True) if a != b} if len(plain) == len(chars) else {}


def _emoji_letter(code: int) -> str:
    for base in (0x1F1E6, 0x1F130, 0x1F150, 0x1F170, 0xE0041):
        if base <= code < base + 26:
            return chr(97 + code - base)
    if 0x1D400 <= code < 0x1D6A4:  # also the holes of the mathematical alphabets, which have no compatibility form
        return chr(97 + (code - 0x1D400) % 26)
    return chr(97 + code - 0xE0061) if 0xE0061 <= code < 0xE007B else ""


def _fold_part(char: str) -> str:
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        return _hangul(char)
    if 0x1100 <= code <= 0x11FF or 0x3131 <= code <= 0x3163:
        return _jamo(char)
    if 0x30A1 <= code <= 0x30F6:
        char = chr(code - 0x60)
    if char in LONG_VOWELS:
        return ""
    if 0x3041 <= ord(char) <= 0x3096:
        return char.translate(SMALL_KANA)
    for table in (LEET, CYRILLIC, EXTRA, ARABIC, DEVANAGARI):
        if char in table:
            return table[char]
    if 0x4E00 <= code <= 0x9FFF:
        return simplified().get(char, char)
    category = unicodedata.category(char)
    if category[0] == "L" or (0x0900 <= code < 0x0D80 and category in ("Mc", "Mn") and code != 0x093C):
        return char
    letter = _emoji_letter(code)
    return letter or ("" if category in ("Mn", "Me", "Cf", "Cs") or code in INVISIBLE else " ")


def fold_char(char: str) -> str:
    """The skeleton of one character: letters, a space for a separator, nothing for what is invisible."""
    look = confusables().get(char)
    if look is None:
        parts = unicodedata.normalize("NFKD", char) if not "가" <= char <= "힣" else char
        low = "".join(p.lower() for p in parts)
        look = "".join(confusables().get(p) or _fold_part(p) for p in low)
    letters = look.replace("l", "i").replace("w", "v").replace(" ", "")
    return letters or (" " if " " in look else "")


class Table(dict[str, str]):
    """char -> skeleton, filled on demand."""

    def __missing__(self, char: str) -> str:
        if len(self) > 60_000:  # bounds the cache against texts that walk through Unicode
            return fold_char(char)
        self[char] = value = fold_char(char)
        return value


TABLE: Final = Table()


class ByCode(dict[int, str]):
    """code point -> skeleton, filled on demand from `TABLE`; for `str.translate`."""

    def __missing__(self, code: int) -> str:
        value = TABLE[chr(code)]
        if len(self) < 30_000:
            self[code] = value
        return value


_BY_CODE: Final = ByCode()
_EAST: Final = re.compile("[\u3041-\u30ff\u4e00-\u9fff]+")  # letters of which none is doubled away
_ASCII: Final = {code: TABLE[chr(code)] or None for code in range(128)}
_DOUBLE: Final = re.compile(r"r+nm*|(.)\1+")


def skeleton_of_name(text: str) -> str:
    """The skeleton of a name without offsets; equal to `skeleton(text).text`, faster for plain ASCII."""
    if not text.isascii():
        return skeleton(text).text
    words = text.translate(_ASCII).split()
    if any(len(w) == 1 for w in words) and len(words) > 1:
        return skeleton(text).text
    return "".join(_DOUBLE.sub(_single, w) for w in words)


def skeletons_of_names(names: Sequence[str]) -> list[str]:
    """The skeletons of many names, `skeleton_of_name` of each, in arrays; for lists of thousands."""
    if not names:
        return []
    codes = codes_of(_APART.join(name.replace(chr(BREAK), " ") for name in names), breaks=True)
    return folded(codes, np.arange(len(codes)), "skeleton").text.split(chr(BREAK))


_APART: Final = f" {chr(BREAK)} "
NOTHING: Final[frozenset[str]] = frozenset()


def _single(match: re.Match[str]) -> str:
    return "m" if match.group(1) is None else match.group(1)


Folded = tuple[str, Sequence[int], bool, bool]


def skeleton(text: str, *, drop: frozenset[str] = NOTHING, name: str = "skeleton", backwards: bool = False) -> View:
    """The skeleton of a text with offsets. Linear in its length; words that were seen before are not folded again.

    Args:
        drop: characters treated as separators instead of letters.
        backwards: read each word from its end, in its place.
    """
    if len(text) >= LONG:
        codes = codes_of(text)
        at = turned_places(codes) if backwards else np.arange(len(codes))
        return folded(codes[at] if backwards else codes, at, name, drop)
    words = _CHUNK.findall(text)
    starts = [chunk.start() for chunk in _CHUNK.finditer(text)]
    if backwards:
        return _joined(*_turned(starts, words), name, -1)
    if drop:
        return _joined(starts, [_kept(w, NOTHING if drop.isdisjoint(w) else drop) for w in words], name, 1)
    return _joined(starts, [_kept(word, NOTHING) for word in words], name, 1)


def reversed_skeletons(text: str) -> tuple[View, View]:
    """The text read from its end, and each word read from its end in its place; words are folded once for both."""
    if len(text) >= LONG:
        codes = codes_of(text)
        turned = turned_places(codes)
        return folded(codes[::-1], np.arange(len(codes))[::-1], "reversed"), folded(codes[turned], turned, "reversed")
    ends, words = _turned([chunk.start() for chunk in _CHUNK.finditer(text)], _CHUNK.findall(text))
    return _joined(ends[::-1], words[::-1], "reversed", -1), _joined(ends, words, "reversed", -1)


def folded(codes: Codes, at: Offsets, name: str, drop: frozenset[str] = NOTHING) -> View:
    """The skeleton of code points that came from the offsets `at`: what `_fold` and `_joined` make, in arrays."""
    if drop:
        codes = np.where(np.isin(codes, [ord(char) for char in drop]), np.uint32(SPACE), codes)
    letters, source, sizes = SPELLED.of(codes)
    separates = letters == SPACE
    word = np.cumsum(separates)
    kept = np.flatnonzero(~separates)
    if not kept.size:
        return View("", [], name)
    silent = sizes == 0  # what is invisible, and separators: a letter before them stands alone
    silent[source[separates]] = True
    alone = np.append(silent[1:], True)
    letters, source, word = letters[kept], source[kept], word[kept]
    heads = np.flatnonzero(np.append(True, word[1:] != word[:-1]))
    single = np.diff(np.append(heads, len(word))) == 1
    linked = np.ones(len(word), np.bool_)  # whether the letter before is remembered
    linked[heads[1:]] = single[:-1] & alone[source[heads[1:]]]
    linked[0] = False
    before = np.roll(letters, 1)
    merged = linked & (letters == ord("n")) & (before == ord("r"))
    after_merged = linked & np.roll(merged, 1)
    doubled = linked & (letters == before) & (letters < 0x3000) & ~(after_merged & (letters == ord("n")))
    stays = ~(doubled | merged | (after_merged & (letters == ord("m"))))
    last = np.cumsum(stays) - 1
    letters, source = letters[stays], source[stays]
    letters[last[merged]] = ord("m")
    return View(text_of(letters), at[source], name)


def turned_places(codes: Codes) -> Offsets:
    """The place that each character of a text is taken from when every word is read from its end."""
    starts, ends = runs(~_BETWEEN.of(codes))
    at = np.arange(len(codes))
    sizes = ends - starts
    inside = np.repeat(starts + ends - 1, sizes)
    within = np.repeat(starts, sizes) + np.arange(len(inside)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at[within] = inside - within
    return at


def _turned(starts: Sequence[int], words: Sequence[str]) -> tuple[list[int], list[Folded]]:
    ends = [start + len(word) - 1 for start, word in zip(starts, words, strict=True)]
    return ends, [_kept(word[::-1], NOTHING) for word in words]


def _joined(starts: Sequence[int], words: Sequence[Folded], name: str, step: int) -> View:
    """One view of folded words. `step`: 1 where offsets count up from the place of a word, -1 where they count down."""
    parts: list[str] = []
    at: list[int] = []
    single, last = False, ""  # whether the last word was one letter, and that letter
    for start, (letters, offsets, opens, closes) in zip(starts, words, strict=True):
        if not letters:
            continue
        if single and opens:
            if last + letters[0] == "rn":
                parts[-1], letters, offsets = parts[-1][:-1] + "m", letters[1:], offsets[1:]
                last = "m"
            elif last == letters[0] < "\u3000":
                letters, offsets = letters[1:], offsets[1:]
        if letters:
            parts.append(letters)
            last = letters[-1]
        if type(offsets) is range:
            at.extend(range(start + step * offsets.start, start + step * offsets.stop, step))
        else:
            at.extend([start + step * o for o in offsets])
        single = closes
    return View("".join(parts), at, name)


_CHUNK: Final = re.compile(r"[^\s，。、？；：]+")
SPELLED: Final = Spelling(lambda char: char if ord(char) == BREAK else TABLE[char])
_BETWEEN: Final = Flags(lambda char: _CHUNK.fullmatch(char) is None)
LONGEST_KEPT: Final = 32
WORDS_KEPT: Final = 16_000  # about 7 MiB


def _kept(word: str, drop: frozenset[str]) -> Folded:
    """Skeleton and offsets of a stretch without spaces; whether it begins and ends with a letter that stands alone."""
    return _folded(word, drop) if len(word) <= LONGEST_KEPT else _fold(word, drop)


@lru_cache(maxsize=WORDS_KEPT)
def _folded(word: str, drop: frozenset[str]) -> Folded:
    return _fold(word, drop)


def forget() -> None:
    """Drop the remembered words: those of names need not stay once they are compiled."""
    _folded.cache_clear()
    _plain_kept.cache_clear()


def _fold(text: str, drop: frozenset[str]) -> Folded:
    if len(text) > 1 and not drop and _EAST.fullmatch(text):
        letters = text.translate(_BY_CODE)
        if len(letters) == len(text) and " " not in letters:
            return letters, range(len(text)), False, False
    table = TABLE
    chars: list[str] = []
    at: list[int] = []
    last, size = "", 0  # last letter of the present word and letters seen in it
    opens = False
    for index, char in enumerate(text):
        folded = " " if char in drop else table[char]
        if folded == " ":
            if size > 1:
                last = ""
            size = 0
            continue
        for letter in folded:
            if size == 0 and last and not _alone(text, index, drop):
                last = ""
            opens = opens or (not chars and size == 0 and _alone(text, index, drop))
            size += 1
            if letter == last and letter < "\u3000":  # doubled letters count once, in names as in texts
                continue
            if letter == "n" and last == "r":
                chars[-1] = last = "m"
                continue
            chars.append(letter)
            at.append(index)
            last = letter
    places: Sequence[int] = range(len(at)) if at == list(range(len(at))) else tuple(at)
    return "".join(chars), places, opens, bool(chars) and last != "" and size <= 1


def _alone(text: str, index: int, drop: frozenset[str]) -> bool:
    """Whether a letter stands between separators, as in spaced-out words."""
    return index + 1 >= len(text) or text[index + 1] in drop or TABLE[text[index + 1]] in (" ", "")


def plain_char(char: str) -> str:
    """The ordinary reading of one character: case, accents and width aside; nothing of a separator."""
    if not is_heard(char):
        return ""
    if "가" <= char <= "힣":
        return char
    if "\u3040" <= char <= "\u30ff" or "\uff66" <= char <= "\uff9f" or "㋐" <= char <= "㋾":
        return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in unicodedata.normalize("NFKC", char))
    keep = "".join(p for p in unicodedata.normalize("NFKD", char) if _spoken(p))
    return "".join(simplified().get(p) or ARABIC.get(p, DEVANAGARI.get(p, p)) for p in keep.casefold())


class Plain(dict[str, str]):
    """char -> ordinary reading, filled on demand."""

    def __missing__(self, char: str) -> str:
        value = plain_char(char)
        if len(self) < 30_000:
            self[char] = value
        return value


PLAIN: Final = Plain()
_HALF_WIDTH: Final = re.compile("[ｦ-ﾟ]")


def _spoken(char: str) -> bool:
    indic = 0x0900 <= ord(char) < 0x0D80 and ord(char) != 0x093C
    return indic or unicodedata.category(char) not in ("Mn", "Me", "Cf")


def plain_kana(text: str) -> str:
    """The ordinary reading, large and small kana alike and long vowels left out; voicing marks may stand apart."""
    joined = "".join(char for char in text if is_heard(char) or char in "ﾞﾟ゛゜")
    joined = joined.replace("゛", "ﾞ").replace("゜", "ﾟ")
    return "".join(char for char in _plain(joined).translate(SMALL_KANA) if char not in LONG_VOWELS)


def plain(text: str) -> str:
    """The ordinary reading of a text: case, accents, width and separators aside, nothing disguised."""
    return _plain_kept(text) if len(text) <= LONGEST_KEPT else _plain(text)


@lru_cache(maxsize=WORDS_KEPT)
def _plain_kept(text: str) -> str:
    return _plain(text)


def _plain(text: str) -> str:
    composed = unicodedata.normalize("NFKC" if _HALF_WIDTH.search(text) else "NFC", text)
    return "".join([PLAIN[char] for char in composed])


def is_heard(char: str) -> bool:
    """A letter, digit, mark or circled kana: what is no separator."""
    return char.isalnum() or unicodedata.category(char)[0] == "M" or "㋐" <= char <= "㋾"
