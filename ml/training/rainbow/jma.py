"""Hourly observations of one Japanese station from a folder of obsdl files, as the table that knmi.read_station makes.

Row t has the values of the hour that ends at t (UTC), in the units that the service takes. obsdl has no duration of
rain and no hourly gusts: these stay unknown.
"""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from . import obsdl
from .features import OBSERVED
from .obsdl_header import HOURLY, plain
from .problems import InputError, InputProblem
from .stations import Station, same_name
from .sun import sun_position

# Name in the files, and the lowest and highest value that the service takes.
ELEMENTS = {
    "rain_mm": ("降水量(mm)", 0, 200),
    "sunshine_h": ("日照時間(時間)", 0, 1),
    "temperature_c": ("気温(℃)", -60, 60),
    "dew_point_c": ("露点温度(℃)", -60, 60),
    "humidity_pct": ("相対湿度(％)", 0, 100),
    "pressure_hpa": ("海面気圧(hPa)", 850, 1100),
    "cloud_octas": ("雲量(10分比)", 0, 8),
    "visibility_km": ("視程(km)", 0, 200),
    "wind_speed_ms": ("風速(m/s)", 0, 100),
    "snowfall_cm": ("降雪(cm)", 0, 200),
}
NEEDED = ("rain_mm", "sunshine_h", "temperature_c")
COLUMNS = {plain(name): column for column, (name, _, _) in ELEMENTS.items()}
# JMA measures rain in steps of 0.5 mm; "0.0" that is not "no rain" is less than one step. The training data have a
# trace, too ("less than 0.05 mm"), and the model has learnt it as this value.
TRACE_MM = 0.025
STEP_MM = 0.5
FINER_RAIN_FROM = pd.Timestamp("2008-03-25 15:00")
NIGHT_BLANK = "blank, at night: no sunshine"


@dataclass
class Break:
    """The numbers of homogeneity before and from `time` on (UTC): the station or its instrument has changed."""

    column: str
    time: datetime
    before: int
    after: int


@dataclass
class Observations:
    table: pd.DataFrame
    # Rain of less than one step fell.
    trace: pd.Series
    breaks: list[Break]
    files: list[Path]
    # By column and reason, values that are not in the table; by reason, values that are there although not written.
    left_out: dict[str, Counter] = field(default_factory=dict)
    filled: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def segments(self) -> list[pd.DataFrame]:
        """The table cut at its breaks: no difference or sum of hours spans two of them."""
        cuts = sorted({one.time for one in self.breaks})
        edges = [self.table.index[0], *cuts, self.table.index[-1] + pd.Timedelta(hours=1)]
        hours = self.table.index
        tables = [self.table[(hours >= low) & (hours < high)] for low, high in itertools.pairwise(edges)]
        return [table for table in tables if len(table)]


def obsdl_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.name.endswith((".csv", ".csv.gz")) and file.is_file())


def read_folder(folder: Path, station: Station) -> Observations:
    """@raises InputError with the problems of all files"""
    if not folder.is_dir():
        raise InputError([InputProblem(folder, "is not a folder.", "Name the folder of the obsdl files with --data.")])
    files = obsdl_files(folder)
    if not files:
        remedy = "Download hourly values from https://www.data.jma.go.jp/risk/obsdl/ into it."
        raise InputError([InputProblem(folder, "has no file *.csv or *.csv.gz.", remedy)])
    names = {same_name(station.name), same_name(station.english), same_name(station.name.split("(")[0])}
    problems: list[InputProblem] = []
    elements: dict[str, list[obsdl.Element]] = {}
    others: dict[str, set[str]] = {"stations": set(), "elements": set()}
    for file in files:
        try:
            header, read = obsdl.read_file(
                file, lambda group: same_name(group.station) in names and group.element in COLUMNS
            )
        except InputError as error:
            problems += error.problems
            continue
        for group in header.groups:
            if same_name(group.station) not in names:
                others["stations"].add(group.station)
            elif group.element not in COLUMNS:
                others["elements"].add(group.element)
        for element in read:
            elements.setdefault(COLUMNS[element.name], []).append(element)
    if problems:
        raise InputError(problems)
    missing = [ELEMENTS[column][0] for column in NEEDED if column not in elements]
    if missing:
        have = ", ".join(sorted(others["elements"] | {ELEMENTS[column][0] for column in elements})) or "nothing"
        message = f"{', '.join(missing)} of {station.name} missing; there is {have}."
        if others["stations"]:
            message += f" Other stations: {', '.join(sorted(others['stations']))}."
        raise InputError([InputProblem(folder, message, HOURLY)])
    series = {column: _merged(column, parts, problems) for column, parts in elements.items()}
    if problems:
        raise InputError(problems)
    return _observations(station, series, elements, files)


