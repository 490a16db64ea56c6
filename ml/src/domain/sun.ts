// Position of the sun to about 0.01 degrees (NOAA's solar calculator, after Meeus, Astronomical Algorithms).
// ml/training/rainbow/sun.py is the same computation; test/parity.json holds the two together.

export interface SunPosition {
  /** Degrees above the horizon, without refraction. */
  elevation: number;
  /** Degrees from north, clockwise. */
  azimuth: number;
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;
const modulo = (value: number, by: number) => ((value % by) + by) % by;

export function sunPosition(at: Date, lat: number, lon: number): SunPosition {
  const seconds = at.getTime() / 1000;
  const century = (seconds / 86400 + 2440587.5 - 2451545) / 36525;
  const meanLongitude = modulo(280.46646 + century * (36000.76983 + century * 0.0003032), 360);
  const anomaly = radians(357.52911 + century * (35999.05029 - 0.0001537 * century));
  const eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century);
  const center =
    Math.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century)) +
    Math.sin(2 * anomaly) * (0.019993 - 0.000101 * century) +
    Math.sin(3 * anomaly) * 0.000289;
  const node = radians(125.04 - 1934.136 * century);
  const apparentLongitude = radians(meanLongitude + center - 0.00569 - 0.00478 * Math.sin(node));
  const meanObliquity = 23 + (26 + (21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))) / 60) / 60;
  const obliquity = radians(meanObliquity + 0.00256 * Math.cos(node));
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(apparentLongitude));
  const y = Math.tan(obliquity / 2) ** 2;
  const longitude = radians(meanLongitude);
  const equationOfTime =
    4 *
    degrees(
      y * Math.sin(2 * longitude) -
        2 * eccentricity * Math.sin(anomaly) +
        4 * eccentricity * y * Math.sin(anomaly) * Math.cos(2 * longitude) -
        0.5 * y * y * Math.sin(4 * longitude) -
        1.25 * eccentricity ** 2 * Math.sin(2 * anomaly),
    );
  const minutes = modulo(seconds / 60, 1440);
  const hourAngle = radians(modulo(minutes + equationOfTime + 4 * lon, 1440) / 4 - 180);
  const latitude = radians(lat);
  const elevation = Math.asin(
    Math.sin(latitude) * Math.sin(declination) + Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngle),
  );
  const azimuth = Math.atan2(
    Math.sin(hourAngle),
    Math.cos(hourAngle) * Math.sin(latitude) - Math.tan(declination) * Math.cos(latitude),
  );
  return { elevation: degrees(elevation), azimuth: modulo(degrees(azimuth) + 180, 360) };
}
