// The page, as a browser gets it: on real PostgreSQL and Redis, with a weather service and an ml that are servers of the
// test. How it looks and is used: test/browser.
import { createHash } from "node:crypto";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createJma } from "../src/features/weather/providers/jma.ts";
import { createWeatherService } from "../src/features/weather/service.ts";
import { runApi } from "./running-api.ts";
import { amedasFile, amedasTable } from "./weather/shapes.ts";
import { json, troubles, weatherServer, type Handler } from "./weather/weather-server.ts";

/** 15:14 in Japan. */
const now = () => new Date("2026-11-24T06:14:00Z");
const patience = 1500;
const stationFiles: Handler = (url, response, request) => {
  const files: Record<string, Handler> = {
    "/bosai/amedas/const/amedastable.json": json(amedasTable),
    "/bosai/amedas/data/latest_time.txt": (_url, response) => response.end("2026-11-24T15:10:00+09:00"),
    "/bosai/amedas/data/point/48361/20261124_12.json": json(amedasFile("20261124", 12)),
    "/bosai/amedas/data/point/48361/20261124_15.json": json(amedasFile("20261124", 15, "1510")),
  };
  (files[url.pathname] ?? json({}, 404))(url, response, request);
};
const stations = await weatherServer(stationFiles);
/** What is waited for is the page: the weather service itself is given all the time. */
const patient = 15_000;
const weatherOf = (origin: string, clock = now, timeout = patient) =>
  createWeatherService(createJma({ origin, now: clock, timeout }), clock, timeout);
const failing = await weatherServer();
let hoursLater = 0;
const later = () => new Date(now().getTime() + hoursLater * 3_600_000);

const present = await runApi("page_present", { weather: weatherOf(stations.origin), now, patience: patient });
const permit = "気象庁長官許可第999号 <script>";
const mode = { name: "forecast", permit } as const;
const forecast = await runApi("page_forecast", { weather: weatherOf(stations.origin), mode, now, patience: patient });
const without = await runApi("page_without", { now, patience: patient });
const hurried = await runApi("page_hurried", { weather: weatherOf(stations.origin), now, patience });
/** Its weather service is given up before the page is, so that no call goes on into the next test. */
const troubled = await runApi("page_troubled", { weather: weatherOf(failing.origin, later, 800), now, patience });
/** On the clock of this machine, as sightings are. */
const live = await runApi("page_live", { patience: patient });
const apis = [present, forecast, without, hurried, troubled, live];
afterAll(() => Promise.all([...apis.map(({ stop }) => stop()), stations.close(), failing.close()]));

const sky = {
  sun: { elevation: 12, azimuth: 229 },
  gate: "open",
  look: { azimuth: 49, top_elevation: 30 },
  windows: [{ from: "2026-11-23T21:54:00.000Z", to: "2026-11-24T07:14:00.000Z" }],
  path: [],
  usual_rate: 0.02,
};
/** Nothing on the second day, and two on the third. */
const week = {
  windows: [
    ...sky.windows,
    { from: "2026-11-25T21:56:00.000Z", to: "2026-11-26T01:00:00.000Z" },
    { from: "2026-11-26T05:00:00.000Z", to: "2026-11-26T07:13:00.000Z" },
  ],
};
/** What ml was asked. */
const questions: any[] = [];
beforeEach(() => {
  questions.length = 0;
  failing.answer = stationFiles;
  for (const { ml } of apis)
    ml.answer = async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      questions.push(text === "" ? request.url : JSON.parse(text));
      const answers: Record<string, object> = {
        "/v1/sky": sky,
        "/v1/windows": week,
        "/version": { service: "ml", commit: "def5678" },
      };
      const prediction = { probability: 0.124, gate: "open" };
      const answer = answers[request.url!.split("?")[0]!] ?? prediction;
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    };
});

const browserHeaders = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
async function read(api: typeof present, query = "", headers: Record<string, string> = {}) {
  const started = Date.now();
  const answer = await api.call("GET", `/${query}`, { headers: { ...browserHeaders, ...headers } });
  return { ...answer, html: answer.body as string, milliseconds: Date.now() - started };
}

