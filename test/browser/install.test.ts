// The page on a phone's home screen, and without a network; a real browser says whether it can be installed.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measured, servePage, type PageServer } from "../lib/page-server.ts";
import { openBrowser, visit } from "../lib/visitor.ts";

const now = () => new Date("2026-11-24T15:00:00+09:00");
const shower = { rain_mm: 0.5, sunshine_h: 0.4, temperature_c: 8.4, humidity_pct: 81, cloud_octas: 5 };

let browser: Browser;
let server: PageServer;
beforeAll(async () => {
  browser = await openBrowser();
  server = await servePage({ now, weather: measured(shower, now) });
});
afterAll(async () => {
  await browser?.close();
  server.close();
});

const isServed = "navigator.serviceWorker.ready.then(({ active }) => active.state)";

describe("the page as an app", () => {
  it.each([
    ["en-GB", "Rainbow Seeker"],
    ["ja-JP", "塩尻レインボーシーカー"],
  ])("can be installed (%s)", async (locale, name) => {
    const { page, problems, close } = await visit(browser, server.url, { locale });
    const session = await page.context().newCDPSession(page);
    const { errors, data = "{}", url } = await session.send("Page.getAppManifest");
    expect(errors).toEqual([]);
    expect(url).toContain("/below/manifest.webmanifest");
    expect(JSON.parse(data)).toMatchObject({ name, start_url: "./", display: "standalone" });
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    // Each test has a profile of its own, which is one that forgets.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it("has icons of the sizes that it names", async () => {
    const { page, close } = await visit(browser, server.url);
    for (const [file, size] of [
      ["icon.png", 192],
      ["icon-large.png", 512],
    ] as const) {
      await page.goto(`${server.url}${file}`);
      expect(await page.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]")).toEqual([
        size,
        size,
      ]);
    }
    await close();
  });

  it("opens without a network as it was, says so, and is of now when the network is back", async () => {
    const { page, close } = await visit(browser, server.url);
    expect(await page.evaluate(isServed)).toMatch(/activ/);
    await page.reload();
    const heading = await page.locator("h1").innerText();
    const banner = page.locator("#offline");
    expect(await banner.isVisible()).toBe(false);

    await page.context().setOffline(true);
    for (const query of ["", "?lat=36.24&lon=137.97", "?lang=ja"]) {
      await page.goto(`${server.url}${query}`);
      expect(await page.locator("h1").innerText()).toBe(heading);
      expect(await banner.innerText()).toBe("There is no network. This is the page as it was at the time below.");
      expect(await page.locator(".where").innerText()).toContain("24 Nov 2026 15:00");
    }

    await page.context().setOffline(false);
    await page.goto(server.url);
    expect(await banner.isVisible()).toBe(false);
    await close();
  });

  it("keeps each language, and no page of anybody's own place", async () => {
    const { page, close } = await visit(browser, server.url);
    await page.evaluate(isServed);
    for (const query of ["?lang=ja", "?lat=36.24&lon=137.97", "?lang=en&lat=36.24&lon=137.97", ""])
      await page.goto(`${server.url}${query}`);
    const stored = `caches.keys().then((names) => Promise.all(names.map((name) =>
      caches.open(name).then((cache) => cache.keys()).then((all) => all.map(({ url }) => url))))).then((all) => all.flat())`;
    expect((await page.evaluate<string[]>(stored)).toSorted()).toEqual([server.url, `${server.url}?lang=ja`]);
    await page.context().setOffline(true);
    await page.goto(`${server.url}?lang=ja`);
    expect(await page.locator("#offline").innerText()).toContain("ネットワークに接続していません");
    await close();
  });

  it("hands on what fails otherwise: it is no cache", async () => {
    const { page, close } = await visit(browser, server.url);
    await page.evaluate(isServed);
    await page.reload();
    const answer = await page.goto(`${server.url}?lat=91&lon=0`);
    expect(answer?.status()).toBe(422);
    await close();
  });
});
