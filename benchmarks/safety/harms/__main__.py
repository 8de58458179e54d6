"""usage: python -m benchmarks.safety.harms {train,leave-out,unseen} [--data FOLDER] [--misses]

`train` writes `safety/weights/harms.npz`. `leave-out` trains without each list in turn and tests on it. `unseen` tests
the weights in use on the eighth, ninth and tenth list. `--data` takes the word classes and rules of an older commit
(`git archive COMMIT safety/text/data | tar x -C FOLDER`), so that those do not remember the lists of later ones.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from safety.text.patterns import build
from safety.text.screen import classes

Labels = dict[str, list[tuple[int, int]]]
Vector = NDArray[np.float64]
STRENGTH: Final = (1.5, 1.0, 0.7)  # of a concept, a pair and a close pair: how easily each earns its weight
COST: Final = 0.2
WEIGHTS: Final = {material.ORDINARY: 0.3, material.PROMPTS: 3.0}  # of a sentence, by the first word of its source
MIXED: Final = 800
WRONG: Final = 0.015  # of the benign sentences beside harms that may be held, out of fold
WRONG_MINORS: Final = (0.007, 0.003)  # that may be held, and blocked, for minors
LISTS: Final = (
    "fourth", "fifth", "held out", "sixth, later", "seventh 1", "seventh 2", "seventh 3", "seventh 4", "third",
    "ordinary",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Cases with what the screen has of them: features [cases, n + 2 n n], signals of the rules."""

    cases: list[Case]
    matrix: Any
    ruled: list[set[str]]

    def __getitem__(self, keep: NDArray[np.bool_]) -> Seen:
        chosen = np.flatnonzero(keep)
        return Seen([self.cases[i] for i in chosen], self.matrix[chosen], [self.ruled[i] for i in chosen])

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
        rows, ruled = [], []
        for case in cases:
            labels = self.labels(case.text)
            ruled.append({m.signal for m in rules.apply(self._rules, labels) if m.signal.startswith("harm.")})
            found = learned.places(case.text, labels, self.concepts)[: learned.WINDOW]
            rows.append(self._row(learned.features(found)))
        return Seen(cases, sp.vstack(rows).tocsr(), ruled)

    def _row(self, seen: learned.Features) -> Any:
        count = len(self.names)
        pairs = [count + a * count + b for i, a in enumerate(seen.alone) for b in seen.alone[i + 1 :]]
        near = [count + count * count + a * count + b for a, b in seen.near]
        columns = [*seen.alone, *pairs, *near]
        values = np.repeat(STRENGTH, (len(seen.alone), len(pairs), len(near)))
        shape = (1, count + 2 * count * count)
        return sp.csr_matrix((values, ([0] * len(columns), columns)), shape=shape)


def fit(seen: Seen) -> tuple[LogisticRegression, LogisticRegression]:
    """The models of harms, and of harms to minors among everything."""
    weights = np.array([WEIGHTS.get(c.source.split()[0], 1.0) for c in seen.cases])
    told = seen.of(lambda c: c.kind != "")
    return (
        _logistic().fit(seen.matrix, seen.of(lambda c: c.harm), weights),
        _logistic().fit(seen.matrix[told], seen.of(lambda c: c.kind == "minors")[told], weights[told]),
    )


def apart(seen: Seen) -> Vector:
    """Scores of each list from models that never saw it; [cases, 2]."""
    scores = np.zeros((len(seen.cases), 2))
    sources = np.array([case.source for case in seen.cases])
    for source in dict.fromkeys(sources):
        if source != material.SCENES:
            own = sources == source
            for column, model in enumerate(fit(seen[~own])):
                scores[own, column] = model.decision_function(seen.matrix[np.flatnonzero(own)])
    return scores


def points(seen: Seen, scores: Vector, without: str = "") -> Vector:
    """Where to stop: the scores that only few of the benign sentences beside harms reach, those of a list left out.

    Returns: point of harms, and those of minors from which they are held and blocked.
    """
    told = (material.SCENES, material.ORDINARY, without)
    beside = seen.of(lambda c: not c.harm and c.source not in told)
    limits = ((0, WRONG), *((1, wrong) for wrong in WRONG_MINORS))
    return np.array([np.quantile(scores[beside, column], 1 - wrong) for column, wrong in limits])


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
        totals += report(source, seen[own], scores[own][:, (0, 1, 1)] - points(seen, scores, source), misses)
    _lines("all of them", totals)
    own = seen.of(lambda c: c.source.startswith(material.PROMPTS))
    rest = seen[~own]
    scores = np.column_stack([model.decision_function(seen[own].matrix) for model in fit(rest)])
    single = seen[own].of(lambda c: not c.mixed)
    judged = scores[single][:, (0, 1, 1)] - points(rest, apart(rest))
    report(material.PROMPTS, seen[own][single], judged, misses)


def _everything(reader: Reader) -> Seen:
    cases = material.lists() + material.scenes() + material.prompts()
    return reader.seen(cases + material.mixtures(cases, MIXED))


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
    """Counts of what the rules, the model and both stop."""
    counts: Counter[str] = Counter()
    for case, ruled, (harm, hold, block) in zip(seen.cases, seen.ruled, scores, strict=True):
        row = "harms" if case.harm else "benign"
        held, minors = bool(max(harm, hold) >= 0), bool(block >= 0)
        counts += Counter({f"{row} rules": bool(ruled), f"{row} model": held, f"{row} both": held or bool(ruled)})
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
    stored: dict[str, Any] = {"names": np.array(reader.names), "points": stops}
    for part, one in (("harm", harm), ("minors", minors)):
        stored |= {f"{part}_{name}": value for name, value in _packed(one, len(reader.names)).items()}
    kinds, table = _kinds(seen, len(reader.names))
    stored |= {"kinds": np.array(kinds), "kind": table.astype(np.float16)}
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(stored[k]).tobytes() for k in sorted(stored))).hexdigest()
    np.savez_compressed(learned.WEIGHTS, version=np.array(f"harms-{digest[:8]}"), **stored)
    print(f"{len(seen.cases)} sentences, points {stops}, {learned.WEIGHTS.stat().st_size} bytes")


def _packed(model: LogisticRegression, count: int) -> dict[str, Any]:
    weights = model.coef_[0]
    parts = np.split(weights, (count, count + count * count))
    shapes = ((count,), (count, count), (count, count))
    packed, scales = {}, []
    for name, part, strength, shape in zip(("alone", "pairs", "near"), parts, STRENGTH, shapes, strict=True):
        scale = float(np.abs(part).max()) * strength / 127
        packed[name] = np.round(part * strength / scale).astype(np.int8).reshape(shape)
        scales.append(scale)
    return {**packed, "scales": np.array(scales, np.float32), "bias": np.array(model.intercept_[0], np.float32)}


def _kinds(seen: Seen, count: int) -> tuple[list[str], NDArray[np.float64]]:
    """What kind a harm is, from its concepts alone: one row of weights and a bias for each kind."""
    keep = seen.of(lambda c: c.harm and c.kind not in ("", "minors"))
    kinds = [c.kind for c in seen[keep].cases]
    alone = seen.matrix[np.flatnonzero(keep)][:, :count] / STRENGTH[0]
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