describe("the page", () => {
  it("says what ml makes of the present weather, and nothing ahead of it", async () => {
    const { status, html } = await read(present);
    expect(status).toBe(200);
    for (const said of [
      "A fair chance of a rainbow now",
      "12 %",
      "6.2 times the usual 2.0 %",
      "Azimuth 49°",
      "06:54–16:14",
      "Measured in Matsumoto, 15 km away",
      "at 15:10, 4 minutes ago",
      "Source: Japan Meteorological Agency",
      "abc1234",
      "def5678",
    ])
      expect(html).toContain(said);
    const asked = questions.filter((question) => typeof question === "object");
    expect(asked).toMatchObject([{ lat: 36.11, lon: 137.95, lead_h: 0, at: "2026-11-24T06:10:00.000Z" }]);
    const skyQuestion = new URL(
      questions.find((question) => String(question).startsWith("/v1/sky")),
      "http://ml",
    );
    expect(skyQuestion.searchParams.get("from")).toBe("2026-11-24T00:00:00+09:00");
  });

  it("says for each day of a week when the sun is low enough", async () => {
    const { html } = await read(present);
    const rows = [...html.matchAll(/<tr><th scope="row">(\w{3} \d+ \w{3})<\/th><td>([^<]*)<\/td><\/tr>/g)];
    expect(rows.map(([, day, times]) => [day, times])).toEqual([
      ["Tue 24 Nov", "06:54–16:14"],
      ["Wed 25 Nov", "at no time"],
      ["Thu 26 Nov", "06:56–10:00, 14:00–16:13"],
      ["Fri 27 Nov", "at no time"],
      ["Sat 28 Nov", "at no time"],
      ["Sun 29 Nov", "at no time"],
      ["Mon 30 Nov", "at no time"],
    ]);
    const asked = questions.find((question) => String(question).startsWith("/v1/windows"));
    expect(new URL(asked, "http://ml").searchParams.get("from")).toBe("2026-11-24T00:00:00+09:00");
  });

  it("does without the week where ml is of before and has none", async () => {
    const quick = present.ml.answer;
    present.ml.answer = (request, response) => {
      if (request.url?.startsWith("/v1/windows"))
        response.writeHead(404).end('{"error":{"code":"not-found","message":""}}');
      else quick(request, response);
    };
    const { html, headers } = await read(present);
    expect(html).toContain("A fair chance of a rainbow now");
    expect(html).not.toContain('id="week"');
    expect(headers.get("cache-control")).toBe("public, max-age=30");
  });

  it("says without weather what is usual", async () => {
    const { html } = await read(without);
    for (const said of ["the weather is not known", "2.0 % is usual", "No weather service is connected here."])
      expect(html).toContain(said);
    expect(questions.filter((question) => typeof question === "object")).toEqual([]);
  });

  it("shows the hours ahead under a permit, as text", async () => {
    const { html } = await read(forecast);
    const leads = questions.flatMap((question) => (typeof question === "object" ? [question.lead_h] : []));
    expect(leads.toSorted()).toEqual([0, 1, 2, 3, 6]);
    expect(html).toContain("15:10–16:10");
    expect(html).toContain("気象庁長官許可第999号 &lt;script&gt;");
  });

  it("is in the reader's language, and in the one that was chosen on it", async () => {
    const japanese = await read(without, "", { "accept-language": "ja,en;q=0.5" });
    expect([japanese.html.includes('<html lang="ja">'), japanese.headers.get("content-language")]).toEqual([
      true,
      "ja",
    ]);
    const english = await read(without, "?lang=en", { "accept-language": "ja" });
    expect(english.html).toContain('<html lang="en">');
    // Links keep the choice.
    expect(english.html).toContain('href="?lang=en"');
    expect((await read(without, "", { "accept-language": "de" })).html).toContain('<html lang="en">');
  });

  it("is about the place of the query, rounded to a kilometre, of which neither ml nor a link learns more", async () => {
    const { html } = await read(present, "?lat=36.238742&lon=137.971234");
    expect(html).toContain("36.24° N, 137.97° E");
    expect(html).not.toMatch(/36\.238|137\.971/);
    expect(JSON.stringify(questions)).not.toMatch(/36\.238|137\.971/);
    expect(html).toContain("lang=ja&amp;lat=36.24&amp;lon=137.97");
  });

  it.each(["?lat=36", "?lat=91&lon=0", "?lat=a&lon=b", "?lang=fr", "?lat=1&lat=2&lon=3"])(
    "refuses %s",
    async (query) => {
      expect(await present.call("GET", `/${query}`, { headers: browserHeaders })).toMatchObject({
        status: 422,
        body: { error: { code: "invalid" } },
      });
    },
  );

  it("shows so many places a minute with their weather, and then without", async () => {
    const headers = { "x-forwarded-for": "192.0.2.7" };
    let last = "";
    for (let asked = 0; asked <= 60; asked += 1) last = (await read(present, "?lat=36.2&lon=137.9", headers)).html;
    expect(last).toContain("Many places were asked for from your address.");
    expect((await read(present, "", headers)).html).toContain("Measured in Matsumoto");
  });
});

