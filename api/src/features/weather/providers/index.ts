// The configured provider. Only its host is called.
import type { Cache } from "../../../redis.ts";
import { createBudget, type Limit } from "../budget.ts";
import type { WeatherProvider } from "../weather.ts";
import { createJma } from "./jma.ts";
import type { ProviderName } from "./names.ts";
import { createOpenMeteo, openMeteoLimits } from "./open-meteo.ts";
import { createOpenWeather, openWeatherLimits } from "./openweather.ts";
import { createWeatherApi } from "./weatherapi.ts";

export interface WeatherSettings {
  WEATHER_PROVIDER: ProviderName;
  WEATHER_API_KEY?: string | undefined;
  WEATHER_URL?: string | undefined;
}

/** Why there is none. */
export type NoProvider = "not-configured" | "no-key";

export function createProvider(
  settings: WeatherSettings,
  parts: { cache: Pick<Cache, "count">; now: () => Date; timeout?: number },
): WeatherProvider | NoProvider {
  const { WEATHER_PROVIDER: name, WEATHER_API_KEY: key, WEATHER_URL: origin } = settings;
  const { now, timeout } = parts;
  const common = { now, ...(origin === undefined ? {} : { origin }), ...(timeout === undefined ? {} : { timeout }) };
  const spend = (limits: readonly Limit[]) => createBudget({ name, limits, ...parts });
  switch (name) {
    case "none":
      return "not-configured";
    case "jma":
      return createJma(common);
    case "open-meteo":
      // A paid plan has no limits in time.
      return createOpenMeteo({ ...common, key, ...(key === undefined ? { spend: spend(openMeteoLimits) } : {}) });
    case "openweather":
      return key === undefined ? "no-key" : createOpenWeather({ ...common, key, spend: spend(openWeatherLimits) });
    case "weatherapi":
      return key === undefined ? "no-key" : createWeatherApi({ ...common, key });
  }
}
