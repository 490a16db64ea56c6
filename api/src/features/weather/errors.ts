// What callers are told when there is no weather: nothing of it is their fault.
import { ApiError } from "../../http/errors.ts";
import type { WeatherService } from "./service.ts";
import { ProviderError } from "./weather.ts";

const retryAfterSeconds = 30;

/** The provider's failures as ours; others as they are. */
export function asApiError(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { reason, retryAfter = retryAfterSeconds } = error;
  if (reason === "unknown-place") return new ApiError("no-weather-there", { cause: error });
  return new ApiError("weather-unavailable", { details: { reason }, retryAfter, cause: error });
}

/** The same as for what is not there: it is not there in this installation. */
export const notAvailable = ({ missing }: Pick<WeatherService, "missing">): ApiError =>
  new ApiError("not-available", { details: { reason: missing ?? "not-offered" } });
