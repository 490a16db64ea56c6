"""How far off the model's probabilities are at one site, and what a site's own intercept would make of them.

The correction adds a constant to the log-odds: it makes the mean right and leaves the ranking as it is.
"""

import numpy as np

# With fewer bows the intercept would mostly follow chance: the site keeps the model's own probabilities.
MIN_POSITIVES = 50
SMALLEST = 1e-6


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
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        information = (design * (said * (1 - said))[:, None]).T @ design
        step = np.linalg.solve(information + 1e-9 * np.eye(2), design.T @ (y - said))
        beta += np.clip(step, -2, 2)
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


def site_file(name: str, place: tuple[float, float], y: np.ndarray, p: np.ndarray) -> dict:
    """What the service reads: the sites and their intercepts. Below MIN_POSITIVES the intercept is 0, which changes
    nothing. `sightings` are here hours with the label; `usual_rate` is how often they come."""
    positives = int(y.sum())
    enough = positives >= MIN_POSITIVES and positives < len(y)
    site = {
        "name": name,
        "lat": place[0],
        "lon": place[1],
        "radius_km": RADIUS_KM,
        "intercept": round(fit_intercept(y, p), 4) if enough else 0.0,
        "sightings": positives,
        "usual_rate": round(float(y.mean()), 5),
    }
    return {"sites": [site]}
