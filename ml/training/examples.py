"""Writes requests made of recorded observations: one for the demonstration, some that compare Python with TypeScript.

python examples.py --data FOLDER        after train.py
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd

from rainbow import features, knmi

HERE = Path(__file__).parent
HISTORY = ("rain_mm", "sunshine_h", "cloud_octas", "pressure_hpa")


def observed(row: pd.Series, names) -> dict:
    return {name: round(float(row[name]), 3) for name in names if not np.isnan(row[name])}


def request(table: pd.DataFrame, time: pd.Timestamp, lat: float, lon: float, lead: int) -> dict:
    """The body of POST /v1/predict for one recorded hour and the three before it."""
    earlier = [{"hours_ago": ago, **observed(table.loc[time - pd.Timedelta(hours=ago)], HISTORY)} for ago in (1, 2, 3)]
    return {
        "lat": lat, "lon": lon, "at": time.tz_localize("UTC").isoformat().replace("+00:00", "Z"), "lead_h": lead,
        "observation": observed(table.loc[time], features.OBSERVED), "history": earlier,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the KNMI archives")
    data = parser.parse_args().data
    session = onnxruntime.InferenceSession(HERE.parent / "model/model.onnx")
    station = 344
    lat, lon = knmi.STATIONS[station]
    table = knmi.read_station(data, station)
    rows = features.station_rows(table, lat, lon)
    rows = rows[rows.index >= "2023"].copy()
    rows["p"] = session.run(["probabilities"], {"observation": rows[list(features.FEATURES)].to_numpy(np.float32)})[0][
        :, 1
    ]

    parity = []
    for lead in (1, 2, 3, 6):
        for _, row in rows[rows["lead_h"] == lead].sample(3, random_state=lead).iterrows():
            expected = [None if np.isnan(value) else float(value) for value in row[list(features.FEATURES)]]
            parity.append(
                {
                    "request": request(table, row.name, lat, lon, lead),
                    "features": expected,
                    "probability": float(row["p"]),
                }
            )
    (HERE.parent / "test/parity.json").write_text(json.dumps(parity, indent=1) + "\n")

    likely = rows[(rows["lead_h"] == 1) & (rows["y"] == 1)].sort_values("p").iloc[-1]
    body = request(table, likely.name, lat, lon, 1)
    recorded = {
        "source": (
            f"KNMI hourly observations, station {station} Rotterdam, hour ending {body['at']} "
            "(KNMI open data, CC BY 4.0)"
        ),
        "observation": body["observation"],
        "history": body["history"],
    }
    (HERE.parent / "examples/recorded-observation.json").write_text(json.dumps(recorded, indent=2) + "\n")


if __name__ == "__main__":
    main()
