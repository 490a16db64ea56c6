// Accounts and sightings, and the schema beneath them.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { cellsOf } from "../src/features/sightings/boxes.ts";
import { nearbyQuery } from "../src/features/sightings/store.ts";
import { migrate, schemaAfter } from "../src/migrations.ts";
import { runApi, silent, type Answer } from "./running-api.ts";

const { database, migrationConfig, firstMigration, call, register, asMaster, stop } =
  await runApi("accounts_and_sightings");
afterAll(stop);
const migrations = readdirSync("api/migrations")
  .map((file) => file.replace(/\.sql$/, ""))
  .toSorted();

/** The toolkit's own action, as a workflow runs it. */
async function emergency(mode: "protect" | "release"): Promise<void> {
  const { DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD } = migrationConfig;
  const inputs = { MODE: mode, ROLE: "rainbow_app", REASON: "a test", CONFIRM: DB_NAME, DATABASE: DB_NAME };
  await promisify(execFile)(process.execPath, ["actions/db-backup/dist/index.js"], {
    env: {
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name}`, value])),
      PGHOST: DB_HOST,
      PGPORT: String(DB_PORT),
      PGUSER: DB_USER,
      PGPASSWORD: DB_PASSWORD,
      PGSSLMODE: "disable",
    },
  });
}

describe("migrations", () => {
  it("ran each once, and run again change nothing", async () => {
    const schema = { version: migrations.at(-1)?.slice(0, 4) };
    expect(firstMigration).toEqual({ done: migrations, schema });
    expect(await migrate(migrationConfig, silent)).toEqual({ done: [], schema });
  });

  it("say which of them took something away", () => {
    expect(schemaAfter(["0001_users", "0002_contract_drop_names", "0003_sightings"])).toEqual({
      version: "0003",
      contracted: "0002",
    });
  });

  it("two at once both end well", async () => {
    const results = await Promise.allSettled([migrate(migrationConfig, silent), migrate(migrationConfig, silent)]);
    const problems = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
    // The one that came second may have to retry; it never does half of the work.
    expect(
      problems.every(
        (problem) =>
          problem.includes("Another migration is already running") || problem.includes("concurrently updated"),
      ),
    ).toBe(true);
    expect(problems.length).toBeLessThan(2);
  });

  it("leave the application a role that reads and writes rows, and no more", async () => {
    await expect(database.query("DROP TABLE sightings")).rejects.toThrow("must be owner");
    await expect(database.query("CREATE TABLE mine (id int)")).rejects.toThrow("permission denied");
    await expect(database.query("SELECT * FROM migrations")).rejects.toThrow("permission denied");
  });

  it("leave an application that must not write as it is, and it may write everywhere when that is over", async () => {
    const master = await asMaster();
    await emergency("protect");
    try {
      await master.query("CREATE TABLE made_by_the_fix (id int)");
      await migrate(migrationConfig, silent);
      for (const table of ["sightings", "made_by_the_fix"]) {
        await expect(database.query(`SELECT FROM ${table}`)).resolves.toBeDefined();
        await expect(database.query(`DELETE FROM ${table}`)).rejects.toThrow(/read-only|permission denied/);
      }
      const { rows } = await master.query(
        "SELECT has_table_privilege('rainbow_app', 'sightings', 'DELETE') AS old, has_table_privilege('rainbow_app', 'made_by_the_fix', 'DELETE') AS new",
      );
      expect(rows).toEqual([{ old: false, new: false }]);
    } finally {
      await emergency("release");
    }
    await expect(database.query("DELETE FROM made_by_the_fix")).resolves.toBeDefined();
    await expect(database.query("SELECT * FROM migrations")).rejects.toThrow("permission denied");
    await master.query("DROP TABLE made_by_the_fix");
    await master.end();
  });

  it("set the role's password so that the clear text is in no statement", async () => {
    const master = await asMaster();
    const { rows } = await master.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'rainbow_app'");
    await master.end();
    expect(rows[0].rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
  });
});

describe("accounts", () => {
  it("register, log in, and know who asks", async () => {
    const { email, token } = await register();
    const me = await call("GET", "/api/auth/me", { token });
    expect(me).toMatchObject({ status: 200, body: { success: true, data: { email } } });
    expect(JSON.stringify(me.body)).not.toContain("password");
    const login = await call("POST", "/api/auth/login", {
      body: { email: email.toUpperCase(), password: "rainbows over Shiojiri" },
    });
    expect(login).toMatchObject({ status: 200, body: { data: { expiresIn: 43_200, token: expect.any(String) } } });
  });

  it("keep passwords as argon2id", async () => {
    const { email } = await register();
    const { rows } = await database.query("SELECT password_hash FROM users WHERE email = $1", [email]);
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("refuse a second account for an address, however it is written", async () => {
    const { email } = await register();
    const answer = await call("POST", "/api/auth/register", {
      body: { email: email.toUpperCase(), password: "rainbows over Shiojiri", displayName: "Twin" },
    });
    expect(answer).toMatchObject({ status: 409, body: { success: false, error: { code: "email-taken" } } });
  });

  it("name every problem of a registration", async () => {
    const answer = await call("POST", "/api/auth/register", {
      body: { email: "nobody", password: "short", admin: true },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.error.details.map(({ field }: { field: string }) => field)).toEqual(
      expect.arrayContaining(["email", "password", "displayName"]),
    );
  });

  it("refuse a wrong password and an unknown address in the same words", async () => {
    const { email } = await register();
    const wrong = await call("POST", "/api/auth/login", { body: { email, password: "guess" } });
    const unknown = await call("POST", "/api/auth/login", { body: { email: "nobody@example.com", password: "guess" } });
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual(unknown.body);
  });

  it("stop guessing after ten attempts", async () => {
    const { email } = await register();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1)
      statuses.push((await call("POST", "/api/auth/login", { body: { email, password: "guess" } })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  });

  it.each([undefined, "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])("refuse the token %s", async (token) => {
    expect(await call("GET", "/api/auth/me", token ? { token } : {})).toMatchObject({
      status: 401,
      body: { error: { code: "not-logged-in" } },
    });
  });
});

describe("sightings", () => {
  const shiojiri = { lat: 36.11, lon: 137.95 };
  const sighting = (more: object = {}) => ({ ...shiojiri, seenAt: new Date().toISOString(), intensity: 4, ...more });

  beforeEach(async () => {
    await database.query("DELETE FROM sightings");
  });

  it("store one and read it back", async () => {
    const { token, id } = await register();
    const made = await call("POST", "/api/sightings", {
      token,
      body: sighting({ doubleBow: true, note: "高ボッチ高原から" }),
    });
    expect(made.status).toBe(201);
    const read = await call("GET", made.headers.get("location")!);
    expect(read.body.data).toEqual({ ...made.body.data, mine: false });
    expect(read.body.data).toMatchObject({ ...shiojiri, userId: id, doubleBow: true, note: "高ボッチ高原から" });
  });

  it("ask for a token and for sound values", async () => {
    expect((await call("POST", "/api/sightings", { body: sighting() })).status).toBe(401);
    const { token } = await register();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const answer = await call("POST", "/api/sightings", {
      token,
      body: sighting({ lat: 100, seenAt: tomorrow, intensity: 6 }),
    });
    expect(answer.body.error.details.map(({ field }: { field: string }) => field)).toEqual([
      "lat",
      "seenAt",
      "intensity",
    ]);
  });

  it("list by pages, newest first, none twice and none left out", async () => {
    const { token } = await register();
    const now = Date.now();
    for (let hour = 0; hour < 7; hour += 1) {
      await call("POST", "/api/sightings", {
        token,
        body: sighting({ seenAt: new Date(now - Math.floor(hour / 2) * 3_600_000).toISOString() }),
      });
    }
    const seen: { id: string; seenAt: string }[] = [];
    let next: string | null = "";
    while (next !== null) {
      const { body }: Answer = await call("GET", `/api/sightings?limit=3${next ? `&before=${next}` : ""}`);
      seen.push(...body.data.sightings);
      next = body.data.next;
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(7);
    expect(seen.map(({ seenAt }) => seenAt)).toEqual(
      seen
        .map(({ seenAt }) => seenAt)
        .toSorted()
        .toReversed(),
    );
  });

  it("find those nearby, nearest first, also across the 180th meridian", async () => {
    const { token } = await register();
    for (const [lat, lon] of [
      [36.11, 137.96],
      [36.2, 137.95],
      [36.6, 137.95],
    ])
      await call("POST", "/api/sightings", { token, body: sighting({ lat, lon }) });
    const near = await call("GET", "/api/sightings/nearby?lat=36.11&lon=137.95&radius_km=20");
    expect(near.body.data.sightings.map(({ distanceKm }: { distanceKm: number }) => distanceKm)).toEqual([
      expect.closeTo(0.9, 1),
      expect.closeTo(10, 0),
    ]);

    await call("POST", "/api/sightings", { token, body: sighting({ lat: -17, lon: -179.99 }) });
    const across = await call("GET", "/api/sightings/nearby?lat=-17&lon=179.99&radius_km=5");
    expect(across.body.data.sightings).toHaveLength(1);
  });

  it("find those nearby by the index", async () => {
    const { id } = await register();
    await database.query(
      `INSERT INTO sightings (user_id, location, seen_at, intensity)
       SELECT $1, point(130 + random() * 15, 31 + random() * 14), now() - random() * interval '6 days', 3 FROM generate_series(1, 20000)`,
      [id],
    );
    const master = await asMaster();
    await master.query("ANALYZE sightings");
    await master.end();
    const { text, values } = nearbyQuery(undefined, {
      ...shiojiri,
      radiusKm: 20,
      since: new Date(Date.now() - 7 * 86_400_000),
      limit: 50,
    });
    const { rows } = await database.query(`EXPLAIN ${text}`, values);
    expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("sightings_cell_idx");
  });

  it("are in the same square here and in the database, at each edge of the world too", async () => {
    const values = [-180, -179.95, -0.05, 0, 0.1, 36.1, 137.949_999_9, 138, 179.999, 180];
    const places = values.flatMap((lon) => values.filter((lat) => Math.abs(lat) <= 90).map((lat) => ({ lat, lon })));
    for (const lat of [-90, 89.95, 90]) places.push({ lat, lon: 137.95 });
    const { rows } = await database.query<{ cell: number }>(
      "SELECT sighting_cell(point(lon, lat)) AS cell FROM unnest($1::float8[], $2::float8[]) AS places (lon, lat)",
      [places.map(({ lon }) => lon), places.map(({ lat }) => lat)],
    );
    const here = places.map(({ lat, lon }) => cellsOf([{ west: lon, east: lon, south: lat, north: lat }]));
    expect(here).toEqual(rows.map(({ cell }) => [cell]));
  });

  it.each(["nearby?lat=&lon=1", "nearby?lat=1", "?limit=0", "?before=nonsense"])("refuse %s", async (path) => {
    expect((await call("GET", `/api/sightings${path.startsWith("?") ? "" : "/"}${path}`)).status).toBe(422);
  });

  it("know nothing of what is not there", async () => {
    expect((await call("GET", "/api/sightings/not-an-id")).status).toBe(404);
    expect((await call("GET", "/api/sightings/00000000-0000-4000-8000-000000000000")).status).toBe(404);
  });
});
