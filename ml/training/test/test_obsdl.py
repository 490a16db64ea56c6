"""The parser of obsdl files: the same values from every layout, and a place and a remedy for what is wrong."""

import math
import tempfile
import unittest
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rainbow import obsdl
from rainbow.obsdl_header import plain
from rainbow.problems import InputError

from .files import JAPAN, Cell, Layout, Series, obsdl_rows, write_obsdl, write_rows

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")

FIRST = datetime(2020, 2, 28, 22)
RAIN, SUN, TEMPERATURE, WIND, CLOUD = "降水量(mm)", "日照時間(時間)", "気温(℃)", "風速(m/s)", "雲量(10分比)"


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def problems(self, file: Path) -> str:
        with self.assertRaises(InputError) as raised:
            obsdl.read_file(file)
        return str(raised.exception)


def read(file: Path) -> dict[tuple[str, str], obsdl.Element]:
    return {(one.station, one.name): one for one in obsdl.read_file(file)[1]}


def cells(count: int, make) -> dict[datetime, Cell]:
    return {FIRST + timedelta(hours=number): make(number) for number in range(count)}


numbers = st.integers(-300, 2000).map(lambda tenths: f"{tenths / 10:g}")
layouts = st.builds(
    Layout,
    literal=st.booleans(),
    hour_24=st.booleans(),
    prefecture=st.booleans(),
    weekday=st.booleans(),
    homogeneity=st.booleans(),
    newline=st.sampled_from(["\r\n", "\n"]),
    quoted=st.booleans(),
    encoding=st.sampled_from(["cp932", "utf-8", "utf-8-sig"]),
)


@st.composite
def one_cell(draw, element: str) -> Cell:
    quality = draw(st.sampled_from(["8", "8", "8", "5", "4", "2", "1", "0"]))
    homogeneity = draw(st.sampled_from(["1", "2"]))
    value = "" if quality in ("1", "0") else draw(numbers)
    absent = ""
    if element in Layout().absent and value:
        absent = draw(st.sampled_from(["0", "1"] if float(value) == 0 else ["0"]))
    return Cell(value, quality, absent, homogeneity)


@st.composite
def many_series(draw) -> list[Series]:
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["松本", "つくば(館野)", "諏訪"]), st.sampled_from([RAIN, SUN, TEMPERATURE, WIND])
            ),
            min_size=1,
            max_size=5,
            unique=True,
        )
    )
    # obsdl puts the elements of one station side by side, in the order that was asked for.
    keys.sort(key=lambda key: key[0])
    times = [FIRST + timedelta(hours=number) for number in range(draw(st.integers(1, 6)))]
    return [Series(station, element, {t: draw(one_cell(element)) for t in times}) for station, element in keys]


class Layouts(unittest.TestCase):
    @given(series=many_series(), layout=layouts, packed=st.booleans())
    def test_every_layout_gives_back_what_was_written(self, series, layout, packed):
        with tempfile.TemporaryDirectory() as folder:
            file = write_obsdl(Path(folder) / ("a.csv.gz" if packed else "a.csv"), series, layout)
            found = read(file)
        self.assertEqual(set(found), {(plain(one.station), plain(one.element)) for one in series})
        for one in series:
            frame = found[plain(one.station), plain(one.element)].values
            self.assertEqual(list(frame.index), [time - JAPAN for time in one.cells])
            for row, cell in zip(frame.itertuples(), one.cells.values(), strict=True):
                self.assertEqual(math.isnan(row.value), cell.value == "")
                if cell.value:
                    self.assertEqual(row.value, float(cell.value))
                self.assertEqual(row.quality, int(cell.quality))
                told = cell.absent if one.element in layout.absent else ""
                self.assertEqual(None if math.isnan(row.absent) else str(int(row.absent)), told or None)
                number = cell.homogeneity if layout.homogeneity else ""
                self.assertEqual(None if math.isnan(row.homogeneity) else str(int(row.homogeneity)), number or None)

    def test_wind_speed_is_not_mixed_up_with_its_direction(self):
        with tempfile.TemporaryDirectory() as folder:
            one = Series("松本", WIND, cells(3, lambda number: Cell(f"{number}.5", "5", "", "7")))
            frame = read(write_obsdl(Path(folder) / "a.csv", [one]))["松本", WIND].values
        self.assertEqual(list(frame["value"]), [0.5, 1.5, 2.5])
        self.assertEqual(set(frame["quality"]), {5})
        self.assertEqual(set(frame["homogeneity"]), {7})

    def test_hour_24_is_the_first_moment_of_the_next_day(self):
        for layout in (Layout(), Layout(hour_24=True), Layout(literal=False)):
            with tempfile.TemporaryDirectory() as folder:
                one = Series(
                    "松本", TEMPERATURE, {datetime(2020, 3, 1): Cell("1.5"), datetime(2020, 3, 1, 1): Cell("1")}
                )
                file = write_obsdl(Path(folder) / "a.csv", [one], layout)
                frame = read(file)["松本", plain(TEMPERATURE)].values
            self.assertEqual(list(frame.index), [datetime(2020, 2, 29, 15), datetime(2020, 2, 29, 16)])


