"""Train stage 2 on extracted features, and show how well it does where it has not looked.

usage: python -m benchmarks.safety.faces.train OUT.npz FOLDS FEATURES.npz...

Five layers: faces (photograph of a person or not), the same without CenterFace's inner values for installations that
lack it, whole pictures (a photographed person is in it), a small one that joins face and picture with CenterFace's
score and the size of the face, and whether a photographed face is a child's. The joint
layer and the operating points are chosen on out-of-fold scores. The table is nested: for each fold by source
repository, layers *and* operating points come from the other folds alone. They are written to the folder FOLDS, so
that `evaluate` can run the whole detector the same way.
"""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.safety.faces.extract import KINDS
from safety.detectors.photographic import joint_features
from safety.detectors.weights import sha256_of

VERSION = "6"
FACE_C, BARE_C, PERSON_C, JOINT_C, CHILD_C, FOLDS = 0.005, 0.005, 0.003, 1.0, 0.001, 5
GROWN_UP_TAKEN = 0.05  # share of grown-ups who count as children: only the severity depends on it
LEAST_PX, LEAST_SCORE = 8, 0.25
MISLABELLED = ("faces_train/none/0098_object.jpg", "faces_train/none/0192_object.jpg")  # people are in them
HANDS = tuple(f"faces_train/none/{name}_behind.jpg" for name in ("0017", "0119", "0123", "0125"))  # nobody else is seen
RECALL_REVIEW, ART_BLOCK = 0.992, 0.07  # real pictures at least reviewed; paintings at most blocked
FLAT = ("anime", "cartoon2d", "comic", "sketch")
LIFELIKE = ("painting", "cgi", "game", "statue", "doll", "mask")
NO_PERSON = ("animal", "object", "scene", "robot", "noface")
LIFELIKE_WEIGHT, JOINT_LIFELIKE_WEIGHT = 0.2, 0.3  # review is allowed for them; for flat art it is not
FLAT_WEIGHT = 2.0  # flat art is the scarce side


class Model:
    """Standardised, clipped, balanced logistic regression."""

    def __init__(self, features, target, strength, weight=None):
        self.scaler = StandardScaler().fit(features)
        self.regression = LogisticRegression(C=strength, max_iter=300, class_weight="balanced", tol=1e-3)
        self.regression.fit(self._standard(features), target, weight)

    def _standard(self, features):
        return np.clip(self.scaler.transform(features), -6, 6)

    def __call__(self, features):
        return self.regression.decision_function(self._standard(features))

    def arrays(self, name):
        return {
            f"{name}_mean": self.scaler.mean_.astype(np.float32),
            f"{name}_scale": self.scaler.scale_.astype(np.float32),
            f"{name}_weights": self.regression.coef_[0].astype(np.float32),
            f"{name}_bias": self.regression.intercept_.astype(np.float32),
        }


