"""The reference distribution against a count of its own bins."""

import unittest

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from rainbow import reference

VALUES = st.lists(
    st.one_of(st.floats(-50, 50, width=32), st.sampled_from([0.0, 0.0, 10.0]), st.just(float("nan"))),
    min_size=2, max_size=300,
).filter(lambda values: not all(np.isnan(values)))  # fmt: skip


def first_bin(edges: list[float], value: float) -> int:
    """As the service does it: the first bin whose edge is not below the value, or the last one."""
    return next((index for index, edge in enumerate(edges) if edge >= value), len(edges))


class DistributionTest(unittest.TestCase):
    @given(VALUES)
    def test_the_shares_are_those_that_the_service_would_count(self, values):
        rows = pd.DataFrame({"x": np.array(values, dtype=np.float32)})
        (found,) = reference.distributions(rows, ("x",))
        edges, known = found["edges"], [float(value) for value in rows["x"].dropna()]
        self.assertEqual(edges, sorted(set(edges)))
        counts = np.bincount([first_bin(edges, value) for value in known], minlength=len(edges) + 1)
        np.testing.assert_allclose(found["shares"], counts / len(known), atol=1e-6)
        self.assertGreater(min(found["shares"]), 0)
        self.assertAlmostEqual(found["missing"], 1 - len(known) / len(values), places=4)
        self.assertIn(found["median"], known)

    def test_a_value_that_most_rows_share_is_a_bin_of_its_own(self):
        rows = pd.DataFrame(
            {"rain_mm": np.array([0.0] * 90 + [0.1, 0.2, 0.4, 0.8, 1, 2, 3, 4, 5, 6], dtype=np.float32)}
        )
        (found,) = reference.distributions(rows, ("rain_mm",))
        self.assertEqual(found["edges"][0], 0.0)
        self.assertEqual(found["shares"][0], 0.9)


if __name__ == "__main__":
    unittest.main()
