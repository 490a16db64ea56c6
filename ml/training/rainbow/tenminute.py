"""Ten-minute rain and sunshine, as the JSON files behind JMA's AMeDAS page have them.

data/point/48361/20260401_09.json has a station's times, {"20260401091000": {"sun10m": [4, 0], …}, …};
data/map/20260401091000.json has all stations at one time, {"48361": {"sun10m": [4, 0], …}, …}. Times are in Japan
Standard Time; a value belongs to the ten minutes that end then: minutes of sunshine, mm of rain. The number beside it
is the flag of the automatic check: 0 is normal.
"""

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from .obsdl import FIRST_YEAR, JAPAN, LAST_YEAR, MAX_PROBLEMS, read_bytes
from .problems import InputError, InputProblem
from .stations import Station

AGAIN = "Take the file again from JMA's page, or move it away."
# Name in the files, and the highest value: ten minutes; more than the rain of any ten minutes so far.
FIELDS = {"sun_min": ("sun10m", 10), "rain_mm": ("precipitation10m", 100)}
TIME = re.compile(r"\d{14}")


def read_folder(folder: Path, station: Station) -> tuple[pd.DataFrame, Counter]:
    """Columns sun_min and rain_mm by the end of the ten minutes (UTC); and how many values are left out, by reason.

    @raises InputError with the problems of all files
    """
    files = sorted(file for file in folder.rglob("*") if file.name.endswith((".json", ".json.gz")) and file.is_file())
    problems: list[InputProblem] = []
    reasons: Counter = Counter()
    times: dict[datetime, dict[str, float]] = {}
    if files and station.amedas is None:
        remedy = "Give its five digits in the AMeDAS network: --amedas 48361."
        problems.append(InputProblem(files[0], f"which values are of {station.english} is not known.", remedy))
    for file in files if not problems else []:
        for time, record in _records(file, station.amedas, problems):
            values = _values(file, time, record, problems, reasons)
            known = times.setdefault(time, values)
            if known != values:
                message = f"differs from another file for {(time + JAPAN):%Y-%m-%d %H:%M}."
                problems.append(InputProblem(file, message, "Keep only the file that was fetched last."))
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        raise InputError(problems)
    table = pd.DataFrame.from_dict(times, orient="index", columns=list(FIELDS), dtype=float).sort_index()
    table.index = pd.DatetimeIndex(table.index).as_unit("s")
    return table, reasons


def _records(file: Path, amedas: str, problems: list[InputProblem]):
    """Pairs of a time (UTC) and what the station had then."""
    try:
        data = json.loads(read_bytes(file))
        if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
            raise ValueError("not an object of objects")
    except InputError as error:
        problems += error.problems
        return
    except (ValueError, RecursionError) as error:
        problems.append(InputProblem(file, f"is not a file of ten-minute values: {error}.", AGAIN))
        return
    name = file.name.split(".")[0]
    if TIME.fullmatch(name):
        pairs = [(name, data[amedas])] if amedas in data else []
    else:
        pairs = list(data.items())
        # Both forms name the station: the fields in newer files, the folder in all.
        numbers = {f"{one['prefNumber']}{one['observationNumber']:03d}" for _, one in pairs if _has_number(one)}
        if numbers - {amedas} or (not numbers and file.parent.name != amedas):
            of = ", ".join(sorted(numbers)) or f"the folder {file.parent.name}"
            problems.append(InputProblem(file, f"is of {of}, not of station {amedas}.", "Move it away."))
            return
    for text, record in pairs:
        try:
            time = datetime.strptime(text, "%Y%m%d%H%M%S") if TIME.fullmatch(text) else None
        except ValueError:
            time = None
        if time is None or time.minute % 10 or time.second or not FIRST_YEAR < time.year <= LAST_YEAR:
            problems.append(InputProblem(file, f"{text!r} is no end of ten minutes, such as 20260401091000.", AGAIN))
            return
        yield time - JAPAN, record


def _has_number(record: dict) -> bool:
    return all(type(record.get(name)) is int for name in ("prefNumber", "observationNumber"))


def _values(file: Path, time: datetime, record: dict, problems: list[InputProblem], reasons: Counter) -> dict:
    values = {}
    for column, (name, highest) in FIELDS.items():
        values[column] = None
        pair = record.get(name)
        if pair is None:
            reasons[f"{name}: not in the file"] += 1
            continue
        value, flag = pair if isinstance(pair, list) and len(pair) == 2 else (pair, "none")
        if not _is_number(value, 0, highest, or_none=True) or not _is_number(flag, 0, 15, or_none=True):
            message = (
                f"{name} at {(time + JAPAN):%Y-%m-%d %H:%M} is {json.dumps(pair)[:40]}, not [0 to {highest}, flag]."
            )
            problems.append(InputProblem(file, message, AGAIN))
        elif flag != 0:
            reasons[f"{name}: flag {flag}"] += 1
        elif value is None:
            reasons[f"{name}: empty"] += 1
        else:
            values[column] = float(value)
    return values


def _is_number(value, low: float, high: float, *, or_none: bool) -> bool:
    if value is None:
        return or_none
    return type(value) in (int, float) and low <= value <= high


def label(table: pd.DataFrame, temperature_c: pd.Series, elevation, max_elevation: float) -> pd.Series:
    """Rain and sunshine within ten minutes, for each hour of `temperature_c` (UTC, its end).

    1: in one of its six intervals it rained (0.1 mm or more) and the sun shone (a minute or more), with the sun's
    middle elevation in (0, max_elevation]; 0: in none of the six, all of which are known; NaN otherwise. Sharper than
    the hour: rain at its beginning and sunshine at its end are no bow. `elevation` gives degrees for UTC seconds.
    """
    hours = temperature_c.index
    every = pd.date_range(hours[0] - pd.Timedelta(minutes=50), hours[-1], freq="10min")
    known = table.reindex(every)
    height = elevation(every.as_unit("s").astype("int64").to_numpy() - 300)
    both = (known["rain_mm"] >= 0.1) & (known["sun_min"] >= 1) & (height > 0) & (height <= max_elevation)
    # One of the two at zero settles it, whatever the other is.
    settled = known.notna().all(axis=1) | (known["rain_mm"] < 0.1) | (known["sun_min"] < 1)
    any_bow = both.to_numpy().reshape(-1, 6).any(axis=1)
    all_known = settled.to_numpy().reshape(-1, 6).all(axis=1)
    result = pd.Series(np.where(any_bow, 1.0, np.where(all_known, 0.0, np.nan)), index=hours)
    return result.mask(temperature_c <= 0, 0.0).where(temperature_c.notna())
