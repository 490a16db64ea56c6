"""Features and label. ml/src/domain/features.ts computes the same features from a request.

An observation at t describes the hour that ends at t. A lead of L hours asks about the hour that ends at t + L,
whose middle is t + L - 0.5 h; a lead of 0 asks about the observed hour itself.
"""

import numpy as np
import pandas as pd

from .sun import sun_position

LEADS = (0, 1, 2, 3, 6)
MAX_ELEVATION = 42.0
VISIBILITY_CAP_KM = 10.0
OBSERVED = (
    "temperature_c", "dew_point_c", "humidity_pct", "pressure_hpa", "rain_mm", "rain_duration_h", "sunshine_h",
    "cloud_octas", "visibility_km", "wind_speed_ms", "gust_ms",
)  # fmt: skip
HISTORY = (
    "rain_mm_1h", "sunshine_h_1h", "cloud_octas_1h", "rain_mm_3h_sum", "sunshine_h_3h_sum", "pressure_change_3h",
)  # fmt: skip
FEATURES = ("lead_h", "sun_elevation", "sun_azimuth", "sun_elevation_now", *OBSERVED, *HISTORY)


def label(table: pd.DataFrame) -> pd.Series:
    """Rain and sunshine in one hour, no snow, above freezing. The sun's height is the gate outside of the model."""
    known = table[["rain_mm", "sunshine_h", "temperature_c"]].notna().all(axis=1)
    bow = (table["rain_mm"] >= 0.1) & (table["sunshine_h"] >= 0.1) & (table["temperature_c"] > 0) & (table["snow"] != 1)
    return bow.astype(float).where(known)


def station_rows(table: pd.DataFrame, lat: float, lon: float) -> pd.DataFrame:
    """Rows of features with the label `y`, for each lead whose target hour has the sun in (0, 42] degrees."""
    seconds = table.index.as_unit("s").astype("int64").to_numpy()
    now = table[list(OBSERVED)].copy()
    now["visibility_km"] = now["visibility_km"].clip(upper=VISIBILITY_CAP_KM)
    now["rain_mm_1h"] = table["rain_mm"].shift(1)
    now["sunshine_h_1h"] = table["sunshine_h"].shift(1)
    now["cloud_octas_1h"] = table["cloud_octas"].shift(1)
    now["rain_mm_3h_sum"] = table["rain_mm"].shift(1).rolling(3).sum()
    now["sunshine_h_3h_sum"] = table["sunshine_h"].shift(1).rolling(3).sum()
    now["pressure_change_3h"] = table["pressure_hpa"] - table["pressure_hpa"].shift(3)
    now["sun_elevation_now"] = sun_position(seconds, lat, lon)[0]
    truth = label(table)
    parts = []
    for lead in LEADS:
        elevation, azimuth = sun_position(seconds + lead * 3600 - 1800, lat, lon)
        rows = now.assign(lead_h=float(lead), sun_elevation=elevation, sun_azimuth=azimuth, y=truth.shift(-lead))
        parts.append(rows[(elevation > 0) & (elevation <= MAX_ELEVATION) & rows["y"].notna()])
    result = pd.concat(parts)
    return result[[*FEATURES, "y"]].astype(np.float32)


def mask(features: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Hides what a real observer may lack: history in a third of the rows, each instrument in a tenth."""
    random = np.random.default_rng(seed)
    result = features.copy()
    result.loc[random.random(len(result)) < 1 / 3, list(HISTORY)] = np.nan
    for names in (
        ["sunshine_h", "sunshine_h_1h", "sunshine_h_3h_sum"],
        ["rain_duration_h"],
        ["cloud_octas", "cloud_octas_1h"],
        ["visibility_km"],
        ["dew_point_c", "humidity_pct"],
        ["wind_speed_ms", "gust_ms"],
    ):
        result.loc[random.random(len(result)) < 0.1, names] = np.nan
    return result
