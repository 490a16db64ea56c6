// The page in a real browser with the real model: what it says by day and by night, and what can be done with it.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { attributions } from "../../api/src/features/weather/providers/attributions.ts";
import type { WeatherProvider } from "../../api/src/features/weather/weather.ts";
import { apiCommit, measured, mlCommit, servePage, type PageOptions, type PageServer } from "../lib/page-server.ts";
import { desk, openBrowser, phone, visit, type Visit } from "../lib/visitor.ts";

/** A shower has just passed, and the sun shines again. */
const shower = { rain_mm: 0.5, sunshine_h: 0.4, temperature_c: 8.4, humidity_pct: 81, cloud_octas: 5 };

let browser: Browser;
const servers: PageServer[] = [];
const visits: Visit[] = [];

async function open(
  at: string,
  { query = "", ...options }: Omit<PageOptions, "now"> & { query?: string } = {},
  visitor: Parameters<typeof visit>[2] = {},
): Promise<Visit> {
  const server = await servePage({ now: () => new Date(at), ...options });
  servers.push(server);
  const opened = await visit(browser, `${server.url}${query}`, visitor);
  visits.push(opened);
  return opened;
}
const showerAt = (at: string) => ({ weather: measured(shower, () => new Date(at)) });
const afternoon = "2026-11-24T15:00:00+09:00";

beforeAll(async () => {
  browser = await openBrowser();
});
afterEach(async () => {
  const opened = visits.splice(0);
  for (const { close } of opened) await close();
  for (const server of servers.splice(0)) server.close();
  const problems = opened.flatMap(({ problems }) => problems);
  if (problems.length > 0) throw new Error(`The page did what it must not:\n${problems.join("\n")}`);
});
afterAll(() => browser?.close());