def _merged(column: str, parts: list[obsdl.Element], problems: list[InputProblem]) -> pd.DataFrame:
    """The hours of all files. Files may overlap if they agree."""
    _, low, high = ELEMENTS[column]
    for part in parts:
        usable = part.values[part.values["quality"] >= obsdl.NEAR_NORMAL]
        for value, line in usable.loc[(usable["value"] < low) | (usable["value"] > high), ["value", "line"]].to_numpy():
            message = f"{part.name} is {value:g}, not between {low} and {high}."
            problems.append(InputProblem(part.file, message, "Download this file again.", int(line)))
    frame = pd.concat([part.values.assign(part=number) for number, part in enumerate(parts)]).sort_index(kind="stable")
    told = ["value", "quality", "absent", "homogeneity"]
    same_hour = frame.index.duplicated()
    if same_hour.any():
        earlier = frame.shift(1)
        equal = ((frame[told] == earlier[told]) | (frame[told].isna() & earlier[told].isna())).all(axis=1)
        for _, row in frame[same_hour & ~equal].head(5).iterrows():
            first = frame.loc[row.name].iloc[0]
            other = parts[int(first["part"])]
            message = f"{parts[0].name} differs from line {int(first['line'])} of {other.file}, for the same hour."
            remedy = "Keep only the file that was downloaded last."
            problems.append(InputProblem(parts[int(row["part"])].file, message, remedy, int(row["line"])))
    return frame[~same_hour]


def _observations(station: Station, series: dict[str, pd.DataFrame], elements: dict, files: list[Path]) -> Observations:
    first = min(frame.index[0] for frame in series.values() if len(frame))
    last = max(frame.index[-1] for frame in series.values() if len(frame))
    hours = pd.date_range(first, last, freq="h")
    result = Observations(pd.DataFrame(index=hours), pd.Series(False, index=hours), [], files)
    for column, frame in series.items():
        usable = frame["quality"] >= obsdl.NEAR_NORMAL
        values = frame["value"].where(usable)
        reasons = _reasons(frame)
        blank = usable & frame["value"].isna()
        if column == "sunshine_h":
            # AMeDAS stations leave the cell empty at night; by day an empty cell is a hole.
            night = blank & (_elevation(frame.index, station) <= 0)
            values = values.mask(night, 0.0)
            result.filled[NIGHT_BLANK] += int(night.sum())
            blank &= ~night
        if column == "snowfall_cm":
            # Nothing is written in the months without snow.
            blank &= False
        if blank.any():
            reasons["blank, though of good quality"] += int(blank.sum())
        if column == "rain_mm":
            trace = usable & (frame["value"] == 0) & (frame["absent"] == 0)
            values = values.mask(trace, TRACE_MM)
            result.trace = trace.reindex(hours, fill_value=False)
        if reasons:
            result.left_out[column] = reasons
        result.table[column] = values.reindex(hours)
        result.breaks += _breaks(column, frame[usable])
    snowfall = result.table.get("snowfall_cm", pd.Series(np.nan, index=hours))
    result.table["snow"] = (snowfall > 0).astype(float)
    result.table = result.table.reindex(columns=[*OBSERVED, "snow"])
    _note(result, elements, station)
    return result


def _reasons(frame: pd.DataFrame) -> Counter:
    counts = frame["quality"].value_counts()
    return Counter(
        {
            f"quality {quality} ({meaning})": int(counts[quality])
            for quality, meaning in obsdl.QUALITIES.items()
            if quality < obsdl.NEAR_NORMAL and quality in counts
        }
    )


def _elevation(index: pd.DatetimeIndex, station: Station) -> np.ndarray:
    """Of the sun at the middle of the hour."""
    return sun_position(index.as_unit("s").astype("int64").to_numpy() - 1800, station.lat, station.lon)[0]


def _breaks(column: str, usable: pd.DataFrame) -> list[Break]:
    numbers = usable["homogeneity"].dropna()
    changed = numbers[numbers != numbers.shift(1)].iloc[1:]
    before = numbers.shift(1)
    return [Break(column, time.to_pydatetime(), int(before[time]), int(number)) for time, number in changed.items()]


def _note(result: Observations, elements: dict[str, list[obsdl.Element]], station: Station) -> None:
    if not all(part.has_quality for parts in elements.values() for part in parts):
        result.notes.append(
            "Some files have no 品質情報: JMA then leaves out values that need care, and so nothing tells how many."
        )
    if not all(part.has_absent for part in elements["rain_mm"]):
        result.notes.append(
            "Some files have no 現象なし情報 for rain: 0.0 is read as no rain, though less than 0.5 mm may have fallen."
        )
    if "snowfall_cm" not in elements:
        result.notes.append("There is no 降雪(cm): sleet and snow above 0 °C count as rain.")
    if not station.is_office and result.table.index[0] < FINER_RAIN_FROM:
        result.notes.append("Until 25 March 2008, AMeDAS stations have rain in whole millimetres.")
    if all(part.values["homogeneity"].isna().all() for parts in elements.values() for part in parts):
        result.notes.append("The files have no 均質番号: a move of the station or a new instrument would not be seen.")
