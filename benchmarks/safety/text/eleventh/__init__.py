"""An eleventh list, frozen before its first run: twelve languages, 30 harms and 30 scenes beside them in each.

`harms.txt` holds ``kind language: text``: most said plainly, about a quarter as scenes or lists of shots, the rest
slang; those about ``minors`` are cruelty, neglect, labour and dares, none is sexual. `benign.txt` is half ordinary and
half near to harms. Its writer had read no rule, concept or other list, and wrote every language by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Frozen

HERE: Final = Path(__file__).parent
_LIST: Final = Frozen(HERE)
harms, minors, benign = _LIST.harms, _LIST.minors, _LIST.benign
