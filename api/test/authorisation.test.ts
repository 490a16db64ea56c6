// Every operation of the OpenAPI document, asked for without a token, with an expired one, by another user and by the
// owner. An operation that needs values to be asked for has them below, or this fails.
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPhotoStores } from "../src/features/photos/index.ts";
import { attributions } from "../src/features/weather/providers/attributions.ts";
import { createWeatherService } from "../src/features/weather/service.ts";
import { operationsOf } from "./documented.ts";
import { startBucket } from "./photos/bucket.ts";
import { png } from "./photos/pictures.ts";
import { jwtSecret, password, runApi } from "./running-api.ts";

/** With everything that can be configured, so that every operation has an answer. */
const values = { rain_mm: 0.4, sunshine_h: 0.3 };
const weather = createWeatherService(
  {
    name: "jma",
    attribution: attributions.jma,
    freshFor: 60,
    site: async (place) => ({ key: "48361", ...place, sunshine: "measured" }),
    observed: async () => [{ at: new Date(), values }],
    forecast: async () => [{ at: new Date(Date.now() + 3_600_000), values }],
    radar: async () => ({ frames: [], minZoom: 4, maxZoom: 10 }),
  },
  () => new Date(),
);
const mode = { name: "forecast", permit: "999" } as const;
const bucket = await startBucket();
Object.assign(process.env, bucket.environment);
const photos = createPhotoStores({ S3_BUCKET: bucket.name, ...bucket.environment }, () => new Date());
const { document, ml, call, register, stop } = await runApi("authorisation", { weather, photos, mode });
afterAll(() => Promise.all([stop(), bucket.stop()]));
beforeAll(() => {
  ml.answer = (_request, response) =>
    response.setHeader("content-type", "application/json").end('{"probability":0.3,"commit":"abc"}');
});

type Person = Awaited<ReturnType<typeof register>>;
/** What belongs to the owner, for the operations that name it. */
interface Things {
  sighting: string;
  photo: string;
  place: string;
  device: string;
}
interface Question {
  id?: string;
  query?: string;
  body?: object;
}

const place = { name: "Shiojiri", lat: 36.11, lon: 137.95 };
const file = await png();
const seenAt = "2026-07-01T18:30:00+09:00";
let registered = 0;
const questions: Record<string, (caller: Person, things: Things) => Question | Promise<Question>> = {
  "post-auth-register": () => ({
    body: { email: `matrix${(registered += 1)}@example.com`, password, displayName: "Hiker" },
  }),
  "post-auth-login": ({ email }) => ({ body: { email, password } }),
  "post-auth-refresh": async ({ email }) => {
    const { body } = await call("POST", "/api/auth/login", { body: { email, password } });
    return { body: { refreshToken: body.data.refreshToken } };
  },
  "post-auth-logout": () => ({ body: {} }),
  "post-auth-password": () => ({ body: { currentPassword: password, newPassword: "another long password" } }),
  "post-auth-delete-account": () => ({ body: { password } }),
  "post-privacy-erase": () => ({ body: { password } }),
  "post-sightings": () => ({ body: { lat: 36.11, lon: 137.95, seenAt, intensity: 3 } }),
  "get-sightings-nearby": () => ({ query: "?lat=36.11&lon=137.95" }),
  "get-sightings-box": () => ({ query: "?west=137&south=36&east=138&north=37" }),
  "get-sightings-id": (_caller, { sighting: id }) => ({ id }),
  "patch-sightings-id": (_caller, { sighting: id }) => ({ id, body: { intensity: 1 } }),
  "delete-sightings-id": (_caller, { sighting: id }) => ({ id }),
  "put-sightings-id-like": (_caller, { sighting: id }) => ({ id }),
  "delete-sightings-id-like": (_caller, { sighting: id }) => ({ id }),
  "post-sightings-id-photos": (_caller, { sighting: id }) => ({ id, body: { type: "image/png", bytes: file.length } }),
  "post-photos-id-complete": (_caller, { photo: id }) => ({ id }),
  "delete-photos-id": (_caller, { photo: id }) => ({ id }),
  "get-photos-id-large": (_caller, { photo: id }) => ({ id }),
  "get-photos-id-thumbnail": (_caller, { photo: id }) => ({ id }),
  "post-places": () => ({ body: place }),
  "patch-places-id": (_caller, { place: id }) => ({ id, body: { threshold: 0.5 } }),
  "delete-places-id": (_caller, { place: id }) => ({ id }),
  "patch-notifications-settings": () => ({ body: { enabled: false } }),
  "post-notifications-devices": ({ id }) => ({ body: { token: `token-of-${id}` } }),
  "delete-notifications-devices-id": (_caller, { device: id }) => ({ id }),
  "post-predictions": () => ({ body: { lat: 36.11, lon: 137.95 } }),
};

