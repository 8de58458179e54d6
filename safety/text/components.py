"""Han characters by the two parts that people write in their place ("古月" for "胡")."""

from __future__ import annotations

import re
from typing import Final

from safety.text.fold import DATA

# Pairs that are words of their own.
MEANT: Final = frozenset(
    re.findall(r"\w\w", "女子人人人口人言天口十月三日水工土口大人中心人山水王二人一人一大大可土成")
)
_PAIRS: Final = re.findall(r"(\w)=(\S\S)(?=\s)", (DATA / "components.txt").read_text("utf-8"))
COMPOSED: Final[dict[str, str]] = {parts: whole for whole, parts in _PAIRS if parts not in MEANT}
COMPONENTS_SEEN: Final = re.compile("|".join(COMPOSED))
