"""Honest figures: ranking, rare-event precision and calibration, with intervals from whole days drawn again."""

import itertools

import numpy as np


def brier_skill(y, p, climatology):
    return 1 - np.mean((p - y) ** 2) / np.mean((climatology - y) ** 2)


def ranking(y, p):
    """A function from weights to (area under the ROC curve, average precision): sorted once for all draws."""
    order = np.argsort(-p, kind="stable")
    # Equal probabilities are one threshold.
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    bow = y[order] == 1

    def scores(weight):
        weight = weight[order]
        hits = np.cumsum(np.where(bow, weight, 0))[ends]
        alarms = np.cumsum(np.where(bow, 0, weight))[ends]
        recall = np.concatenate([[0], hits / hits[-1]])
        roc_auc = np.trapezoid(recall, np.concatenate([[0], alarms / alarms[-1]]))
        precision = hits / np.maximum(hits + alarms, np.finfo(float).tiny)
        return float(roc_auc), float(np.sum(np.diff(recall) * precision))

    return scores


def figures(y, p, climatology, days, draws=200, seed=7):
    """Point estimates and 95 % intervals (None without draws). Days, not hours, are drawn: hours of one day resemble
    each other."""
    random = np.random.default_rng(seed)
    _, block = np.unique(days, return_inverse=True)
    count = block.max() + 1
    scores = ranking(y, p)
    square, reference = (p - y) ** 2, (climatology - y) ** 2
    samples = []
    for _ in range(draws):
        weight = np.bincount(random.integers(0, count, count), minlength=count)[block].astype(float)
        if not 0 < weight[y == 1].sum() < weight.sum():
            continue  # No ranking without both; only where bows are very few.
        samples.append((*scores(weight), 1 - (weight @ square) / (weight @ reference)))
    intervals = np.percentile(samples, [2.5, 97.5], axis=0).T if samples else None
    point = (*scores(np.ones(len(y))), brier_skill(y, p, climatology))
    names = ("roc_auc", "pr_auc", "brier_skill")
    result = {
        name: {
            "value": round(float(point[i]), 4),
            "interval_95": None if intervals is None else [round(float(end), 4) for end in intervals[i]],
        }
        for i, name in enumerate(names)
    }
    return {"hours": len(y), "base_rate": round(float(np.mean(y)), 5), **result}


def reliability(y, p, edges=(0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0001)):
    """What was said against what came, by classes of probability."""
    table = []
    for low, high in itertools.pairwise(edges):
        inside = (p >= low) & (p < high)
        if inside.any():
            table.append(
                {
                    "from": low,
                    "to": min(high, 1),
                    "hours": int(inside.sum()),
                    "said": round(float(p[inside].mean()), 4),
                    "came": round(float(y[inside].mean()), 4),
                }
            )
    return table
