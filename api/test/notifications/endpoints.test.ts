// Places, settings, devices and the history, as their owner and as others meet them.
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { mostPlaces } from "../../src/features/places/store.ts";
import { defaultSettings } from "../../src/features/notifications/shapes.ts";
import { mostDevices } from "../../src/features/notifications/store.ts";
import { password, runApi } from "../running-api.ts";

let time = Date.parse("2026-07-01T09:00:00Z");
const now = () => new Date(time);
const { database, call, register, stop } = await runApi("notification_endpoints", { now });
afterAll(stop);

const home = { name: "塩尻駅", lat: 36.114, lon: 137.948 };
const fields = ({ body }: { body: any }) => body.error.details.map(({ field }: { field: string }) => field);
const words = ({ body }: { body: any }) => body.error.details.map(({ message }: { message: string }) => message);
let person: Awaited<ReturnType<typeof register>>;
let other: typeof person;
beforeEach(async () => {
  [person, other] = [await register(), await register()];
});
const ask = (method: string, path: string, body?: unknown, token = person.token) =>
  call(method, path, { token, ...(body === undefined ? {} : { body }) });

describe("places", () => {
  it("are made, changed bit by bit, listed and deleted", async () => {
    const made = await ask("POST", "/api/places", home);
    expect(made).toMatchObject({ status: 201, body: { data: { ...home, threshold: 0.2, updatedAt: null } } });
    const { id } = made.body.data;
    const changed = await ask("PATCH", `/api/places/${id}`, { threshold: 0.05, lon: 138 });
    expect(changed.body.data).toMatchObject({ id, ...home, lon: 138, threshold: 0.05, updatedAt: expect.any(String) });
    expect((await ask("GET", "/api/places")).body.data.places).toEqual([changed.body.data]);
    expect((await ask("DELETE", `/api/places/${id}`)).status).toBe(200);
    expect((await ask("GET", "/api/places")).body.data.places).toEqual([]);
    expect((await ask("DELETE", `/api/places/${id}`)).status).toBe(404);
  });

  it("are not there for anybody else", async () => {
    const { id } = (await ask("POST", "/api/places", home)).body.data;
    expect((await ask("PATCH", `/api/places/${id}`, { name: "mine" }, other.token)).status).toBe(404);
    expect((await ask("DELETE", `/api/places/${id}`, undefined, other.token)).status).toBe(404);
    expect((await ask("GET", "/api/places", undefined, other.token)).body.data.places).toEqual([]);
    expect((await ask("GET", "/api/places")).body.data.places).toMatchObject([home]);
  });

  it("are as many as are allowed, also of many requests at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: mostPlaces + 4 }, (_, index) => ask("POST", "/api/places", { ...home, name: `${index}` })),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([...Array(mostPlaces).fill(201), ...Array(4).fill(409)]);
    expect(answers.find(({ status }) => status === 409)?.body.error).toMatchObject({
      code: "limit-reached",
      details: { most: mostPlaces },
    });
    expect((await ask("POST", "/api/places", home, other.token)).status).toBe(201);
  });

  it("say all that is wrong with one", async () => {
    const answer = await ask("POST", "/api/places", { name: "", lat: 91, lon: "138", threshold: 0, color: "red" });
    expect(answer.status).toBe(422);
    expect(fields(answer).toSorted()).toEqual(["color", "lat", "lon", "name", "threshold"]);
    expect((await ask("PATCH", "/api/places/00000000-0000-4000-8000-000000000000", {})).status).toBe(422);
  });

  it.each([
    ["a line break", "home\nyour account is locked"],
    ["a tab", "a\tb"],
    ["the character 0", "a\0b"],
    ["a terminal's escape", "a\u001b[31mb"],
    ["one that turns the text around", "a\u202eb"],
    ["a line separator", "a\u2028b"],
    ["half a character", "a\ud83cb"],
  ])("refuse a name with %s", async (_name, name) => {
    const answer = await ask("POST", "/api/places", { ...home, name });
    expect([answer.status, words(answer)]).toEqual([422, ["must not have control characters"]]);
  });

  it("keep any other name as it is, without the space around it", async () => {
    for (const name of ["👩‍👩‍👧 の家", 'O\'Brien "<b>" ${x}', "صلالة", "虹".repeat(40)])
      expect((await ask("POST", "/api/places", { ...home, name: ` ${name} ` })).body.data.name).toBe(name);
    expect((await ask("POST", "/api/places", { ...home, name: "虹".repeat(41) })).status).toBe(422);
  });
});

