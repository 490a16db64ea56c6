"""The report of a validation for people: Markdown of what validation.py computed."""

import math

from .calibration import MIN_POSITIVES
from .validation import LABELS, MIN_POSITIVE_DAYS

NAMES = {
    "model": "the model",
    "persistence": "persistence (as it is now)",
    "month_hour_climatology": "climatology of month and hour, other years",
}
# Of the log-odds; 1 is right.
FAIR_SLOPE = (0.8, 1.25)
PEERS = ("persistence", "month_hour_climatology")


def markdown(report: dict) -> str:
    station, period, model = report["station"], report["period"], report["model"]
    lines = [
        f"# Validation at {station['english']}",
        "",
        f"Model {model['version']} at {_place(station)}, {period['from']} to {period['to']} (Japan Standard Time), "
        f"{period['files']} files. Hourly observations: Japan Meteorological Agency.",
        "",
        "## Answer",
        "",
        *(f"- {sentence}" for sentence in report["answer"]),
        "",
    ]
    for lead, figures in report["leads"].items():
        lines += _lead(lead, figures)
    lines += _data(report)
    lines += [
        "## How to read this",
        "",
        f"- The label is {LABELS['hourly']}, no snow, above 0 °C, sun between 0° and 42°. It is a proxy: nobody has "
        "recorded whether a rainbow was seen.",
        "- Intervals are 95 %, from whole days drawn again. Without at least "
        f"{MIN_POSITIVE_DAYS} days with a bow there is none.",
        "- ROC-AUC: how often an hour with a bow is ranked above one without; 0.5 is chance. PR-AUC: precision over "
        "all thresholds; chance is the base rate. Brier skill: above 0 is better than always saying the base "
        "rate, which is taken from these same hours and so is a strict opponent.",
        "- One station is not Japan: its surroundings, and the years, are those of this file.",
        "- JMA's wind is the mean of ten minutes, the model learnt from means of an hour; obsdl has no duration of "
        "rain and no hourly gusts.",
        "",
    ]
    return "\n".join(lines)


def answer(report: dict) -> list[str]:
    """The result in sentences, one lead after the other."""
    sentences = []
    for lead, figures in report["leads"].items():
        start = f"{lead} h ahead"
        if "model" not in figures:
            rate = f"{figures['positives']} of {figures['hours']} hours have a bow"
            sentences.append(f"{start}: no figures, since {rate}. More years are needed.")
            continue
        sentences.append(f"{start}: {_ranking(figures)}")
        sharp = figures["other_labels"].get("ten_minute", {})
        if "model" in sharp:
            sentences.append(f"{start}, {LABELS['ten_minute']}: {_ranking(sharp)}")
        sentences.append(f"{start}: {_calibration(figures['calibration'], figures['positives'])}")
        usual = report["model"]["usual_rate"][lead]
        sentences.append(
            f"{start}: a bow comes {figures['base_rate'] / usual:.1f} times as often as the service assumes in "
            f"times_usual ({usual:.4f}, of the Netherlands)."
        )
    return sentences


def _ranking(figures: dict) -> str:
    roc, pr = figures["model"]["roc_auc"], figures["model"]["pr_auc"]
    told = f"ROC-AUC {_value(roc)}, PR-AUC {_value(pr)} at a base rate of {figures['base_rate']:.4f}."
    if roc["interval_95"] is None:
        days = figures["positive_days"]
        return f"{told} Only {days} days have a bow: whether that is more than chance cannot be said."
    if roc["interval_95"][0] <= 0.5:
        return f"{told} The ranking is not shown to be better than chance."
    peers = [name for name in PEERS if name in figures]
    if not peers:
        return f"{told} The ranking is better than chance."
    better = [name for name in peers if _above(pr, figures[name]["pr_auc"])]
    equal = [name for name in peers if name not in better]
    parts = []
    if better:
        parts.append(f"better than {' and '.join(NAMES[name] for name in better)}")
    if equal:
        parts.append(f"not shown to be better than {' and '.join(NAMES[name] for name in equal)}")
    return f"{told} The model ranks {', '.join(parts)}."


def _above(one: dict, other: dict) -> bool:
    return one["interval_95"][0] > other["interval_95"][1]


def _calibration(figures: dict, positives: int) -> str:
    intercept = figures["intercept"]
    said, came = f"{figures['said']:.4f}", f"{figures['came']:.4f}"
    if intercept["interval_95"] is None:
        return f"the model says {said} on average, {came} came; too few days with a bow to call that a bias."
    low, high = intercept["interval_95"]
    if low <= 0 <= high:
        text = f"probabilities are right on average (said {said}, came {came})"
    else:
        factor = math.exp(abs(intercept["value"]))
        word = "too low" if intercept["value"] > 0 else "too high"
        text = f"probabilities are {word} (said {said}, came {came}; the odds by a factor of {factor:.2f})"
    use = (
        ""
        if positives >= MIN_POSITIVES
        else f", not to be used: {positives} hours with a bow, {MIN_POSITIVES} are needed"
    )
    slope = figures["slope"]
    sure = "" if FAIR_SLOPE[0] <= slope <= FAIR_SLOPE[1] else f", too {'sure' if slope < 1 else 'cautious'}"
    return (
        f"{text}. Intercept of the site: {_value(intercept)}{use}; slope {slope:.2f}{sure}.{_harm(figures['held_out'])}"
    )


