// Who may do what with a sighting, what others learn of its place, and what is kept of a person.
import { beforeEach, afterAll, describe, expect, it } from "vitest";
import { personalData } from "../src/features/privacy/personal-data.ts";
import { password, runApi } from "./running-api.ts";

const { database, call, register, asMaster, stop } = await runApi("sightings");
afterAll(stop);
beforeEach(async () => {
  await database.query("DELETE FROM sightings");
});

const exact = { lat: 36.123456, lon: 137.987654 };
const rounded = { lat: 36.12, lon: 137.99 };
const seenAt = new Date().toISOString();
async function report(token: string, more: object = {}): Promise<string> {
  const { body } = await call("POST", "/api/sightings", { token, body: { ...exact, seenAt, intensity: 4, ...more } });
  return body.data.id;
}
const found = (body: any): string[] => body.data.sightings.map(({ id }: { id: string }) => id);

describe("the owner of a sighting", () => {
  it("corrects some of it, and the rest stays", async () => {
    const { token } = await register();
    const id = await report(token, { note: "高ボッチ高原から" });
    const body = { intensity: 2, lon: 138 };
    const { data } = (await call("PATCH", `/api/sightings/${id}`, { token, body })).body;
    expect(data).toMatchObject({
      lat: exact.lat,
      lon: 138,
      intensity: 2,
      note: "高ボッチ高原から",
      doubleBow: false,
      seenAt,
    });
    expect(Date.parse(data.updatedAt)).toBeGreaterThan(Date.parse(data.createdAt));
    expect((await call("GET", `/api/sightings/${id}`, { token })).body.data).toEqual(data);
  });

  it("is told what a correction needs", async () => {
    const { token } = await register();
    const id = await report(token);
    const nothing = await call("PATCH", `/api/sightings/${id}`, { token, body: {} });
    expect(nothing.body.error.details).toEqual([
      { in: "body", field: "body", message: "must name something to change" },
    ]);
    const other = await call("PATCH", `/api/sightings/${id}`, { token, body: { intensity: 1, userId: id } });
    expect(other.body.error.details).toEqual([{ in: "body", field: "userId", message: "is not known here" }]);
  });

  it("takes it back, with its likes", async () => {
    const { token } = await register();
    const id = await report(token);
    await call("PUT", `/api/sightings/${id}/like`, { token });
    expect((await call("DELETE", `/api/sightings/${id}`, { token })).body).toEqual({ success: true, data: null });
    expect((await call("GET", `/api/sightings/${id}`)).status).toBe(404);
    expect((await call("DELETE", `/api/sightings/${id}`, { token })).status).toBe(404);
    expect((await database.query("SELECT FROM sighting_likes")).rowCount).toBe(0);
  });

  it("is the only one who may", async () => {
    const owner = await register();
    const { token } = await register();
    const id = await report(owner.token);
    for (const [method, body] of [
      ["PATCH", { intensity: 1 }],
      ["DELETE", undefined],
    ] as const)
      expect(await call(method, `/api/sightings/${id}`, { token, body })).toMatchObject({
        status: 403,
        body: { error: { code: "not-yours" } },
      });
    const { data } = (await call("GET", `/api/sightings/${id}`)).body;
    expect(data).toMatchObject({ intensity: 4, updatedAt: null });
  });
});

describe("a like", () => {
  it("counts once for each person, however often it is given or taken back", async () => {
    const people = [await register(), await register()];
    const id = await report(people[0]!.token);
    const answers = [];
    for (const [person, method] of [
      [0, "PUT"],
      [0, "PUT"],
      [1, "PUT"],
      [0, "DELETE"],
      [0, "DELETE"],
    ] as const)
      answers.push((await call(method, `/api/sightings/${id}/like`, { token: people[person]!.token })).body.data);
    expect(answers).toEqual([
      { likes: 1, liked: true },
      { likes: 1, liked: true },
      { likes: 2, liked: true },
      { likes: 1, liked: false },
      { likes: 1, liked: false },
    ]);
    const asOther = await call("GET", `/api/sightings/${id}`, { token: people[1]!.token });
    expect(asOther.body.data).toMatchObject({ likes: 1, liked: true, mine: false });
    expect((await call("GET", `/api/sightings/${id}`)).body.data).toMatchObject({ likes: 1, liked: false });
  });

  it("needs something to like", async () => {
    const { token } = await register();
    const nothing = "/api/sightings/00000000-0000-4000-8000-000000000000/like";
    expect((await call("PUT", nothing, { token })).status).toBe(404);
    expect((await call("DELETE", nothing, { token })).status).toBe(404);
  });
});