describe("settings", () => {
  it("are the defaults of the table until they are changed, and what is not given stays", async () => {
    expect((await ask("GET", "/api/notifications/settings")).body.data).toEqual(defaultSettings);
    await database.query("INSERT INTO notification_settings (user_id) VALUES ($1)", [person.id]);
    expect((await ask("GET", "/api/notifications/settings")).body.data).toEqual(defaultSettings);

    const quiet = { from: "13:00", to: "14:30" };
    for (const [change, expected] of [
      [{ enabled: false }, { enabled: false }],
      [{ quiet }, { enabled: false, quiet }],
      [{ quiet: null }, { enabled: false, quiet: null }],
      [{ timeZone: "Europe/London" }, { enabled: false, quiet: null, timeZone: "Europe/London" }],
    ])
      for (const { token } of [person, other])
        expect((await ask("PATCH", "/api/notifications/settings", change, token)).body.data).toEqual({
          ...defaultSettings,
          ...expected,
        });
    expect((await ask("GET", "/api/notifications/settings")).body.data).toEqual({
      enabled: false,
      quiet: null,
      timeZone: "Europe/London",
    });
  });

  it.each([
    [{}, ["body"]],
    [{ enabled: "yes", timeZone: "+09:00" }, ["enabled", "timeZone"]],
    [{ timeZone: "Asia/Shiojiri" }, ["timeZone"]],
    [{ timeZone: "'; DROP TABLE users" }, ["timeZone"]],
    [{ quiet: { from: "24:00", to: "7:00" } }, ["quiet.from", "quiet.to"]],
    [{ quiet: { from: "22:00" } }, ["quiet.to"]],
    [{ quiet: { from: "22:00", to: "22:00" } }, ["quiet.to"]],
    [{ enabled: true, lastNotifiedAt: null }, ["lastNotifiedAt"]],
  ])("refuse %j", async (body, expected) => {
    const answer = await ask("PATCH", "/api/notifications/settings", body);
    expect([answer.status, fields(answer)]).toEqual([422, expected]);
  });
});

describe("devices", () => {
  let tokens = 0;
  const newToken = () => `token:${(tokens += 1)}-${"x".repeat(140)}`;
  const registerDevice = (body: object, token = person.token) => ask("POST", "/api/notifications/devices", body, token);
  const devicesOf = async (token = person.token) =>
    (await ask("GET", "/api/notifications/devices", undefined, token)).body.data.devices;

  it("are registered once or several times, with the language of the last time", async () => {
    const token = newToken();
    const first = await registerDevice({ token });
    expect(first).toMatchObject({ status: 200, body: { data: { language: "ja" } } });
    time += 1000;
    const second = await registerDevice({ token, language: "en" });
    expect(second.body.data).toEqual({
      id: first.body.data.id,
      language: "en",
      registeredAt: now().toISOString(),
    });
    expect(await devicesOf()).toEqual([second.body.data]);
    expect(JSON.stringify(await devicesOf())).not.toContain("token:");
  });

  it("belong to whoever registers them, by one of many requests at once", async () => {
    const token = newToken();
    const mine = (await registerDevice({ token })).body.data.id;
    const moved = (await registerDevice({ token, language: "en" }, other.token)).body.data.id;
    expect(moved).not.toBe(mine);
    expect([await devicesOf(), (await devicesOf(other.token)).length]).toEqual([[], 1]);
    // What the first owner still knows leads nowhere.
    expect((await ask("DELETE", `/api/notifications/devices/${mine}`)).status).toBe(404);
    expect((await ask("DELETE", `/api/notifications/devices/${moved}`)).status).toBe(404);

    const raced = newToken();
    await Promise.all([person, other, person, other].map((each) => registerDevice({ token: raced }, each.token)));
    const { rows } = await database.query("SELECT FROM notification_devices WHERE token = $1", [raced]);
    expect(rows).toHaveLength(1);
  });

  it("are forgotten by their owner", async () => {
    const { id } = (await registerDevice({ token: newToken() })).body.data;
    expect((await ask("DELETE", `/api/notifications/devices/${id}`, undefined, other.token)).status).toBe(404);
    expect((await ask("DELETE", `/api/notifications/devices/${id}`)).status).toBe(200);
    expect(await devicesOf()).toEqual([]);
  });

  it("are as many as are allowed: the one that was registered longest ago makes room", async () => {
    const ids: string[] = [];
    for (let count = 0; count < mostDevices + 3; count += 1) {
      time += 1000;
      ids.push((await registerDevice({ token: newToken() })).body.data.id);
    }
    const kept = (await devicesOf()).map(({ id }: { id: string }) => id);
    expect(kept).toEqual(ids.slice(3).toReversed());
  });

  it.each([
    ["", "ja"],
    ["short", "ja"],
    ["with a space", "ja"],
    [`${"x".repeat(20)}\n`, "ja"],
    ["x".repeat(1025), "ja"],
    ["虹".repeat(20), "ja"],
    ["x".repeat(100), "fr"],
  ])("refuse the token %j in %s", async (token, language) => {
    expect((await registerDevice({ token, language })).status).toBe(422);
  });
});

