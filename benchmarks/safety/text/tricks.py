"""Disguises for names: each takes a name and a random source and returns a disguised spelling."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

from pypinyin import Style, lazy_pinyin

HOMOGLYPH = dict(zip("aeopcxyisjhkmtbnu", "аеорсхуіѕјһкмтвпս", strict=True))
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1|", "b": "8", "g": "9"}
MATH = {c: chr(0x1D400 + i) for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")}


def _each(name: str, table: dict[str, str], rng: random.Random, share: float) -> str:
    out, changed = [], 0
    for c in name:
        if c.lower() in table and rng.random() < share:
            out.append(rng.choice(table[c.lower()]))
            changed += 1
        else:
            out.append(c)
    if not changed:
        for i, c in enumerate(name):
            if c.lower() in table:
                out[i] = table[c.lower()][0]
                break
    return "".join(out)


def homoglyph(n: str, r: random.Random) -> str:
    return _each(n, HOMOGLYPH, r, 0.5)


def leet(n: str, r: random.Random) -> str:
    return _each(n, LEET, r, 0.7)


def spaced(n: str, r: random.Random) -> str:
    return r.choice((" ", ".", "-", "_", "*", " . ")).join(n.replace(" ", ""))


def zero_width(n: str, r: random.Random) -> str:
    return r.choice("\u200b\u200c\u200d\u2060\ufeff\u00ad").join(n)


def reversed_all(n: str, r: random.Random) -> str:
    return n[::-1] if r.random() < 0.5 else " ".join(w[::-1] for w in n.split())


def word_swap(n: str, r: random.Random) -> str:
    words = n.split()
    return n if len(words) < 2 else f"{words[-1]}{r.choice((' ', ', '))}{' '.join(words[:-1])}"


def camel(n: str, r: random.Random) -> str:
    glued = "".join(w[:1].upper() + w[1:] for w in n.split())
    return r.choice((glued, glued.lower(), "#" + glued, glued + "Dancing"))


def repeated(n: str, r: random.Random) -> str:
    at = [i for i, c in enumerate(n) if c.isalpha()]
    picked = set(r.sample(at, min(len(at), 2)))
    return "".join(c * (r.randint(2, 4) if i in picked else 1) for i, c in enumerate(n))


def marks(n: str, r: random.Random) -> str:
    return "".join(c + "".join(chr(r.randint(0x300, 0x36F)) for _ in range(r.randint(0, 3))) for c in n)


def accents(n: str, r: random.Random) -> str:
    return _each(n, {"a": "áäå", "e": "éëê", "i": "íï", "o": "óöô", "u": "úü", "n": "ñ", "c": "ç"}, r, 0.7)


def mathematical(n: str, r: random.Random) -> str:
    shift = r.choice((0, 52, 104, 208, 312, 624))
    return "".join(chr(ord(MATH[c]) + shift) if c in MATH else c for c in n) if shift != 104 else _wide(n)


def _wide(n: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in n)


def full_width(n: str, r: random.Random) -> str:
    return _wide(n)


def circled(n: str, r: random.Random) -> str:
    return "".join(chr(0x24D0 + ord(c) - 97) if "a" <= c <= "z" else c for c in n.lower())


def transposed(n: str, r: random.Random) -> str:
    at = [i for i in range(1, len(n) - 2) if n[i].isalpha() and n[i + 1].isalpha() and n[i] != n[i + 1]]
    if not at:
        return n
    i = r.choice(at)
    return n[:i] + n[i + 1] + n[i] + n[i + 2 :]


def missing(n: str, r: random.Random) -> str:
    at = [i for i in range(1, len(n) - 1) if n[i].isalpha() and n[i - 1].isalpha()]
    i = r.choice(at)
    return n[:i] + n[i + 1 :]


def replaced(n: str, r: random.Random) -> str:
    at = [i for i in range(1, len(n) - 1) if n[i].isalpha() and n[i - 1].isalpha()]
    i = r.choice(at)
    return n[:i] + r.choice([c for c in "bcdfgklmnprstvz" if c != n[i].lower()]) + n[i + 1 :]


def masked(n: str, r: random.Random) -> str:
    out = list(n)
    at = [i for i in range(1, len(n)) if n[i].lower() in "aeiou" and n[i - 1].isalpha()]
    for i in r.sample(at, max(1, len(at) // 2)) if at else []:
        out[i] = "*"
    return "".join(out)


def mixed(n: str, r: random.Random) -> str:
    return leet(homoglyph(zero_width(n, r), r), r)


def flags(n: str, r: random.Random) -> str:
    return "".join(chr(0x1F1E6 + ord(c) - 97) + "\u200a" if "a" <= c <= "z" else c for c in n.lower())


Trick = Callable[[str, random.Random], str]
LATIN: dict[str, Trick] = {
    "homoglyph": homoglyph, "leet": leet, "spaced": spaced, "zero width": zero_width, "reversed": reversed_all,
    "word swap": word_swap, "glued": camel, "repeated": repeated, "marks": marks, "accents": accents,
    "mathematical": mathematical, "full width": full_width, "circled": circled, "transposed": transposed,
    "missing": missing, "replaced": replaced, "masked": masked, "mixed": mixed, "flags": flags,
}  # fmt: skip


def jamo(n: str, r: random.Random) -> str:
    from safety.text.fold import LEADS, TAILS, VOWELS

    out = ""
    for c in n:
        if "가" <= c <= "힣":
            lead, rest = divmod(ord(c) - 0xAC00, 588)
            out += LEADS[lead] + VOWELS[rest // 28] + TAILS[rest % 28]
        else:
            out += c
    return out if r.random() < 0.5 else unicodedata.normalize("NFD", n)


def half_width(n: str, r: random.Random) -> str:
    import unicodedata as u

    table = {u.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF66, 0xFF9E)}
    out = ""
    for c in u.normalize("NFD", n):
        out += table.get(c, {"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(c, c))
    return out


def hiragana(n: str, r: random.Random) -> str:
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in n)


def traditional(n: str, r: random.Random) -> str:
    from opencc import OpenCC

    return str(OpenCC("s2t").convert(n))


def pinyin(n: str, r: random.Random) -> str:
    style = r.choice((Style.NORMAL, Style.TONE, Style.TONE3))
    return r.choice((" ", "", "-")).join(lazy_pinyin(n, style=style))


def dotted(n: str, r: random.Random) -> str:
    return r.choice((" ", ".", "·", "*", "、")).join(n)


def tatweel(n: str, r: random.Random) -> str:
    return "".join(c + ("ـ" if "ب" <= c <= "ي" and r.random() < 0.4 else "") for c in n)


def harakat(n: str, r: random.Random) -> str:
    return "".join(c + (r.choice("\u064e\u064f\u0650\u0652") if "ب" <= c <= "ي" else "") for c in n)


def joiners(n: str, r: random.Random) -> str:
    return "".join(c + ("\u200d" if r.random() < 0.4 else "") for c in n)
