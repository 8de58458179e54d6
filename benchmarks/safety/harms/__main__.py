"""usage: python -m benchmarks.safety.harms {train,leave-out,unseen} [--data FOLDER] [--misses]

`train` writes `safety/weights/harms.npz`. `leave-out` trains without each list in turn and tests on it. `unseen` tests
the weights in use on the eighth to thirteenth list. `--data` takes the word classes and rules of an older commit
(`git archive COMMIT safety/text/data | tar x -C FOLDER`), so that those do not remember the lists of later ones.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.safety.harms import material
from benchmarks.safety.harms.material import Case
from benchmarks.safety.text.__main__ import wilson
from safety.registry.load import Registry
from safety.registry.schema import Entry
from safety.text import ages, learned, rules, terms
from safety.text.concepts import Concepts
from safety.text.fold import DATA
from safety.text.learned import Windows
from safety.text.patterns import build
from safety.text.screen import classes
from safety.text.wording import BUCKETS

Labels = dict[str, list[tuple[int, int]]]
Rows = NDArray[np.int64]
Vector = NDArray[np.float64]
STRENGTH: Final = (1.5, 1.0, 0.7, 5.0, 6.0)
"""Of a concept, a pair, a close pair, a gloss and the wording: how easily each earns weight."""
COST: Final = 0.2
WEIGHTS: Final = {material.ORDINARY: 0.3, material.PROMPTS: 3.0, material.AIMED: 1.5}
"""Of a sentence, by how its source begins."""
MIXED: Final = 800
LONG: Final = 1_600  # benign texts of several sentences
PART: Final = 0.5  # weight of a part of a benign text, and of a text of several
WRONG: Final = (0.035, 0.015)  # of the benign sentences beside harms that may be held in profile strict and in studio
CLEARED: Final = 0.01  # of the harms that only weak rules stop and that lie below where a text is taken for harmless
WRONG_MINORS: Final = (0.007, 0.003)  # that may be held, and blocked, for minors
LISTS: Final = (
    "fourth", "fifth", "held out", "sixth, later", "seventh 1", "seventh 2", "seventh 3", "seventh 4", "third",
    "ordinary",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Cases with what the screen has of them.

    Attributes:
        matrix: features of each window, [rows, n + 2 n n + glosses + BUCKETS]; the first of a case is all that one
            reaches.
        owner: number of the case of each row, ascending.
        windows: how many windows each case has.
        ruled: signals of the rules for each case.
        weakly: whether it is stopped by weak rules alone.
    """

    cases: list[Case]
    matrix: Any
    owner: Rows
    windows: Rows
    ruled: list[set[str]]
    weakly: NDArray[np.bool_]

    def __getitem__(self, keep: NDArray[np.bool_]) -> Seen:
        chosen, rows = np.flatnonzero(keep), np.flatnonzero(keep[self.owner])
        owner = (np.cumsum(keep) - 1)[self.owner[rows]]
        ruled = [self.ruled[i] for i in chosen]
        cases = [self.cases[i] for i in chosen]
        return Seen(cases, self.matrix[rows], owner, self.windows[keep], ruled, self.weakly[keep])

    @property
    def whole(self) -> NDArray[np.bool_]:
        """The rows that are no part of a text; shape [rows]."""
        return np.diff(self.owner, prepend=-1) > 0

    def scores(self, harm: LogisticRegression, minors: LogisticRegression) -> Vector:
        """The scores of the worst window of each case, [cases, 2]; those of harm less what many windows reach."""
        worst = np.full((len(self.cases), 2), -np.inf)
        for column, model in enumerate((harm, minors)):
            np.maximum.at(worst[:, column], self.owner, model.decision_function(self.matrix))
        worst[:, 0] -= [learned.by_chance(count) for count in self.windows.tolist()]
        return worst

    def of(self, test: Callable[[Case], bool]) -> NDArray[np.bool_]:
        return np.array([test(case) for case in self.cases])


