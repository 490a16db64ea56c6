// Whether a cache on the way answered instead of the service: a CDN, a reverse proxy, the proxy of a company. What a
// cache has kept says nothing about what runs now.
import type { IncomingHttpHeaders } from "node:http";
import { oneLine } from "../../shared/src/printable.ts";

export interface Source {
  /** `unclear`: a cache may have kept it for less than a second, or has just fetched it. */
  kind: "service" | "cache" | "unclear";
  /** The headers that say so, as they came; empty for the service. */
  evidence: string;
}

/** What a header says: kept by a cache, fetched from the service; undefined: nothing. */
type Read = (value: string) => "kept" | "fetched" | undefined;

/** Words for a kept body, also if the service confirmed it: by the time of a file, an old task and a new one agree. */
const kept = new Set(["hit", "refreshhit", "cachehit", "stale", "updating", "revalidated", "prerender"]);
const fetched = new Set(["miss", "pass", "bypass", "expired", "dynamic"]);

/** "Hit from cloudfront", "MISS, HIT" of two servers of Fastly, "TCP_MEM_HIT from a123.example (…)", "HIT". */
const readWords: Read = (value) => {
  const words = value
    // Varnish: a note that this must not be kept, so that it was fetched.
    .replaceAll(/\bhit[-_ ]?(for[-_ ]?)?(pass|miss)/g, "pass")
    .split(",")
    // Names of servers may have any word in them.
    .flatMap((entry) => entry.replace(/\s(from|via)\s.*/, "").split(/[^a-z]+/));
  if (words.some((word) => kept.has(word))) return "kept";
  return words.some((word) => fetched.has(word)) ? "fetched" : undefined;
};

/** RFC 9211: `ExampleCache; hit; ttl=30, OuterCache; fwd=miss`. A collapsed request was answered with another one's. */
const readCacheStatus: Read = (value) => {
  const parameters = value
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .split(",")
    .flatMap((member) => member.replaceAll(/\s/g, "").split(";").slice(1));
  if (parameters.some((one) => /^(hit|collapsed)(=\?1)?$/.test(one))) return "kept";
  return parameters.some((one) => one.startsWith("fwd=")) ? "fetched" : undefined;
};

/** The number of the request, and for a kept response also that of the one that fetched it. */
const readVarnish: Read = (value) => (/^\d+ +\d+$/.test(value) ? "kept" : /^\d+$/.test(value) ? "fetched" : undefined);

/** CloudFront writes `cdn-cache-hit`, Akamai `cdn-cache; desc=HIT`. */
const readServerTiming: Read = (value) => {
  const [, state] = /\bcdn-cache(?:-|\s*;\s*desc\s*=\s*"?)(hit|miss|refresh)/.exec(value) ?? [];
  return state === undefined ? undefined : state === "miss" ? "fetched" : "kept";
};

/** RFC 9111, 5.1: seconds. Varnish sends 0 with what it has just fetched, too. */
const readAge: Read = (value) => (/^\d*[1-9]\d*$/.test(value) ? "kept" : undefined);

/** Of Fastly: `0, 1`, for each of its servers on the way. */
const readHitCounts: Read = (value) => (/^[\d, ]*[1-9][\d, ]*$/.test(value) ? "kept" : undefined);

/** Names are in lower case, as are the values that are read. */
const readers: Record<string, Read | undefined> = {
  // CloudFront, Fastly, Squid, Akamai
  "x-cache": readWords,
  "x-cache-remote": readWords,
  "x-cache-hits": readHitCounts,
  "cf-cache-status": readWords,
  "cdn-cache": readWords,
  "x-cdn-cache": readWords,
  "x-vercel-cache": readWords,
  // What people have nginx, Varnish and others send.
  "x-cache-status": readWords,
  "x-proxy-cache": readWords,
  "x-nginx-cache": readWords,
  "x-fastcgi-cache": readWords,
  "x-varnish-cache": readWords,
  "x-litespeed-cache": readWords,
  "x-sucuri-cache": readWords,
  "x-varnish": readVarnish,
  "cache-status": readCacheStatus,
  "server-timing": readServerTiming,
  age: readAge,
};

export function sourceOf(headers: IncomingHttpHeaders): Source {
  const read = Object.entries(headers).flatMap(([name, value = ""]) => {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    const text = Array.isArray(value) ? value.join(", ") : value.trim();
    return reader ? [{ evidence: `${name}: ${text}`, says: reader(text.toLowerCase()) }] : [];
  });
  const evidence = read.filter(({ says }) => says === "kept").map((one) => one.evidence);
  // The age changes every second, and says nothing more beside another one.
  const lasting = evidence.filter((one) => !one.startsWith("age:"));
  if (evidence.length > 0)
    return { kind: "cache", evidence: oneLine((lasting.length > 0 ? lasting : evidence).join(", "), 200) };
  const isUnclear = /^0+$/.test(headers.age?.trim() ?? "") && read.every(({ says }) => says === undefined);
  return { kind: isUnclear ? "unclear" : "service", evidence: "" };
}
