// Storage that is away, slow, or comes and goes; and a service without any.
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readServiceConfig } from "../../src/config.ts";
import { createPhotoStores, type PhotoStores } from "../../src/features/photos/index.ts";
import { sweep } from "../../src/features/photos/sweeper.ts";
import { logTo, runApi } from "../running-api.ts";
import { type Fault, startBucket } from "./bucket.ts";
import { png } from "./pictures.ts";

const bucket = await startBucket();
Object.assign(process.env, bucket.environment);
const now = () => new Date();
const photos = createPhotoStores({ S3_BUCKET: bucket.name, ...bucket.environment }, now) as PhotoStores;
const api = await runApi("photos_failures", { photos });
const without = await runApi("photos_none");
afterAll(() => Promise.all([api.stop(), without.stop(), bucket.stop()]));
beforeEach(() => {
  Object.assign(bucket.state, { fault: undefined, latency: 0 });
});
const { call } = api;
const { token } = await api.register();
const file = await png();

async function announced(): Promise<string> {
  const seen = { lat: 36.11, lon: 137.95, seenAt: now().toISOString(), intensity: 4 };
  const { id } = (await call("POST", "/api/sightings", { token, body: seen })).body.data;
  const body = { type: "image/png", bytes: file.length };
  const { data } = (await call("POST", `/api/sightings/${id}/photos`, { token, body })).body;
  const sent = await fetch(data.upload.url, {
    method: "PUT",
    headers: data.upload.headers,
    body: new Uint8Array(file),
  });
  expect(sent.status).toBe(200);
  return data.id;
}
const complete = (id: string) => call("POST", `/api/photos/${id}/complete`, { token });
const check = async () => (await call("GET", "/ready")).body.checks.photos;

describe.each<[string, Fault]>([
  ["answers 503", "error"],
  ["breaks the connection", "reset"],
  ["does not answer", "silent"],
])("while the bucket %s", (_what, fault) => {
  it("photos are unavailable, the rest serves, and all comes right by itself", { timeout: 40_000 }, async () => {
    const ready = await announced();
    expect((await complete(ready)).status).toBe(200);
    const waiting = await announced();

    bucket.state.fault = fault;
    const started = Date.now();
    const [completed, shown] = await Promise.all([complete(waiting), call("GET", `/api/photos/${ready}/large`)]);
    expect(Date.now() - started).toBeLessThan(15_000);
    for (const { status, body, headers } of [completed, shown]) {
      expect([status, body.error.code, headers.get("retry-after")]).toEqual([503, "photos-unavailable", "5"]);
      expect(headers.get("cache-control") ?? "").not.toContain("public");
      expect(headers.get("etag") ?? "").not.toContain(ready);
    }
    expect(await check()).toMatchObject({ ok: false, required: false, provider: "s3", problem: expect.any(String) });
    expect((await call("GET", "/ready")).status).toBe(200);
    expect((await call("GET", "/api/sightings")).status).toBe(200);
    // What is deleted now is removed later.
    expect((await call("DELETE", `/api/photos/${ready}`, { token })).status).toBe(200);
    const lines: string[] = [];
    const log = logTo((line) => lines.push(line));
    const parts = { database: api.database, storage: photos.storage, log };
    await sweep(parts, new AbortController().signal);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["photos were not removed; the next round tries again"]);

    bucket.state.fault = undefined;
    expect((await complete(waiting)).status).toBe(200);
    expect(await check()).toEqual({ ok: true, required: false, provider: "s3" });
    await sweep(parts, new AbortController().signal);
    expect([...bucket.objects.keys()].filter((key) => key.includes(ready))).toEqual([]);
  });
});

it("a slow bucket makes photos slow, and nothing else", async () => {
  const id = await announced();
  expect((await complete(id)).status).toBe(200);
  bucket.state.latency = 3000;
  const started = Date.now();
  const photo = call("GET", `/api/photos/${id}/thumbnail`).then(({ status }) => [status, Date.now() - started]);
  expect((await call("GET", "/api/sightings")).status).toBe(200);
  expect(Date.now() - started).toBeLessThan(2500);
  const [status, took] = await photo;
  expect(status).toBe(200);
  expect(took).toBeGreaterThanOrEqual(3000);
});

it(
  "a bucket that comes and goes gives a photo or says that it is away, and no other answer",
  { timeout: 60_000 },
  async () => {
    const id = await announced();
    expect((await complete(id)).status).toBe(200);
    const statuses = new Set<number>();
    for (let round = 0; round < 30; round += 1) {
      bucket.state.fault = round % 3 === 0 ? undefined : round % 3 === 1 ? "error" : "reset";
      statuses.add((await call("GET", `/api/photos/${id}/thumbnail`)).status);
    }
    expect([...statuses].toSorted()).toEqual([200, 503]);
    bucket.state.fault = undefined;
    expect((await call("GET", `/api/photos/${id}/thumbnail`)).status).toBe(200);
  },
);

it("a policy that forbids writing is told, and the photo can be completed once it is right", async () => {
  const id = await announced();
  const { storage } = photos;
  bucket.state.fault = "denied";
  await expect(storage.write("photos/x/large.webp", file, "image/webp")).rejects.toMatchObject({
    code: "photos-unavailable",
    cause: { name: "AccessDenied" },
  });
  bucket.state.fault = undefined;
  expect((await complete(id)).status).toBe(200);
});

it("what the SDK lacks is told in /ready, and is no failure of this service", async () => {
  vi.stubEnv("AWS_REGION", undefined);
  const { storage } = createPhotoStores({ S3_BUCKET: bucket.name, ...bucket.environment }, now) as PhotoStores;
  const announcing = storage.uploadOf({ key: "photos/x/upload", type: "image/png", bytes: 1 });
  await expect(announcing).rejects.toMatchObject({ code: "photos-unavailable" });
  expect(storage.problem()).toMatch(/region/i);
  vi.unstubAllEnvs();
});

describe("without a storage", () => {
  it("there are no photos, and the service says so", async () => {
    const person = await without.register();
    const seen = { lat: 36.11, lon: 137.95, seenAt: now().toISOString(), intensity: 4 };
    const { id } = (await without.call("POST", "/api/sightings", { token: person.token, body: seen })).body.data;
    const body = { type: "image/png", bytes: 1 };
    const answers = [
      await without.call("POST", `/api/sightings/${id}/photos`, { token: person.token, body }),
      await without.call("GET", `/api/photos/${id}/large`),
    ];
    for (const answer of answers) expect([answer.status, answer.body.error.code]).toEqual([404, "no-photos"]);
    const { checks } = (await without.call("GET", "/ready")).body;
    expect(checks.photos).toEqual({ ok: true, required: false, provider: "none" });
  });

  it("none and two are not the same", () => {
    const settings = { ...api.environment, S3_BUCKET: "uploads", PHOTOS_DIRECTORY: "/photos" };
    expect(() => readServiceConfig(settings)).toThrow("PHOTOS_DIRECTORY: S3_BUCKET is set too: set one of them");
    const config = readServiceConfig({ ...api.environment, S3_BUCKET: "", PHOTOS_DIRECTORY: "" });
    expect(createPhotoStores(config, now)).toBeUndefined();
  });
});
