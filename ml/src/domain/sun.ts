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

/** What is the same all over the earth at one time. */
interface SolarCoordinates {
  /** Radians north of the equator. */
  declination: number;
  /** Minutes by which a sundial is ahead of a clock. */
  equationOfTime: number;
}

function solarCoordinates(milliseconds: number): SolarCoordinates {
  const century = (milliseconds / 1000 / 86400 + 2440587.5 - 2451545) / 36525;
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
  const y = Math.tan(obliquity / 2) ** 2;
  const longitude = radians(meanLongitude);
  return {
    declination: Math.asin(Math.sin(obliquity) * Math.sin(apparentLongitude)),
    equationOfTime:
      4 *
      degrees(
        y * Math.sin(2 * longitude) -
          2 * eccentricity * Math.sin(anomaly) +
          4 * eccentricity * y * Math.sin(anomaly) * Math.cos(2 * longitude) -
          0.5 * y * y * Math.sin(4 * longitude) -
          1.25 * eccentricity ** 2 * Math.sin(2 * anomaly),
      ),
  };
}

/** Radians that the sun is past the meridian. */
function hourAngleOf(milliseconds: number, equationOfTime: number, lon: number): number {
  const minutes = modulo(milliseconds / 60_000, 1440);
  return radians(modulo(minutes + equationOfTime + 4 * lon, 1440) / 4 - 180);
}

export function sunPosition(at: Date, lat: number, lon: number): SunPosition {
  const { declination, equationOfTime } = solarCoordinates(at.getTime());
  const hourAngle = hourAngleOf(at.getTime(), equationOfTime, lon);
  const latitude = radians(lat);
  const height =
    Math.sin(latitude) * Math.sin(declination) + Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngle);
  const azimuth = Math.atan2(
    Math.sin(hourAngle),
    Math.cos(hourAngle) * Math.sin(latitude) - Math.tan(declination) * Math.cos(latitude),
  );
  // At the zenith, rounding may leave a sine of a little more than 1.
  return { elevation: degrees(Math.asin(clamp(height))), azimuth: modulo(degrees(azimuth) + 180, 360) };
}

const clamp = (sine: number) => Math.min(1, Math.max(-1, sine));
const day = 86_400_000;

/**
 * The sun's elevation at any time of a period, for those who need it hundreds of times: the declination and the
 * equation of time are computed once a day and interpolated, which is off by less than 0.002 degrees.
 */
export function sunElevations(from: Date, hours: number, lat: number, lon: number): (milliseconds: number) => number {
  const start = from.getTime();
  const anchors = Array.from({ length: Math.floor(hours / 24) + 2 }, (_, index) =>
    solarCoordinates(start + index * day),
  );
  const [sine, cosine] = [Math.sin(radians(lat)), Math.cos(radians(lat))];
  return (milliseconds) => {
    const days = (milliseconds - start) / day;
    const index = Math.min(anchors.length - 2, Math.max(0, Math.floor(days)));
    const [early, late] = [anchors[index], anchors[index + 1]];
    if (!early || !late) throw new RangeError("A period has two ends.");
    const part = days - index;
    const declination = early.declination + part * (late.declination - early.declination);
    const equationOfTime = early.equationOfTime + part * (late.equationOfTime - early.equationOfTime);
    const hourAngle = hourAngleOf(milliseconds, equationOfTime, lon);
    return degrees(
      Math.asin(clamp(sine * Math.sin(declination) + cosine * Math.cos(declination) * Math.cos(hourAngle))),
    );
  };
}
