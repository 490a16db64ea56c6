"""From a folder of files to the table of one station: what is merged, filled, left out and refused."""

import unittest
from datetime import datetime, timedelta

from rainbow import features, jma, stations, validation
from rainbow.problems import InputError

from . import weather
from .files import JAPAN, Cell, Layout, Series, write_obsdl
from .test_obsdl import RAIN, SUN, TEMPERATURE, FolderTest, cells

MATSUMOTO = stations.resolve("47618")
HOTAKA = stations.resolve("穂高", 36.3433, 137.8817)


def needed(count: int, station: str = "松本", rain=None, sun=None, temperature=None) -> list[Series]:
    return [
        Series(station, RAIN, cells(count, rain or (lambda _: Cell("0.5", absent="0")))),
        Series(station, SUN, cells(count, sun or (lambda _: Cell("0.3", absent="0")))),
        Series(station, TEMPERATURE, cells(count, temperature or (lambda _: Cell("9.5")))),
    ]


class StationTest(FolderTest):
    def read(self, station=MATSUMOTO) -> jma.Observations:
        return jma.read_folder(self.folder, station)

    def refused(self, station=MATSUMOTO) -> str:
        with self.assertRaises(InputError) as raised:
            self.read(station)
        return str(raised.exception)


class Merging(StationTest):
    def test_elements_and_years_may_be_in_files_of_their_own(self):
        rain, sun, temperature = needed(30)
        write_obsdl(self.folder / "2020/rain.csv", [rain, Series("諏訪", RAIN, rain.cells)])
        write_obsdl(self.folder / "2020/others.csv.gz", [temperature, sun])
        (self.folder / "notes.txt").write_text("not read")
        table = self.read().table
        self.assertEqual(len(table), 30)
        self.assertEqual(
            table[["rain_mm", "sunshine_h", "temperature_c"]].drop_duplicates().to_numpy().tolist(), [[0.5, 0.3, 9.5]]
        )
        self.assertEqual(list(table.columns), [*features.OBSERVED, "snow"])

    def test_files_may_overlap_if_they_agree(self):
        write_obsdl(self.folder / "a.csv", needed(30))
        write_obsdl(self.folder / "b.csv", needed(40))
        self.assertEqual(len(self.read().table), 40)
        write_obsdl(self.folder / "c.csv", needed(20, rain=lambda n: Cell("1" if n == 7 else "0.5", absent="0")))
        told = self.refused()
        self.assertRegex(told, r"c\.csv, line 13: 降水量\(mm\) differs from line 13 of .*a\.csv")
        self.assertIn("Keep only the file that was downloaded last", told)

    def test_what_is_missing_is_named_with_what_is_there(self):
        rain, _, temperature = needed(3)
        write_obsdl(self.folder / "a.csv", [rain, temperature, Series("諏訪", RAIN, rain.cells)])
        told = self.refused()
        self.assertIn("日照時間(時間) of 松本 missing", told)
        self.assertIn("Other stations: 諏訪", told)

    def test_values_that_cannot_be(self):
        write_obsdl(self.folder / "a.csv", needed(3, sun=lambda n: Cell("1.5" if n == 1 else "0.3")))
        self.assertIn("a.csv, line 7: 日照時間(時間) is 1.5, not between 0 and 1", self.refused())

    def test_problems_of_all_files_at_once_and_empty_folders(self):
        self.assertIn("has no file *.csv", self.refused())
        for name in ("a.csv", "b.csv"):
            (self.folder / name).write_bytes(b"nothing")
        told = self.refused()
        self.assertIn("a.csv", told)
        self.assertIn("b.csv", told)


