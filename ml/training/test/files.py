"""Writes files in the shape of JMA's: obsdl's CSV in all its options, and the ten-minute JSON of the AMeDAS page."""

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

JAPAN = timedelta(hours=9)


@dataclass
class Cell:
    """What a file says of one element in one hour."""

    value: str = ""
    quality: str = "8"
    absent: str = ""
    homogeneity: str = "1"


@dataclass
class Layout:
    """The choices of obsdl's page, and of whoever saved the file again."""

    literal: bool = True
    hour_24: bool = False
    prefecture: bool = False
    weekday: bool = False
    quality: bool = True
    homogeneity: bool = True
    # Elements that have 現象なし情報: those of weather offices.
    absent: tuple[str, ...] = ("降水量(mm)", "日照時間(時間)", "降雪(cm)")
    newline: str = "\r\n"
    quoted: bool = False
    encoding: str = "cp932"
    downloaded: str = "2026/07/20 12:49:53"


@dataclass
class Series:
    station: str
    element: str
    # By the end of the hour in Japan.
    cells: dict[datetime, Cell] = field(default_factory=dict)


def parts_of(element: str, layout: Layout) -> list[tuple[str, str]]:
    """The two rows under the element, for each of its columns."""
    parts = [("", "")]
    if element in layout.absent:
        parts.append(("", "現象なし情報"))
    if layout.quality:
        parts.append(("", "品質情報"))
    if element == "風速(m/s)":
        parts.append(("風向", ""))
        if layout.quality:
            parts.append(("風向", "品質情報"))
    if layout.homogeneity:
        parts.append(("", "均質番号"))
    return parts


def cell_texts(cell: Cell, element: str, layout: Layout) -> list[str]:
    texts = {"": cell.value, "現象なし情報": cell.absent, "品質情報": cell.quality, "均質番号": cell.homogeneity}
    direction = {"": "北北西", "品質情報": "8"}
    return [(direction if wind else texts)[part] for wind, part in parts_of(element, layout)]


def time_cells(time: datetime, layout: Layout) -> list[str]:
    if layout.literal and not layout.hour_24:
        return [f"{time.year}/{time.month}/{time.day} {time.hour}:00:00"]
    day, hour = (time - timedelta(days=1), 24) if time.hour == 0 else (time, time.hour)
    if layout.literal:
        return [f"{day.year}/{day.month}/{day.day} {hour}:00:00"]
    return [str(day.year), str(day.month), str(day.day), str(hour)]


def obsdl_rows(series: list[Series], layout: Layout) -> list[list[str]]:
    columns = [(one, part) for one in series for part in parts_of(one.element, layout)]
    head = ["年月日時"] if layout.literal else ["年", "月", "日", "時"]
    if layout.weekday:
        head.append("曜日")
    empty = [""] * len(head)
    rows = [["ダウンロードした時刻：" + layout.downloaded], []]
    if layout.prefecture:
        rows.append(empty + ["長野県"] * len(columns))
    rows.append(empty + [one.station for one, _ in columns])
    rows.append(head + [one.element for one, _ in columns])
    if any(wind for _, (wind, _) in columns):
        rows.append(empty + [wind for _, (wind, _) in columns])
    rows.append(empty + [part for _, (_, part) in columns])
    for time in sorted({time for one in series for time in one.cells}):
        row = time_cells(time, layout)
        if layout.weekday:
            row.append("月火水木金土日"[time.weekday()])
        for one in series:
            row += cell_texts(one.cells.get(time, Cell(quality="1")), one.element, layout)
        rows.append(row)
    return rows


def write_rows(file: Path, rows: list[list[str]], layout: Layout) -> Path:
    quote = '"' if layout.quoted else ""
    lines = [",".join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    content = (layout.newline.join(lines) + layout.newline).encode(layout.encoding)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    return file


def write_obsdl(file: Path, series: list[Series], layout: Layout | None = None) -> Path:
    layout = layout or Layout()
    return write_rows(file, obsdl_rows(series, layout), layout)


def write_point(folder: Path, amedas: str, records: dict[datetime, dict]) -> None:
    """Files of three hours, as JMA's page loads them; times in Japan."""
    files: dict[str, dict] = {}
    for time, record in records.items():
        name = f"{time:%Y%m%d}_{time.hour // 3 * 3:02d}.json"
        numbers = {"prefNumber": int(amedas[:2]), "observationNumber": int(amedas[2:])}
        files.setdefault(name, {})[f"{time:%Y%m%d%H%M%S}"] = {**numbers, **record}
    for name, content in files.items():
        (folder / amedas).mkdir(parents=True, exist_ok=True)
        (folder / amedas / name).write_text(json.dumps(content))
