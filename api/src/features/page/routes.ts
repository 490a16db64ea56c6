// The root: a page for browsers, a signpost for programs.
import { Router } from "express";
import type { Logger } from "pino";
import type { CheckReadiness } from "../operations/readiness.ts";
import type { Ml } from "../predictions/ml.ts";
import { renderPage } from "./page.ts";
import { wordsFor } from "./words.ts";

const shiojiri = { lat: 36.11, lon: 137.95 };
const japan = "+09:00";
/** Said on the page: what the second of its two chances supposes. */
const lightShower = { rain_mm: 0.4, sunshine_h: 0.3 };
const paths = [
  "health",
  "ready",
  "version",
  "metrics",
  "api/auth/register",
  "api/auth/login",
  "api/auth/me",
  "api/sightings",
  "api/sightings/nearby",
  "api/predictions",
];

/** Midnight in Japan before this time. */
export function startOfDay(now: Date): string {
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(now);
  return `${day}T00:00:00${japan}`;
}

export function pageRoutes(parts: {
  ml: Ml;
  readiness: CheckReadiness;
  commit: string;
  log: Logger;
  now: () => Date;
}): Router {
  const { ml, readiness, commit, log } = parts;
  const router = Router();

  const forecastAt = async (now: Date, requestId: string) => {
    const at = now.toISOString();
    const [sky, shower] = await Promise.all([
      ml.sky({ ...shiojiri, at, from: startOfDay(now) }),
      ml.predict({ ...shiojiri, at, lead_h: 1, observation: lightShower }, requestId),
    ]);
    return { sky, shower };
  };

  router.get("/", async (request, response) => {
    // Where a program names nothing, or anything, it gets what programs read.
    response.vary("accept").vary("accept-language");
    if (request.accepts(["json", "html"]) !== "html") {
      response.json({ success: true, data: { service: "Rainbow Seeker", version: commit, paths } });
      return;
    }
    const now = parts.now();
    const [forecast, state] = await Promise.all([
      forecastAt(now, String(response.locals["requestId"])).catch((error: unknown) => {
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

  return router;
}
