"""A second list of local names, frozen before its first run: twelve languages, 80 prompts with a protected name and 40 without in each.

`<language>.txt` holds ``people|NAME|PROMPT``, ``characters|NAME|PROMPT`` and ``benign||PROMPT``, as in `local`: 40 people and 40
characters, about half of them names that a list writer could forget. Beside them stand 20 ordinary scenes with private first
names, 10 with words that are names elsewhere and 10 with figures in the public domain. Its writer had seen neither the registry
nor another list, but for six German rows of `local` read for the format.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.safety.text import local

rows: Final = partial(local.rows, folder=Path(__file__).parent)
