// Whom to credit, also for weather that was stored before another provider was configured.
import type { Attribution } from "../weather.ts";
import type { ProviderName } from "./names.ts";

export const attributions: Record<Exclude<ProviderName, "none">, Attribution> = {
  // https://www.jma.go.jp/jma/kishou/info/coment.html asks for the source, and to say that it was edited.
  jma: {
    text: "Source: Japan Meteorological Agency, AMeDAS (edited)",
    textJa: "出典：気象庁ホームページ（アメダスの観測値を加工して作成）",
    url: "https://www.jma.go.jp/bosai/amedas/",
    licence: "https://www.jma.go.jp/jma/kishou/info/coment.html",
  },
  // https://open-meteo.com/en/license asks for a link wherever the data is shown.
  "open-meteo": {
    text: "Weather data by Open-Meteo.com",
    textJa: "気象データ：Open-Meteo.com",
    url: "https://open-meteo.com/",
    licence: "https://creativecommons.org/licenses/by/4.0/",
  },
  openweather: {
    text: "Weather data provided by OpenWeather",
    textJa: "気象データ提供：OpenWeather",
    url: "https://openweathermap.org/",
    licence: "https://openweathermap.org/full-price",
  },
  weatherapi: {
    text: "Powered by WeatherAPI.com",
    textJa: "気象データ提供：WeatherAPI.com",
    url: "https://www.weatherapi.com/",
    licence: "https://www.weatherapi.com/terms.aspx",
  },
};
