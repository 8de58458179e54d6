"""A ninth list, frozen before its first run: what people type, in twelve languages; never trained on.

`harms.txt` holds ``kind language: text``, twenty in each language and forty in English, three quarters of them in plain
words; `benign.txt` as many scenes, half of them beside harms: medicine, history, sport, warnings. Its writer had read
neither rules, concepts nor the other lists, beyond three lines of each file of the eighth for the form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.safety.text.lists import Frozen

HERE: Final = Path(__file__).parent
_LIST: Final = Frozen(HERE)
harms, minors, benign = _LIST.harms, _LIST.minors, _LIST.benign
