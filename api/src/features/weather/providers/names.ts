// Values of WEATHER_PROVIDER; `none` is a service without weather.
export const providerNames = ["none", "jma", "open-meteo", "openweather", "weatherapi"] as const;
export type ProviderName = (typeof providerNames)[number];
