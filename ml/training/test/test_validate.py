"""The whole command on made-up folders: its figures against ones that are computed here from the weather itself."""

import contextlib
import io
import json
import subprocess
import sys
import unittest
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import onnxruntime

import validate
from rainbow import features, report, stations
from rainbow.sun import sun_position

from . import weather
from .files import JAPAN, Cell, Layout, Series, write_obsdl, write_point
from .test_figures import average_precision, ranked_above
from .test_obsdl import RAIN, SUN, TEMPERATURE, FolderTest

HERE = Path(__file__).parent
MATSUMOTO = stations.resolve("matsumoto")
MODEL = HERE.parent.parent / "model"


def height(time: datetime) -> float:
    """Of the sun in the middle of the hour that ends at `time` in Japan."""
    seconds = (time - JAPAN - datetime(1970, 1, 1)).total_seconds() - 1800
    return float(sun_position(seconds, MATSUMOTO.lat, MATSUMOTO.lon)[0])


def question(made: dict, time: datetime, lead: int) -> list[float] | None:
    """One row of features, put together as the service does it from a request. None if its label is unknown."""
    target = time + timedelta(hours=lead)
    if target not in made or not 0 < height(target) <= 42:
        return None

    def seen(ago: int, name: str) -> float:
        value = made.get(time - timedelta(hours=ago), {}).get(name, np.nan)
        return 0.025 if name == "rain_mm" and value == 0.25 else value

    now, middle = (
        (one - JAPAN - datetime(1970, 1, 1)).total_seconds() for one in (time, target - timedelta(minutes=30))
    )
    known = {
        **{name: seen(0, name) for name in weather.ELEMENTS},
        "lead_h": lead,
        "sun_elevation": sun_position(middle, MATSUMOTO.lat, MATSUMOTO.lon)[0],
        "sun_azimuth": sun_position(middle, MATSUMOTO.lat, MATSUMOTO.lon)[1],
        "sun_elevation_now": sun_position(now, MATSUMOTO.lat, MATSUMOTO.lon)[0],
        **{f"{name}_1h": seen(1, name) for name in ("rain_mm", "sunshine_h", "cloud_octas")},
        **{f"{name}_3h_sum": sum(seen(ago, name) for ago in (1, 2, 3)) for name in ("rain_mm", "sunshine_h")},
        "pressure_change_3h": seen(0, "pressure_hpa") - seen(3, "pressure_hpa"),
    }
    return [known.get(name, np.nan) for name in features.FEATURES]


def has_bow(values: dict[str, float]) -> bool:
    return values["rain_mm"] >= 0.5 and values["sunshine_h"] >= 0.1 and values["temperature_c"] > 0


class Command(FolderTest):
    def run_main(self, *options: str) -> tuple[int, str, str]:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            try:
                code = validate.main(["--data", str(self.folder / "data"), "--station", "matsumoto", *options])
            except SystemExit as left:
                code = left.code
        return code, out.getvalue(), err.getvalue()

    def report(self, *options: str) -> tuple[int, dict]:
        file = self.folder / "report.md"
        code, _, _ = self.run_main("--report", str(file), *options)
        return code, json.loads(file.with_suffix(".json").read_text("utf-8"))


