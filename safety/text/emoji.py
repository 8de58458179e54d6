"""Pictures that stand for words or letters (a rebus)."""

from __future__ import annotations

from typing import Final

from safety.text.arrays import Codes, Offsets, Spelling

WORDS: Final = dict(
    pair.split("=")
    for pair in ["🕷=spider", "🕸=spider", "🦇=bat", "👨=man", "🧔=man", "👦=boy", "🧑=man", "🚹=man", "🙍\u200d♂=man", "👱=man", "👩=woman", "🚺=woman", "👧=girl", "⭐=star", "🌟=star", "✨=star", "⚔=wars", "🤺=wars", "🐼=panda", "🥋=kungfu", "🐭=mouse", "🐁=mouse", "🐀=rat", "🦸=super", "🔨=hammer", "🍎=apple", "🤖=robot", "🧙=wizard", "❄=frozen", "🦁=lion", "👑=king", "🐠=nemo", "🐟=fish", "🔥=fire", "🐱=cat", "🐈=cat", "🐶=dog", "🐕=dog", "🐻=bear", "🦆=duck", "🐷=pig", "🐸=frog", "🦊=fox", "🐺=wolf", "🐉=dragon", "🐲=dragon", "⚽=ball", "🏀=ball", "🎱=ball", "🔴=red", "🔵=blue", "⚫=black", "🖤=black", "🟢=green", "💚=green", "🟡=yellow", "⚪=white", "🤍=white", "🌹=rose", "🌸=blossom", "🐅=tiger", "🐯=tiger", "🌲=woods", "🌳=woods", "🪵=wood", "🧊=ice", "🟧=cube", "🎲=cube", "🥶=cold", "▶=play", "⛏=mine", "🪨=rock", "💎=diamond", "⚡=lightning", "🧸=toy", "📖=story", "📚=story", "👻=ghost", "💀=skull", "🏴\u200d☠=pirate", "🦜=parrot", "🧽=sponge", "👖=pants", "🍑=peach", "🍄=mushroom", "🐢=turtle", "🥷=ninja", "🌙=moon", "🌛=moon", "🌚=moon", "⛵=sailor", "⚓=sailor", "👋=hello", "🐇=bunny", "🐰=bunny", "🐞=bugs", "🐛=bugs", "💪=strong", "🦖=jurassic", "🦕=jurassic", "🏞=park", "🚗=cars", "🏎=cars", "🚢=titanic", "💍=ring", "🧛=vampire", "🧟=zombie", "🎃=pumpkin", "👽=alien", "👾=invader", "🛸=ufo", "🐜=ant", "🐝=bee", "🦋=butterfly", "🐍=snake", "🕺=dancer", "🎩=hat", "🌊=ocean", "🌞=sun", "☀=sun", "🌧=rain", "☔=rain", "🍁=maple", "🐘=elephant", "🦍=kong", "🐒=monkey", "🐵=monkey", "🏃=runner", "🔫=gun", "⏩=swift", "🧵=taylor", "✂=tailor", "🪡=taylor", "🎵=music", "🎶=music", "🧝=elf", "♂=man", "♀=woman", "🧹=broom", "🦉=owl", "🏰=castle", "💣=bomb", "🪓=axe", "🗡=sword", "⚗=lab", "🧪=lab", "🔪=knife", "🩸=blood", "🏠=house", "🚀=rocket", "🦈=shark", "👶=baby", "🎅=santa", "🎄=christmas", "🥚=egg", "🍪=cookie", "👹=monster", "👺=goblin", "🦹=villain", "🃏=joker", "🤡=joker", "🐦=bird", "🎮=game", "🦑=squid"]
)  # fmt: skip
PICTURES: Final = frozenset(picture for picture in WORDS if len(picture) == 1)
SKIPPED: Final = frozenset("\ufe0f\u200d\u20e3") | frozenset(chr(c) for c in range(0x1F3FB, 0x1F400))


_SPELLED: Final = Spelling(lambda char: "" if char in SKIPPED else WORDS.get(char, char))


def spoken(codes: Codes) -> tuple[Codes, Offsets]:
    """A text with pictures read as words, and the offsets that its letters came from."""
    letters, at, _ = _SPELLED.of(codes)
    return letters, at