describe("sightings on the page", () => {
  it("have their photos with them, as links that work below a path too", async () => {
    const { token } = await live.register();
    const body = { lat: 36.11, lon: 137.95, seenAt: new Date().toISOString(), intensity: 3 };
    const ids: string[] = [];
    for (let index = 0; index < 2; index += 1)
      ids.push((await live.call("POST", "/api/sightings", { body, token })).body.data.id);
    const { rows } = await live.database.query<{ id: string }>(
      `INSERT INTO photos (sighting_id, user_id, ready_at, width, height)
       SELECT id, user_id, now(), 2048, 1365 FROM sightings WHERE id = $1 RETURNING id`,
      [ids[0]],
    );
    // One that nobody has checked yet.
    await live.database.query(
      "INSERT INTO photos (sighting_id, user_id) SELECT id, user_id FROM sightings WHERE id = $1",
      [ids[1]],
    );
    const { html } = await read(live);
    const path = `api/photos/${rows[0]!.id}`;
    expect(html).toContain(
      `<a class="photo" href="${path}/large"><img src="${path}/thumbnail" width="240" height="160"`,
    );
    expect(html.match(/<img /g)).toHaveLength(1);
    await live.database.query("DELETE FROM sightings");
  });

  it("are counted around the place, the newest shown roughly, and nothing of who reported them", async () => {
    const { token, id } = await live.register();
    const report = async (lat: number, lon: number, hoursAgo: number) => {
      const seenAt = new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
      const body = { lat, lon, seenAt, intensity: 3, note: "from my garden in Hirooka" };
      expect((await live.call("POST", "/api/sightings", { body, token })).status).toBe(201);
    };
    for (const hoursAgo of [1, 2, 3, 4]) await report(36.118_765 + hoursAgo / 1000, 137.954_321, hoursAgo);
    await report(36.5, 137.95, 1);
    await report(36.11, 137.95, 24 * 8);
    const { html } = await read(live);
    expect(html).toContain("4 rainbows were reported within 20 km");
    expect(html.match(/<li>/g)).toHaveLength(3);
    expect(html).toContain("36.12° N, 137.95° E (1 km away)");
    for (const secret of ["36.119", "137.954", "garden", "Hiker", id]) expect(html).not.toContain(secret);
    expect((await read(live, "?lat=35.5&lon=138.5")).html).toContain("No rainbow was reported within 20 km");
  });
});