/** What each access means, caller by caller. */
const expected = {
  anyone: { none: "done", expired: "done", other: "done", owner: "done" },
  "anyone-or-user": { none: "done", expired: 401, other: "done", owner: "done" },
  user: { none: 401, expired: 401, other: "done", owner: "done" },
  owner: { none: 401, expired: 401, other: 403, owner: "done" },
  own: { none: 401, expired: 401, other: 404, owner: "done" },
} as const;
const callers = ["none", "expired", "other", "owner"] as const;

/** The caller's own token, as it was yesterday. */
function expiredTokenOf({ id, token }: Person): Promise<string> {
  const { sid } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const yesterday = Math.floor(Date.now() / 1000) - 86_400;
  return new SignJWT({ sid })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(id)
    .setIssuer("rainbow-seeker")
    .setAudience("rainbow-seeker-api")
    .setIssuedAt(yesterday)
    .setExpirationTime(yesterday + 43_200)
    .sign(new TextEncoder().encode(jwtSecret));
}

describe("who may do what", () => {
  it.each(operationsOf(document))("$method $path", async ({ method, path, operation }) => {
    const access = operation["x-access"];
    // What the document says to programs is what it says to this test.
    const schemes = operation.security.map((each) => Object.keys(each).join());
    expect(schemes).toEqual(
      { anyone: [], "anyone-or-user": ["", "bearer"], user: ["bearer"], owner: ["bearer"], own: ["bearer"] }[access],
    );

    const [owner, other] = [await register(), await register()];
    const make = async (path: string, body: object): Promise<string> =>
      (await call("POST", path, { token: owner.token, body })).body.data.id;
    const sighting = await make("/api/sightings", { lat: 36.11, lon: 137.95, seenAt, intensity: 3 });
    const photo = await make(`/api/sightings/${sighting}/photos`, { type: "image/png", bytes: file.length });
    bucket.objects.set(`photos/${photo}/upload`, { content: file, type: "image/png" });
    await call("POST", `/api/photos/${photo}/complete`, { token: owner.token });
    const things: Things = {
      sighting,
      photo,
      place: await make("/api/places", place),
      device: await make("/api/notifications/devices", { token: `first-of-${owner.id}` }),
    };
    const question = questions[operation.operationId];
    const needsValues = path.includes("{") || operation.requestBody !== undefined;
    if (needsValues && !question) throw new Error(`How is ${operation.operationId} asked for? Add it to questions.`);

    const statuses: Record<string, number | "done"> = {};
    for (const caller of callers) {
      const person = caller === "other" ? other : owner;
      const { id = "", query = "", body } = (await question?.(person, things)) ?? {};
      const token = { none: undefined, expired: await expiredTokenOf(owner), other: other.token, owner: owner.token };
      const { status } = await call(method, `${path.replace("{id}", id)}${query}`, {
        ...(body === undefined ? {} : { body }),
        ...(token[caller] === undefined ? {} : { token: token[caller] }),
      });
      statuses[caller] = status < 300 ? "done" : status;
    }
    expect(statuses).toEqual(expected[access]);
  });
});
