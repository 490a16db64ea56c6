// What a caller reads when something is refused, in both languages.
import { afterAll, describe, expect, it } from "vitest";
import { problems } from "../src/http/problems.ts";
import { runApi } from "./running-api.ts";

const { call, register, asMaster, stop } = await runApi("errors");
afterAll(stop);

const japanese = { "accept-language": "ja,en;q=0.5" };

describe("a problem", () => {
  it("is RFC 9457 problem details with the members of every answer", async () => {
    const answer = await call("GET", "/api/auth/me");
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(answer.headers.get("content-language")).toBe("en");
    expect(answer.headers.get("vary")?.toLowerCase()).toContain("accept-language");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    const message = problems["not-logged-in"].title.en;
    expect(answer.body).toEqual({
      type: "/docs#problem-not-logged-in",
      title: message,
      status: 401,
      detail: message,
      success: false,
      error: { code: "not-logged-in", message },
    });
  });

  it("is in Japanese for those who prefer it", async () => {
    const answer = await call("POST", "/api/auth/register", {
      headers: japanese,
      body: { email: "塩尻", password: "短い" },
    });
    expect(answer.headers.get("content-language")).toBe("ja");
    expect(answer.body.title).toBe("受け付けられない値があります。");
    expect(answer.body.error.details).toEqual([
      { in: "body", field: "email", message: "メールアドレスで指定してください" },
      { in: "body", field: "password", message: "10 文字以上にしてください" },
      { in: "body", field: "displayName", message: "必須です" },
    ]);
  });

  it.each([
    ["POST", "/api/auth/login", [], "body", "body", "must be an object"],
    ["GET", "/api/sightings/nearby?lon=1", undefined, "query", "lat", "is missing"],
    ["GET", "/api/sightings/nearby?lat=&lon=1", undefined, "query", "lat", "must be a number"],
    ["GET", "/api/sightings/nearby?lat=1&lat=2&lon=1", undefined, "query", "lat", "must be a number"],
    ["GET", "/api/sightings/nearby?lat=91&lon=1", undefined, "query", "lat", "must be 90 or less"],
    ["GET", "/api/sightings?limit=2.5", undefined, "query", "limit", "must be a whole number"],
    ["GET", "/api/sightings?before=nonsense", undefined, "query", "before", "must be the `next` of an earlier page"],
    [
      "POST",
      "/api/auth/login",
      { email: "a@b.example", password: "x", admin: 1 },
      "body",
      "admin",
      "is not known here",
    ],
  ])("of %s %s names the field of %j", async (method, path, body, part, field, message) => {
    const answer = await call(method, path, { body });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toEqual({
      code: "invalid",
      message: `${field}: ${message}`,
      details: [{ in: part, field, message }],
    });
  });

  it("of values that PostgreSQL cannot hold is the caller's", async () => {
    const { token } = await register();
    const body = { lat: 1, lon: 1, seenAt: "2026-07-01T18:30:00+09:00", intensity: 3, note: "a\0b" };
    const answer = await call("POST", "/api/sightings", { token, body });
    expect(answer.body.error.details).toEqual([
      { in: "body", field: "note", message: "must not have the character 0" },
    ]);
  });

  it.each([
    ["not JSON", { body: "{" }, 400, "malformed"],
    ["too large", { body: { email: "x".repeat(70_000) } }, 413, "too-large"],
    ["another type", { body: "a=1", headers: { "content-type": "text/plain" } }, 415, "unsupported-media-type"],
    [
      "an unknown charset",
      { body: "{}", headers: { "content-type": "application/json; charset=x" } },
      415,
      "unsupported-media-type",
    ],
  ])("of a body that is %s has a code of ours", async (_what, options, status, code) => {
    const answer = await call("POST", "/api/auth/login", options);
    expect(answer).toMatchObject({ status, body: { success: false, status, error: { code } } });
  });

  it("of another method says which there are", async () => {
    const answer = await call("DELETE", "/api/auth/me");
    expect(answer).toMatchObject({ status: 405, body: { error: { code: "method-not-allowed" } } });
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  it("of a path that is no text is the caller's", async () => {
    expect(await call("GET", "/api/sightings/%E0%A4%A")).toMatchObject({
      status: 400,
      body: { error: { code: "bad-request" } },
    });
  });
});

describe("the database", () => {
  it("that may only be read refuses changes and answers the rest", async () => {
    const { token } = await register();
    const master = await asMaster();
    await master.query("REVOKE INSERT ON sightings FROM rainbow_app");
    try {
      const body = { lat: 1, lon: 1, seenAt: "2026-07-01T18:30:00+09:00", intensity: 3 };
      const answer = await call("POST", "/api/sightings", { token, body });
      expect(answer).toMatchObject({ status: 503, body: { error: { code: "read-only" } } });
      expect(answer.headers.get("retry-after")).toBe("5");
      expect((await call("GET", "/api/sightings")).status).toBe(200);
    } finally {
      await master.query("GRANT INSERT ON sightings TO rainbow_app");
      await master.end();
    }
  });

  it("that gives no connection is 503, and that it does again needs nothing else", async () => {
    const master = await asMaster();
    await master.query("ALTER ROLE rainbow_app CONNECTION LIMIT 0");
    try {
      await master.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'rainbow_app'");
      const answer = await call("GET", "/api/sightings");
      expect(answer).toMatchObject({ status: 503, body: { error: { code: "database-unavailable" } } });
    } finally {
      await master.query("ALTER ROLE rainbow_app CONNECTION LIMIT -1");
      await master.end();
    }
    expect((await call("GET", "/api/sightings")).status).toBe(200);
  });
});