def _harm(held: dict | None) -> str:
    """An intercept fits the mean; where the slope is wrong, that can make single probabilities worse."""
    if held is None or held["brier_after"] <= held["brier_before"]:
        return ""
    change = f"{held['brier_before']:.5f} to {held['brier_after']:.5f}"
    return f" The intercept of earlier days made the Brier score of later ones worse ({change}): do not use it."


def _lead(lead: str, figures: dict) -> list[str]:
    lines = [f"## {lead} h ahead", ""]
    if lead == "0":
        lines += ["A lead of 0 asks about the observed hour itself: persistence then knows the answer.", ""]
    lines += [
        f"{figures['hours']} hours on {figures['days']} days; {figures['positives']} with a bow, on "
        f"{figures['positive_days']} days.",
        "",
    ]
    if "model" not in figures:
        return lines
    rows = [
        [NAMES[name], *(_value(figures[name][key]) for key in ("roc_auc", "pr_auc", "brier_skill"))]
        for name in NAMES
        if name in figures
    ]
    lines += _table(["Forecast", "ROC-AUC", "PR-AUC", "Brier skill"], rows)
    lines += ["### Other labels", ""]
    labels = [
        [LABELS[name], one["hours"], one["positives"], _rate(one["base_rate"]), *_short(one)]
        for name, one in {"hourly": figures, **figures["other_labels"]}.items()
    ]
    lines += _table(["Label", "Hours", "Bows", "Came", "Said", "ROC-AUC", "PR-AUC", "Brier skill"], labels)
    lines += ["### Calibration", ""]
    reliability = [
        [f"{row['from']:g} to {row['to']:g}", row["hours"], f"{row['said']:.4f}", f"{row['came']:.4f}"]
        for row in figures["reliability"]
    ]
    lines += _table(["Probability", "Hours", "Said", "Came"], reliability)
    held = figures["calibration"]["held_out"]
    if held is None:
        lines += [
            "The first two thirds of the days, or the last third, have no bow: the intercept cannot be tried.",
            "",
        ]
    else:
        lines += [
            f"The intercept of the first two thirds of the days ({held['intercept']:+.3f}), on the last third: "
            f"said {held['said_before']:.4f} before and {held['said_after']:.4f} after, came {held['came']:.4f}; "
            f"Brier score {held['brier_before']:.5f} before and {held['brier_after']:.5f} after.",
            "",
        ]
    for key, title in (("by_month", "Month"), ("by_hour", "Hour from")):
        rows = [
            [
                row["value"],
                row["hours"],
                row["positives"],
                f"{row['said']:.4f}",
                f"{row['came']:.4f}",
                row["roc_auc"] or "",
            ]
            for row in figures[key]
        ]
        lines += _table([title, "Hours", "Bows", "Said", "Came", "ROC-AUC"], rows)
    return lines


def _data(report: dict) -> list[str]:
    data = report["data"]
    lines = [
        "## What is missing, and what was left out",
        "",
        f"- {data['labelled']} of {data['hours_in_window']} hours with the sun between 0° and 42° have a label.",
    ]
    if data["estimated_sunshine"]:
        lines.append(
            f"- {data['estimated_sunshine']} of them are left out: from March 2021 on, sunshine at this station is "
            "an estimate from satellite images."
        )
    for name, number in data["unknown"].items():
        lines.append(f"- {name} is unknown in {number} of them.")
    traces = data["trace_with_sunshine"]
    lines.append(f"- {traces} sunny hours have a trace of rain, less than 0.5 mm: no rain in the label.")
    for name, reasons in data["left_out"].items():
        lines += [f"- {name}: {number} hours left out, {reason}." for reason, number in reasons.items()]
    for reason, number in data["filled"].items():
        lines.append(f"- sunshine_h: {number} hours read as 0, {reason}.")
    lines += [f"- Ten-minute values: {number} × {reason}." for reason, number in data["ten_minute_left_out"].items()]
    for one in data["breaks"]:
        lines.append(
            f"- {one['column']}: a break at {one['time']} (均質番号 {one['before']} to {one['after']}); nothing is "
            "summed across it."
        )
    missing = [f"{name} ({share:.0%})" for name, share in data["missing_features"].items() if share >= 0.005]
    lines.append(f"- Unknown to the model: {', '.join(missing) or 'nothing'}.")
    return [*lines, *(f"- {note}" for note in data["notes"]), ""]


def _place(station: dict) -> str:
    number = f", {station['number']}" if station["number"] else ""
    kind = "weather office" if station["is_office"] else "AMeDAS station"
    return f"{station['name']} ({kind}{number}; {station['lat']}, {station['lon']})"


def _value(figure: dict) -> str:
    interval = figure["interval_95"]
    return f"{figure['value']:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def _rate(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.4f}"


def _short(figures: dict) -> list[str]:
    if "model" not in figures:
        return [""] * 4
    scores = (_value(figures["model"][key]) for key in ("roc_auc", "pr_auc", "brier_skill"))
    return [_rate(figures["calibration"]["said"]), *scores]


def _table(head: list, rows: list[list]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows), ""]


def _row(cells: list) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
