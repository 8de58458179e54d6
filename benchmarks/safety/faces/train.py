"""Train stage 2 on extracted features, with cross-validation by source repository.

usage: python -m benchmarks.safety.faces.train FEATURES.npz OUT.npz [FOLDS]

With a folder FOLDS, the layers without each fold are written there too, so that `evaluate` can run the whole detector
on pictures from repositories that its layers have not seen.

Three layers: faces (photograph of a person or not), whole pictures (a photographed person is in it), and a small one
that joins both with the finder's score and the size of the face. The joint layer and the operating points are
fitted on out-of-fold scores only. Prints the cross-validated table.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from safety.detectors.photographic import joint_features

VERSION = "2"
FACE_C, PERSON_C, FOLDS = 0.001, 0.001, 5
LEAST_PX = 10
MISLABELLED = ("faces_train/none/0098_object.jpg", "faces_train/none/0192_object.jpg")  # people are in them
RECALL_REVIEW, ART_BLOCK = 0.992, 0.08  # real pictures at least reviewed; paintings at most blocked
FLAT = ("anime", "cartoon2d", "comic", "sketch")
LIFELIKE = ("painting", "cgi", "statue", "doll", "mask")
NO_PERSON = ("animal", "object", "scene", "robot", "noface")


class Model:
    """Standardised, clipped, balanced logistic regression."""

    def __init__(self, features, target, strength, weight=None):
        self.scaler = StandardScaler().fit(features)
        self.regression = LogisticRegression(C=strength, max_iter=500, class_weight="balanced")
        self.regression.fit(self._standard(features), target, weight)

    def _standard(self, features):
        return np.clip(self.scaler.transform(features), -6, 6)

    def __call__(self, features):
        return self.regression.predict_proba(self._standard(features))[:, 1]

    def arrays(self, name):
        scale = self.scaler.scale_
        return {
            f"{name}_mean": self.scaler.mean_.astype(np.float32),
            f"{name}_scale": scale.astype(np.float32),
            f"{name}_weights": self.regression.coef_[0].astype(np.float32),
            f"{name}_bias": self.regression.intercept_.astype(np.float32),
        }


def folds(groups, seed=1):
    return GroupKFold(FOLDS, shuffle=True, random_state=seed).split(groups, groups=groups)


def out_of_fold(features, target, groups, usable, strength, weight=None, seed=1):
    scores = np.full(len(target), np.nan)
    for train, test in folds(groups, seed):
        train = train[usable[train]]
        model = Model(features[train], target[train], strength, None if weight is None else weight[train])
        scores[test] = model(features[test])
    return scores


def wilson(hits, total, z=1.96):
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    reach = z * np.sqrt(share * (1 - share) / total + spread / total / 4) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def main(source: Path, out: Path, folder: Path | None = None) -> None:
    warnings.filterwarnings("ignore")
    data = np.load(source)
    rows, faces = data["rows"], data["faces"]
    features, whole = np.nan_to_num(data["features"]), np.nan_to_num(data["whole"])
    rows[np.isin(rows[:, 0], MISLABELLED), 1] = "ambiguous"
    label, kind, repo, tone = rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4]
    owner = faces[:, 0].astype(int)
    is_photo, known = (label == "real")[owner], (label != "ambiguous")[owner]
    doubtful = is_photo & (faces[:, 3] < 0.5) & (faces[:, 1] > 0)
    weight = 1.0 + np.isin(tone, ("dark", "medium"))[owner] * is_photo

    person = (label == "real") | (kind == "behind")
    face_score = out_of_fold(features, is_photo, repo[owner], known & ~doubtful, FACE_C, weight)
    person_score = out_of_fold(whole, person, repo, label != "ambiguous", PERSON_C)

    first = (faces[:, 2] == 0) & (faces[:, 6] >= LEAST_PX)
    joint = joint_features(face_score, person_score[owner], faces[:, 4], faces[:, 5])
    joint_score = out_of_fold(joint, is_photo, repo[owner], first & known & ~doubtful, 1.0)
    pictures = np.zeros(len(rows))
    np.maximum.at(pictures, owner[first], joint_score[first])

    real = label == "real"
    review = float(np.quantile(pictures[real], 1 - RECALL_REVIEW))
    block = max(float(np.quantile(pictures[kind == "painting"], 1 - ART_BLOCK)), review + 0.2)
    print(f"operating points: review {review:.3f} block {block:.3f}")
    table(pictures, review, block, rows)

    usable, joint_usable = known & ~doubtful, first & known & ~doubtful
    points = np.array([review, block], np.float32)

    def fitted(keep_faces, keep_rows):
        chosen, joined, pictured = usable & keep_faces, joint_usable & keep_faces, (label != "ambiguous") & keep_rows
        layers = {
            **Model(features[chosen], is_photo[chosen], FACE_C, weight[chosen]).arrays("face"),
            **Model(whole[pictured], person[pictured], PERSON_C).arrays("person"),
            **Model(joint[joined], is_photo[joined], 1.0).arrays("joint"),
        }
        return {"version": VERSION, "points": points, **layers}

    everything = np.ones(len(owner), bool), np.ones(len(rows), bool)
    np.savez_compressed(out, **fitted(*everything))
    print(out, out.stat().st_size, "bytes")
    if folder is not None:
        held_out = {}
        for number, (_, test) in enumerate(folds(repo)):
            away = np.isin(repo, repo[test])
            np.savez_compressed(folder / f"fold{number}.npz", **fitted(~away[owner], ~away))
            held_out |= dict.fromkeys(repo[test].tolist(), number)
        (folder / "folds.json").write_text(json.dumps(held_out))


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
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
