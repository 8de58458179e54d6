"""Error correction: a convolutional code of rate 1/8 and memory 12, list-decoded with the CRC as judge.

88 bits (word and CRC) and 12 tail bits become 800 symbols of +1 and -1. The decoder takes soft values, finds
what the best path into every state costs (Viterbi) and then the most likely paths of all, from their ends to their
starts (the list of Soong and Huang, "A tree-trellis based fast search", IEEE ICASSP 1991, grown for all at a time).
Every word that is checked counts as one attempt in the false-positive bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.keys import Key
from watermark.invisible.payload import INFO_BITS, WORD_BITS, Payload, crcs

MEMORY = 12
GENERATORS = (0o10455, 0o11215, 0o12747, 0o13145, 0o15327, 0o15737, 0o17447, 0o17533)
"""Free distance 67, the best of a random search of 45 s; part of the format."""
STEPS = INFO_BITS + MEMORY
SYMBOLS = STEPS * len(GENERATORS)
LIST_SIZE = 48

_STATES = 1 << MEMORY
_IMPOSSIBLE = 1e9
"""Cost of a path that does not start at state 0."""


def _output_table() -> NDArray[np.float32]:
    register = np.arange(2 * _STATES)
    columns = []
    for generator in GENERATORS:
        parity = register & generator
        for shift in (8, 4, 2, 1):
            parity = parity ^ (parity >> shift)
        columns.append(1 - 2 * (parity & 1))
    return np.stack(columns, axis=1).astype(np.float32)


_OUTPUT = _output_table()
"""float32 [2^13, 8]: the symbols sent when the register (new bit, then state) holds this value."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decode found: `payload` that belongs to the key, or whether a `foreign` word passed the CRC."""

    payload: Payload | None
    foreign: bool
    attempts: int


def encode(payload: Payload) -> NDArray[np.float32]:
    """float32 [800] of +1 and -1."""
    state, sent = 0, []
    for bit in (*payload.bits().tolist(), *(0,) * MEMORY):
        register = bit << MEMORY | state
        sent.append(_OUTPUT[register])
        state = register >> 1
    return np.concatenate(sent)


def decode(soft: NDArray[np.float32], key: Key, list_size: int = LIST_SIZE) -> Decoded:
    """The payload behind `soft` (float32 [800], positive means +1; any scale).

    Looks at the `list_size` most likely words and takes the first whose CRC, tag and check bits hold for `key`.
    """
    words, sent = _likely(soft, list_size)
    passed = np.flatnonzero(crcs(words) == sent)
    for index in passed:
        word = Payload(int(words[index]))
        if word.belongs_to(key):
            return Decoded(word, False, int(index) + 1)
    return Decoded(None, len(passed) > 0, len(words))


def branches(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """What one step's soft symbols, float32 [..., 8], say for each register: float32 [2^13, ...]."""
    return _OUTPUT @ soft.T


def _likely(soft: NDArray[np.float32], list_size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The words, uint64 [n], of the `list_size` most likely paths, best first, and the CRC that each came with.

    The list grows from the ends of the paths. An end is worth what the best path with it is worth, so every path of the
    final list has an end among the best at each step: nothing is lost by keeping no more than these.
    """
    choice, loss = _forward(soft)
    states, costs = np.zeros(1, np.int64), np.zeros(1, np.float32)
    bits = np.zeros((2, 1), np.uint64)
    for step in range(STEPS - 1, -1, -1):
        if step < INFO_BITS:
            part, place = (0, WORD_BITS - 1 - step) if step < WORD_BITS else (1, INFO_BITS - 1 - step)
            bits[part] |= (states >> (MEMORY - 1)).astype(np.uint64) << np.uint64(place)
        odd, before = choice[step, states], 2 * states % _STATES
        costs = np.concatenate([costs, costs + loss[step, states]])
        states = np.concatenate([before + odd, before + ~odd])
        kept = np.flatnonzero(costs < _IMPOSSIBLE)
        if len(kept) > list_size:
            kept = kept[np.argpartition(costs[kept], list_size)[:list_size]]
        states, costs, bits = states[kept], costs[kept], bits[:, kept % bits.shape[1]]
    order = np.argsort(costs, kind="stable")
    return bits[0, order], bits[1, order]


def _forward(soft: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Viterbi: bool [steps, states] which predecessor won, float32 [steps, states] by how much."""
    branch = soft.reshape(STEPS, len(GENERATORS)).astype(np.float32) @ _OUTPUT.T
    even = branch.reshape(STEPS, 2, _STATES // 2, 2)[..., 0]
    odd = branch.reshape(STEPS, 2, _STATES // 2, 2)[..., 1]
    choice, loss = np.empty((STEPS, _STATES), np.bool_), np.empty((STEPS, _STATES), np.float32)
    metric = np.full(_STATES, -2 * _IMPOSSIBLE, np.float32)
    metric[0] = 0.0
    for step in range(STEPS):
        from_even = (metric[0::2] + even[step]).reshape(-1)
        from_odd = (metric[1::2] + odd[step]).reshape(-1)
        np.greater(from_odd, from_even, out=choice[step])
        np.abs(from_odd - from_even, out=loss[step])
        metric = np.maximum(from_even, from_odd)
    return choice, loss
