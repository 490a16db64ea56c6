"""Weather of a made-up year at Matsumoto: spells of sun, cloud, showers and rain, in which some hours have both."""

import math
import random
from datetime import datetime, timedelta

from .files import Cell, Series

NEXT = {
    "clear": ("clear",) * 8 + ("cloud",) * 2,
    "cloud": ("clear",) * 2 + ("cloud",) * 5 + ("showers",) * 2 + ("rain",),
    "showers": ("clear",) * 1 + ("cloud",) * 2 + ("showers",) * 6 + ("rain",),
    "rain": ("cloud",) * 2 + ("showers",) * 1 + ("rain",) * 7,
}
RAIN = {"clear": (0,), "cloud": (0, 0, 0, 0, 0.25), "showers": (0, 0.25, 0.5, 1, 2), "rain": (0.5, 1, 1.5, 3, 5)}
SUN = {"clear": (0.7, 1), "cloud": (0, 0.3), "showers": (0, 0.6), "rain": (0, 0)}
ELEMENTS = {
    "rain_mm": "降水量(mm)",
    "sunshine_h": "日照時間(時間)",
    "temperature_c": "気温(℃)",
    "dew_point_c": "露点温度(℃)",
    "humidity_pct": "相対湿度(％)",
    "pressure_hpa": "海面気圧(hPa)",
    "cloud_octas": "雲量(10分比)",
    "wind_speed_ms": "風速(m/s)",
}
TENTHS = ("0", "1", "2", "4", "5", "6", "7", "9", "10")


def hours(first: datetime, count: int, seed: int) -> dict[datetime, dict[str, float]]:
    """By the end of the hour in Japan. Rain of 0.25 stands for a trace."""
    rng = random.Random(seed)
    state, weather, pressure = "clear", {}, 1013.0
    for number in range(count):
        time = first + timedelta(hours=number)
        state = rng.choice(NEXT[state])
        is_day = 5 < (time.hour or 24) < 19
        low, high = SUN[state]
        season = -math.cos(2 * math.pi * (time.timetuple().tm_yday - 20) / 365)
        temperature = 11 + 12 * season + 4 * math.sin((time.hour - 9) / 24 * 2 * math.pi) + rng.uniform(-2, 2)
        pressure += rng.uniform(-0.6, 0.6) + (1013 - pressure) * 0.02
        humidity = {"clear": 55, "cloud": 70, "showers": 85, "rain": 93}[state] + rng.randint(-6, 6)
        weather[time] = {
            "rain_mm": rng.choice(RAIN[state]),
            "sunshine_h": round(rng.uniform(low, high), 1) if is_day else 0.0,
            "temperature_c": round(temperature, 1),
            "dew_point_c": round(temperature - (100 - humidity) / 5, 1),
            "humidity_pct": float(humidity),
            "pressure_hpa": round(pressure, 1),
            "cloud_octas": float({"clear": 1, "cloud": 6, "showers": 7, "rain": 8}[state]),
            "wind_speed_ms": round(rng.uniform(0, 6), 1),
        }
    return weather


def cell(name: str, value: float) -> Cell:
    if name == "cloud_octas":
        return Cell(TENTHS[int(value)])
    if name == "rain_mm":
        return Cell("0.0", absent="0") if value == 0.25 else Cell(f"{value:g}", absent="0" if value else "1")
    if name == "sunshine_h":
        return Cell(f"{value:g}", absent="0" if value else "1")
    return Cell(f"{value:g}")


def series(weather: dict[datetime, dict[str, float]], station: str = "松本", names=tuple(ELEMENTS)) -> list[Series]:
    return [
        Series(station, ELEMENTS[name], {time: cell(name, values[name]) for time, values in weather.items()})
        for name in names
    ]
