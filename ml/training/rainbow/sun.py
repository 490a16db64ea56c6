"""Position of the sun, to about 0.01 degrees (NOAA's solar calculator, after Meeus, Astronomical Algorithms).

ml/src/domain/sun.ts is the same computation; the golden vectors hold the two together.
"""

import numpy as np


def sun_position(epoch_seconds, lat, lon):
    """Elevation and azimuth (from north, clockwise) in degrees, without refraction. Arrays or scalars, UTC seconds."""
    century = (np.asarray(epoch_seconds, dtype=np.float64) / 86400.0 + 2440587.5 - 2451545.0) / 36525.0
    mean_longitude = np.mod(280.46646 + century * (36000.76983 + century * 0.0003032), 360.0)
    mean_anomaly = np.radians(357.52911 + century * (35999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    center = (
        np.sin(mean_anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * mean_anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * mean_anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    apparent_longitude = np.radians(mean_longitude + center - 0.00569 - 0.00478 * np.sin(node))
    mean_obliquity = (
        23.0 + (26.0 + (21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))) / 60.0) / 60.0
    )
    obliquity = np.radians(mean_obliquity + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(apparent_longitude))
    y = np.tan(obliquity / 2) ** 2
    longitude = np.radians(mean_longitude)
    equation_of_time = 4 * np.degrees(
        y * np.sin(2 * longitude)
        - 2 * eccentricity * np.sin(mean_anomaly)
        + 4 * eccentricity * y * np.sin(mean_anomaly) * np.cos(2 * longitude)
        - 0.5 * y * y * np.sin(4 * longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * mean_anomaly)
    )
    minutes = np.mod(np.asarray(epoch_seconds, dtype=np.float64) / 60.0, 1440.0)
    hour_angle = np.radians(np.mod(minutes + equation_of_time + 4 * np.asarray(lon), 1440.0) / 4 - 180)
    latitude = np.radians(lat)
    elevation = np.arcsin(
        np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    )
    azimuth = np.arctan2(
        np.sin(hour_angle),
        np.cos(hour_angle) * np.sin(latitude) - np.tan(declination) * np.cos(latitude),
    )
    return np.degrees(elevation), np.mod(np.degrees(azimuth) + 180, 360)
