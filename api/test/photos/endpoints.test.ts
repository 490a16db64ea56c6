// Photos from announcement to removal, in a bucket and in a folder; files are sent to the address that the answer gives.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createPhotoStores, type PhotoStores } from "../../src/features/photos/index.ts";
import { graceSeconds, sweep } from "../../src/features/photos/sweeper.ts";
import { maxPerSighting } from "../../src/features/photos/store.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { password, runApi, silent } from "../running-api.ts";
import { startBucket } from "./bucket.ts";
import { chunksOf, fromPhone, png, svg } from "./pictures.ts";

const bucket = await startBucket();
Object.assign(process.env, bucket.environment);
const folder = makeTestFolder("api-photos-");
const now = () => new Date();
const stores = {
  bucket: createPhotoStores({ S3_BUCKET: bucket.name, ...bucket.environment }, now) as PhotoStores,
  folder: createPhotoStores({ PHOTOS_DIRECTORY: folder }, now) as PhotoStores,
};
const apis = {
  bucket: await runApi("photos_bucket", { photos: stores.bucket }),
  folder: await runApi("photos_folder", { photos: stores.folder }),
};
afterAll(() => Promise.all([apis.bucket.stop(), apis.folder.stop(), bucket.stop()]));

const kinds = ["bucket", "folder"] as const;
type Kind = (typeof kinds)[number];
const keptIn: Record<Kind, () => Promise<string[]>> = {
  bucket: async () => [...bucket.objects.keys()],
  folder: async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  },
};
const keptOf = async (kind: Kind, id: string) => (await keptIn[kind]()).filter((key) => key.includes(id));

async function report(kind: Kind, token: string): Promise<string> {
  const body = { lat: 36.11, lon: 137.95, seenAt: now().toISOString(), intensity: 4 };
  return (await apis[kind].call("POST", "/api/sightings", { token, body })).body.data.id;
}
interface Announced {
  id: string;
  upload: { method: string; url: string; headers: Record<string, string>; expiresAt: string };
}
async function announce(kind: Kind, token: string, sighting: string, file: Buffer, type = "image/jpeg") {
  const body = { type, bytes: file.length };
  const answer = await apis[kind].call("POST", `/api/sightings/${sighting}/photos`, { token, body });
  expect(answer.status).toBe(201);
  return answer.body.data as Announced;
}
async function send({ upload }: Announced, file: Buffer, headers: Record<string, string> = {}): Promise<number> {
  const { method, url } = upload;
  const response = await fetch(url, { method, headers: { ...upload.headers, ...headers }, body: new Uint8Array(file) });
  await response.arrayBuffer();
  return response.status;
}
const complete = (kind: Kind, token: string, id: string) =>
  apis[kind].call("POST", `/api/photos/${id}/complete`, { token });

async function addPhoto(kind: Kind, token: string, sighting: string, file: Buffer): Promise<string> {
  const announced = await announce(kind, token, sighting, file);
  expect(await send(announced, file)).toBe(200);
  expect((await complete(kind, token, announced.id)).status).toBe(200);
  return announced.id;
}
const swept = (kind: Kind) =>
  sweep({ database: apis[kind].database, storage: stores[kind].storage, log: silent }, new AbortController().signal);
/** Nobody waits a quarter of an hour for a test: what the database has is that much older. */
const age = (kind: Kind, table: "photos" | "photo_removals", column: string, seconds: number) =>
  apis[kind].database.query(`UPDATE ${table} SET ${column} = ${column} - make_interval(secs => $1)`, [seconds]);

