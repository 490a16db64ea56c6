"""Hourly observations of Japanese stations, as JMA's page 過去の気象データ・ダウンロード (obsdl) gives them.

Data: https://www.data.jma.go.jp/risk/obsdl/, format: its page help3. A value of hour h belongs to the hour that ends at
h, Japan Standard Time; the last hour of a day is "24" of that day, or "0:00" of the next. Nothing is repaired: a cell
that cannot be what the header says is refused with its place, and values of doubtful quality are left out and counted.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from .obsdl_header import ABSENT, AGAIN, HOMOGENEITY, HOURLY, QUALITY, VALUE, Group, Header, plain, read_header
from .problems import InputError, InputProblem

JAPAN = timedelta(hours=9)
# A year of a station with all elements has about 2 MB.
MAX_BYTES = 128 * 1024 * 1024
# Who corrects a file corrects a rule, not two hundred cells.
MAX_PROBLEMS = 200
# JMA's oldest series begins in 1872.
FIRST_YEAR, LAST_YEAR = 1872, 2100
NORMAL, NEAR_NORMAL = 8, 5
# 品質情報, and what JMA's pages print beside or instead of a value where there is no such column.
QUALITIES = {
    8: "normal",
    5: "near-normal: a little of it is missing",
    4: "insufficient: too much of it is missing",
    2: "doubtful",
    1: "missing",
    0: "not observed",
}
# The worse of a mark and of a quality counts.
USABILITY = {quality: -position for position, quality in enumerate(QUALITIES)}
MARKS = {")": 5, "]": 4, "#": 2, "×": 1, "///": 1, "*": 8}
NO_PHENOMENON = "--"
NUMBER = re.compile(r"[-+]?\d{1,6}(?:\.\d{1,4})?")
CLOUD = "雲量(10分比)"
# WMO code table 2700: tenths of the sky as octas. 0+ is less than one tenth, 10- has gaps.
CLOUD_OCTAS = {**dict(zip(map(str, range(11)), (0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8), strict=True)), "0+": 1, "10-": 7}
LITERAL = re.compile(r"(\d{4})[/年-](\d{1,2})[/月-](\d{1,2})日?\s*(\d{1,2})(?::(\d{2})(?::(\d{2}))?|時)$")


@dataclass
class Element:
    """One element at one station in one file. `values` has a row an hour (UTC, the end of the hour): value (NaN:
    none), quality (of QUALITIES), absent (1: the phenomenon did not occur, 0: it did, NaN: not told), homogeneity
    (another number: do not compare with earlier values) and line."""

    station: str
    name: str
    file: Path
    downloaded: datetime
    has_quality: bool
    has_absent: bool
    values: pd.DataFrame


def read_bytes(file: Path) -> bytes:
    """What a file, perhaps a compressed one, has; not without end."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError([InputProblem(file, f"cannot be read: {error}.", "Copy or download it again.")]) from error
    if len(content) > MAX_BYTES:
        remedy = "Download fewer years or stations in one file."
        raise InputError([InputProblem(file, f"is larger than {MAX_BYTES // 1024**2} MB.", remedy)])
    return content