class Reader:
    """Word classes, rules and concepts without the registry, of this commit or an older one."""

    def __init__(self, data: Path) -> None:
        nobody = Entry.model_validate({"id": "person:nobody", "kind": "person", "name": "Xaverius Quillfeather"})
        registry = Registry((nobody,), (), (), frozenset(), "benchmark")
        self._patterns = build(registry, (*terms.load(data / "terms"), *ages.terms()))
        self._rules = rules.load(data / "rules.json")
        self.concepts = Concepts()
        self.names = learned.names(self.concepts)

    def labels(self, text: str) -> Labels:
        return classes(self._patterns, text)

    def seen(self, cases: list[Case]) -> Seen:
        rows, owner, counts, ruled, weakly = [], [], [], [], []
        for number, case in enumerate(cases):
            labels = self.labels(case.text)
            matches = [m for m in rules.apply(self._rules, labels) if m.signal.startswith("harm.")]
            ruled.append({match.signal for match in matches})
            weakly.append(bool(matches) and all(match.weak for match in matches))
            seen = learned.read(case.text, labels, self.concepts)
            counts.append(len(seen))
            parts = self._parts(seen)
            rows += [self._row(part) for part in parts]
            owner += [number] * len(parts)
        matrix = sp.vstack(rows).tocsr()
        return Seen(cases, matrix, np.array(owner), np.array(counts), ruled, np.array(weakly))

    def _parts(self, seen: Windows) -> list[Windows]:
        """The windows of a text, each once, the first of them as far as one reaches."""
        rows = dict.fromkeys(zip(seen.first.tolist(), seen.last.tolist(), strict=True))
        return [replace(seen, first=np.array([first]), last=np.array([last])) for first, last in rows]

    def _row(self, window: Windows) -> Any:
        count = len(self.names)
        seen = learned.features(window.found[window.first[0] : window.last[0]])
        pairs = [a * count + b for i, a in enumerate(seen.alone) for b in seen.alone[i + 1 :]]
        near = [a * count + b for a, b in seen.near]
        (meaning,), (end,) = window.meant
        (letter,), (last,) = window.letters
        glosses, often = window.glosses.counted(meaning, end)
        buckets, times = window.wording.counted(letter, last)
        blocks = (seen.alone, pairs, near, glosses, buckets)
        sizes = (count, count * count, count * count, len(self.concepts.glosses), BUCKETS)
        values = (1, 1, 1, *(each / np.sqrt(max(1, each.sum())) for each in (often, times)))
        columns = np.concatenate([np.add(block, at) for block, at in zip(blocks, np.cumsum((0, *sizes)), strict=False)])
        weighed = [s * np.broadcast_to(v, len(b)) for s, v, b in zip(STRENGTH, values, blocks, strict=True)]
        row = np.zeros(len(columns), np.int64)
        return sp.csr_matrix((np.concatenate(weighed), (row, columns.astype(np.int64))), shape=(1, sum(sizes)))


def fit(seen: Seen) -> tuple[LogisticRegression, LogisticRegression]:
    """The models of harms, and of harms to minors among everything.

    Of a harmful text only the whole is known to be harmful; of a harmless one each part is harmless.
    """
    harm, told = (seen.of(test)[seen.owner] for test in (lambda c: c.harm, lambda c: c.kind != ""))
    minors = seen.of(lambda c: c.kind == "minors")[seen.owner]
    weights = np.array([_weight(case) for case in seen.cases])[seen.owner] * np.where(seen.whole, 1.0, PART)
    known = seen.whole | ~harm
    return _fitted(seen, known, harm, weights), _fitted(seen, known & told, minors, weights)


def _fitted(seen: Seen, keep: NDArray[np.bool_], answers: NDArray[np.bool_], weights: Vector) -> LogisticRegression:
    return _logistic().fit(seen.matrix[np.flatnonzero(keep)], answers[keep], weights[keep])


def _weight(case: Case) -> float:
    weight = next((weight for start, weight in WEIGHTS.items() if case.source.startswith(start)), 1.0)
    return weight * (PART if case.several else 1.0)


