"""Hourly observations of Dutch stations (KNMI "uurgeg"; KNMI open data, CC BY 4.0), as one table.

The values of row t belong to the hour that ends at t (UTC).
"""

import hashlib
import io
import urllib.request
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

ADDRESS = "https://cdn.knmi.nl/knmi/map/page/klimatologie/gegevens/uurgegevens/"

# Latitude and longitude of each station, degrees (KNMI's station list).
STATIONS = {
    240: (52.318, 4.790),  # Schiphol
    260: (52.100, 5.180),  # De Bilt
    269: (52.458, 5.520),  # Lelystad
    275: (52.056, 5.873),  # Deelen
    280: (53.125, 6.585),  # Eelde
    290: (52.274, 6.891),  # Twenthe
    310: (51.442, 3.596),  # Vlissingen
    344: (51.962, 4.447),  # Rotterdam
    350: (51.566, 4.936),  # Gilze-Rijen
    370: (51.451, 5.377),  # Eindhoven
    375: (51.659, 5.707),  # Volkel
    380: (50.906, 5.762),  # Maastricht
}
UNSEEN = {269, 350, 380}
DECADES = ("2011-2020", "2021-2030")


def verify_or_download(folder: Path, sums: Path) -> None:
    """Every archive is in `folder` and has the SHA-256 that `sums` names; what is missing is downloaded."""
    folder.mkdir(parents=True, exist_ok=True)
    for line in sums.read_text().splitlines():
        wanted, name = line.split()
        archive = folder / name
        if not archive.exists():
            with urllib.request.urlopen(ADDRESS + name) as answer:
                archive.write_bytes(answer.read())
        actual = hashlib.sha256(archive.read_bytes()).hexdigest()
        if actual != wanted:
            raise SystemExit(
                f"{archive} has SHA-256 {actual}, the model was trained on {wanted}.\n"
                "KNMI adds to the file of the current decade: take the archive of that sum, "
                "or name the new sums in SHA256SUMS to train a new model."
            )


def visibility_km(code: pd.Series) -> pd.Series:
    """KNMI's code: 0-49 in hundreds of metres, 50-79 whole kilometres from 5, 80-89 steps of 5 km from 30."""
    value = np.where(code < 50, (code + 0.5) / 10, np.where(code < 80, code - 49.5 + 5 - 0.5, 30 + (code - 80) * 5))
    return pd.Series(np.where(code.isna(), np.nan, value), index=code.index)


def _trace(tenths: pd.Series) -> pd.Series:
    """-1 stands for "less than 0.05"."""
    return tenths.where(tenths != -1, 0.25) / 10


def read_station(folder: Path, station: int) -> pd.DataFrame:
    """One row an hour without holes, missing values as NaN, in the units that the service takes."""
    parts = []
    for decade in DECADES:
        with zipfile.ZipFile(folder / f"uurgeg_{station}_{decade}.zip") as archive:
            text = archive.read(archive.namelist()[0]).decode("latin-1")
        header = text.index("# STN,") if "# STN," in text else text.index("STN,YYYYMMDD")
        table = pd.read_csv(io.StringIO(text[header:].lstrip("# ")), skipinitialspace=True, na_values=[""])
        table.columns = [name.strip() for name in table.columns]
        parts.append(table)
    raw = pd.concat(parts, ignore_index=True).apply(pd.to_numeric, errors="coerce")
    time = pd.to_datetime(raw["YYYYMMDD"].astype(int).astype(str)) + pd.to_timedelta(raw["HH"], unit="h")
    result = pd.DataFrame(
        {
            "temperature_c": raw["T"] / 10,
            "dew_point_c": raw["TD"] / 10,
            "humidity_pct": raw["U"],
            "pressure_hpa": raw["P"] / 10,
            "rain_mm": _trace(raw["RH"]),
            "rain_duration_h": raw["DR"] / 10,
            "sunshine_h": _trace(raw["SQ"]),
            "cloud_octas": raw["N"].clip(upper=8),
            "visibility_km": visibility_km(raw["VV"]),
            "wind_speed_ms": raw["FH"] / 10,
            "gust_ms": raw["FX"] / 10,
            "snow": raw["S"],
        }
    )
    result.index = pd.DatetimeIndex(time)
    result = result[~result.index.duplicated()]
    return result.reindex(pd.date_range(result.index.min(), result.index.max(), freq="h"))
