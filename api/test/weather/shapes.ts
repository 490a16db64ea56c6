// Answers in the shapes of the four services, with values that were made up.

export const shiojiri = { lat: 36.11, lon: 137.95 };

/** JMA: two stations near Shiojiri (one without a sunshine recorder), one for rain only, one far away. */
export const amedasTable = {
  "48361": {
    type: "A",
    elems: "11111111",
    lat: [36, 14.8],
    lon: [137, 58.2],
    alt: 610,
    kjName: "松本",
    knName: "マツモト",
    enName: "Matsumoto",
  },
  "48491": {
    type: "C",
    elems: "11112010",
    lat: [35, 50.1],
    lon: [137, 41.5],
    alt: 750,
    kjName: "木曽福島",
    knName: "キソフクシマ",
    enName: "Kiso-Fukushima",
  },
  "48466": {
    type: "C",
    elems: "01000000",
    lat: [36, 6.5],
    lon: [137, 57.0],
    alt: 700,
    kjName: "雨だけ",
    knName: "アメダケ",
    enName: "Rain-only",
  },
  "44132": {
    type: "A",
    elems: "11111111",
    lat: [35, 41.5],
    lon: [139, 45],
    alt: 25,
    kjName: "東京",
    knName: "トウキョウ",
    enName: "Tokyo",
  },
  broken: { type: "?" },
};

export const amedasSlot = (more: object = {}) => ({
  prefNumber: 48,
  observationNumber: 361,
  pressure: [942.1, 0],
  normalPressure: [1013.4, 0],
  temp: [8.4, 0],
  humidity: [81, 0],
  visibility: [18200, 0],
  snow: [null, 5],
  weather: [7, 0],
  sun10m: [5, 0],
  sun1h: [0.4, 0],
  precipitation10m: [0.5, 0],
  precipitation1h: [1.5, 0],
  precipitation3h: [2, 0],
  windDirection: [14, 0],
  wind: [3.1, 0],
  gustTime: { hour: 14, minute: 2 },
  gust: [9.9, 0],
  ...more,
});

/** A file of three hours, every ten minutes from its first to `last` (HHmm). */
export function amedasFile(day: string, first: number, last = "9999", more: (time: string) => object = () => ({})) {
  const times = Array.from({ length: 18 }, (_, index) => {
    const hour = String(first + Math.floor(index / 6)).padStart(2, "0");
    return `${hour}${String((index % 6) * 10).padStart(2, "0")}`;
  });
  return Object.fromEntries(
    times.filter((time) => time <= last).map((time) => [`${day}${time}00`, amedasSlot(more(time))]),
  );
}

/** Open-Meteo, hours from `from` on. */
export function openMeteo(from: number, count: number, more: object = {}) {
  const each = (value: number) => Array.from({ length: count }, () => value);
  return {
    latitude: 36.1,
    longitude: 137.95,
    generationtime_ms: 0.1,
    utc_offset_seconds: 0,
    elevation: 712,
    hourly_units: { time: "unixtime", precipitation: "mm" },
    hourly: {
      time: Array.from({ length: count }, (_, index) => from + index * 3600),
      temperature_2m: each(8.1),
      dew_point_2m: each(5.2),
      relative_humidity_2m: each(82),
      pressure_msl: each(1013.2),
      precipitation: each(0.6),
      sunshine_duration: each(1080),
      cloud_cover: each(75),
      visibility: each(24_140),
      wind_speed_10m: each(2.4),
      wind_gusts_10m: each(7.1),
      ...more,
    },
  };
}

export const openWeatherRecord = (dt: number, more: object = {}) => ({
  dt,
  temp: 8.2,
  feels_like: 6.9,
  pressure: 1013,
  humidity: 80,
  dew_point: 5,
  uvi: 0.8,
  clouds: 75,
  visibility: 10_000,
  wind_speed: 2.5,
  wind_deg: 300,
  wind_gust: 6.2,
  weather: [{ id: 500, main: "Rain", description: "light rain", icon: "10d" }],
  ...more,
});

export const openWeather = (records: object[]) => ({
  lat: 36.11,
  lon: 137.95,
  timezone: "Asia/Tokyo",
  timezone_offset: 32_400,
  data: records,
  next: "http://api.openweathermap.org/data/4.0/onecall/timeline/1h?start=1&appid=SECRET",
});

const weatherApiValues = {
  temp_c: 8.3,
  is_day: 1,
  condition: { text: "Light rain shower", code: 1240 },
  wind_kph: 9,
  wind_degree: 300,
  pressure_mb: 1013,
  precip_mm: 0.7,
  humidity: 80,
  cloud: 75,
  dewpoint_c: 5.1,
  vis_km: 10,
  gust_kph: 18,
};
const weatherApiPlace = {
  name: "Shiojiri",
  region: "Nagano",
  country: "Japan",
  lat: 36.11,
  lon: 137.95,
  tz_id: "Asia/Tokyo",
};
export const weatherApiCurrent = (at: number) => ({
  location: weatherApiPlace,
  current: { last_updated_epoch: at, last_updated: "2026-11-24 15:00", ...weatherApiValues },
});
export const weatherApiForecast = (from: number) => ({
  ...weatherApiCurrent(from),
  forecast: {
    forecastday: [
      {
        date: "2026-11-24",
        day: { maxtemp_c: 9 },
        astro: { sunrise: "06:29 AM" },
        hour: Array.from({ length: 24 }, (_, index) => ({ time_epoch: from + index * 3600, ...weatherApiValues })),
      },
    ],
  },
});
