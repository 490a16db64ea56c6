"""LightGBM to ONNX, so that both give the same answer."""

import re

import lightgbm
import numpy as np
import onnx
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
