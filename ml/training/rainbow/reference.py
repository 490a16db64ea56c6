"""How the features are distributed in the training rows. ml/src/domain/drift.ts compares live rows with it."""

import numpy as np
import pandas as pd

# Finer where rain and sunshine are: nine hours in ten have neither.
QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def distributions(rows: pd.DataFrame, features: tuple[str, ...]) -> list[dict]:
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
