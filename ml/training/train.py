"""Trains the rainbow model and writes ml/model: model.onnx, model-card.json, golden.json and reference.json.

    python train.py --data FOLDER
    python train.py --data FOLDER --reference-only      # reference.json, for the model that is there

FOLDER holds the archives that SHA256SUMS names; missing ones are downloaded from KNMI. About one minute on two cores.
"""

import argparse
import hashlib
import json
from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime
import pandas as pd
from sklearn.linear_model import LogisticRegression

from rainbow import evaluate, export, features, knmi, reference

HERE = Path(__file__).parent
PARAMETERS = {
    "objective": "binary", "num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 200, "feature_fraction": 0.8,
    "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 42, "deterministic": True, "force_row_wise": True,
    "num_threads": 2, "verbose": -1,
}  # fmt: skip
MAX_TREES = 300


def load(data: Path) -> pd.DataFrame:
    parts = []
    for station, (lat, lon) in knmi.STATIONS.items():
        rows = features.station_rows(knmi.read_station(data, station), lat, lon)
        parts.append(rows.assign(station=station, time=rows.index))
    return pd.concat(parts, ignore_index=True)


def fit(train: pd.DataFrame, choose: pd.DataFrame) -> lightgbm.Booster:
    names = list(features.FEATURES)
    training = lightgbm.Dataset(features.mask(train[names], seed=1), train["y"])
    choosing = lightgbm.Dataset(features.mask(choose[names], seed=2), choose["y"], reference=training)
    return lightgbm.train(
        PARAMETERS, training, MAX_TREES, valid_sets=[choosing], callbacks=[lightgbm.early_stopping(20, verbose=False)]
    )


def peers(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, np.ndarray]:
    """What a simpler forecaster would have said: the usual rate, "as it is now", and a logistic regression."""
    now = ((test["rain_mm"] >= 0.1) & (test["sunshine_h"] >= 0.1) & (test["temperature_c"] > 0)).to_numpy(float)
    names = list(features.FEATURES)
    mean, scale = train[names].mean(), train[names].std() + 1e-9

    def scaled(rows):
        return ((rows[names] - mean) / scale).fillna(0).to_numpy()

    regression = LogisticRegression(max_iter=300).fit(scaled(train), train["y"])
    return {"persistence": now, "logistic_regression": regression.predict_proba(scaled(test))[:, 1]}


def test_figures(model, train, test, leads=(1, 3)) -> dict:
    result = {}
    names = list(features.FEATURES)
    for lead in leads:
        rows = test[test["lead_h"] == lead]
        base = train[train["lead_h"] == lead]
        y = rows["y"].to_numpy()
        climatology = np.full(len(y), base["y"].mean())
        days = rows["time"].dt.floor("D").to_numpy()
        p = model(rows[names].to_numpy(np.float32))
        entry = {"model": evaluate.figures(y, p, climatology, days), "reliability": evaluate.reliability(y, p)}
        for name, said in peers(base, rows).items():
            entry[name] = evaluate.figures(y, said, climatology, days, draws=50)
        result[f"lead_{lead}h"] = entry
    return result


def golden(table: pd.DataFrame, model, count=24) -> list[dict]:
    """Requests with the probability that LightGBM gives: the service proves itself on them at each start."""
    random = np.random.default_rng(3)
    likely = table[table["y"] == 1].sample(count // 2, random_state=3)
    rows = pd.concat([likely, table[table["y"] == 0].sample(count - count // 2, random_state=4)])
    vectors = []
    for _, row in rows.iterrows():
        values = row[list(features.FEATURES)].astype(np.float32)
        values[random.random(len(values)) < 0.1] = np.nan
        vector = values.to_numpy(np.float32)
        vectors.append(
            {
                "features": [None if np.isnan(v) else float(v) for v in vector],
                "probability": float(model(vector[None])[0]),
            }
        )
    return vectors


def write_reference(train: pd.DataFrame, out: Path) -> None:
    content = {
        "source": "KNMI hourly observations (uurgeg), KNMI open data, CC BY 4.0: the rows of the training, unmasked",
        "rows": len(train),
        "features": reference.distributions(train, features.FEATURES),
    }
    (out / "reference.json").write_text(json.dumps(content, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the KNMI archives")
    parser.add_argument("--out", type=Path, default=HERE.parent / "model")
    parser.add_argument("--reference-only", action="store_true", help="write reference.json and train nothing")
    options = parser.parse_args()

    knmi.verify_or_download(options.data, HERE / "SHA256SUMS")
    table = load(options.data)
    seen = ~table["station"].isin(knmi.UNSEEN)
    year = table["time"].dt.year
    train, choose = table[seen & (year <= 2020)], table[seen & year.isin([2021, 2022])]
    test, unseen = table[seen & (year >= 2023)], table[~seen & (year >= 2023)]
    print(
        f"rows: train {len(train)}, choose {len(choose)}, test {len(test)}, unseen stations {len(unseen)}", flush=True
    )
    options.out.mkdir(parents=True, exist_ok=True)
    write_reference(train, options.out)
    if options.reference_only:
        return

    booster = export.with_float32_thresholds(fit(train, choose))

    def predict(rows):
        return booster.predict(rows)

    onnx_bytes = export.to_onnx(booster, features.FEATURES)
    session = onnxruntime.InferenceSession(onnx_bytes, providers=["CPUExecutionProvider"])
    sample = features.mask(test[list(features.FEATURES)].sample(100_000, random_state=5), seed=6).to_numpy(np.float32)
    difference = float(np.abs(session.run(["probabilities"], {"observation": sample})[0][:, 1] - predict(sample)).max())
    if difference > 1e-5:
        raise SystemExit(f"ONNX and LightGBM differ by {difference} on a row: the export is wrong.")

    sha256 = hashlib.sha256(onnx_bytes).hexdigest()
    card = {
        "name": "rainbow-proxy",
        "version": f"1.0.0+{sha256[:8]}",
        "sha256": sha256,
        "features": list(features.FEATURES),
        "leads_h": list(features.LEADS),
        "trees": booster.num_trees(),
        "label": (
            "rain + sunshine + 0-42 degrees proxy: in one hour at least 0.1 mm of rain and 0.1 h of sunshine, "
            "no snow, above 0 °C, sun at mid-hour above 0 and at most 42 degrees"
        ),
        "usual_rate": {
            str(lead): round(float(train.loc[train["lead_h"] == lead, "y"].mean()), 5) for lead in features.LEADS
        },
        "data": {
            "source": "KNMI hourly observations (uurgeg), KNMI open data, CC BY 4.0",
            "train": "2011-2020, 9 stations",
            "choose": "2021-2022, the same 9 stations",
            "test": "2023 to May 2025, looked at once",
            "unseen_stations": sorted(knmi.UNSEEN),
        },
        "test": test_figures(predict, train, test),
        "test_unseen_stations": test_figures(predict, train, unseen),
        "onnx_largest_difference_from_lightgbm": difference,
        "limits": [
            (
                "Trained on and tested with Dutch weather; not validated in Japan. "
                "Read the probability there as a ranking: times_usual."
            ),
            "The label is a proxy from rain and sunshine in the same hour, not a record of seen rainbows.",
            "A lead of 0 describes the observed hour itself and is left out of the figures.",
        ],
    }
    (options.out / "model.onnx").write_bytes(onnx_bytes)
    (options.out / "model-card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    (options.out / "golden.json").write_text(json.dumps(golden(test, predict), indent=1) + "\n")
    print(
        json.dumps(
            {"version": card["version"], "difference": difference, "lead_1h": card["test"]["lead_1h"]["model"]},
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
