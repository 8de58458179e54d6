"""A tenth list, frozen before its first run: twelve languages, 25 harms and 25 scenes beside them in each.

`harms.txt` holds ``kind language: text``: a third short and plain, a third scenes of one or two sentences, the rest
slang and roundabout wording; those about ``minors`` are cruelty and neglect, none is sexual. `benign.txt` is half
ordinary and half near to harms. Its writer had read no rule, concept or other list, and wrote every language by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Frozen

HERE: Final = Path(__file__).parent
_LIST: Final = Frozen(HERE)
harms, minors, benign = _LIST.harms, _LIST.minors, _LIST.benign
