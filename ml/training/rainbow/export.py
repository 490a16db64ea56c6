"""LightGBM to ONNX, so that both give the same answer."""

import re

import lightgbm
import numpy as np
import onnx
import pandas as pd
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType


def with_float32_thresholds(booster: lightgbm.Booster) -> lightgbm.Booster:
    """ONNX compares in float32. A threshold rounded *down* sends every float32 value the same way as the double did;
    rounded to nearest, some rows take the other branch."""

    def floored(match: re.Match) -> str:
        values = np.array(match.group(1).split(), dtype=np.float64)
        nearest = values.astype(np.float32)
        down = np.where(nearest.astype(np.float64) > values, np.nextafter(nearest, np.float32(-np.inf)), nearest)
        return "threshold=" + " ".join(repr(float(value)) for value in down)

    text = re.sub(r"^threshold=(.*)$", floored, booster.model_to_string(), flags=re.MULTILINE)
    # The sizes of the trees in the text have changed; without them LightGBM reads one tree after the other.
    text = re.sub(r"^tree_sizes=.*\n", "", text, flags=re.MULTILINE)
    return lightgbm.Booster(model_str=text)


def to_onnx(booster: lightgbm.Booster, features: tuple[str, ...]) -> bytes:
    """Input `observation` (rows × features, float32, NaN for missing), output `probabilities` (rows × 2)."""
    model = convert_lightgbm(
        booster, initial_types=[("observation", FloatTensorType([None, len(features)]))], zipmap=False, target_opset=15
    )
    onnx.checker.check_model(model)
    return model.SerializeToString()


# Finer where rain and sunshine are: nine hours in ten have neither.
QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def reference(rows: pd.DataFrame, features: tuple[str, ...]) -> list[dict]:
    """How each feature is distributed in the training rows: the service compares what it is asked with this.

    A value falls into the first bin whose edge is not below it, or into the last one. Values that many rows share make
    quantiles equal; each edge is there once. `shares` are of the known values, `missing` is of all.
    """
    result = []
    for name in features:
        values = rows[name].to_numpy(np.float32)
        known = values[~np.isnan(values)]
        # "higher" takes a value that occurs: an edge between two of them would split nothing differently.
        edges = np.unique(np.quantile(known, QUANTILES, method="higher"))
        edges = edges[edges < known.max()]
        counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
        result.append(
            {
                "name": name,
                "missing": round(float(np.isnan(values).mean()), 5),
                "median": float(np.quantile(known, 0.5, method="higher")),
                "edges": [float(edge) for edge in edges],
                "shares": [round(float(share), 6) for share in counts / len(known)],
            }
        )
    return result