describe("the history", () => {
  const insert = async (userId: string, minutesAgo: number, more: object = {}) => {
    const row = {
      user_id: userId,
      place_name: "塩尻駅",
      threshold: 0.2,
      probability: 0.25,
      look_azimuth: 49,
      look_elevation: 30,
      mode: "present",
      observed_at: new Date(time - 3_600_000),
      time_zone: "Asia/Tokyo",
      provider: "jma",
      status: "sent",
      devices: 1,
      created_at: new Date(time - minutesAgo * 60_000),
      ...more,
    };
    const names = Object.keys(row);
    const { rows } = await database.query<{ id: string }>(
      `INSERT INTO notifications (${names.join()}) VALUES (${names.map((_, index) => `$${index + 1}`).join()}) RETURNING id`,
      Object.values(row),
    );
    return rows[0]?.id ?? "";
  };

  it("is in the language of who reads it, with whom to credit, and nobody else's", async () => {
    const id = await insert(person.id, 5, { reason: null });
    await insert(other.id, 5, { place_name: "not mine" });
    const japanese = await call("GET", "/api/notifications", {
      token: person.token,
      headers: { "accept-language": "ja" },
    });
    expect(japanese.headers.get("content-language")).toBe("ja");
    expect(japanese.body.data).toEqual({
      notifications: [
        {
          id,
          placeId: null,
          placeName: "塩尻駅",
          title: "塩尻駅：虹が見えやすい天気です",
          body: expect.stringContaining("確率は25%です"),
          mode: "present",
          permit: null,
          probability: 0.25,
          threshold: 0.2,
          look: { azimuth: 49, elevation: 30 },
          observedAt: new Date(time - 3_600_000).toISOString(),
          attribution: expect.objectContaining({ url: "https://www.jma.go.jp/bosai/amedas/" }),
          status: "sent",
          reason: null,
          devices: 1,
          createdAt: new Date(time - 300_000).toISOString(),
        },
      ],
      next: null,
    });
    const english = await ask("GET", "/api/notifications");
    expect(english.body.data.notifications[0].title).toBe("Rainbow weather at 塩尻駅");
  });

  it("comes page by page, newest first, none twice and none left out", async () => {
    const ids: string[] = [];
    // Two have the same time.
    for (const minutesAgo of [1, 2, 2, 3, 4, 5, 6]) ids.push(await insert(person.id, minutesAgo));
    const seen: { id: string; createdAt: string }[] = [];
    let next: string | null = "";
    while (next !== null) {
      const { body }: { body: any } = await ask("GET", `/api/notifications?limit=3${next ? `&before=${next}` : ""}`);
      seen.push(...body.data.notifications);
      next = body.data.next;
    }
    expect(seen.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect((await ask("GET", "/api/notifications?before=nonsense")).status).toBe(422);
  });
});

describe("an account that goes", () => {
  const tables = ["user_locations", "notification_settings", "notification_devices", "notifications"];
  const counts = async () => {
    const found: number[] = [];
    for (const table of tables)
      found.push(Number((await database.query(`SELECT FROM ${table} WHERE user_id = $1`, [person.id])).rowCount));
    return found;
  };
  beforeEach(async () => {
    await ask("POST", "/api/places", home);
    await ask("PATCH", "/api/notifications/settings", { enabled: false });
    await ask("POST", "/api/notifications/devices", { token: "token:of-the-account-that-goes" });
    await database.query(
      `INSERT INTO notifications (user_id, location_id, place_name, threshold, probability, mode, observed_at, time_zone, provider)
       SELECT user_id, id, name, 0.2, 0.25, 'present', now(), 'Asia/Tokyo', 'jma' FROM user_locations WHERE user_id = $1`,
      [person.id],
    );
  });

  it("takes all of it along", async () => {
    expect(await counts()).toEqual([1, 1, 1, 1]);
    expect((await ask("POST", "/api/auth/delete-account", { password })).status).toBe(200);
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  it("has all of it in the export, and erases what does not keep it silent", async () => {
    const { personal } = (await ask("GET", "/api/privacy/export")).body.data;
    expect(personal).toMatchObject({
      places: [home],
      notificationSettings: [{ enabled: false, quietFrom: "22:00", timeZone: "Asia/Tokyo" }],
      notificationDevices: [{ token: "token:of-the-account-that-goes", language: "ja" }],
      notifications: [{ placeName: home.name, probability: 0.25, status: "claimed" }],
    });
    const erased = await ask("POST", "/api/privacy/erase", { password });
    expect(erased.body.data.erased).toEqual({
      photos: 0,
      sightings: 0,
      likes: 0,
      places: 1,
      notificationDevices: 1,
      notifications: 1,
    });
    expect(await counts()).toEqual([0, 1, 0, 0]);
  });

  it("keeps what was told of a place that was deleted", async () => {
    const [place] = (await ask("GET", "/api/places")).body.data.places;
    const told = async () => (await ask("GET", "/api/notifications")).body.data.notifications[0];
    expect((await told()).placeId).toBe(place.id);
    await ask("DELETE", `/api/places/${place.id}`);
    expect(await told()).toMatchObject({ placeId: null, placeName: home.name });
  });
});
