"""Error correction: a convolutional code of rate 1/8 and memory 12, list-decoded with the CRC as judge.

88 bits (word and CRC) and 12 tail bits become 800 symbols of +1 and -1. The decoder takes soft values, finds the
most likely path (Viterbi) and then the next likely ones in exact order (tree-trellis list: Soong and Huang, "A
tree-trellis based fast search", IEEE ICASSP 1991) until one passes the check or the list is used up.
Every word that is checked counts as one attempt in the false-positive bound.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.keys import Key
from watermark.invisible.payload import INFO_BITS, Payload, from_bits

MEMORY = 12
GENERATORS = (0o10455, 0o11215, 0o12747, 0o13145, 0o15327, 0o15737, 0o17447, 0o17533)
"""Free distance 67, the best of a random search of 45 s; part of the format."""
STEPS = INFO_BITS + MEMORY
SYMBOLS = STEPS * len(GENERATORS)
LIST_SIZE = 48

_STATES = 1 << MEMORY


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
    foreign, attempts = False, 0
    for bits in _likely(soft, list_size):
        attempts += 1
        word = from_bits(bits)
        if word is None:
            continue
        if word.belongs_to(key):
            return Decoded(word, False, attempts)
        foreign = True
    return Decoded(None, foreign, attempts)


def branches(soft: NDArray[np.float32]) -> NDArray[np.float32]:
    """What one step's soft symbols, float32 [..., 8], say for each register: float32 [2^13, ...]."""
    return _OUTPUT @ soft.T


def _likely(soft: NDArray[np.float32], list_size: int) -> Iterator[NDArray[np.uint8]]:
    """Decoded bits of the most likely paths, best first."""
    choice, loss = _forward(soft)
    states, bits = np.zeros(STEPS + 1, np.int64), np.zeros(STEPS, np.uint8)
    heap: list[tuple[float, int, int, int]] = [(0.0, 0, STEPS, -1)]
    paths: list[NDArray[np.int64]] = []
    serial = 0
    while heap and len(paths) < list_size:
        total, _, turn, parent = heapq.heappop(heap)
        if parent >= 0:
            states = paths[parent].copy()
        _trace(states, choice, turn)
        paths.append(states)
        bits = (states[1:] >> (MEMORY - 1)).astype(np.uint8)
        yield bits[:INFO_BITS]
        costs = total + loss[np.arange(turn), states[1 : turn + 1]]
        for step in np.argsort(costs)[:list_size]:
            serial += 1
            heapq.heappush(heap, (float(costs[step]), serial, int(step), len(paths) - 1))


def _trace(states: NDArray[np.int64], choice: NDArray[np.bool_], turn: int) -> None:
    """Rewrite `states` before step `turn`: take the losing branch there, the best ones before it."""
    state = int(states[min(turn + 1, STEPS)])
    for step in range(min(turn, STEPS - 1), -1, -1):
        odd = bool(choice[step, state]) ^ (step == turn)
        state = (2 * state) % _STATES + int(odd)
        states[step] = state


def _forward(soft: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Viterbi: bool [steps, states] which predecessor won, float32 [steps, states] by how much."""
    branch = soft.reshape(STEPS, len(GENERATORS)).astype(np.float32) @ _OUTPUT.T
    even = branch.reshape(STEPS, 2, _STATES // 2, 2)[..., 0]
    odd = branch.reshape(STEPS, 2, _STATES // 2, 2)[..., 1]
    choice, loss = np.empty((STEPS, _STATES), np.bool_), np.empty((STEPS, _STATES), np.float32)
    metric = np.full(_STATES, -1e9, np.float32)
    metric[0] = 0.0
    for step in range(STEPS):
        from_even = (metric[0::2] + even[step]).reshape(-1)
        from_odd = (metric[1::2] + odd[step]).reshape(-1)
        np.greater(from_odd, from_even, out=choice[step])
        np.abs(from_odd - from_even, out=loss[step])
        metric = np.maximum(from_even, from_odd)
    return choice, loss
