"""Ten-minute values, and the sharper label that they give."""

import json
import tempfile
import unittest
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from rainbow import stations, tenminute
from rainbow.problems import InputError

from .files import JAPAN, write_point
from .test_obsdl import FolderTest

MATSUMOTO = stations.resolve("matsumoto")
# 09:10 in Japan.
FIRST = datetime(2026, 4, 1, 9, 10)


def record(sun, rain, flags=(0, 0)) -> dict:
    return {"temp": [9.1, 0], "sun10m": [sun, flags[0]], "precipitation10m": [rain, flags[1]]}


class Reading(FolderTest):
    def read(self, station=MATSUMOTO):
        return tenminute.read_folder(self.folder, station)

    def test_files_of_a_station_and_of_a_time(self):
        write_point(
            self.folder / "point", "48361", {FIRST: record(4, 0.5), FIRST + timedelta(minutes=10): record(0, 0)}
        )
        everywhere = {"48156": record(9, 9), "48361": record(7, 0.0)}
        (self.folder / "20260401093000.json").write_text(json.dumps(everywhere))
        table, reasons = self.read()
        self.assertEqual(list(table.index), [FIRST - JAPAN + timedelta(minutes=10 * number) for number in range(3)])
        self.assertEqual(table.to_numpy().tolist(), [[4, 0.5], [0, 0], [7, 0]])
        self.assertEqual(dict(reasons), {})

    def test_only_values_that_passed_the_check_are_taken(self):
        write_point(
            self.folder, "48361", {FIRST: record(4, 0.5, (1, 0)), FIRST + timedelta(minutes=10): record(None, 0)}
        )
        table, reasons = self.read()
        self.assertTrue(table["sun_min"].isna().all())
        self.assertEqual(dict(reasons), {"sun10m: flag 1": 1, "sun10m: empty": 1})

    def test_refusals(self):
        for name, content, words in (
            ("48361/20260401_09.json", {"20260401091500": record(1, 1)}, "no end of ten minutes"),
            ("48361/20260401_09.json", {"20260231091000": record(1, 1)}, "no end of ten minutes"),
            ("48361/20260401_09.json", {"20260401091000": record(11, 1)}, "sun10m at 2026-04-01 09:10 is [11, 0]"),
            ("48361/20260401_09.json", {"20260401091000": record(1, -1)}, "precipitation10m"),
            ("48361/20260401_09.json", {"20260401091000": record(True, 1)}, "sun10m"),
            ("48156/20260401_09.json", {"20260401091000": record(1, 1)}, "not of station 48361"),
            ("20260401091000.json", [], "not an object of objects"),
            ("20260401091000.json", {"48361": 3}, "not an object of objects"),
        ):
            with self.subTest(words=words), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / name
                file.parent.mkdir(exist_ok=True)
                file.write_text(json.dumps(content))
                with self.assertRaises(InputError) as raised:
                    tenminute.read_folder(Path(folder), MATSUMOTO)
                self.assertIn(words, str(raised.exception))

    def test_files_that_differ_and_a_station_without_number(self):
        write_point(self.folder, "48361", {FIRST: record(4, 0.5)})
        (self.folder / "20260401091000.json").write_text(json.dumps({"48361": record(5, 0.5)}))
        with self.assertRaisesRegex(InputError, "differs from another file for 2026-04-01 09:10"):
            self.read()
        with self.assertRaisesRegex(InputError, "--amedas"):
            self.read(stations.resolve("諏訪"))


minutes = st.sampled_from([None, 0.0, 0.0, 3.0])
rains = st.sampled_from([None, 0.0, 0.0, 0.5])


class Label(unittest.TestCase):
    @given(
        values=st.lists(st.tuples(minutes, rains, st.booleans()), min_size=12, max_size=12),
        temperatures=st.lists(st.sampled_from([5.0, 0.0, np.nan]), min_size=2, max_size=2),
    )
    def test_it_is_what_the_words_say(self, values, temperatures):
        start = pd.Timestamp("2026-04-01 00:10")
        index = pd.date_range(start, periods=12, freq="10min")
        table = pd.DataFrame({"sun_min": [v[0] for v in values], "rain_mm": [v[1] for v in values]}, index, dtype=float)
        hours = pd.Series(temperatures, pd.date_range("2026-04-01 01:00", periods=2, freq="h"))
        heights = np.array([20.0 if low else 60.0 for _, _, low in values])
        found = tenminute.label(table, hours, lambda seconds: heights, 42.0)
        for hour, temperature in enumerate(temperatures):
            six = values[hour * 6 : hour * 6 + 6]
            if np.isnan(temperature):
                expected = None
            elif temperature <= 0:
                expected = 0
            elif any(sun and rain and low for sun, rain, low in six):
                expected = 1
            elif any(None in (sun, rain) and 0 not in (sun, rain) for sun, rain, _ in six):
                expected = None
            else:
                expected = 0
            self.assertEqual(None if np.isnan(found.iloc[hour]) else found.iloc[hour], expected, six)


if __name__ == "__main__":
    unittest.main()
