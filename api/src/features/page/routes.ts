// The root: a page for browsers, a signpost for programs.
import type { Request } from "express";
import { z } from "zod";
import { type Endpoint, plainEndpoint } from "../../http/endpoint.ts";
import { languageOf } from "../../http/errors.ts";
import { parse } from "../../http/issues.ts";
import { languages } from "../../http/problems.ts";
import { continuationOf } from "../../http/trace.ts";
import type { Cache } from "../../redis.ts";
import { limitAsking } from "../weather/limit.ts";
import { placeOf, placeQuery } from "../weather/places.ts";
import { roundedSite } from "../weather/weather.ts";
import { gather, type PageContent, type Sources } from "./content.ts";
import { renderPage } from "./page.ts";
import { contentSecurityPolicy, permissionsPolicy } from "./policy.ts";
import type { Tiles } from "./tiles.ts";

const query = placeQuery.safeExtend({ lang: z.enum(languages).optional() });

const signpost = z.object({
  success: z.literal(true),
  data: z.object({ service: z.string(), version: z.string(), paths: z.array(z.string()) }),
});

export function pageEndpoint(
  parts: Sources & {
    cache: Pick<Cache, "count">;
    commit: string;
    /** Of the map; none, unless they are given. */
    tiles?: Tiles | undefined;
    now: () => Date;
    /** What programs are told of. */
    paths: () => string[];
  },
): Endpoint {
  const { cache, commit, paths, tiles } = parts;
  const policy = contentSecurityPolicy(tiles);
  const description = {
    method: "get" as const,
    path: "/",
    summary: "The page for people; for programs, what there is",
    description: "The page is about Shiojiri, or about the place of `lat` and `lon`, rounded to 0.01 degrees.",
    query,
    answers: { 200: { description: "HTML where it is preferred to JSON.", schema: signpost, types: ["text/html"] } },
  };
  return plainEndpoint(description, async (request, response) => {
    const asked = parse("query", query, request.query);
    // Where a program names nothing, or anything, it gets what programs read.
    response.vary("accept").vary("accept-language");
    if (request.accepts(["json", "html"]) !== "html") {
      response.json({ success: true, data: { service: "Rainbow Seeker", version: commit, paths: paths() } });
      return;
    }
    const isOwnPlace = asked.lat !== undefined;
    const { lat, lon } = roundedSite(placeOf(asked), "none");
    const content = await gather(parts, {
      now: parts.now(),
      place: { lat, lon },
      isOwnPlace,
      continuation: continuationOf(response),
      allowWeather: allowing(cache, isOwnPlace ? request : undefined),
    });
    const language = asked.lang ?? languageOf(request);
    response
      .set({
        "cache-control": cacheControl(content),
        "content-language": language,
        "content-security-policy": policy,
        "permissions-policy": permissionsPolicy,
      })
      .type("html")
      .send(renderPage(content, { language, isChosen: asked.lang !== undefined }, tiles));
  });
}

/** The weather of Shiojiri is fetched once for all; that of other places may be a call each. */
const allowing = (cache: Pick<Cache, "count">, request: Request | undefined) => async () => {
  if (request) await limitAsking(cache, request);
};

/** The whole page of Shiojiri is the same for everybody; someone's own place, and what lacks something, is not kept. */
function cacheControl({ isOwnPlace, sky, prediction, weather, sightings }: PageContent): string {
  const hasWeather = typeof weather === "object" ? prediction !== undefined : weather === "not-available";
  return !isOwnPlace && sky && sightings && hasWeather ? "public, max-age=30" : "no-store";
}