class Values(FolderTest):
    def rows(self, element: str, texts: list[str], layout: Layout | None = None):
        one = Series("松本", element, cells(len(texts), lambda number: Cell(texts[number])))
        file = write_obsdl(self.folder / "a.csv", [one], layout or Layout(absent=()))
        return read(file)["松本", plain(element)].values

    def test_marks_of_other_pages_count_as_qualities(self):
        frame = self.rows(TEMPERATURE, ["1.5 )", "2.5]", "///", "×", "#", "3.5"], Layout(absent=(), quality=False))
        self.assertEqual(list(frame["quality"]), [5, 4, 1, 1, 2, 8])
        self.assertEqual([None if math.isnan(v) else v for v in frame["value"]], [1.5, 2.5, None, None, None, 3.5])

    def test_the_worse_of_a_mark_and_a_quality_counts(self):
        one = Series("松本", RAIN, cells(2, lambda number: Cell("1.5 )" if number else "1.5", "4" if number else "8")))
        frame = read(write_obsdl(self.folder / "a.csv", [one], Layout(absent=())))["松本", RAIN].values
        self.assertEqual(list(frame["quality"]), [8, 4])

    def test_two_dashes_are_no_rain(self):
        frame = self.rows(RAIN, ["--", "0.0", "0.5"])
        self.assertEqual(list(frame["value"]), [0, 0, 0.5])
        self.assertEqual([math.isnan(v) for v in frame["absent"]], [False, True, True])
        self.assertEqual(frame["absent"].iloc[0], 1)

    def test_tenths_of_cloud_become_octas(self):
        tenths = ["0", "0+", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10-", "10"]
        self.assertEqual(list(self.rows(CLOUD, tenths)["value"]), [0, 1, 1, 2, 2, 3, 4, 5, 6, 6, 7, 7, 8])

    def test_without_qualities_an_empty_cell_is_missing(self):
        frame = self.rows(RAIN, ["", "0.5"], Layout(absent=(), quality=False))
        self.assertEqual(list(frame["quality"]), [1, 8])


class Refusals(FolderTest):
    def broken(self, change, layout: Layout | None = None, count: int = 4) -> str:
        layout = layout or Layout()
        series = [
            Series("松本", RAIN, cells(count, lambda _: Cell("0.5", absent="0"))),
            Series("松本", TEMPERATURE, cells(count, lambda _: Cell("10.5"))),
        ]
        rows = obsdl_rows(series, layout)
        change(rows)
        return self.problems(write_rows(self.folder / "a.csv", rows, layout))

    def test_each_names_its_place_and_what_to_do(self):
        # Lines: 1 download, 2 empty, 3 stations, 4 elements, 5 qualities, from 6 the hours.
        # Columns: time, rain, absent, quality, homogeneity, temperature, quality, homogeneity.
        for row, column, text, place, words in (
            (6, 0, "yesterday", "line 7, column 1 (A)", "is not a time"),
            (6, 0, "2020/2/30 1:00:00", "line 7, column 1 (A)", "no hour of any day"),
            (6, 0, "2020/2/29 25:00", "line 7, column 1 (A)", "no hour of any day"),
            (6, 0, "2020/2/29 1:10", "line 7, column 1 (A)", "not a full hour"),
            (6, 0, "0001/1/1 1:00", "line 7, column 1 (A)", "no hour of any day"),
            (7, 0, "2020/2/28 22:00:00", "line 8", "same hour as line 6"),
            (6, 1, "wet", "line 7, column 2 (B)", "'wet' is not a number"),
            (6, 1, "1e3", "line 7, column 2 (B)", "'1e3' is not a number"),
            (6, 1, "nan", "line 7, column 2 (B)", "'nan' is not a number"),
            (6, 2, "2", "line 7, column 3 (C)", "not 0 or 1"),
            (6, 2, "1", "line 7, column 3 (C)", "nothing occurred, the value is 0.5"),
            (6, 3, "3", "line 7, column 4 (D)", "the quality '3' is unknown"),
            (6, 3, "", "line 7, column 4 (D)", "a value has no quality"),
            (6, 4, "x", "line 7, column 5 (E)", "均質番号 is 'x'"),
            (3, 5, "", "line 4, column 6 (F)", "no name"),
            (4, 7, "均質號碼", "column 8 (H)", "'均質號碼' under 気温(°C) is unknown"),
            (3, 5, RAIN, "column 6 (F)", "there twice"),
        ):
            with self.subTest(text=text, column=column):
                told = self.broken(lambda rows, r=row, c=column, t=text: rows[r].__setitem__(c, t))
                self.assertIn(f"a.csv, {place}" if place.startswith("line") else place, told)
                self.assertIn(words, told)
                self.assertRegex(told, r"(?i)again|remove|known are|hourly|own")

    def test_all_problems_of_a_file_at_once(self):
        def change(rows):
            rows[5][1], rows[6][5], rows[7][3] = "wet", "warm", "9"

        told = self.broken(change)
        for words in ("'wet'", "'warm'", "the quality '9'"):
            self.assertIn(words, told)

    def test_a_cut_row(self):
        self.assertIn(
            "line 8: has 3 columns instead of 8", self.broken(lambda rows: rows[7].__delitem__(slice(3, None)))
        )

    def test_daily_values_say_what_to_choose(self):
        told = self.broken(lambda rows: rows[3].__setitem__(0, "年月日"))
        self.assertIn("days or months", told)
        self.assertIn("時別値", told)

    def test_a_file_that_is_something_else(self):
        for content, words in (
            (b"<html>error</html>", "web page"),
            (b"date,rain\n2020-01-01,1\n", "does not start with"),
            (b"", "does not start with"),
            (
                "ダウンロードした時刻：2020/01/01 00:00:00\n\n,松本\n年月日時,気温(℃)\n".encode("cp932"),
                "no rows of data",
            ),
            ("ダウンロードした時刻：2020/13/01 00:00:00\n".encode("cp932"), "not a time"),
            (
                "ダウンロードした時刻：2020/01/01 00:00:00\n\n年月日時,気温(℃)\n1,2\n".encode("cp932"),
                "names of the stations",
            ),
            (b"\x81 \n", "neither Shift_JIS nor UTF-8"),
            ('ダウンロードした時刻：2020/01/01 00:00:00\n"a"b,\n'.encode("cp932"), "not CSV"),
        ):
            with self.subTest(words=words):
                file = self.folder / "b.csv"
                file.write_bytes(content)
                self.assertIn(words, self.problems(file))

    def test_a_damaged_archive(self):
        file = self.folder / "c.csv.gz"
        file.write_bytes(b"\x1f\x8b\x08\x00 no archive")
        self.assertIn("cannot be read", self.problems(file))

    @settings(max_examples=150)
    @given(content=st.binary(max_size=200), start=st.booleans())
    def test_no_bytes_do_anything_but_be_refused(self, content, start):
        head = (
            "ダウンロードした時刻：2020/01/01 00:00:00\n\n,松本\n年月日時,気温(℃)\n".encode("cp932") if start else b""
        )
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "a.csv"
            file.write_bytes(head + content)
            try:
                obsdl.read_file(file)
            except InputError as error:
                self.assertIn("a.csv", str(error))


if __name__ == "__main__":
    unittest.main()