@dataclass
class Data:
    """Rows of pictures, and of their faces (see `extract`)."""

    rows: np.ndarray
    faces: np.ndarray
    features: np.ndarray
    joined: np.ndarray
    whole: np.ndarray

    @classmethod
    def read(cls, sources):
        parts = [np.load(source) for source in sources]
        rows = parts[0]["rows"].copy()
        rows[np.isin(rows[:, 0], MISLABELLED), 1] = "ambiguous"
        order = np.argsort(np.concatenate([part["numbers"] for part in parts]))
        whole = np.concatenate([part["whole"] for part in parts])[order].astype(np.float32)
        faces, *values = (np.concatenate([part[name] for part in parts]) for name in ("faces", "features", "around"))
        order = np.lexsort((faces[:, 1], faces[:, 0]))  # the same whatever the parts
        features, around = (np.nan_to_num(value[order].astype(np.float32)) for value in values)
        return cls(rows, faces[order], features, np.concatenate([features, around], axis=1), np.nan_to_num(whole))

    def __post_init__(self):
        label, kind, tone = self.rows[:, 1], self.rows[:, 2], self.rows[:, 4]
        self.owner = self.faces[:, 0].astype(int)
        rank, self.kind, best = self.faces[:, 1], self.faces[:, 2].astype(int), self.faces[:, 5:8].max(1)
        self.repo, self.real = self.rows[:, 3], label == "real"
        self.person = (self.real | (kind == "behind")) & ~np.isin(self.rows[:, 0], HANDS)
        self.sure_rows = label != "ambiguous"
        self.photo = self.real[self.owner]
        doubtful = self.photo & ((best < 0.5) | ((rank > 0) & (best < 0.6)))
        self.sure = self.sure_rows[self.owner] & ~doubtful
        self.seen = (self.kind == 0) & (self.faces[:, 7] >= LEAST_SCORE) & (self.faces[:, 3] >= LEAST_PX)
        behind_cloth = (self.kind == KINDS.index("masked")) * 1 + (np.char.find(self.rows[:, 5], "mask") >= 0)[
            self.owner
        ]
        scarce = np.isin(tone, ("dark", "medium"))[self.owner]
        self.weight = (1.0 + scarce * self.photo) * 2.0 ** (behind_cloth * self.photo)
        drawn = np.where(np.isin(kind, LIFELIKE), LIFELIKE_WEIGHT, np.where(np.isin(kind, FLAT), FLAT_WEIGHT, 1.0))
        self.weight *= np.where(self.photo, 1.0, drawn[self.owner])
        self.child = (np.char.find(self.rows[:, 5], "child") >= 0) & self.real
        self.adults_and_children = self.sure & self.photo & (rank == 0)
        self.gentle = np.where(np.isin(kind, LIFELIKE), JOINT_LIFELIKE_WEIGHT, 1.0)[self.owner]
        key = self.owner * 10 + rank.astype(int)
        looks = np.flatnonzero(self.kind < 3)
        order = looks[np.lexsort((self.kind[looks], key[looks]))].reshape(-1, 3)
        self.looks = np.zeros((len(key), 3), int)
        self.looks[order[:, 0]] = order

    def averaged(self, values):
        """The mean over three looks, for rows of plain faces."""
        return values[self.looks].mean(1)


def folds(data, keep, seed):
    """Pairs of row masks (pictures to fit on, pictures held out) by source repository."""
    chosen = np.flatnonzero(keep)
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(chosen, groups=data.repo[chosen]):
        yield np.isin(np.arange(len(keep)), chosen[train]), np.isin(np.arange(len(keep)), chosen[test])


def face_model(data, keep):
    use = data.sure & keep[data.owner]
    return Model(data.joined[use], data.photo[use], FACE_C, data.weight[use])


def bare_model(data, keep):
    use = data.sure & keep[data.owner]
    return Model(data.features[use], data.photo[use], BARE_C, data.weight[use])


def person_model(data, keep):
    use = keep & data.sure_rows
    return Model(
        data.whole[use].reshape(-1, data.whole.shape[2]), np.repeat(data.person[use], data.whole.shape[1]), PERSON_C
    )


def child_model(data, keep):
    use = data.adults_and_children & keep[data.owner]
    return Model(data.features[use], data.child[data.owner[use]], CHILD_C)


def child_point(data, keep):
    """The logit that one in twenty grown-ups reaches, where the layer has not seen their repository."""
    score = np.zeros(len(data.faces), np.float32)
    for train, test in folds(data, keep, seed=1):
        inside = test[data.owner]
        score[inside] = child_model(data, train)(data.features[inside])
    grown = data.adults_and_children & keep[data.owner] & (data.kind == 0) & ~data.child[data.owner]
    return float(np.quantile(data.averaged(score)[grown], 1 - GROWN_UP_TAKEN))


def joint_rows(data, face, person):
    return joint_features(data.averaged(face), person[data.owner], data.averaged(data.faces[:, 8]), data.faces[:, 4])


def joint_model(data, joint, keep):
    use = data.seen & data.sure & keep[data.owner]
    return Model(joint[use], data.photo[use], JOINT_C, data.gentle[use])


