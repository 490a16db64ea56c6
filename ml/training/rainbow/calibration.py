"""How far off the model's probabilities are at one site, and what a site's own intercept would make of them.

The correction adds a constant to the log-odds: it makes the mean right and leaves the ranking as it is.
"""

import json
from pathlib import Path

import numpy as np

from .problems import InputError, InputProblem

# With fewer bows the intercept would mostly follow chance: the site keeps the model's own probabilities.
MIN_POSITIVES = 50
SMALLEST = 1e-6
IDENTITY = np.array([0.0, 1.0])
PENALTY = 1e-4


def log_odds(p: np.ndarray) -> np.ndarray:
    p = np.clip(np.asarray(p, dtype=np.float64), SMALLEST, 1 - SMALLEST)
    return np.log(p / (1 - p))


def corrected(p: np.ndarray, intercept: float) -> np.ndarray:
    return 1 / (1 + np.exp(-(log_odds(p) + intercept)))


def fit_intercept(y: np.ndarray, p: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Of maximum likelihood: the corrected probabilities add up to the bows. Needs a bow and an hour without one."""
    weight = np.ones(len(y)) if weight is None else weight
    odds, total = log_odds(p), float((weight * y).sum())
    low, high = -30.0, 30.0
    intercept = 0.0
    for _ in range(60):
        said = 1 / (1 + np.exp(-(odds + intercept)))
        excess = float((weight * said).sum()) - total
        low, high = (low, intercept) if excess > 0 else (intercept, high)
        step = intercept - excess / max(float((weight * said * (1 - said)).sum()), 1e-12)
        # Newton's step while it stays between the bounds, halving otherwise.
        following = step if low < step < high else (low + high) / 2
        if abs(following - intercept) < 1e-9:
            return following
        intercept = following
    return intercept


def fit_slope(y: np.ndarray, p: np.ndarray) -> float:
    """Slope of the log-odds, fitted with an intercept. Below 1: the model is too sure of itself here."""
    design = np.column_stack([np.ones(len(y)), log_odds(p)])

    def loss(beta: np.ndarray) -> float:
        odds = design @ beta
        # A trace of a penalty: without it, hours that the probability separates without exception have no end.
        return float(np.sum(np.logaddexp(0, odds) - y * odds) + PENALTY / 2 * np.sum((beta - IDENTITY) ** 2))

    beta, current = IDENTITY, loss(IDENTITY)
    for _ in range(100):
        said = 1 / (1 + np.exp(-np.clip(design @ beta, -500, 500)))
        gradient = design.T @ (y - said) - PENALTY * (beta - IDENTITY)
        information = (design * (said * (1 - said))[:, None]).T @ design + PENALTY * np.eye(2)
        step = np.linalg.solve(information, gradient)
        # Far from the optimum a full step of Newton's may go past it, for ever to and fro.
        while (following := loss(beta + step)) > current and np.abs(step).max() > 1e-10:
            step = step / 2
        beta, current = beta + step, following
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[1])


def figures(y: np.ndarray, p: np.ndarray, days: np.ndarray, draws: int = 200, seed: int = 7) -> dict:
    """Mean said and came, intercept with its interval (days drawn again), slope."""
    _, block = np.unique(days, return_inverse=True)
    count = block.max() + 1
    random = np.random.default_rng(seed)
    samples = []
    for _ in range(draws):
        weight = np.bincount(random.integers(0, count, count), minlength=count)[block].astype(float)
        if 0 < (weight * y).sum() < weight.sum():
            samples.append(fit_intercept(y, p, weight))
    interval = [round(float(end), 4) for end in np.percentile(samples, [2.5, 97.5])] if samples else None
    return {
        "said": round(float(np.mean(p)), 5),
        "came": round(float(np.mean(y)), 5),
        "intercept": {"value": round(fit_intercept(y, p), 4), "interval_95": interval},
        "slope": round(fit_slope(y, p), 3),
    }


def held_out(y: np.ndarray, p: np.ndarray, days: np.ndarray) -> dict | None:
    """The intercept of the first two thirds of the days, tried on the last third. None if one of them has no bow."""
    distinct = np.unique(days)
    later = days > distinct[min(len(distinct) * 2 // 3, len(distinct) - 1)]
    if not (0 < y[~later].sum() < (~later).sum() and 0 < y[later].sum() < later.sum()):
        return None
    intercept = fit_intercept(y[~later], p[~later])
    after = corrected(p[later], intercept)
    truth = y[later]
    return {
        "intercept": round(intercept, 4),
        "hours": int(later.sum()),
        "positives": int(truth.sum()),
        "came": round(float(truth.mean()), 5),
        "said_before": round(float(p[later].mean()), 5),
        "said_after": round(float(after.mean()), 5),
        "brier_before": round(float(np.mean((p[later] - truth) ** 2)), 6),
        "brier_after": round(float(np.mean((after - truth) ** 2)), 6),
    }


# About the size of a valley or plain with one kind of weather; mountains between two sites are not known here.
RADIUS_KM = 25


def site_entry(name: str, place: tuple[float, float], y: np.ndarray, p: np.ndarray) -> dict | None:
    """One site of the file that the service reads. Below MIN_POSITIVES the intercept is 0, which changes nothing; None
    if there is no rate that the service could compare with. `sightings` are here hours with the label."""
    positives = int(y.sum())
    if not 0 < positives < len(y):
        return None
    intercept = fit_intercept(y, p) if positives >= MIN_POSITIVES else 0.0
    return {
        "name": name,
        "lat": place[0],
        "lon": place[1],
        "radius_km": RADIUS_KM,
        "intercept": round(min(max(intercept, -10), 10), 4),
        "sightings": positives,
        "usual_rate": round(float(y.mean()), 5),
    }


def with_site(file: Path, model_sha256: str, site: dict | None) -> dict:
    """The content of `file`, if it is there, with this site instead of the one of its name.

    @raises InputError if the file is not of this model: an intercept corrects one model, and no other
    """
    content = {"model_sha256": model_sha256, "sites": []}
    if file.exists():
        try:
            content = json.loads(file.read_text("utf-8"))
            known = [one["name"] for one in content["sites"]]
        except (ValueError, KeyError, TypeError) as error:
            remedy = "Name a new file with --calibrate."
            raise InputError([InputProblem(file, f"is not a calibration file: {error!r}.", remedy)]) from error
        if content.get("model_sha256") != model_sha256:
            message = f"was fitted for the model {content.get('model_sha256')}, this one is {model_sha256}."
            raise InputError([InputProblem(file, message, "Name a new file with --calibrate.")])
        if site is not None and site["name"] in known:
            content["sites"] = [one for one in content["sites"] if one["name"] != site["name"]]
    return {**content, "sites": [*content["sites"], *([site] if site is not None else [])]}
