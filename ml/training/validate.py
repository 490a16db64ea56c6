"""Says how good the shipped model is at a Japanese station, from observations that JMA gives to anyone.

    python ml/training/validate.py --data FOLDER --station matsumoto --report matsumoto.md

FOLDER holds hourly files of https://www.data.jma.go.jp/risk/obsdl/ (*.csv or *.csv.gz: rain, sunshine, temperature; the
more of humidity, dew point, pressure at sea level, cloud, visibility and wind, the better) and, if at hand, ten-minute
values of JMA's AMeDAS page (*.json). Exit code: 0, answered; 1, the data have too few rainbows for figures with
intervals; 2, the files or options cannot be used.
"""

import argparse
import json
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from rainbow import calibration, features, jma, report, stations, tenminute, validation
from rainbow.obsdl import JAPAN
from rainbow.problems import InputError

HERE = Path(__file__).parent
ANSWERED, TOO_LITTLE, UNUSABLE = 0, 1, 2
DRAWS = 200


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the files, also in folders below it")
    parser.add_argument("--station", required=True, help="47618, 松本 or matsumoto; or any name with --lat and --lon")
    parser.add_argument("--lat", type=float, help="latitude of an AMeDAS station, degrees")
    parser.add_argument("--lon", type=float, help="longitude of an AMeDAS station, degrees")
    parser.add_argument("--amedas", help="its number in the ten-minute files, such as 48361")
    parser.add_argument("--lead", type=int, nargs="+", choices=features.LEADS, default=[1, 3], help="hours ahead")
    parser.add_argument("--report", type=Path, help="writes this Markdown file, and the figures beside it as JSON")
    parser.add_argument("--calibrate", type=Path, help="writes the site's intercept into this file for the service")
    parser.add_argument("--model", type=Path, default=HERE.parent / "model", help="folder of the model")
    options = parser.parse_args(arguments)
    if options.report is not None and options.report.suffix == ".json":
        parser.error("--report names the Markdown file; the JSON file is written beside it")
    return options


def validate(options: argparse.Namespace) -> tuple[dict, dict | None]:
    """The report, and the site for the calibration file. @raises InputError"""
    station = stations.resolve(options.station, options.lat, options.lon, options.amedas)
    model = validation.load_model(options.model)
    observations = jma.read_folder(options.data, station)
    ten_minutes, ten_minute_left_out = tenminute.read_folder(options.data, station)
    rows = validation.without_estimates(validation.site_rows(observations, station, ten_minutes), station)
    leads, site = {}, None
    for lead in sorted(set(options.lead)):
        of_lead = rows[rows["lead_h"] == lead]
        p = model.predict(of_lead) if len(of_lead) else np.empty(0)
        figures = validation.lead_figures(of_lead, p, "hourly", DRAWS)
        others = ("with_trace", "ten_minute") if len(ten_minutes) else ("with_trace",)
        figures["other_labels"] = {name: validation.lead_figures(of_lead, p, name, DRAWS) for name in others}
        leads[str(lead)] = figures
        # One intercept for all leads: of the shortest one that is a forecast.
        if len(of_lead) and lead > 0 and site is None:
            y = of_lead["hourly"].to_numpy(np.float64)
            site = calibration.site_entry(station.english, (station.lat, station.lon), y, p)
    result = {
        "station": dict(vars(station)),
        "period": {**_period(observations.table.index), "files": len(observations.files)},
        "model": {name: model.card[name] for name in ("version", "sha256", "usual_rate")},
        "leads": leads,
        "data": {
            **validation.coverage(observations, station),
            "left_out": {name: dict(reasons) for name, reasons in observations.left_out.items()},
            "filled": {reason: number for reason, number in observations.filled.items() if number},
            "breaks": [{**vars(one), "time": _local(one.time)} for one in observations.breaks],
            "ten_minute_values": len(ten_minutes),
            "ten_minute_left_out": dict(sorted(ten_minute_left_out.items())),
            "notes": observations.notes,
        },
    }
    result["answer"] = report.answer(result)
    return result, site


def _local(time) -> str:
    return f"{pd.Timestamp(time) + JAPAN:%Y-%m-%d %H:%M}"


def _period(index: pd.DatetimeIndex) -> dict:
    return {"from": _local(index[0] - timedelta(hours=1)), "to": _local(index[-1])}


def write(options: argparse.Namespace, result: dict, site: dict | None) -> None:
    sites = None
    if options.calibrate is not None:
        # Before anything is written: it may refuse.
        sites = calibration.with_site(options.calibrate, result["model"]["sha256"], site)
    text = report.markdown(result)
    if options.report is None:
        print(text)
    else:
        options.report.write_text(text, "utf-8")
        figures = options.report.with_suffix(".json")
        figures.write_text(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
        print("\n".join(result["answer"]))
        print(f"{options.report} and {figures} written.")
    if sites is not None:
        options.calibrate.write_text(json.dumps(sites, indent=2, ensure_ascii=False) + "\n", "utf-8")
        print(f"{options.calibrate} written.")


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        result, site = validate(options)
        write(options, result, site)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    few = [one for one in result["leads"].values() if one["positive_days"] < validation.MIN_POSITIVE_DAYS]
    return TOO_LITTLE if few else ANSWERED


if __name__ == "__main__":
    sys.exit(main())
