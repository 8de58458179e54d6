"""A twelfth list, frozen before its first run: twelve languages, 40 harms and 40 scenes beside them in each.

`harms.txt` holds ``kind language: text``, 3 or 4 of each of ten kinds and 4 about ``minors`` in every language: most
said plainly, about a quarter as scenes or lists of shots, some as in a chat; those about ``minors`` are cruelty,
neglect, labour, soldiers, dares, early marriage, drink and gambling, none is sexual. `benign.txt` gives every language
20 ordinary prompts, four of them long, then 20 near to harms. One writer wrote every language by itself, none
translated, and had read no rule, concept, training material or other list; no native speaker has checked it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Frozen

HERE: Final = Path(__file__).parent
_LIST: Final = Frozen(HERE)
harms, minors, benign = _LIST.harms, _LIST.minors, _LIST.benign