def fitted(data, keep):
    """Layers and operating points from the pictures of `keep` alone."""
    face, person = np.zeros(len(data.faces), np.float32), np.zeros(len(data.rows), np.float32)
    for train, test in folds(data, keep, seed=1):
        inside = test[data.owner]
        face[inside] = face_model(data, train)(data.joined[inside])
        person[test] = person_model(data, train)(data.whole[test, 0])
    joint, score = joint_rows(data, face, person), np.zeros(len(data.faces))
    for train, test in folds(data, keep, seed=1):
        inside = test[data.owner] & data.seen
        score[inside] = joint_model(data, joint, train)(joint[inside])
    pictures = by_picture(data, score)
    review = np.quantile(pictures[keep & data.real], 1 - RECALL_REVIEW)
    painted = keep & (data.rows[:, 2] == "painting") & data.sure_rows
    block = max(np.quantile(pictures[painted], 1 - ART_BLOCK), review + 1.0)
    models = {"face": face_model, "bare": bare_model, "person": person_model, "child": child_model}
    layers = {name: model(data, keep) for name, model in models.items()}
    points = float(review), float(block), child_point(data, keep)
    return {**layers, "joint": joint_model(data, joint, keep)}, points


def by_picture(data, score):
    pictures = np.full(len(data.rows), -20.0)
    np.maximum.at(pictures, data.owner[data.seen], score[data.seen])
    return pictures


def saved(path, layers, points):
    arrays = {name: value for layer, model in layers.items() for name, value in model.arrays(layer).items()}
    stored = 1 / (1 + np.exp(-np.array(points)))
    np.savez_compressed(path, version=VERSION, points=stored.astype(np.float32), **arrays)


def main(out: Path, folder: Path, sources: list[Path]) -> None:
    warnings.filterwarnings("ignore")
    data = Data.read(sources)
    held_out, level = {}, np.zeros(len(data.rows))
    everything = np.ones(len(data.rows), bool)
    for number, (train, test) in enumerate(folds(data, everything, seed=2)):
        layers, points = fitted(data, train)
        saved(folder / f"fold{number}.npz", layers, points)
        held_out |= dict.fromkeys(data.repo[test].tolist(), number)
        joint = joint_rows(data, layers["face"](data.joined), layers["person"](data.whole[:, 0]))
        pictures = by_picture(data, layers["joint"](joint))
        level[test] = np.searchsorted(points[:2], pictures[test], side="right") / 2
        print(f"fold {number}: review {points[0]:.2f} block {points[1]:.2f}", flush=True)
    (folder / "folds.json").write_text(json.dumps(held_out))
    table(level, 0.5, 1.0, data.rows)
    layers, points = fitted(data, everything)
    saved(out, layers, points)
    print(out, out.stat().st_size, "bytes, SHA-256", sha256_of(out))


def wilson(hits, total, z=1.96):
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    reach = z * np.sqrt(share * (1 - share) / total + spread / total / 4) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def table(pictures, review, block, rows):
    label, kind, tone, attributes = rows[:, 1], rows[:, 2], rows[:, 4], rows[:, 5]
    real = label == "real"
    flat, none = np.isin(kind, FLAT) & ~real, np.isin(kind, NO_PERSON)
    has = {
        name: np.char.find(attributes, name) >= 0 for name in ("mask", "profile", "child", "small", "bw", "lowlight")
    }
    groups = {"real": real, **{f"real {t}": real & (tone == t) for t in ("light", "medium", "dark")}}
    groups |= {f"real {name}": real & found for name, found in has.items()}
    groups |= {"anime, cartoon, comic, sketch": flat, "no person": none}
    groups |= {k: kind == k for k in ("painting", "cartoon3d", "cgi", "game", "statue", "doll", "mask", "behind")}
    for name, chosen in groups.items():
        chosen = chosen & (label != "ambiguous")
        total, stopped = int(chosen.sum()), int((pictures[chosen] >= review).sum())
        blocked = int((pictures[chosen] >= block).sum())
        low, high = (f"{bound:.1%}" for bound in wilson(stopped, total))
        shares = f"stopped {stopped:4} {stopped / max(1, total):6.1%} [{low}, {high}]"
        print(f"{name:32} {total:4}  {shares}  blocked {blocked:4} {blocked / max(1, total):6.1%}")


if __name__ == "__main__":
    with threadpool_limits(1):  # the same bytes on every run
        main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(source) for source in sys.argv[3:]])
