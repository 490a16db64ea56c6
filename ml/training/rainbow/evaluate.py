"""Honest figures: ranking, rare-event precision and calibration, with intervals from whole days drawn again."""

import itertools

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score


def brier_skill(y, p, climatology):
    return 1 - np.mean((p - y) ** 2) / np.mean((climatology - y) ** 2)


def figures(y, p, climatology, days, draws=200, seed=7):
    """Point estimates and 95 % intervals. Days, not hours, are drawn: hours of one day resemble each other."""
    random = np.random.default_rng(seed)
    _, block = np.unique(days, return_inverse=True)
    count = block.max() + 1
    samples = []
    for _ in range(draws):
        weight = np.bincount(random.integers(0, count, count), minlength=count)[block]
        keep = weight > 0
        samples.append(
            (
                roc_auc_score(y[keep], p[keep], sample_weight=weight[keep]),
                average_precision_score(y[keep], p[keep], sample_weight=weight[keep]),
                1 - np.average((p - y) ** 2, weights=weight) / np.average((climatology - y) ** 2, weights=weight),
            )
        )
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    point = (roc_auc_score(y, p), average_precision_score(y, p), brier_skill(y, p, climatology))
    names = ("roc_auc", "pr_auc", "brier_skill")
    result = {
        name: {"value": round(float(point[i]), 4), "interval_95": [round(float(low[i]), 4), round(float(high[i]), 4)]}
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
