// Sessions, what ends them, and what slows down those who guess.
import { SignJWT } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { createBackOff, createLocalCounts } from "../src/http/back-off.ts";
import { limitsOf, networkOf } from "../src/features/auth/password-check.ts";
import { jwtSecret, password, runApi } from "./running-api.ts";

const { database, cache, call, register, stop } = await runApi("auth");
afterAll(stop);
const backOff = createBackOff(cache, () => new Date());

const statusWith = async (token: string) => (await call("GET", "/api/auth/me", { token })).status;
const refresh = (refreshToken: string) => call("POST", "/api/auth/refresh", { body: { refreshToken } });
const logIn = (email: string, given = password, headers: Record<string, string> = {}) =>
  call("POST", "/api/auth/login", { body: { email, password: given }, headers });

function sign(claims: { userId: string; sessionId?: string; issuedAt: number; lifetime?: number; audience?: string }) {
  const { userId, sessionId, issuedAt, lifetime = 43_200, audience = "rainbow-seeker-api" } = claims;
  return new SignJWT(sessionId === undefined ? {} : { sid: sessionId })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(userId)
    .setIssuer("rainbow-seeker")
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetime)
    .sign(new TextEncoder().encode(jwtSecret));
}
const nowInSeconds = () => Math.floor(Date.now() / 1000);

