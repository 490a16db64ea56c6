// The root: a page for browsers, a signpost for programs.
import type { Logger } from "pino";
import { z } from "zod";
import { type Endpoint, plainEndpoint } from "../../http/endpoint.ts";
import { type Continuation, continuationOf } from "../../http/trace.ts";
import type { CheckReadiness } from "../operations/readiness.ts";
import type { Ml } from "../predictions/ml.ts";
import { renderPage } from "./page.ts";
import { wordsFor } from "./words.ts";

const shiojiri = { lat: 36.11, lon: 137.95 };
const japan = "+09:00";
/** Said on the page: what the second of its two chances supposes. */
const lightShower = { rain_mm: 0.4, sunshine_h: 0.3 };
const signpost = z.object({
  success: z.literal(true),
  data: z.object({ service: z.string(), version: z.string(), paths: z.array(z.string()) }),
});

/** Midnight in Japan before this time. */
export function startOfDay(now: Date): string {
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(now);
  return `${day}T00:00:00${japan}`;
}

export function pageEndpoint(parts: {
  ml: Ml;
  readiness: CheckReadiness;
  commit: string;
  log: Logger;
  now: () => Date;
  /** What programs are told of. */
  paths: () => string[];
}): Endpoint {
  const { ml, readiness, commit, log, paths } = parts;

  const forecastAt = async (now: Date, continuation: Continuation) => {
    const at = now.toISOString();
    const [sky, shower] = await Promise.all([
      ml.sky({ ...shiojiri, at, from: startOfDay(now) }),
      ml.predict({ ...shiojiri, at, lead_h: 1, observation: lightShower }, continuation),
    ]);
    return { sky, shower };
  };

  const description = {
    method: "get" as const,
    path: "/",
    summary: "The page for people; for programs, what there is",
    answers: { 200: { description: "HTML where it is preferred to JSON.", schema: signpost, types: ["text/html"] } },
  };
  return plainEndpoint(description, async (request, response) => {
    // Where a program names nothing, or anything, it gets what programs read.
    response.vary("accept").vary("accept-language");
    if (request.accepts(["json", "html"]) !== "html") {
      response.json({ success: true, data: { service: "Rainbow Seeker", version: commit, paths: paths() } });
      return;
    }
    const now = parts.now();
    const [forecast, state] = await Promise.all([
      forecastAt(now, continuationOf(response)).catch((error: unknown) => {
        log.warn({ err: error }, "the page is shown without a forecast");
        return undefined;
      }),
      readiness(),
    ]);
    response
      .set("cache-control", "no-store")
      .type("html")
      .send(renderPage({ now, readiness: state, forecast }, wordsFor(request.acceptsLanguages(["en", "ja"]))));
  });
}