class Reading(StationTest):
    def test_doubtful_values_are_left_out_and_counted(self):
        qualities = ["8", "5", "4", "2", "1", "0"]
        write_obsdl(self.folder / "a.csv", needed(6, rain=lambda n: Cell("0.5", qualities[n], "0")))
        read = self.read()
        self.assertEqual(read.table["rain_mm"].notna().tolist(), [True, True, False, False, False, False])
        self.assertEqual([*read.left_out], ["rain_mm"])
        self.assertEqual(sorted(read.left_out["rain_mm"].values()), [1, 1, 1, 1])

    def test_a_trace_is_not_dry(self):
        told = [("0.0", "1"), ("0.0", "0"), ("--", ""), ("0.5", "0"), ("0.0", "")]
        write_obsdl(self.folder / "a.csv", needed(5, rain=lambda n: Cell(told[n][0], absent=told[n][1])))
        read = self.read()
        self.assertEqual(read.table["rain_mm"].tolist(), [0, 0.025, 0, 0.5, 0])
        self.assertEqual(read.trace.tolist(), [False, True, False, False, False])

    def test_an_empty_cell_of_sunshine_is_none_at_night_and_a_hole_by_day(self):
        write_obsdl(self.folder / "a.csv", needed(24, sun=lambda _: Cell("")), Layout(absent=()))
        read = self.read()
        day = [6 < (time + JAPAN).hour < 17 for time in read.table.index]
        self.assertTrue(read.table["sunshine_h"][day].isna().all())
        night = [(time + JAPAN).hour in (0, 1, 2, 3, 4, 20, 21, 22, 23) for time in read.table.index]
        self.assertTrue((read.table["sunshine_h"][night] == 0).all())
        self.assertEqual(read.filled[jma.NIGHT_BLANK] + read.left_out["sunshine_h"].total(), 24)

    def test_snowfall_is_snow(self):
        snow = Series(
            "松本", "降雪(cm)", cells(3, lambda n: [Cell("2", absent="0"), Cell("0", absent="1"), Cell("")][n])
        )
        write_obsdl(self.folder / "a.csv", [*needed(3), snow])
        self.assertEqual(self.read().table["snow"].tolist(), [1, 0, 0])

    def test_nothing_is_summed_across_a_break(self):
        write_obsdl(
            self.folder / "a.csv", needed(72, rain=lambda n: Cell("0.5", absent="0", homogeneity=str(1 + n // 36)))
        )
        read = self.read()
        self.assertEqual([(one.column, one.before, one.after) for one in read.breaks], [("rain_mm", 1, 2)])
        self.assertEqual([len(segment) for segment in read.segments()], [36, 36])
        rows = validation.site_rows(read, MATSUMOTO, None)
        at_break = rows[rows.index == read.breaks[0].time]
        self.assertTrue(at_break["rain_mm_1h"].isna().all())

    def test_what_cannot_be_known_is_noted(self):
        write_obsdl(self.folder / "a.csv", needed(3), Layout(absent=(), quality=False, homogeneity=False))
        notes = " ".join(self.read().notes)
        for word in ("品質情報", "現象なし情報", "均質番号", "降雪(cm)"):
            self.assertIn(word, notes)
        self.assertNotIn("whole millimetres", notes)

    def test_rain_of_old_amedas_stations_is_in_whole_millimetres(self):
        old = [
            Series("穂高", one.element, {time.replace(year=2008): cell for time, cell in one.cells.items()})
            for one in needed(3)
        ]
        write_obsdl(self.folder / "a.csv", old)
        self.assertIn("whole millimetres", " ".join(self.read(HOTAKA).notes))


class Stations(FolderTest):
    def test_names_and_numbers(self):
        for name in ("47618", "s47618", "松本", "Matsumoto", "MATSUMOTO"):
            self.assertEqual(stations.resolve(name).number, 47618)
        self.assertEqual(stations.resolve("つくば（館野）").number, 47646)
        self.assertEqual(stations.resolve("つくば").number, 47646)
        with self.assertRaisesRegex(InputError, "no weather office is called '穂高'"):
            stations.resolve("穂高")
        with self.assertRaisesRegex(InputError, "is not in Japan"):
            stations.resolve("穂高", 137.9, 36.3)
        # An AMeDAS station that has the name of an office elsewhere.
        self.assertFalse(stations.resolve("清水", 35.05, 138.52).is_office)

    def test_only_measured_sunshine_makes_a_label(self):
        measured_until = datetime(2021, 3, 1)
        for station, name, kept in ((HOTAKA, "穂高", 24), (MATSUMOTO, "松本", 48)):
            made = weather.hours(measured_until - timedelta(hours=23), 48, seed=1)
            file = write_obsdl(self.folder / name / "a.csv", weather.series(made, name))
            read = jma.read_folder(file.parent, station)
            rows = validation.site_rows(read, station, None)
            targets = validation.without_estimates(rows, station)["target"] + JAPAN
            self.assertEqual(targets.max() > measured_until, kept == 48)
            covered = validation.coverage(read, station)
            self.assertEqual(covered["estimated_sunshine"] > 0, kept == 24)
            self.assertLessEqual(covered["labelled"] + covered["estimated_sunshine"], covered["hours_in_window"])


if __name__ == "__main__":
    unittest.main()
