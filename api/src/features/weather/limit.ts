// Each place that is asked for may be a call of the provider, of which there is a number for everybody.
import type { Request } from "express";
import { ApiError } from "../../http/errors.ts";
import type { Cache } from "../../redis.ts";

const limit = { requests: 60, seconds: 60 };

export async function limitAsking(cache: Pick<Cache, "count">, request: Request): Promise<void> {
  const count = await cache.count(`weather-by:${request.ip}`, limit.seconds);
  if (count !== undefined && count > limit.requests)
    throw new ApiError("too-many-requests", { retryAfter: limit.seconds });
}