def apart(seen: Seen) -> Vector:
    """Scores of each list from models that never saw it; [cases, 2]."""
    scores = np.zeros((len(seen.cases), 2))
    sources = np.array([case.source for case in seen.cases])
    for source in dict.fromkeys(sources):
        if source != material.SCENES and not source.startswith(material.AIMED):  # no point is found by these
            own = sources == source
            scores[own] = seen[own].scores(*fit(seen[~own]))
    return scores


def points(seen: Seen, scores: Vector, without: str = "") -> Vector:
    """Where to stop: the scores that only few of the benign sentences beside harms reach, those of a list left out.

    Returns: where harms are held in profile strict and in studio, where those to minors are held and blocked, and below
    what a text is taken for harmless.
    """
    told = (material.SCENES, material.ORDINARY, material.NAMED, without)
    drawn = seen.of(lambda c: not c.mixed and c.source not in told and not c.source.startswith(material.AIMED))
    beside = seen.of(lambda c: not c.harm) & drawn
    limits = (*((0, wrong) for wrong in WRONG), *((1, wrong) for wrong in WRONG_MINORS))
    stops = [np.quantile(scores[beside, column], 1 - wrong) for column, wrong in limits]
    doubtful = seen.of(lambda c: c.harm and not c.mixed and c.source != without) & seen.weakly & drawn
    return np.array([*stops, np.quantile(scores[doubtful, 0], CLEARED)])


def _logistic() -> LogisticRegression:
    return LogisticRegression(
        C=COST, solver="liblinear", intercept_scaling=3.0, class_weight="balanced", random_state=0
    )


def leave_out(reader: Reader, misses: bool) -> None:
    """Each list, judged by models and operating points that never saw it."""
    seen = _everything(reader)
    scores = apart(seen)
    totals: Counter[str] = Counter()
    for source in LISTS:
        own = seen.of(lambda c, source=source: c.source == source and not c.mixed)
        totals += report(source, seen[own], _past(scores[own], points(seen, scores, source)), misses)
    _lines("all of them", totals)
    own = seen.of(lambda c: c.source.startswith(material.PROMPTS))
    rest = seen[~own]
    scores = seen[own].scores(*fit(rest))
    single = seen[own].of(lambda c: not c.mixed)
    report(material.PROMPTS, seen[own][single], _past(scores[single], points(rest, apart(rest))), misses)


def _past(scores: Vector, stops: Vector) -> Vector:
    """How far scores of harm and of minors lie past the points, as `learned.Learned.logits` says it; [cases, 5]."""
    return scores[:, (0, 0, 1, 1, 0)] - stops


def _everything(reader: Reader) -> Seen:
    cases = material.lists() + material.scenes() + material.prompts()
    return reader.seen(cases + material.mixtures(cases, MIXED) + material.several(cases, LONG))


def unseen(reader: Reader, misses: bool) -> None:
    """The weights in use on the lists that are never trained on, each by itself."""
    model = learned.Learned()
    for source, cases in material.unseen().items():
        seen = reader.seen(cases)
        scores = np.array([model.logits(c.text, reader.labels(c.text)) for c in seen.cases])
        report(source, seen, scores, misses)
        for name, key in (("language", lambda c: c.language), ("kind", lambda c: c.kind)):
            for value in sorted({key(c) for c in seen.cases}):
                keep = seen.of(lambda c, key=key, value=value: key(c) == value)
                _lines(f"{name} {value}", report("", seen[keep], scores[keep], False))


def report(source: str, seen: Seen, scores: Vector, misses: bool) -> Counter[str]:
    """Counts of what the rules, the model and both stop in profile strict; `scores` like those of `_past`."""
    counts: Counter[str] = Counter()
    columns = zip(seen.cases, seen.ruled, seen.weakly, scores, strict=True)
    for case, ruled, weakly, (harm, _, hold, block, harmless) in columns:
        row = "harms" if case.harm else "benign"
        held, minors = bool(max(harm, hold) >= 0), bool(block >= 0)
        counts += Counter({f"{row} rules": bool(ruled), f"{row} model": held})
        ruled = set() if weakly and harmless < 0 else ruled
        counts += Counter({f"{row} both": held or bool(ruled)})
        counts[row] += 1
        if case.kind == "minors":
            known = "harm.sexual_minors" in ruled
            counts += Counter({"minors rules": known, "minors both": known or minors})
            counts += Counter({"minors held": held or bool(ruled)})
            counts["minors"] += 1
        elif minors:
            counts["others as minors"] += 1
        if misses and case.harm is not (held or bool(ruled)):
            print("   ", row, case.kind, case.language, f"{harm:.1f}", case.text)
    if source:
        _lines(source, counts)
    return counts