describe("the page when something is away", () => {
  it("stays without ml, with weather and versions, and is not kept", async () => {
    present.ml.answer = (_request, response) => response.writeHead(404).end("not of this version");
    const { status, html, headers } = await read(present, "", { "accept-language": "ja" });
    expect(status).toBe(200);
    expect(html).toContain("確率を計算するサービスが応答しません");
    expect(html).toContain("観測所：松本");
    expect(html).not.toContain("<svg");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("does not wait for an ml that hangs", async () => {
    hurried.ml.answer = () => {};
    const { html, milliseconds } = await read(hurried);
    expect(html).toContain("The service that works out sun and chance does not answer");
    expect(html).toContain("does not answer</td>");
    expect(milliseconds).toBeLessThan(patience + 1500);
  });

  it("shows sun and sky where only the chance takes too long", async () => {
    const quick = hurried.ml.answer;
    hurried.ml.answer = (request, response) => {
      if (request.url !== "/v1/predict") quick(request, response);
    };
    const { html, headers } = await read(hurried);
    expect(html).toContain("The chance of a rainbow is not known at the moment");
    expect(html).toContain("<svg");
    expect(html).toContain("Measured in Matsumoto");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("does not wait for a weather service that hangs", async () => {
    const hanging = await weatherServer(() => {});
    const api = await runApi("page_hanging", { weather: weatherOf(hanging.origin), now, patience });
    api.ml.answer = hurried.ml.answer;
    const { html, milliseconds } = await read(api);
    await Promise.all([api.stop(), hanging.close()]);
    expect(html).toContain("The weather service does not answer at the moment.");
    expect(html).toContain("<svg");
    expect(milliseconds).toBeLessThan(patience + 1500);
  });

  it("does not wait for a database that does not answer", async () => {
    const master = await hurried.asMaster();
    await master.query("BEGIN");
    await master.query("LOCK TABLE sightings, users IN ACCESS EXCLUSIVE MODE");
    try {
      const { html, milliseconds } = await read(hurried);
      expect(html).toContain("Sightings cannot be read at the moment.");
      expect(html).toContain("A fair chance of a rainbow now");
      expect(html).toMatch(/PostgreSQL<\/td><td class="away">/);
      expect(milliseconds).toBeLessThan(patience + 1500);
    } finally {
      await master.query("ROLLBACK");
      await master.end();
    }
  });

  it.each(Object.entries(troubles))("shows all but the weather where its service %s", async (_name, { answer }) => {
    // By then nothing is known any more, and the service is not left alone any longer.
    hoursLater += 3;
    failing.answer = answer;
    const { status, html, headers, milliseconds } = await read(troubled);
    expect(status).toBe(200);
    expect(html).toContain("The weather service does not answer at the moment.");
    expect(html).toContain("2.0 % is usual");
    expect(html).toContain("<svg");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(milliseconds).toBeLessThan(patience + 1500);
  });
});

describe("what a browser may do with it", () => {
  it("keep the page of Shiojiri for half a minute, and of no other place at all", async () => {
    const { headers } = await read(present);
    expect(headers.get("cache-control")).toBe("public, max-age=30");
    expect(headers.get("vary")?.toLowerCase()).toContain("accept-language");
    expect((await read(without)).headers.get("cache-control")).toBe("public, max-age=30");
    expect((await read(present, "?lat=36.2&lon=137.9")).headers.get("cache-control")).toBe("no-store");
  });

  it("run and draw what the page is made of, and ask for nothing else", async () => {
    const { html, headers } = await read(present);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    for (const rule of ["connect-src", "manifest-src", "worker-src"]) expect(policy).toContain(`${rule} 'self';`);
    expect(policy).toContain("img-src data: 'self';");
    for (const element of ["style", "script"]) {
      const [, text = ""] = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(html) ?? [];
      expect(policy).toContain(`'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    }
    expect(html).not.toMatch(
      / src=|@import|url\((?!#)|\son\w+=| style=|<iframe|<link (?!rel="(icon" href="data:|manifest" href="manifest\.|apple-touch-icon" href="icon\.))/,
    );
    const addresses = html.match(/https?:[^"'\s]+/g) ?? [];
    const known = ["http://www.w3.org/2000/svg", "https://www.jma.go.jp/"];
    expect(addresses.filter((address) => !known.some((start) => address.startsWith(start)))).toEqual([]);
    expect(headers.get("permissions-policy")).toContain("geolocation=(self)");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  it("be done soon: it is small", async () => {
    for (const api of [present, forecast]) expect(Buffer.byteLength((await read(api)).html)).toBeLessThan(30_000);
  });
});
