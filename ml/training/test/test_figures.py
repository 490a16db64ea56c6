"""The figures against what their definitions give when counted by hand."""

import unittest

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from rainbow import calibration, evaluate, validation

hours = st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers(0, 3)), min_size=2, max_size=40).filter(
    lambda rows: any(y and w for y, _, w in rows) and any(w and not y for y, _, w in rows)
)


def ranked_above(y, p, weight) -> float:
    """Of all pairs of a bow and none, in how many the bow has the higher probability; ties are half."""
    total = above = 0.0
    for i in np.flatnonzero(y == 1):
        for j in np.flatnonzero(y == 0):
            pair = weight[i] * weight[j]
            total += pair
            above += pair * (1.0 if p[i] > p[j] else 0.5 if p[i] == p[j] else 0.0)
    return above / total


def average_precision(y, p, weight) -> float:
    total = float((weight * y).sum())
    result = recall = 0.0
    for threshold in sorted(set(p), reverse=True):
        chosen = p >= threshold
        hits = float((weight * y)[chosen].sum())
        if weight[chosen].sum() > 0:
            result += (hits / total - recall) * hits / float(weight[chosen].sum())
        recall = hits / total
    return result


class Figures(unittest.TestCase):
    @given(hours)
    def test_ranking(self, rows):
        y, p, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
        roc_auc, pr_auc = evaluate.ranking(y, p / 20)(weight)
        self.assertAlmostEqual(roc_auc, ranked_above(y, p, weight), places=9)
        self.assertAlmostEqual(pr_auc, average_precision(y, p, weight), places=9)

    def test_intervals_hold_the_truth_about_as_often_as_they_say(self):
        random = np.random.default_rng(5)
        inside = 0
        for seed in range(60):
            y = (random.random(600) < 0.2).astype(float)
            p = y * 0.2 + random.random(600)
            told = evaluate.figures(y, p, np.full(600, 0.2), np.arange(600) // 4, draws=100, seed=seed)["roc_auc"]
            # P(0.2 + U > V) for two uniform numbers.
            inside += told["interval_95"][0] <= 1 - 0.8**2 / 2 <= told["interval_95"][1]
        self.assertGreaterEqual(inside, 50)

    @given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=50))
    def test_the_intercept_makes_the_mean_right(self, rows):
        y, p = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
        if not 0 < y.sum() < len(y):
            return
        after = calibration.corrected(p, calibration.fit_intercept(y, p))
        self.assertAlmostEqual(float(after.sum()), float(y.sum()), places=5)

    @given(
        st.floats(-4, 4), st.floats(-0.5, 3), st.floats(-5, 0), st.floats(0.2, 3), st.integers(0, 1000), st.booleans()
    )
    def test_the_slope_is_where_the_likelihood_is_highest(self, intercept, slope, mean, spread, seed, whole):
        random = np.random.default_rng(seed)
        p = 1 / (1 + np.exp(-random.normal(mean, spread, 400)))
        p = np.round(p, 2) if whole else p
        odds = calibration.log_odds(p)
        y = (random.random(400) < 1 / (1 + np.exp(-(intercept + slope * odds)))).astype(float)
        if not 0 < y.sum() < len(y) or len(set(p)) < 3:
            return
        found = calibration.fit_slope(y, p)

        def highest(candidate: float) -> float:
            """Of the likelihood with this slope, over all intercepts."""
            scaled = 1 / (1 + np.exp(-candidate * odds))
            said = calibration.corrected(scaled, calibration.fit_intercept(y, scaled))
            return float(np.sum(y * np.log(said) + (1 - y) * np.log1p(-said)))

        if abs(found) < 5:
            for other in (found - 0.05, found + 0.05, 1.0, 0.0):
                self.assertGreaterEqual(highest(found), highest(other) - 1e-3)

    def test_a_known_bias_and_slope_are_found(self):
        random = np.random.default_rng(2)
        p = 1 / (1 + np.exp(-random.normal(-2, 1.5, 60_000)))
        for slope in (0.15, 0.8, 1.5):
            truth = 1 / (1 + np.exp(-(0.7 + slope * calibration.log_odds(p))))
            y = (random.random(len(p)) < truth).astype(float)
            self.assertAlmostEqual(calibration.fit_slope(y, p), slope, delta=0.05)
        y = (random.random(len(p)) < calibration.corrected(p, 0.7)).astype(float)
        told = calibration.figures(y, p, np.arange(len(p)) // 10, draws=50)["intercept"]
        self.assertAlmostEqual(told["value"], 0.7, delta=0.05)
        self.assertLess(told["interval_95"][0], 0.7)
        self.assertGreater(told["interval_95"][1], 0.7)

    def test_the_intercept_is_not_used_before_fifty_bows(self):
        for bows, used in ((49, False), (50, True)):
            y = np.array([1.0] * bows + [0.0] * 1000)
            site = calibration.site_entry("Somewhere", (36.0, 138.0), y, np.full(len(y), 0.01))
            self.assertEqual(site["intercept"] != 0, used)
            self.assertEqual(site["sightings"], bows)

    def test_climatology_knows_nothing_of_the_year_in_question(self):
        local = pd.date_range("2019-01-01", "2021-12-31 23:00", freq="h")
        random = np.random.default_rng(3)
        y = (random.random(len(local)) < 0.1).astype(float)
        told = validation.month_hour_climatology(y, local)
        changed = np.where(local.year == 2020, 1 - y, y)
        self.assertTrue(
            (validation.month_hour_climatology(changed, local)[local.year == 2020] == told[local.year == 2020]).all()
        )
        row = 5000
        others = local.year != local[row].year
        slot = others & (local.month == local[row].month) & (local.hour == local[row].hour)
        prior = validation.PRIOR_ROWS
        expected = (y[slot].sum() + prior * y[others].mean()) / (slot.sum() + prior)
        self.assertAlmostEqual(told[row], expected)
        self.assertIsNone(validation.month_hour_climatology(y[:100], local[:100]))


if __name__ == "__main__":
    unittest.main()
