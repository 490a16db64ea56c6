// The weather of a place, from the configured provider: kept, shared by those who ask at once, and old rather than none
// while the provider does not answer.
import { createBreaker } from "./breaker.ts";
import { createAnswerCache, type Kept } from "./cache.ts";
import type { NoProvider } from "./providers/index.ts";
import {
  ProviderError,
  type Attribution,
  type Hour,
  type Place,
  type RadarFrames,
  type Site,
  type WeatherProvider,
} from "./weather.ts";

export interface Weather {
  site: Site;
  hours: Hour[];
}

export interface WeatherStatus {
  /** `none` without one. */
  provider: string;
  /** What an operator should know. */
  problem?: string;
}

export interface WeatherService {
  /** Undefined without a provider. */
  provider: { name: string; attribution: Attribution } | undefined;
  missing: NoProvider | undefined;
  /** The last four hours, oldest first. @throws ProviderError */
  observed(place: Place): Promise<Kept<Weather>>;
  /** Undefined if the provider has none. @throws ProviderError */
  forecast(place: Place): Promise<Kept<Weather> | undefined>;
  /** Undefined if the provider has none. @throws ProviderError */
  radar(): Promise<Kept<RadarFrames> | undefined>;
  /** From what happened; nothing is called for it. */
  status(): WeatherStatus;
}

/** Milliseconds for all calls of an answer. */
const answerWithin = 4000;
/** Seconds: an observation of two hours ago says little of now. */
const usableFor = 7200;
const mostSites = 200;
const mostPlaces = 1000;

export function createWeatherService(
  provider: WeatherProvider | NoProvider,
  now: () => Date,
  deadline = answerWithin,
): WeatherService {
  return typeof provider === "string" ? withoutProvider(provider) : withProvider(provider, now, deadline);
}

function withProvider(provider: WeatherProvider, now: () => Date, deadline: number): WeatherService {
  const { freshFor } = provider;
  const breaker = createBreaker(now);
  const caches = { freshFor, usableFor, now };
  const observed = createAnswerCache<Hour[]>({ ...caches, most: mostSites });
  const forecasts = createAnswerCache<Hour[]>({ ...caches, most: mostSites });
  const radars = createAnswerCache<RadarFrames>({ ...caches, most: 1 });
  /** A place without weather is an answer too, so that it is not asked for again and again. */
  const sites = createAnswerCache<Site | ProviderError>({
    freshFor: 86_400,
    usableFor: 172_800,
    most: mostPlaces,
    now,
  });

  const call = <T>(work: (signal: AbortSignal) => Promise<T>, isProof?: boolean): Promise<T> =>
    breaker.run(() => work(AbortSignal.timeout(deadline)), isProof);

  async function siteOf(place: Place): Promise<Site> {
    const key = `${place.lat.toFixed(2)},${place.lon.toFixed(2)}`;
    const { value } = await sites.get(key, async () => {
      try {
        return await call((signal) => provider.site(place, signal), false);
      } catch (error) {
        if (error instanceof ProviderError && error.reason === "unknown-place") return error;
        throw error;
      }
    });
    if (value instanceof ProviderError) throw value;
    return value;
  }

  return {
    provider: { name: provider.name, attribution: provider.attribution },
    missing: undefined,
    observed: async (place) => {
      const site = await siteOf(place);
      const { value: hours, ...kept } = await observed.get(site.key, () =>
        call((signal) => provider.observed(site, signal)),
      );
      return { ...kept, value: { site, hours } };
    },
    forecast: async (place) => {
      const ask = provider.forecast?.bind(provider);
      if (!ask) return undefined;
      const site = await siteOf(place);
      const { value, ...kept } = await forecasts.get(site.key, () => call((signal) => ask(site, signal)));
      return { ...kept, value: { site, hours: value.filter(({ at }) => at > now()) } };
    },
    radar: async () => {
      const ask = provider.radar?.bind(provider);
      return ask && radars.get("", () => call((signal) => ask(signal)));
    },
    status: () => {
      const problem = breaker.problem()?.message;
      return { provider: provider.name, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

function withoutProvider(missing: NoProvider): WeatherService {
  const none = async () => {
    throw new Error("There is no weather provider.");
  };
  const status: WeatherStatus =
    missing === "no-key" ? { provider: "none", problem: "WEATHER_API_KEY is not set" } : { provider: "none" };
  return {
    provider: undefined,
    missing,
    observed: none,
    forecast: async () => undefined,
    radar: async () => undefined,
    status: () => status,
  };
}
