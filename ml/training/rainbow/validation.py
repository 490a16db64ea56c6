"""The shipped model against what was observed at one station: every figure of the report, as plain data."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd

from . import calibration, evaluate, features, tenminute
from .jma import STEP_MM, Observations
from .obsdl import JAPAN
from .problems import InputError, InputProblem
from .stations import Station
from .sun import sun_position

# Days with a bow that a drawn sample needs, so that it almost never has none.
MIN_POSITIVE_DAYS = 10
# Rows that the climatology of a month and hour has from the mean of all: a month has few of each hour.
PRIOR_ROWS = 30
LABELS = {
    "hourly": "as in training: at least 0.1 mm of rain and 0.1 h of sunshine in the hour (JMA: from 0.5 mm on)",
    "with_trace": "the same, with less than 0.5 mm of rain counted as rain",
    "ten_minute": "rain and sunshine within the same ten minutes",
}


@dataclass
class Model:
    card: dict
    session: onnxruntime.InferenceSession

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        values = rows[list(features.FEATURES)].to_numpy(np.float32)
        return self.session.run(["probabilities"], {"observation": values})[0][:, 1].astype(np.float64)


def load_model(folder: Path) -> Model:
    """@raises InputError if the model is not the one of its card, or not of these features"""
    try:
        card = json.loads((folder / "model-card.json").read_text("utf-8"))
        content = (folder / "model.onnx").read_bytes()
    except (OSError, ValueError) as error:
        raise InputError([InputProblem(folder, f"has no model: {error}.", "Give the folder ml/model.")]) from error
    if hashlib.sha256(content).hexdigest() != card.get("sha256"):
        message = "model.onnx is not the one that model-card.json describes."
        raise InputError([InputProblem(folder, message, "Take both from one commit.")])
    if card.get("features") != list(features.FEATURES):
        message = "the model has other features than rainbow/features.py."
        raise InputError([InputProblem(folder, message, "Take the model and the training code from one commit.")])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return Model(card, onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]))


def site_rows(observations: Observations, station: Station, ten_minutes: pd.DataFrame | None) -> pd.DataFrame:
    """The rows of training for this station, with `target` (end of the hour asked about, UTC) and the other labels."""
    parts = [features.station_rows(segment, station.lat, station.lon) for segment in observations.segments()]
    rows = pd.concat(parts)
    rows["target"] = rows.index + pd.to_timedelta(rows["lead_h"].astype(int), unit="h")
    table = observations.table
    with_trace = features.label(table.assign(rain_mm=table["rain_mm"].mask(observations.trace, STEP_MM)))
    rows["with_trace"] = with_trace.reindex(rows["target"]).to_numpy()
    rows["ten_minute"] = np.nan
    if ten_minutes is not None and len(ten_minutes):

        def elevation(seconds):
            return sun_position(seconds, station.lat, station.lon)[0]

        sharp = tenminute.label(ten_minutes, table["temperature_c"], elevation, features.MAX_ELEVATION)
        rows["ten_minute"] = sharp.mask(table["snow"] == 1, 0.0).reindex(rows["target"]).to_numpy()
    return rows.rename(columns={"y": "hourly"})


def without_estimates(rows: pd.DataFrame, station: Station) -> pd.DataFrame:
    """Only hours whose sunshine was measured."""
    until = station.label_until
    return rows if until is None else rows[rows["target"] <= pd.Timestamp(until).tz_localize(None)]


def month_hour_climatology(y: np.ndarray, local: pd.DatetimeIndex) -> np.ndarray | None:
    """For each row how often there was a bow in that month and hour of all *other* years; None with one year only."""
    years, year = np.unique(local.year, return_inverse=True)
    if len(years) < 2:
        return None
    slot = local.month * 24 + local.hour
    frame = pd.DataFrame({"year": year, "slot": slot, "y": y})
    by_slot = frame.groupby("slot")["y"].agg(["sum", "count"]).reindex(slot).to_numpy()
    own = frame.groupby(["slot", "year"])["y"].agg(["sum", "count"])
    own = own.reindex(pd.MultiIndex.from_arrays([slot, year])).to_numpy()
    by_year = frame.groupby("year")["y"].agg(["sum", "count"]).reindex(year).to_numpy()
    rest = (y.sum() - by_year[:, 0]) / np.maximum(len(y) - by_year[:, 1], 1)
    bows, hours = (by_slot - own).T
    return (bows + PRIOR_ROWS * rest) / (hours + PRIOR_ROWS)


def lead_figures(rows: pd.DataFrame, p: np.ndarray, label: str, draws: int) -> dict:
    """Figures of one lead and label. Without a bow, or without an hour that has none, only the counts; for a label
    other than the one of the training, only those of the model."""
    known = rows[label].notna().to_numpy()
    rows, p = rows[known], p[known]
    y = rows[label].to_numpy(np.float64)
    local = pd.DatetimeIndex(rows["target"]) + JAPAN - pd.Timedelta(minutes=30)
    days = local.floor("D").to_numpy()
    positive_days = len(np.unique(days[y == 1]))
    result = {
        "hours": len(y),
        "days": len(np.unique(days)),
        "positives": int(y.sum()),
        "positive_days": positive_days,
        "base_rate": round(float(y.mean()), 5) if len(y) else None,
    }
    if not 0 < y.sum() < len(y):
        return result
    draws = draws if positive_days >= MIN_POSITIVE_DAYS else 0
    climatology = np.full(len(y), y.mean())
    now = (rows["rain_mm"] >= 0.1) & (rows["sunshine_h"] >= 0.1) & (rows["temperature_c"] > 0)
    forecasts = {"model": p}
    if label == "hourly":
        forecasts["persistence"] = now.to_numpy(float)
    seasonal = month_hour_climatology(y, local) if label == "hourly" else None
    if seasonal is not None:
        forecasts["month_hour_climatology"] = seasonal
    for name, said in forecasts.items():
        told = evaluate.figures(y, said, climatology, days, draws=draws)
        result[name] = {key: told[key] for key in ("roc_auc", "pr_auc", "brier_skill")}
    result["calibration"] = calibration.figures(y, p, days, draws=draws)
    if label != "hourly":
        return result
    result["reliability"] = evaluate.reliability(y, p)
    result["calibration"]["held_out"] = calibration.held_out(y, p, days)
    result["by_month"] = _by(y, p, local.month)
    result["by_hour"] = _by(y, p, local.hour)
    return result


def _by(y: np.ndarray, p: np.ndarray, key: np.ndarray) -> list[dict]:
    """By the month, or by the hour in Japan in whose course the hour asked about lies (9: 9 to 10)."""
    table = []
    for value in np.unique(key):
        inside = key == value
        bows = int(y[inside].sum())
        ranked = 5 <= bows < inside.sum()
        table.append(
            {
                "value": int(value),
                "hours": int(inside.sum()),
                "positives": bows,
                "said": round(float(p[inside].mean()), 4),
                "came": round(float(y[inside].mean()), 4),
                "roc_auc": round(evaluate.ranking(y[inside], p[inside])(np.ones(inside.sum()))[0], 3)
                if ranked
                else None,
            }
        )
    return table


def coverage(observations: Observations, station: Station) -> dict:
    """The hours with the sun in its window: how many have a label, and why the others have none."""
    table = observations.table
    seconds = table.index.as_unit("s").astype("int64").to_numpy() - 1800
    elevation = sun_position(seconds, station.lat, station.lon)[0]
    window = table[(elevation > 0) & (elevation <= features.MAX_ELEVATION)]
    until = station.label_until
    measured = window if until is None else window[window.index <= pd.Timestamp(until).tz_localize(None)]
    unknown = {name: int(measured[name].isna().sum()) for name in ("rain_mm", "sunshine_h", "temperature_c")}
    labelled = features.label(measured).notna()
    trace = observations.trace.reindex(measured.index) & (measured["sunshine_h"] >= 0.1)
    return {
        "hours_in_window": len(window),
        "labelled": int(labelled.sum()),
        "estimated_sunshine": len(window) - len(measured),
        "unknown": {name: number for name, number in unknown.items() if number},
        "trace_with_sunshine": int(trace.sum()),
        "missing_features": {
            name: round(float(share), 4)
            for name, share in measured[list(features.OBSERVED)].isna().mean().items()
            if share
        },
    }
