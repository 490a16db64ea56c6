// The map in a real browser: what it shows, what it asks for, and whom.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { measured, servePage, type PageOptions, type PageServer } from "../lib/page-server.ts";
import { desk, openBrowser, phone, visit, type Visit } from "../lib/visitor.ts";

const at = new Date("2026-11-24T15:00:00+09:00");
const now = () => at;
const shower = { rain_mm: 0.5, sunshine_h: 0.4, temperature_c: 8.4, humidity_pct: 81, cloud_octas: 5 };
const sightings = [
  { lat: 36.16, lon: 138.03, photo: { id: "of-a-rainbow", width: 2048, height: 1365 } },
  { lat: 36.05, lon: 137.9, photo: null },
].map((each, index) => ({
  ...each,
  seenAt: new Date(at.getTime() - (index + 1) * 3_600_000),
  intensity: 4 - index,
  doubleBow: index === 0,
  distanceKm: 8,
}));

let browser: Browser;
const servers: PageServer[] = [];
const visits: Visit[] = [];
beforeAll(async () => {
  browser = await openBrowser();
});
afterEach(async () => {
  for (const { close } of visits.splice(0)) await close();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => browser?.close());

async function open(options: Partial<PageOptions> = {}, visitor: Parameters<typeof visit>[2] = {}): Promise<Visit> {
  const server = await servePage({ now, weather: measured(shower, now), sightings, ...options });
  servers.push(server);
  const opened = await visit(browser, server.url, { viewport: desk, ...visitor });
  visits.push(opened);
  return opened;
}
async function unfold(page: Page): Promise<void> {
  await page.locator("#map").scrollIntoViewIfNeeded();
  await page.locator("#map[data-state=filled]").waitFor();
}
/** Of an element, in the page. */
async function middle(page: Page, selector: string, index = 0): Promise<{ x: number; y: number }> {
  const box = (await page.locator(selector).nth(index).boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

describe("the map", () => {
  it("is loaded when it comes into view, from this service alone", async () => {
    const { page, requests, problems } = await open({}, { viewport: phone });
    expect(requests.filter((url) => /\/page\/|sightings/.test(url))).toEqual([]);
    await unfold(page);
    const paths = requests.map((url) => new URL(url).pathname.replace(/-[0-9a-f]{12}\./, "-DIGEST."));
    for (const path of ["leaflet-1.9.4.js", "leaflet-1.9.4.css", "map-DIGEST.js"])
      expect(paths).toContain(`/below/page/${path}`);
    expect(paths).toContain("/below/api/sightings/box");
    expect(problems).toEqual([]);
  });

  it("has the sightings where they were, north up, and the direction of the bow opposite the sun", async () => {
    const { page } = await open();
    await unfold(page);
    expect(await page.locator(".map-bow").count()).toBe(2);
    const here = await middle(page, "#map .map-here");
    const [first, second] = [await middle(page, ".map-bow", 0), await middle(page, ".map-bow", 1)];
    // The first to the north-east, the second to the south-west.
    expect([first.x > here.x, first.y < here.y, second.x < here.x, second.y > here.y]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    // A degree of longitude is 0.81 of one of latitude here: the pixels say the same.
    const ratio = (first.x - here.x) / (138.03 - 137.95) / ((here.y - first.y) / (36.16 - 36.11));
    expect(ratio).toBeGreaterThan(0.78);
    expect(ratio).toBeLessThan(0.84);
    const label = page.locator(".map-label", { hasText: "Look here" });
    const look = (await label.locator("span").boundingBox())!;
    const azimuth = (Math.atan2(look.x + look.width / 2 - here.x, here.y - look.y - look.height / 2) * 180) / Math.PI;
    expect(Math.abs(azimuth - 49)).toBeLessThan(4);
  });

  it("says what each is, to the mouse and to the keyboard, with its photo", async () => {
    const { page, problems } = await open();
    await unfold(page);
    const bow = page.locator(".map-bow").first();
    expect(await bow.getAttribute("title")).toMatch(/24 Nov.* · brightness 4 of 5 · double/);
    await bow.focus();
    await page.keyboard.press("Enter");
    const popup = page.locator(".leaflet-popup");
    await popup.waitFor();
    expect(await popup.innerText()).toContain("brightness 4 of 5");
    expect(await popup.locator("a img").getAttribute("alt")).toBe("Photo of the rainbow");
    await page.waitForFunction("document.querySelector('.leaflet-popup img').naturalWidth === 480");
    expect(await popup.locator("a", { has: page.locator("img") }).getAttribute("href")).toBe(
      "api/photos/of-a-rainbow/large",
    );
    await page.keyboard.press("Escape");
    await popup.waitFor({ state: "detached" });
    expect(problems).toEqual([]);
  });

  it("asks again for what comes into view", async () => {
    const { page, requests } = await open();
    await unfold(page);
    const asked = () => requests.filter((url) => url.includes("sightings/box"));
    expect(asked()).toHaveLength(1);
    await page.getByRole("button", { name: "Zoom out" }).click();
    await expect.poll(() => asked().length).toBe(2);
    const [before, after] = asked().map((url) => new URL(url).searchParams);
    expect(Number(after?.get("west"))).toBeLessThan(Number(before?.get("west")));
    expect(await page.locator(".map-bow").count()).toBe(2);
  });

  it.each(["en-GB", "ja-JP"])("says when sightings cannot be had, and shows the rest (%s)", async (locale) => {
    const { page } = await open(
      {},
      { locale, prepare: (page) => page.route("**/sightings/box*", (route) => route.abort()) },
    );
    await page.locator("#map").scrollIntoViewIfNeeded();
    await page
      .locator("#map-status")
      .filter({ hasText: locale === "ja-JP" ? "表示できません" : "cannot be shown" })
      .waitFor();
    expect(await page.locator(".map-label").count()).toBeGreaterThan(5);
  });

  it("leaves one finger to the page on a phone", async () => {
    const { page } = await open({}, { viewport: phone, hasTouch: true, isMobile: true });
    await unfold(page);
    expect(await page.locator("#map.leaflet-touch-drag").count()).toBe(0);
    const box = (await page.locator("#map").boundingBox())!;
    expect(box.width).toBeLessThanOrEqual(phone.width);
  });

  it("is not there without scripts", async () => {
    const { page } = await open({}, { javaScriptEnabled: false });
    expect(await page.locator("#map").isVisible()).toBe(false);
  });
});

describe("tiles of somebody else", () => {
  const attribution = "地理院タイル <b>";
  const link = "https://maps.gsi.go.jp/development/ichiran.html";

  it("are asked for from their host alone, and credited as text", async () => {
    const asked: string[] = [];
    const host = createServer((request, response) => {
      asked.push(request.url ?? "");
      response
        .setHeader("content-type", "image/svg+xml")
        .end('<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>');
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const { page, problems } = await open({ tiles: { url: `${origin}/pale/{z}/{x}/{y}.png`, attribution, link } });
    await unfold(page);
    await expect.poll(() => asked.length).toBeGreaterThan(3);
    for (const path of asked) expect(path).toMatch(/^\/pale\/\d+\/\d+\/\d+\.png$/);
    const credit = page.locator(".leaflet-control-attribution a", { hasText: "地理院タイル" });
    expect([await credit.innerText(), await credit.getAttribute("href")]).toEqual([attribution, link]);
    expect(problems.filter((problem) => !problem.includes(`requests ${origin}/pale/`))).toEqual([]);
    host.closeAllConnections();
    await new Promise((resolve) => host.close(resolve));
  });
});