describe("a place", () => {
  it("is exact for its owner and rounded for everyone else, wherever it is read", async () => {
    const { token } = await register();
    const other = await register();
    const id = await report(token);
    const reads = [
      `/api/sightings/${id}`,
      "/api/sightings",
      "/api/sightings/nearby?lat=36.12&lon=137.99",
      "/api/sightings/box?west=137&south=36&east=138&north=37",
    ];
    for (const path of reads) {
      const seenBy = async (options: { token?: string }) => {
        const { data } = (await call("GET", path, options)).body;
        return data.sightings?.[0] ?? data;
      };
      expect(await seenBy({ token }), path).toMatchObject({ ...exact, mine: true });
      expect(await seenBy({ token: other.token }), path).toMatchObject({ ...rounded, mine: false });
      expect(await seenBy({}), path).toMatchObject({ ...rounded, mine: false });
    }
  });

  it("is not given away by distances or by the edges of a search", async () => {
    const { token } = await register();
    // Both round to the same place.
    const ids = [await report(token), await report(token, { lat: 36.1151, lon: 137.9851 })];
    const nearby = await call("GET", "/api/sightings/nearby?lat=36.2&lon=138.1&radius_km=20");
    const distances = nearby.body.data.sightings.map(({ distanceKm }: { distanceKm: number }) => distanceKm);
    expect(distances[0]).toBe(distances[1]);
    for (const radius of [distances[0] - 0.001, distances[0] + 0.001]) {
      const { body } = await call("GET", `/api/sightings/nearby?lat=36.2&lon=138.1&radius_km=${radius}`);
      expect(found(body)).toHaveLength(radius > distances[0] ? 2 : 0);
    }
    const box = (south: number) => `/api/sightings/box?west=137.9&south=${south}&east=138&north=37`;
    expect(found((await call("GET", box(36.1199))).body).toSorted()).toEqual(ids.toSorted());
    expect(found((await call("GET", box(36.1201))).body)).toEqual([]);
  });
});

describe("a map", () => {
  it("shows what lies in it, newest first, also across the 180th meridian", async () => {
    const { token } = await register();
    const at = (lat: number, lon: number, hoursAgo: number) =>
      report(token, { lat, lon, seenAt: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() });
    const west = await at(-17, 179.5, 2);
    const east = await at(-17, -179.5, 1);
    const outside = await at(-17, 0, 1);
    const across = await call("GET", "/api/sightings/box?west=179&south=-18&east=-179&north=-16");
    expect(found(across.body)).toEqual([east, west]);
    const rest = await call("GET", "/api/sightings/box?west=-179&south=-18&east=179&north=-16");
    expect(found(rest.body)).toEqual([outside]);
    const recent = await call("GET", "/api/sightings/box?west=-180&south=-90&east=180&north=90&hours=1.5&limit=2");
    expect(found(recent.body).toSorted()).toEqual([east, outside].toSorted());
  });

  it("has its south below its north", async () => {
    const { body } = await call("GET", "/api/sightings/box?west=1&south=2&east=2&north=1");
    expect(body.error.details).toEqual([{ in: "query", field: "south", message: "must not lie north of `north`" }]);
  });
});

describe("what is kept of a person", () => {
  it("is all in the export: each table that refers to users is", async () => {
    const master = await asMaster();
    const { rows } = await master.query<{ name: string }>(
      `SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
       WHERE contype = 'f' AND confrelid = 'users'::regclass`,
    );
    await master.end();
    expect(rows.length).toBeGreaterThan(0);
    expect(personalData.map(({ table }) => table)).toEqual(expect.arrayContaining(rows.map(({ name }) => name)));
  });

  it("is exported to that person, and nothing of others", async () => {
    const { token, id: userId, email } = await register();
    const other = await register();
    const id = await report(token);
    const liked = await report(other.token, { note: "not mine" });
    await call("PUT", `/api/sightings/${liked}/like`, { token });
    const answer = await call("GET", "/api/privacy/export", { token });
    expect(answer.headers.get("content-disposition")).toContain("rainbow-seeker.json");
    const { personal } = answer.body.data;
    expect(personal).toMatchObject({
      account: [{ id: userId, email }],
      sessions: [{ createdAt: expect.any(String) }],
      sightings: [{ id, ...exact }],
      likes: [{ sightingId: liked }],
    });
    const text = JSON.stringify(personal);
    for (const kept of ["argon2", "not mine", other.email]) expect(text).not.toContain(kept);
  });

  it("is erased for whoever knows the password, and only that person's", async () => {
    const { token } = await register();
    const other = await register();
    await report(token);
    const others = await report(other.token);
    await call("PUT", `/api/sightings/${others}/like`, { token });
    const erase = (given: string) => call("POST", "/api/privacy/erase", { token, body: { password: given } });
    expect((await erase("guess")).status).toBe(401);
    expect((await erase(password)).body.data).toMatchObject({ erased: { sightings: 1, likes: 1 } });
    expect((await erase(password)).body.data).toMatchObject({ erased: { sightings: 0, likes: 0 } });
    const { body } = await call("GET", "/api/sightings", { token });
    expect(found(body)).toEqual([others]);
    expect(body.data.sightings[0].likes).toBe(0);
  });

  it("is erased as a whole, or not at all", async () => {
    const { token } = await register();
    const own = await report(token);
    await call("PUT", `/api/sightings/${await report((await register()).token)}/like`, { token });
    const master = await asMaster();
    const failing = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'";
    await master.query(`${failing}; CREATE TRIGGER fail BEFORE DELETE ON sighting_likes EXECUTE FUNCTION fail()`);
    const erase = () => call("POST", "/api/privacy/erase", { token, body: { password } });
    try {
      expect((await erase()).status).toBe(500);
      expect((await call("GET", `/api/sightings/${own}`, { token })).status).toBe(200);
    } finally {
      await master.query("DROP TRIGGER fail ON sighting_likes; DROP FUNCTION fail()");
      await master.end();
    }
    expect((await erase()).body.data).toMatchObject({ erased: { sightings: 1, likes: 1 } });
  });
});