def _lines(source: str, counts: Counter[str]) -> None:
    cells = [source]
    for row, columns in (("harms", "rules model both"), ("minors", "rules both held"), ("benign", "rules both")):
        total = counts[row]
        cells.append(
            " / ".join(str(counts[f"{row} {column}"]) for column in columns.split()) + f" of {total}" if total else "-"
        )
    if counts["harms"]:
        low, high = wilson(counts["harms both"], counts["harms"])
        cells.append(f"{100 * counts['harms both'] / counts['harms']:.1f} % ({100 * low:.0f} - {100 * high:.0f} %)")
    print("| " + " | ".join(cells) + " |", flush=True)


def train(reader: Reader) -> None:
    """Writes the weights; the same input gives the same bytes."""
    seen = _everything(reader)
    harm, minors = fit(seen)
    stops = points(seen, apart(seen))
    glosses = reader.concepts.glosses
    stored: dict[str, Any] = {"names": np.array(reader.names), "glosses": np.array(glosses), "points": stops}
    for part, one in (("harm", harm), ("minors", minors)):
        packed = _packed(one, len(reader.names), len(glosses))
        stored |= {f"{part}_{name}": value for name, value in packed.items()}
    kinds, table = _kinds(seen, len(reader.names))
    stored |= {"kinds": np.array(kinds), "kind": table.astype(np.float16)}
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(stored[k]).tobytes() for k in sorted(stored))).hexdigest()
    np.savez_compressed(learned.WEIGHTS, version=np.array(f"harms-{digest[:8]}"), **stored)
    print(f"{len(seen.cases)} sentences, points {stops}, {learned.WEIGHTS.stat().st_size} bytes")


def _packed(model: LogisticRegression, count: int, glosses: int) -> dict[str, Any]:
    weights = model.coef_[0]
    parts = np.split(weights, np.cumsum((count, count * count, count * count, glosses)))
    shapes = ((count,), (count, count), (count, count), (glosses,), (BUCKETS,))
    packed, scales = {}, []
    names = ("alone", "pairs", "near", "meanings", "letters")
    for name, part, strength, shape in zip(names, parts, STRENGTH, shapes, strict=True):
        scale = float(np.abs(part).max()) * strength / 127
        packed[name] = np.round(part * strength / scale).astype(np.int8).reshape(shape)
        scales.append(scale)
    return {**packed, "scales": np.array(scales, np.float32), "bias": np.array(model.intercept_[0], np.float32)}


def _kinds(seen: Seen, count: int) -> tuple[list[str], NDArray[np.float64]]:
    """What kind a harm is, from its concepts alone: one row of weights and a bias for each kind."""
    told = seen[seen.of(lambda c: c.harm and c.kind not in ("", "minors"))]
    kinds = [c.kind for c in told.cases]
    alone = told.matrix[np.flatnonzero(told.whole)][:, :count] / STRENGTH[0]
    model = LogisticRegression(C=1.0, max_iter=500, class_weight="balanced").fit(alone, kinds)
    return [str(k) for k in model.classes_], np.column_stack([model.coef_, model.intercept_])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "leave-out", "unseen"))
    parser.add_argument("--data", type=Path, default=DATA, help="folder with terms/ and rules.json")
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args(arguments)
    reader = Reader(options.data)
    if options.what == "train":
        train(reader)
    else:
        (leave_out if options.what == "leave-out" else unseen)(reader, options.misses)


if __name__ == "__main__":
    main()
