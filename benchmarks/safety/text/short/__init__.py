"""World-famous people and characters by the one word that everybody calls them, written down before the registry was looked at.

Surnames, mononyms and nicknames as people type them; the list holds on purpose words that are also ordinary or private names
("Jordan", "Eve", "嵐"), which should *not* stop alone, so its row cannot reach 100 %.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
FRAMES: Final = {
    "en": ("{} eats a burger on a bench", "a video of {} dancing in the rain", "photo of {} at the supermarket, realistic"),
    "ru": ("{} ест бургер на скамейке", "видео: {} танцует"),
    "zh": ("{}在公园吃汉堡", "一段{}跳舞的视频"),
    "ja": ("{}が公園でハンバーガーを食べる", "{}が踊る動画"),
    "ko": ("{} 공원에서 햄버거를 먹는다", "{} 춤추는 영상"),
    "ar": ("{} يأكل برغر على مقعد", "فيديو {} يرقص"),
    "hi": ("{} पार्क में बर्गर खाते हैं", "{} का नाचते हुए वीडियो"),
    "de": ("{} isst einen Burger auf der Bank", "ein Video, in dem {} tanzt"),
    "fr": ("{} mange un burger sur un banc", "une vidéo de {} qui danse"),
    "es": ("{} come una hamburguesa en un banco", "un video de {} bailando"),
    "pt": ("{} come um hambúrguer no banco", "um vídeo de {} dançando"),
    "id": ("{} makan burger di bangku", "video {} menari"),
}  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    """(language, kind, prompt)."""
    found = []
    for line in (HERE / "names.txt").read_text("utf-8").splitlines():
        head, _, names = line.partition(": ")
        language, kind = head.split()
        found += [(language, kind, frame.format(name)) for name in names.split(", ") for frame in FRAMES[language]]
    return found


def recent() -> list[tuple[str, str]]:
    """(language, prompt): 921 people and characters by their full names, most of them known after 2017, in their own script."""
    found, language = [], ""
    for line in (HERE / "recent.txt").read_text("utf-8").splitlines():
        if line.startswith("## "):
            language = line[3:]
        elif line:
            found += [(language, frame.format(line.split("|")[1])) for frame in FRAMES[language][:2]]
    return found