describe.each(kinds)("a photo in a %s", (kind) => {
  const { call, register, database, url } = apis[kind];

  it("is sent, checked and seen, without what the camera wrote", async () => {
    const { token } = await register();
    const sighting = await report(kind, token);
    const file = await fromPhone(1200, 900);
    const announced = await announce(kind, token, sighting, file);
    expect(Date.parse(announced.upload.expiresAt) - Date.now()).toBeGreaterThan(590_000);
    const shown = async () => (await call("GET", `/api/sightings/${sighting}`)).body.data.photos;
    expect(await send(announced, file)).toBe(200);
    expect(await shown()).toEqual([]);
    expect((await fetch(`${url}/api/photos/${announced.id}/large`)).status).toBe(404);

    const { body } = await complete(kind, token, announced.id);
    expect(body.data).toEqual({
      id: announced.id,
      width: 900,
      height: 1200,
      thumbnail: `/api/photos/${announced.id}/thumbnail`,
      large: `/api/photos/${announced.id}/large`,
    });
    expect(await shown()).toEqual([body.data]);
    for (const size of ["thumbnail", "large"]) {
      const response = await fetch(`${url}${body.data[size]}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("image/webp");
      expect(response.headers.get("cache-control")).toBe("public, max-age=86400");
      expect(chunksOf(Buffer.from(await response.arrayBuffer()))).toEqual(["VP8"]);
      const etag = response.headers.get("etag") ?? "";
      const again = await fetch(`${url}${body.data[size]}`, {
        headers: { "if-none-match": etag, "cache-control": "max-age=0" },
      });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
    expect((await complete(kind, token, announced.id)).body.data).toEqual(body.data);
    expect(await keptOf(kind, announced.id)).toHaveLength(3);
    // Nothing can be sent any more: the file with the place goes.
    await age(kind, "photos", "created_at", graceSeconds + 1);
    await swept(kind);
    expect((await keptOf(kind, announced.id)).filter((key) => key.endsWith("upload"))).toEqual([]);
    expect((await fetch(`${url}${body.data.large}`)).status).toBe(200);
  });

  it("is sent as it was announced, in time, or not at all", async () => {
    const { token } = await register();
    const sighting = await report(kind, token);
    const file = await png();
    const announced = await announce(kind, token, sighting, file, "image/png");
    const longer = Buffer.concat([file, Buffer.of(0)]);
    expect(await send(announced, longer)).toBe(403);
    expect(await send(announced, file, { "content-type": "text/html" })).toBe(403);
    const elsewhere = announced.upload.url.replace(announced.id, "11111111-1111-4111-8111-111111111111");
    expect(await send({ ...announced, upload: { ...announced.upload, url: elsewhere } }, file)).toBe(403);
    expect(await keptIn[kind]()).not.toContain(expect.stringContaining("11111111"));
    expect((await complete(kind, token, announced.id)).body.error.code).toBe("not-uploaded");
    expect(await send(announced, file)).toBe(200);
    expect((await complete(kind, token, announced.id)).status).toBe(200);
  });

  it("that is none is deleted, and leaves its place to another", async () => {
    const { token } = await register();
    const sighting = await report(kind, token);
    const announced = await announce(kind, token, sighting, svg);
    expect(await send(announced, svg)).toBe(200);
    const refused = await complete(kind, token, announced.id);
    expect([refused.status, refused.body.error.code]).toEqual([422, "not-a-picture"]);
    expect((await complete(kind, token, announced.id)).status).toBe(404);
    await swept(kind);
    expect(await keptOf(kind, announced.id)).toEqual([]);
  });

  it("belongs to who reported the sighting", async () => {
    const [owner, other] = [await register(), await register()];
    const sighting = await report(kind, owner.token);
    const file = await png();
    const body = { type: "image/png", bytes: file.length };
    const foreign = await call("POST", `/api/sightings/${sighting}/photos`, { token: other.token, body });
    expect([foreign.status, foreign.body.error.code]).toEqual([403, "not-yours"]);
    const missing = "/api/sightings/11111111-1111-4111-8111-111111111111/photos";
    expect((await call("POST", missing, { token: other.token, body })).status).toBe(404);
    const id = await addPhoto(kind, owner.token, sighting, file);
    expect((await complete(kind, other.token, id)).status).toBe(403);
    expect((await call("DELETE", `/api/photos/${id}`, { token: other.token })).status).toBe(403);
    expect((await fetch(`${url}/api/photos/${id}/large`)).status).toBe(200);
  });

  it("is one of a few, however many are announced at once", async () => {
    const { token } = await register();
    const sighting = await report(kind, token);
    const path = `/api/sightings/${sighting}/photos`;
    const body = { type: "image/png", bytes: 100 };
    const answers = await Promise.all(
      Array.from({ length: maxPerSighting * 2 }, () => call("POST", path, { token, body })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(maxPerSighting);
    expect(answers.filter(({ body }) => body.error?.code === "limit-reached")).toHaveLength(maxPerSighting);
    // Announced and never sent: forgotten after an hour.
    await age(kind, "photos", "created_at", 3601);
    await swept(kind);
    expect((await call("POST", path, { token, body })).status).toBe(201);
  });

  it.each<[string, (token: string, ids: { photo: string; sighting: string }) => Promise<unknown>]>([
    ["itself", (token, { photo }) => call("DELETE", `/api/photos/${photo}`, { token })],
    ["its sighting", (token, { sighting }) => call("DELETE", `/api/sightings/${sighting}`, { token })],
    ["what is kept of its owner", (token) => call("POST", "/api/privacy/erase", { token, body: { password } })],
    ["the account", (token) => call("POST", "/api/auth/delete-account", { token, body: { password } })],
  ])("is gone with %s, from the storage too, and what is written meanwhile", async (_what, remove) => {
    const { token } = await register();
    const sighting = await report(kind, token);
    const file = await png();
    const announced = await announce(kind, token, sighting, file, "image/png");
    await send(announced, file);
    await complete(kind, token, announced.id);
    await remove(token, { photo: announced.id, sighting });
    expect((await fetch(`${url}/api/photos/${announced.id}/large`)).status).toBe(404);
    await swept(kind);
    expect(await keptOf(kind, announced.id)).toEqual([]);
    // The address works for some minutes more, whatever has become of the photo.
    expect(await send(announced, file)).toBe(200);
    await swept(kind);
    expect(await keptOf(kind, announced.id)).toHaveLength(1);
    await age(kind, "photo_removals", "requested_at", graceSeconds + 1);
    await swept(kind);
    expect(await keptOf(kind, announced.id)).toEqual([]);
    const { rowCount } = await database.query("SELECT FROM photo_removals WHERE photo_id = $1", [announced.id]);
    expect(rowCount).toBe(0);
  });

  it("that is deleted while it is checked leaves nothing", async () => {
    const { token } = await register();
    const announced = await announce(kind, token, await report(kind, token), await fromPhone(2000, 1500));
    await send(announced, await fromPhone(2000, 1500));
    const checking = complete(kind, token, announced.id);
    await call("DELETE", `/api/photos/${announced.id}`, { token });
    await swept(kind);
    expect([200, 404]).toContain((await checking).status);
    await swept(kind);
    expect(await keptOf(kind, announced.id)).toEqual([]);
  });
});

it("is in the export of its owner", async () => {
  const { register, call } = apis.bucket;
  const { token } = await register();
  const sighting = await report("bucket", token);
  const id = await addPhoto("bucket", token, sighting, await png());
  const { body } = await call("GET", "/api/privacy/export", { token });
  expect(body.data.personal.photos).toMatchObject([
    { id, sightingId: sighting, width: 40, height: 30, large: `/api/photos/${id}/large` },
  ]);
});

describe("what is announced", () => {
  it("is a picture of an accepted type and size", async () => {
    const { register, call } = apis.bucket;
    const { token } = await register();
    const path = `/api/sightings/${await report("bucket", token)}/photos`;
    const body = { type: "image/gif", bytes: 10 * 1024 * 1024 + 1 };
    const { status, body: answer } = await call("POST", path, { token, body });
    expect(status).toBe(422);
    expect(answer.error.details).toEqual([
      { in: "body", field: "type", message: "must be one of: image/jpeg, image/png, image/webp" },
      { in: "body", field: "bytes", message: "must be 10485760 or less" },
    ]);
  });

  it("asks S3 to hold the client to its type and size, and to no checksum", async () => {
    const { register } = apis.bucket;
    const { token } = await register();
    const { upload } = await announce("bucket", token, await report("bucket", token), Buffer.alloc(123));
    const query = new URL(upload.url).searchParams;
    expect(query.get("X-Amz-SignedHeaders")).toBe("content-length;content-type;host");
    expect(query.get("X-Amz-Expires")).toBe("600");
    expect([...query.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });
});