describe("a session", () => {
  it("goes on with a new refresh token for each one that is used", async () => {
    const { token, refreshToken } = await register();
    const first = await refresh(refreshToken);
    expect(first).toMatchObject({ status: 200, body: { data: { expiresIn: 43_200, refreshExpiresIn: 2_592_000 } } });
    const second = await refresh(first.body.data.refreshToken);
    expect(new Set([refreshToken, first.body.data.refreshToken, second.body.data.refreshToken]).size).toBe(3);
    expect(await statusWith(second.body.data.token)).toBe(200);
    expect(await statusWith(token)).toBe(200);
  });

  it("ends for thief and owner when a refresh token comes a second time", async () => {
    const { email, refreshToken } = await register();
    const other = await logIn(email);
    const stolen = await refresh(refreshToken);
    expect(await refresh(refreshToken)).toMatchObject({
      status: 401,
      body: { error: { code: "refresh-token-reused" } },
    });
    expect(await statusWith(stolen.body.data.token)).toBe(401);
    expect((await refresh(stolen.body.data.refreshToken)).body.error.code).toBe("refresh-token-refused");
    // On another device nothing has been stolen.
    expect(await statusWith(other.body.data.token)).toBe(200);
  });

  it("is continued by one of two requests at once, and counts the other as the second", async () => {
    const { refreshToken } = await register();
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  it("is kept so that nobody who reads the database can continue it", async () => {
    const { refreshToken } = await register();
    const { rows } = await database.query("SELECT encode(token_hash, 'base64') AS text FROM refresh_tokens");
    const asText = Buffer.from(refreshToken, "base64url").toString("base64");
    expect(rows.map(({ text }) => text)).not.toContain(asText);
    expect((await refresh("nonsense")).status).toBe(401);
  });

  it("that has not been used for long is over", async () => {
    const { token, refreshToken, id } = await register();
    await database.query("UPDATE sessions SET expires_at = now() - interval '1 s' WHERE user_id = $1", [id]);
    expect((await refresh(refreshToken)).body.error.code).toBe("refresh-token-refused");
    expect(await statusWith(token)).toBe(401);
  });

  it("ends with its logout, and the others stay", async () => {
    const { email, token, refreshToken } = await register();
    const other = (await logIn(email)).body.data;
    expect((await call("POST", "/api/auth/logout", { token, body: {} })).body).toEqual({ success: true, data: null });
    expect(await statusWith(token)).toBe(401);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect(await statusWith(other.token)).toBe(200);
  });

  it("ends with a logout everywhere", async () => {
    const { email, token } = await register();
    const other = (await logIn(email)).body.data;
    await call("POST", "/api/auth/logout", { token, body: { everywhere: true } });
    expect([await statusWith(token), await statusWith(other.token)]).toEqual([401, 401]);
  });

  it("makes room for new ones: the fifty used last stay", async () => {
    const { email, id, token } = await register();
    await database.query(
      `INSERT INTO sessions (user_id, last_used_at, expires_at)
       SELECT $1, now() + interval '1 s', now() + interval '1 day' FROM generate_series(1, 60)`,
      [id],
    );
    await logIn(email);
    const { rows } = await database.query("SELECT count(*)::int AS count FROM sessions WHERE user_id = $1", [id]);
    expect(rows).toEqual([{ count: 50 }]);
    expect(await statusWith(token)).toBe(401);
  });
});

describe("a token", () => {
  it("of a build without sessions is valid until it expires or the password changes", async () => {
    const { id, token } = await register();
    const old = await sign({ userId: id, issuedAt: nowInSeconds() - 60 });
    expect(await statusWith(old)).toBe(200);
    const body = { currentPassword: password, newPassword: "another long password" };
    expect((await call("POST", "/api/auth/password", { token, body })).status).toBe(200);
    expect(await statusWith(old)).toBe(401);
  });

  it("is refused if expired, for another audience, of someone else's session, or of nobody", async () => {
    const { id, token } = await register();
    const other = await register();
    const { sid } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const issuedAt = nowInSeconds();
    for (const claims of [
      { userId: id, sessionId: sid, issuedAt: issuedAt - 43_201 },
      { userId: id, sessionId: sid, issuedAt, audience: "another" },
      { userId: other.id, sessionId: sid, issuedAt },
      { userId: "00000000-0000-4000-8000-000000000000", issuedAt },
      { userId: "nobody", issuedAt },
    ])
      expect(await statusWith(await sign(claims)), JSON.stringify(claims)).toBe(401);
    expect(await statusWith(await sign({ userId: id, sessionId: sid, issuedAt }))).toBe(200);
  });
});

describe("a password", () => {
  const newPassword = "another long password";

  it("changes for whoever knows it, and ends the sessions of all others", async () => {
    const { email, token } = await register();
    const other = (await logIn(email)).body.data;
    const wrong = await call("POST", "/api/auth/password", { token, body: { currentPassword: "guess", newPassword } });
    expect(wrong).toMatchObject({ status: 401, body: { error: { code: "wrong-credentials" } } });
    const body = { currentPassword: password, newPassword };
    const { data } = (await call("POST", "/api/auth/password", { token, body })).body;
    expect([await statusWith(data.token), await statusWith(token), await statusWith(other.token)]).toEqual([
      200, 401, 401,
    ]);
    expect([(await logIn(email)).status, (await logIn(email, newPassword)).status]).toEqual([401, 200]);
  });

  it("is asked for before an account goes, with everything that is its own", async () => {
    const { email, token, refreshToken, id } = await register();
    const sighting = { lat: 36.11, lon: 137.95, seenAt: new Date().toISOString(), intensity: 3 };
    await call("POST", "/api/sightings", { token, body: sighting });
    const leave = (given: string) => call("POST", "/api/auth/delete-account", { token, body: { password: given } });
    expect((await leave("guess")).status).toBe(401);
    expect(await statusWith(token)).toBe(200);
    expect((await leave(password)).body).toEqual({ success: true, data: null });
    expect([await statusWith(token), (await refresh(refreshToken)).status, (await logIn(email)).status]).toEqual([
      401, 401, 401,
    ]);
    const { rowCount } = await database.query("SELECT FROM sightings WHERE user_id = $1", [id]);
    expect(rowCount).toBe(0);
  });
});

describe("who guesses", () => {
  let addresses = 0;
  const from = (address = `192.0.2.${(addresses += 1)}`) => ({ "x-forwarded-for": address });

  it("waits after ten wrong passwords for an account; others do not, and a right one is forgiven", async () => {
    const { email } = await register();
    const guesser = from();
    for (let guess = 0; guess < 9; guess += 1) expect((await logIn(email, "guess", guesser)).status).toBe(401);
    expect((await logIn(email, password, guesser)).status).toBe(200);
    const statuses: number[] = [];
    for (let guess = 0; guess < 10; guess += 1) statuses.push((await logIn(email, "guess", guesser)).status);
    expect(statuses).toEqual(Array(10).fill(401));
    const refused = await logIn(email, password, guesser);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: "too-many-attempts" } } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(20);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThan(31);
    expect((await logIn(email, password, from())).status).toBe(200);
  });

  it("makes no more than the free attempts at once, either", async () => {
    const limits = limitsOf("192.0.2.200", "at-once@example.com");
    const waits = await Promise.all(Array.from({ length: 30 }, () => backOff.attempt(limits)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
  });

  it("waits with whichever accounts, and from whichever addresses", async () => {
    const spraying = from();
    for (let account = 0; account < 99; account += 1)
      await backOff.attempt(limitsOf(spraying["x-forwarded-for"], `nobody${account}@example.com`));
    const sprayed = [
      await logIn("nobody99@example.com", "guess", spraying),
      await logIn("me@example.com", "x", spraying),
    ];
    expect(sprayed.map(({ status }) => status)).toEqual([401, 429]);

    const { email } = await register();
    for (let guess = 0; guess < 99; guess += 1) await backOff.attempt(limitsOf(from()["x-forwarded-for"], email));
    const spread = [await logIn(email, "guess", from()), await logIn(email, "guess", from())];
    expect(spread.map(({ status }) => status)).toEqual([401, 429]);
  });

  it("is one guesser with all addresses of an IPv6 network", () => {
    expect(networkOf("2001:db8:0:1:ffff::1")).toBe(networkOf("2001:db8::1:0:0:0:2"));
    expect(networkOf("2001:db8::1")).not.toBe(networkOf("2001:db8:0:1::1"));
    expect(networkOf("::1")).toBe("0000:0000:0000:0000");
    expect(networkOf("::ffff:192.0.2.1")).toBe("::ffff:192.0.2.1");
  });
});

describe("a task that counts for itself", () => {
  const policy = { free: 3, firstWaitSeconds: 30, longestWaitSeconds: 100, memorySeconds: 1000 };

  it("doubles the wait up to the longest, and forgets in time", () => {
    let now = 0;
    const counts = createLocalCounts(() => now);
    const attempt = () => counts.attempt({ key: "a", policy });
    expect([attempt(), attempt(), attempt(), attempt()]).toEqual([0, 0, 0, 30]);
    const waits = [];
    for (let round = 0; round < 3; round += 1) {
      now += attempt() * 1000;
      expect(attempt()).toBe(0);
      waits.push(attempt());
    }
    expect(waits).toEqual([60, 100, 100]);
    now += 1_000_000;
    expect([attempt(), attempt(), attempt(), attempt()]).toEqual([0, 0, 0, 30]);
  });

  it("takes one failure back, or all of them", () => {
    const counts = createLocalCounts(() => 0);
    const attempts = () => Array.from({ length: 4 }, () => counts.attempt({ key: "a", policy }));
    expect(attempts()).toEqual([0, 0, 0, 30]);
    counts.succeeded("a", false);
    expect(attempts()).toEqual([0, 30, 30, 30]);
    counts.succeeded("a", true);
    expect(attempts()).toEqual([0, 0, 0, 30]);
  });

  it("remembers no more than it may", () => {
    const counts = createLocalCounts(() => 0, 2);
    for (const key of ["a", "a", "b", "c"]) counts.attempt({ key, policy });
    expect(Array.from({ length: 4 }, () => counts.attempt({ key: "a", policy }))).toEqual([0, 0, 0, 30]);
  });
});
