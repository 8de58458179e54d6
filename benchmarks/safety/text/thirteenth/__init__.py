"""A thirteenth list, frozen before its first run: twelve languages, 36 harms and 80 scenes beside them in each.

`harms.txt` holds ``kind language: text``, 3 or 4 of each of ten kinds and 4 about ``minors`` in every language: half
said plainly, a quarter as scenes or lists of shots, a quarter chatty or with a pretext; those about ``minors`` are not
sexual. `benign.txt` gives every language 60 ordinary prompts, a fifth of them long, then 20 near to harms. Two writers
wrote six languages each, none translated, and had read no rule, concept, training material or other list; no native
speaker has checked it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Frozen

HERE: Final = Path(__file__).parent
_LIST: Final = Frozen(HERE)
harms, minors, benign = _LIST.harms, _LIST.minors, _LIST.benign