class MadeUpYear(Command):
    def test_every_figure_is_the_one_computed_by_hand(self):
        made = weather.hours(datetime(2020, 3, 1, 1), 24 * 150, seed=11)
        write_obsdl(self.folder / "data/a.csv", weather.series(made))
        code, told = self.report("--lead", "1", "--calibrate", str(self.folder / "sites.json"))
        self.assertEqual(code, 0)

        # The last hours of a lead have no observation of their own: only hours that were observed ask.
        asked = [(time, question(made, time, 1)) for time in made]
        asked = [(time, row) for time, row in asked if row is not None]
        session = onnxruntime.InferenceSession(MODEL / "model.onnx", providers=["CPUExecutionProvider"])
        rows = np.array([row for _, row in asked], np.float32)
        p = session.run(["probabilities"], {"observation": rows})[0][:, 1].astype(float)
        y = np.array([has_bow(made[time + timedelta(hours=1)]) for time, _ in asked], float)
        now = np.array([has_bow(made[time]) for time, _ in asked], float)
        ones = np.ones(len(y))

        figures = told["leads"]["1"]
        self.assertEqual((figures["hours"], figures["positives"]), (len(y), int(y.sum())))
        self.assertAlmostEqual(figures["base_rate"], y.mean(), places=5)
        days = {(time + timedelta(minutes=30)).date() for (time, _), bow in zip(asked, y, strict=True) if bow}
        self.assertEqual(figures["positive_days"], len(days))
        for name, said in (("model", p), ("persistence", now)):
            self.assertAlmostEqual(figures[name]["roc_auc"]["value"], ranked_above(y, said, ones), places=4)
            self.assertAlmostEqual(figures[name]["pr_auc"]["value"], average_precision(y, said, ones), places=4)
            skill = 1 - np.mean((said - y) ** 2) / np.mean((y.mean() - y) ** 2)
            self.assertAlmostEqual(figures[name]["brier_skill"]["value"], skill, places=4)
            low, high = figures[name]["roc_auc"]["interval_95"]
            self.assertTrue(low < figures[name]["roc_auc"]["value"] < high)
        self.assertNotIn("month_hour_climatology", figures)

        intercept = figures["calibration"]["intercept"]["value"]
        after = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + intercept)))
        self.assertAlmostEqual(after.mean(), y.mean(), places=4)
        trace = sum(
            values["rain_mm"] > 0 and values["sunshine_h"] >= 0.1 and values["temperature_c"] > 0
            for values in (made[time + timedelta(hours=1)] for time, _ in asked)
        )
        self.assertEqual(figures["other_labels"]["with_trace"]["positives"], trace)
        self.assertEqual(sum(row["positives"] for row in figures["by_month"]), int(y.sum()))
        self.assertEqual(sum(row["hours"] for row in figures["reliability"]), len(y))

        site = json.loads((self.folder / "sites.json").read_text())["sites"][0]
        self.assertEqual((site["lat"], site["lon"], site["intercept"]), (36.2467, 137.97, intercept))
        self.assertEqual((site["sightings"], site["usual_rate"]), (int(y.sum()), figures["base_rate"]))

    def test_the_same_files_give_the_same_report_in_any_layout(self):
        made = weather.hours(datetime(2020, 5, 1, 1), 24 * 60, seed=3)
        written = []
        for layout in (Layout(), Layout(literal=False, prefecture=True, weekday=True, newline="\n", quoted=True)):
            write_obsdl(self.folder / "data/a.csv", weather.series(made), layout)
            self.report("--lead", "1", "3")
            written.append([(self.folder / name).read_bytes() for name in ("report.md", "report.json")])
        self.assertEqual(*written)

    def test_two_years_have_a_climatology(self):
        for year in (2018, 2019):
            made = weather.hours(datetime(year, 6, 1, 1), 24 * 40, seed=year)
            write_obsdl(self.folder / f"data/{year}.csv", weather.series(made))
        code, told = self.report("--lead", "3")
        self.assertEqual(code, 0)
        self.assertIn("month_hour_climatology", told["leads"]["3"])
        self.assertGreater(told["data"]["unknown"]["rain_mm"], 0)


class Words(unittest.TestCase):
    def figures(self, brier_after: float, slope: float) -> dict:
        held = {"brier_before": 0.02, "brier_after": brier_after}
        return {
            "said": 0.02,
            "came": 0.04,
            "intercept": {"value": 0.7, "interval_95": [0.5, 0.9]},
            "slope": slope,
            "held_out": held,
        }

    def test_an_intercept_that_harms_is_not_recommended(self):
        told = report._calibration(self.figures(0.021, 0.4), 60)
        self.assertIn("too low (said 0.0200, came 0.0400; the odds by a factor of 2.01)", told)
        self.assertIn("slope 0.40, too sure.", told)
        self.assertIn("do not use it", told)
        self.assertNotIn("do not use it", report._calibration(self.figures(0.019, 1.0), 60))
        self.assertIn(
            "not to be used: 49 hours with a bow, 50 are needed", report._calibration(self.figures(0.01, 1), 49)
        )


class Pins(unittest.TestCase):
    def test_the_tests_run_on_the_versions_of_the_training(self):
        def pins(file: Path) -> set[str]:
            return {line for line in file.read_text().splitlines() if "==" in line}

        tests = pins(HERE.parents[2] / "test/training/requirements.txt")
        own = {pin for pin in tests if not pin.startswith("hypothesis==")}
        self.assertLessEqual(own, pins(HERE.parent / "requirements.txt"))
        self.assertLessEqual(tests, pins(HERE.parents[2] / "test/training/constraints.txt"))