describe("the page", () => {
  it("says how likely a rainbow is, where to look, from which weather, and what runs", async () => {
    const { page } = await open(afternoon, showerAt(afternoon));
    const text = await page.locator("body").innerText();
    for (const expected of [
      "Shiojiri · Tue, 24 Nov 2026 15:00, Japan time",
      "A rainbow is likely now",
      "times the usual 1.9 %",
      "North-east",
      "Azimuth 49°, from the horizon up to 27° high (about 2.5 fists at arm's length)",
      "Turn your back to the sun: it stands 15.4° high in the south-west (229°).",
      "06:54–16:14",
      "24 min",
      "Measured in Matsumoto, 16 km away, at 14:56, 4 minutes ago",
      "Source: Japan Meteorological Agency",
      apiCommit.slice(0, 12),
      mlCommit.slice(0, 12),
      "PostgreSQL",
      "answers",
    ])
      expect(text).toContain(expected);
    expect(Number.parseFloat(await page.locator("#chance").innerText())).toBeGreaterThan(50);
    expect(await page.title()).toContain("A rainbow is likely now");
    expect(await page.locator(".attribution a").first().getAttribute("href")).toBe(attributions.jma.url);
    expect(await page.locator(".away").count()).toBe(0);
  });

  it("shows the bow over the arrow that says where to look, opposite the sun", async () => {
    const { page } = await open(afternoon, showerAt(afternoon), { viewport: desk });
    expect(await page.locator("figure svg").count()).toBe(1);
    expect(await page.locator("figure svg .sun").count()).toBe(1);
    expect(await page.locator("figure svg .bow").count()).toBe(6);
    expect(await page.locator("figure svg").getAttribute("aria-labelledby")).toBe("sky-title sky-description");
    expect(await page.locator("#sky-description").textContent()).toContain("north-east: Azimuth 49°");
    const [bow, arrow, sun] = await Promise.all(
      [".bow", ".look", ".sun"].map((part) => page.locator(`figure svg ${part}`).first().boundingBox()),
    );
    const middle = (box: typeof bow) => box!.x + box!.width / 2;
    expect(Math.abs(middle(bow) - middle(arrow))).toBeLessThan(2);
    expect(sun!.x > bow!.x + bow!.width || sun!.x + sun!.width < bow!.x).toBe(true);
  });

  it.each([
    ["in the morning", "2026-11-24T07:30:00+09:00"],
    ["in the afternoon", afternoon],
  ])("has the whole bow in view on a phone %s", async (_name, at) => {
    const { page } = await open(at, {}, { viewport: phone });
    const picture = (await page.locator("figure svg").boundingBox())!;
    for (const part of [".bow", ".look"]) {
      const box = (await page.locator(`figure svg ${part}`).first().boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(picture.x);
      expect(box.x + box.width).toBeLessThanOrEqual(picture.x + picture.width);
    }
  });

  it("says in Japanese that it is night", async () => {
    const { page } = await open("2026-11-24T05:00:00+09:00", {}, { locale: "ja-JP" });
    const text = await page.locator("body").innerText();
    for (const expected of ["塩尻レインボーシーカー", "夜なので、いま虹は見えません", "06:54–16:14", "0 %"])
      expect(text).toContain(expected);
    expect(await page.locator("html").getAttribute("lang")).toBe("ja");
    expect(await page.locator(":is(.sun, .bow, .look)").count()).toBe(0);
  });

  it("shows no rainbow while the sun is too high", async () => {
    const { page } = await open("2026-06-21T12:00:00+09:00", {}, { viewport: desk });
    expect(await page.locator("h1").innerText()).toBe("No rainbow now: the sun is too high");
    expect(await page.locator("#windows").innerText()).toMatch(/04:5\d–08:1\d, 15:2\d–18:4\d\.$/);
    expect(await page.locator("figure svg .bow").count()).toBe(0);
    expect(await page.locator("figure svg .window").count()).toBe(2);
  });

  it("has the windows of a week, in which days grow longer or shorter by minutes", async () => {
    const { page } = await open("2026-02-10T12:00:00+09:00");
    const card = page.locator("section", { has: page.locator("#week") });
    const rows = await card.locator("tbody tr").allInnerTexts();
    expect(rows).toHaveLength(7);
    expect(rows[0]).toMatch(/^Tue 10 Feb\s+07:\d\d–17:\d\d$/);
    const ends = rows.map((row) => row.slice(-5));
    expect(ends).toEqual(ends.toSorted());
  });

  it("shows which services do not answer, and the rest", async () => {
    const away = Promise.reject(new Error("connect ECONNREFUSED"));
    away.catch(() => {});
    const options = { ...showerAt(afternoon), mlUrl: "http://127.0.0.1:1", ping: () => away };
    const { page } = await open(afternoon, options);
    const text = await page.locator("body").innerText();
    expect(text).toContain("The service that works out sun and chance does not answer");
    expect(text).toContain("Measured in Matsumoto");
    expect(await page.locator("td.away").allInnerTexts()).toEqual(["does not answer", "does not answer"]);
    expect(await page.locator("figure svg").count()).toBe(0);
  });

  it("counts what was seen nearby, and says roughly where", async () => {
    const seen = (days: number) => new Date(new Date(afternoon).getTime() - days * 86_400_000);
    const glimpse = { lat: 36.12, lon: 137.97, intensity: 4, doubleBow: true, distanceKm: 2.1, photo: null };
    const sightings = [1, 2, 3, 4].map((days) => ({ ...glimpse, seenAt: seen(days) }));
    const { page } = await open(afternoon, { sightings });
    expect(await page.locator("#sighting-count").innerText()).toContain("4 rainbows were reported within 20 km");
    expect(await page.locator("li").allInnerTexts()).toHaveLength(3);
    expect(await page.locator("li").first().innerText()).toBe(
      "23 Nov 15:00, 36.12° N, 137.97° E (2 km away) brightness 4 of 5 · double",
    );
  });
});

describe("the law", () => {
  const ofTheFuture =
    /forecast|predict|expect|tomorrow|later|soon|\bwill\b|coming|to come|next|予報|予測|予想|明日|今後|これから|でしょう|見込み/i;

  it.each(["en-GB", "ja-JP"])("without a permit, nothing is said of the future (%s)", async (locale) => {
    for (const options of [{}, showerAt(afternoon), { mlUrl: "http://127.0.0.1:1" }]) {
      const { page } = await open(afternoon, options, { locale });
      const said = await page.evaluate<string>(
        "document.title + document.querySelector('meta[name=description]').content + document.body.innerText + (document.querySelector('figure svg')?.textContent ?? '')",
      );
      expect(said).not.toMatch(ofTheFuture);
    }
  });

  it("with a permit, the hours to come are shown with it", async () => {
    const mode = { name: "forecast", permit: "第999号 <b>&amp;" } as const;
    const { page } = await open(afternoon, { ...showerAt(afternoon), mode }, { locale: "ja-JP" });
    const card = page.locator("section", { has: page.locator("#ahead") });
    expect(await card.locator("tbody tr").count()).toBe(4);
    expect(await card.locator("tbody tr").first().innerText()).toMatch(/^14:56–15:56\s+[\d.]+ %$/);
    expect(await card.innerText()).toContain("第999号 <b>&amp;");
  });
});

describe("a visitor", () => {
  const here = { latitude: 36.238742, longitude: 137.971234 };

  it("is asked for a place by the button only, and it is rounded before it leaves", async () => {
    const { page, requests } = await open(afternoon, showerAt(afternoon), {
      geolocation: here,
      permissions: ["geolocation"],
      prepare: (page) =>
        page.addInitScript(
          "const get = Geolocation.prototype.getCurrentPosition; globalThis.asked = 0;" +
            "Geolocation.prototype.getCurrentPosition = function (...parts) { asked += 1; return get.apply(this, parts); }",
        ),
    });
    expect(await page.evaluate("asked")).toBe(0);
    await page.getByRole("button", { name: "At my place" }).click();
    await page.waitForURL(/lat=/);
    expect(new URL(page.url()).search).toBe("?lat=36.24&lon=137.97");
    expect(await page.locator("body").innerText()).toContain("36.24° N, 137.97° E");
    expect(requests.join(" ")).not.toMatch(/36\.238|137\.971/);
    await page.getByRole("link", { name: "日本語" }).click();
    await page.waitForURL(/lang=ja/);
    expect(await page.locator("body").innerText()).toContain("北緯36.24°、東経137.97°");
    await page.getByRole("link", { name: "塩尻に戻る" }).click();
    await page.waitForURL((url) => !url.search.includes("lat"));
    expect(await page.locator(".where").innerText()).toContain("塩尻 ·");
  });

  it.each([
    ["refuses", {}, "Your position was not shared, which is fine."],
    [
      "has no position",
      { permissions: ["geolocation"], prepare: (page: Page) => page.context().setGeolocation(null) },
      "Your device could not find its position.",
    ],
  ])("who %s keeps the page, and is told so kindly", async (_name, options, said) => {
    const { page, requests } = await open(afternoon, {}, options);
    const button = page.getByRole("button", { name: "At my place" });
    await button.click();
    await page.getByText(said).waitFor();
    expect(await button.isEnabled()).toBe(true);
    expect(requests).toHaveLength(1);
  });

  it("without scripts reads everything, in either language, and gets no button that does nothing", async () => {
    const { page } = await open(afternoon, showerAt(afternoon), { javaScriptEnabled: false });
    const text = await page.locator("main").innerText();
    for (const part of ["A rainbow is likely now", "North-east", "Measured in Matsumoto"]) expect(text).toContain(part);
    expect(await page.locator("button").isVisible()).toBe(false);
    await page.getByRole("link", { name: "日本語" }).click();
    await page.waitForURL(/lang=ja/);
    expect(await page.locator("html").getAttribute("lang")).toBe("ja");
  });

  it.each([
    ["reduce", "none"],
    ["no-preference", "appear"],
  ] as const)("who prefers motion as %s gets it so", async (reducedMotion, animation) => {
    const { page } = await open(afternoon, {}, { reducedMotion });
    expect(await page.evaluate("getComputedStyle(document.querySelector('.bows')).animationName")).toBe(animation);
  });

  it("is not harmed by what others wrote", async () => {
    const hostile = (what: string) => `<img src=x onerror="globalThis.owned=1">'"&lt;${what}`;
    const given = measured(shower, () => new Date(afternoon));
    const weather: WeatherProvider = {
      ...given,
      name: hostile("provider"),
      attribution: { text: hostile("credit"), textJa: "", url: "javascript:globalThis.owned=1", licence: '"><script>' },
      site: async (place, signal) => ({
        ...(await given.site(place, signal)),
        station: { name: hostile("station"), nameJa: "" },
      }),
    };
    const versions = { api: hostile("api"), ml: hostile("ml") };
    const mode = { name: "forecast", permit: hostile("permit") } as const;
    const { page } = await open(afternoon, { weather, versions, mode });
    const text = await page.locator("body").innerText();
    for (const what of ["provider", "credit", "station", "api", "ml", "permit"]) expect(text).toContain(hostile(what));
    expect(await page.locator("img, [onerror], a[href^=javascript]").count()).toBe(0);
    expect(await page.evaluate("typeof globalThis.owned")).toBe("undefined");
    const words = await page.evaluate<string>("document.body.innerHTML");
    expect(words).not.toContain("<img");
  });
});