def read_text(file: Path) -> str:
    """Shift_JIS as JMA writes it (Windows code page 932), or UTF-8 where someone has converted it."""
    content = read_bytes(file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp932")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"the byte {content[error.start]:#04x} is neither Shift_JIS nor UTF-8."
        raise InputError([InputProblem(file, message, AGAIN, line)]) from error


def read_file(file: Path, wanted: Callable[[Group], bool] = lambda group: True) -> tuple[Header, list[Element]]:
    """What the file has, and the `wanted` elements of it.

    @raises InputError with the problems of the file
    """
    text = read_text(file)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError([InputProblem(file, f"is not CSV: {error}.", AGAIN, reader.line_num)]) from error
    problems: list[InputProblem] = []
    header = read_header(file, rows, problems)
    if header is None:
        raise InputError(problems)
    elements = _Body(file, header, problems).read(rows, lines, wanted)
    if problems:
        raise InputError(problems)
    return header, elements


class _Body:
    def __init__(self, file: Path, header: Header, problems: list[InputProblem]):
        self.file, self.header, self.problems = file, header, problems

    def refuse(self, message: str, remedy: str, line: int, column: int | None = None) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            raise InputError(self.problems)
        self.problems.append(InputProblem(self.file, message, remedy, line, None if column is None else column + 1))

    def read(self, rows: list[list[str]], lines: list[int], wanted: Callable[[Group], bool]) -> list[Element]:
        header, times, kept = self.header, [], []
        seen: dict[datetime, int] = {}
        for row, line in zip(rows[header.rows :], lines[header.rows :], strict=True):
            if not any(row):
                continue
            if len(row) != header.width:
                self.refuse(f"has {len(row)} columns instead of {header.width}.", AGAIN, line)
                continue
            time = self.time(row, line)
            if time is None:
                continue
            if time in seen:
                self.refuse(f"is of the same hour as line {seen[time]}.", "Remove one of them.", line)
                continue
            seen[time] = line
            times.append(time)
            kept.append((row, line))
        index = pd.DatetimeIndex(times).as_unit("s") if times else pd.DatetimeIndex([], dtype="datetime64[s]")
        return [self.element(group, kept, index) for group in header.groups if wanted(group)]

    def time(self, row: list[str], line: int) -> datetime | None:
        """The end of the hour, UTC."""
        cells = [plain(row[column]) for column in self.header.time_columns]
        if len(cells) == 1:
            match = LITERAL.match(cells[0])
            parts = [int(part or 0) for part in match.groups()] if match else None
        else:
            parts = [*map(int, cells), 0, 0] if all(cell.isdigit() and len(cell) <= 4 for cell in cells) else None
        if parts is None:
            self.refuse(f"{' '.join(cells)!r} is not a time such as 2020/1/1 1:00.", AGAIN, line, 0)
            return None
        year, month, day, hour, minute, second = parts
        if minute or second:
            self.refuse(f"{cells[0]} is not a full hour.", HOURLY, line, 0)
            return None
        try:
            if hour > 24 or not FIRST_YEAR <= year <= LAST_YEAR:
                raise ValueError
            return datetime(year, month, day) + timedelta(hours=hour) - JAPAN
        except (ValueError, OverflowError):
            self.refuse(f"{' '.join(cells)} is no hour of any day.", AGAIN, line, 0)
            return None

    def element(self, group: Group, kept: list[tuple[list[str], int]], index: pd.DatetimeIndex) -> Element:
        columns = group.columns
        values = np.full(len(kept), np.nan)
        quality = np.zeros(len(kept), dtype=np.int8)
        absent = np.full(len(kept), np.nan)
        homogeneity = np.full(len(kept), np.nan)
        for position, (row, line) in enumerate(kept):
            value, mark, none = self.value(group, row[columns[VALUE]], line)
            rated = self.quality(group, row, line, value)
            quality[position] = min(mark, rated, key=USABILITY.__getitem__)
            values[position] = np.nan if value is None else value
            if none:
                absent[position] = 1
            elif ABSENT in columns:
                absent[position] = self.flag(group, row, line, value)
            if HOMOGENEITY in columns:
                homogeneity[position] = self.homogeneity(row[columns[HOMOGENEITY]], line, columns[HOMOGENEITY])
        frame = pd.DataFrame(
            {
                "value": values,
                "quality": quality,
                "absent": absent,
                "homogeneity": homogeneity,
                "line": [line for _, line in kept],
            },
            index=index,
        )
        kinds = (QUALITY in columns, ABSENT in columns)
        return Element(group.station, group.element, self.file, self.header.downloaded, *kinds, frame)

    def value(self, group: Group, cell: str, line: int) -> tuple[float | None, int, bool]:
        """The number, the quality that its marks tell, and whether it is "no such phenomenon"."""
        text = plain(cell)
        if text == "":
            # Without a column of qualities, what is not stored is missing.
            return None, NORMAL if QUALITY in group.columns else 1, False
        if text in (NO_PHENOMENON, "-"):
            return 0.0, NORMAL, True
        for mark, quality in MARKS.items():
            if text == mark and quality < NEAR_NORMAL:
                return None, quality, False
            if text.endswith(mark) and mark != "///":
                number = self.number(group, text.removesuffix(mark).strip(), line)
                return number, quality, False
        return self.number(group, text, line), NORMAL, False

    def number(self, group: Group, text: str, line: int) -> float | None:
        if group.element == CLOUD and text in CLOUD_OCTAS:
            return float(CLOUD_OCTAS[text])
        if NUMBER.fullmatch(text) and group.element != CLOUD:
            return float(text)
        allowed = "0, 0+, 1 to 10 or 10-" if group.element == CLOUD else "a number, --, ///, × or #, with ) or ]"
        self.refuse(f"{text!r} is not {allowed}.", AGAIN, line, group.columns[VALUE])
        return None

    def quality(self, group: Group, row: list[str], line: int, value: float | None) -> int:
        if QUALITY not in group.columns:
            return NORMAL
        column = group.columns[QUALITY]
        text = plain(row[column])
        if text == "" and value is None:
            return 1
        if text.isdigit() and int(text) in QUALITIES:
            return int(text)
        message = "a value has no quality." if text == "" else f"the quality {text!r} is unknown."
        self.refuse(message, f"Known are {', '.join(map(str, QUALITIES))}. {AGAIN}", line, column)
        return 1

    def flag(self, group: Group, row: list[str], line: int, value: float | None) -> float:
        column = group.columns[ABSENT]
        text = plain(row[column])
        if text == "":
            return np.nan
        if text not in ("0", "1"):
            self.refuse(f"現象なし情報 is {text!r}, not 0 or 1.", AGAIN, line, column)
        elif text == "1" and value:
            self.refuse(f"現象なし情報 says that nothing occurred, the value is {value:g}.", AGAIN, line, column)
        return float(text == "1")

    def homogeneity(self, cell: str, line: int, column: int) -> float:
        text = plain(cell)
        if text == "":
            return np.nan
        if not (text.isdigit() and len(text) <= 3):
            self.refuse(f"均質番号 is {text!r}, not a number.", AGAIN, line, column)
            return np.nan
        return float(text)
