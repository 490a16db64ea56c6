"""The header of an obsdl file: what each column is.

A file of https://www.data.jma.go.jp/risk/obsdl/ starts with the time of the download and an empty line. Then come rows
that name, for each column, the prefecture (an option), the station, the element (this row begins with 年月日時, or with
年,月,日,時), and one or two rows that tell the value (empty) from what belongs to it. Wind has a row more: 風向.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .problems import InputProblem

VALUE, QUALITY, ABSENT, HOMOGENEITY = "value", "quality", "absent", "homogeneity"
PARTS = {"": VALUE, "品質情報": QUALITY, "現象なし情報": ABSENT, "均質番号": HOMOGENEITY}
DOWNLOADED = re.compile(r"ダウンロードした時刻:\s*(\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}(?::\d{2})?)$")
AGAIN = "Download it again from https://www.data.jma.go.jp/risk/obsdl/ as CSV."
HOURLY = "Choose 時別値 (hourly values) under 項目を選ぶ, and download again."
# Rows before the first row of data; more than any option makes.
MAX_HEADER_ROWS = 12


@dataclass
class Group:
    """The columns (from 0) of one element at one station."""

    station: str
    element: str
    columns: dict[str, int] = field(default_factory=dict)


@dataclass
class Header:
    downloaded: datetime
    # Columns of 年月日時, or of 年, 月, 日, 時.
    time_columns: list[int]
    groups: list[Group]
    width: int
    rows: int


def plain(cell: str) -> str:
    """Full-width letters, digits and signs as their half-width ones: ％ and %, ： and :."""
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def read_header(file: Path, rows: list[list[str]], problems: list[InputProblem]) -> Header | None:
    """None, with problems, if the file is not an hourly one of obsdl. `rows` are those of the whole file."""

    def refuse(message: str, remedy: str, line: int | None = None, column: int | None = None) -> None:
        problems.append(InputProblem(file, message, remedy, line, column))

    first = plain(",".join(rows[0])) if rows else ""
    told = DOWNLOADED.match(first.rstrip(","))
    if not told:
        if first.startswith("<"):
            refuse("is a web page, not a CSV file: the download failed.", AGAIN, 1)
        else:
            refuse(
                "does not start with ダウンロードした時刻, so it is not a file of obsdl.", f"Move it away. {AGAIN}", 1
            )
        return None
    digits = [int(part) for part in re.findall(r"\d+", told[1])]
    try:
        downloaded = datetime(*digits)
    except ValueError:
        refuse(f"{told[1]} is not a time.", AGAIN, 1)
        return None

    names = [[plain(cell) for cell in row] for row in rows[:MAX_HEADER_ROWS]]
    at = next(
        (index for index, row in enumerate(names) if row and row[0] in ("年月日時", "年月日", "年月", "年")), None
    )
    if at is None:
        refuse(f"none of the first {len(names)} lines begins with 年月日時 or 年.", AGAIN)
        return None
    elements = names[at]
    time_columns = [0] if elements[0] == "年月日時" else [0, 1, 2, 3]
    if elements[0] in ("年月日", "年月") or (elements[0] == "年" and elements[1:4] != ["月", "日", "時"]):
        refuse(f"its rows are of days or months ({','.join(elements[:4])}), not of hours.", HOURLY, at + 1)
        return None
    stations = next((row for row in reversed(names[:at]) if any(row)), [])
    if len(stations) < 2 or DOWNLOADED.match(stations[0]):
        refuse("the line with the names of the stations is missing.", AGAIN, at + 1)
        return None
    body = next((index for index in range(at + 1, len(names)) if names[index] and names[index][0][:1].isdigit()), None)
    if body is None:
        refuse("has no rows of data.", AGAIN, len(names))
        return None

    width = len(elements)
    for line, row in ((at, stations), *((index, names[index]) for index in range(at + 1, body))):
        if row and len(row) != width:
            refuse(
                f"has {len(row)} columns, the line of the elements has {width}.", AGAIN, line + (row is not stations)
            )
            return None
    sub_rows = [row for row in names[at + 1 : body] if row]
    before = len(problems)
    groups = _groups(elements, stations, sub_rows, time_columns, (at, refuse))
    return None if len(problems) > before else Header(downloaded, time_columns, groups, width, body)


def _groups(elements, stations, sub_rows, time_columns, place) -> list[Group]:
    at, refuse = place
    groups: list[Group] = []
    for column in range(len(time_columns), len(elements)):
        element, station = elements[column], stations[column]
        subs = [row[column] for row in sub_rows]
        if element == "曜日" or not (element or station or any(subs)):
            continue
        if not element or not station:
            refuse("an element or a station has no name.", AGAIN, at + 1, column + 1)
            continue
        if "風向" in subs:
            continue  # The direction, and its quality: no feature of the model.
        unknown = [sub for sub in subs if sub not in PARTS]
        if unknown:
            known = ", ".join(name for name in PARTS if name)
            remedy = f"Known are {known}. {AGAIN}"
            refuse(f"{unknown[0]!r} under {element} is unknown.", remedy, at + 2, column + 1)
            continue
        part = PARTS[next((sub for sub in subs if sub), "")]
        group = groups[-1] if groups and (groups[-1].station, groups[-1].element) == (station, element) else None
        if group is None or part == VALUE:
            if part != VALUE:
                refuse(f"{element} begins with a column that is not its value.", AGAIN, at + 1, column + 1)
                continue
            if any((one.station, one.element) == (station, element) for one in groups):
                remedy = "If two stations have this name, download each in a file of its own."
                refuse(f"{element} at {station} is there twice.", remedy, at + 1, column + 1)
                continue
            group = Group(station, element)
            groups.append(group)
        if part in group.columns:
            refuse(f"{element} at {station} has two columns of this kind.", AGAIN, at + 1, column + 1)
            continue
        group.columns[part] = column
    return groups