class KnownRule(Command):
    """It rains and shines from 16:00 to 17:00 on every day, and at no other time."""

    def write(self, days: int) -> datetime:
        first = datetime(2020, 9, 1, 1)
        times = [first + timedelta(hours=number) for number in range(24 * days)]
        wet = {time: time.hour == 17 for time in times}
        series = [
            Series("松本", RAIN, {t: Cell("1.5", absent="0") if wet[t] else Cell("0", absent="1") for t in times}),
            Series("松本", SUN, {t: Cell("0.4" if 7 <= t.hour <= 17 else "0") for t in times}),
            Series("松本", TEMPERATURE, {t: Cell("20.5") for t in times}),
        ]
        write_obsdl(self.folder / "data/a.csv", series)
        return first

    def test_each_day_has_one_bow_in_that_hour(self):
        self.write(20)
        code, told = self.report("--lead", "0", "1", "3", "6")
        self.assertEqual(code, 0)
        for lead in ("0", "1", "3", "6"):
            bows = {row["value"]: row["positives"] for row in told["leads"][lead]["by_hour"] if row["positives"]}
            self.assertEqual(bows, {16: 20})
        # What happens in the hour itself is known at its end.
        self.assertEqual(told["leads"]["0"]["persistence"]["roc_auc"]["value"], 1)
        self.assertLess(told["leads"]["1"]["persistence"]["roc_auc"]["value"], 0.51)
        self.assertIn("rain_duration_h", told["data"]["missing_features"])

    def test_ten_minutes_tell_rain_and_sunshine_in_turn_from_both_at_once(self):
        first = self.write(20)
        records = {}
        for number in range(20 * 144):
            time = first - timedelta(minutes=50) + timedelta(minutes=10 * number)
            in_hour = (time - timedelta(minutes=1)).hour == 16
            # On even days rain in the first ten minutes and sunshine in the last, on odd days both in the first.
            rain = 1.5 if in_hour and time.minute == 10 else 0
            sunny = time.minute == (10 if time.day % 2 else 50)
            records[time] = {"sun10m": [5 if sunny else 0, 0], "precipitation10m": [rain, 0]}
        write_point(self.folder / "data/point", "48361", records)
        code, told = self.report("--lead", "1")
        self.assertEqual(code, 0)
        sharp = told["leads"]["1"]["other_labels"]["ten_minute"]
        self.assertEqual((told["leads"]["1"]["positives"], sharp["positives"]), (20, 10))
        self.assertEqual(sharp["calibration"]["came"], sharp["base_rate"])
        self.assertIn("1 h ahead, rain and sunshine within the same ten minutes: ROC-AUC", "\n".join(told["answer"]))
        self.assertIn(
            "| rain and sunshine within the same ten minutes | ", (self.folder / "report.md").read_text("utf-8")
        )

    def test_exit_codes(self):
        code, _, err = self.run_main()
        self.assertEqual(code, 2)
        self.assertIn("is not a folder", err)
        self.write(5)
        code, told = self.report()
        self.assertEqual(code, 1)
        self.assertIsNone(told["leads"]["1"]["model"]["roc_auc"]["interval_95"])
        self.assertIn("whether that is more than chance cannot be said", " ".join(told["answer"]))
        (self.folder / "data/b.csv").write_text("no such file")
        code, _, err = self.run_main()
        self.assertEqual(code, 2)
        self.assertIn("b.csv, line 1", err)
        for wrong in (["--lead", "4"], ["--report", "r.json"], ["--station", "nowhere"], ["--model", str(self.folder)]):
            self.assertEqual(self.run_main(*wrong)[0], 2, wrong)

    def test_a_year_without_a_bow_is_said_plainly(self):
        times = [datetime(2020, 1, 1, 1) + timedelta(hours=number) for number in range(240)]
        series = [Series("松本", name, {t: Cell("0") for t in times}) for name in (RAIN, SUN, TEMPERATURE)]
        write_obsdl(self.folder / "data/a.csv", series, Layout(absent=()))
        code, told = self.report("--calibrate", str(self.folder / "sites.json"))
        self.assertEqual(code, 1)
        self.assertIn("no figures", told["answer"][0])
        self.assertEqual(json.loads((self.folder / "sites.json").read_text())["sites"], [])

    def test_the_calibration_file_keeps_other_sites_and_is_of_one_model(self):
        self.write(12)
        file = self.folder / "sites.json"
        sha256 = json.loads((MODEL / "model-card.json").read_text("utf-8"))["sha256"]
        other = {"name": "Elsewhere", "intercept": 1}
        file.write_text(json.dumps({"model_sha256": sha256, "sites": [other, {"name": "Matsumoto", "intercept": 2}]}))
        self.assertEqual(self.run_main("--calibrate", str(file))[0], 0)
        written = json.loads(file.read_text())
        self.assertEqual(written["model_sha256"], sha256)
        self.assertEqual(written["sites"][0], other)
        expected = {"name": "Matsumoto", "radius_km": 25, "intercept": 0, "sightings": 12}
        self.assertEqual([one | expected for one in written["sites"][1:]], written["sites"][1:])
        for content in ({"model_sha256": "0" * 64, "sites": []}, [], {"sites": 3}):
            file.write_text(json.dumps(content))
            code, _, err = self.run_main("--calibrate", str(file), "--report", str(self.folder / "new.md"))
            self.assertEqual(code, 2)
            self.assertIn("Name a new file", err)
        self.assertFalse((self.folder / "new.md").exists())

    def test_it_runs_from_anywhere(self):
        self.write(12)
        command = [sys.executable, str(HERE.parent / "validate.py"), "--data", "data", "--station", "47618"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, encoding="utf-8", check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("# Validation at Matsumoto\n"))


if __name__ == "__main__":
    unittest.main()
