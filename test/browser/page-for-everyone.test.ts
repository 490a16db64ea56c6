// The page for everyone: phone and desk, day and night, English and Japanese, with and without weather, without ml.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artefactsDir } from "../../infra/local/paths.ts";
import { axeViolations, faintTexts, keyboardProblems, layoutShift, overflow } from "../lib/page-checks.ts";
import { measured, servePage, type PageServer } from "../lib/page-server.ts";
import { desk, openBrowser, phone, visit } from "../lib/visitor.ts";

const folder = join(artefactsDir, "page");
/** Whose light is the hardest to write on: a low sun, and none at all. */
const times = { light: "2026-11-24T15:14:00+09:00", dark: "2026-11-24T06:30:00+09:00" } as const;
const shower = { rain_mm: 0.5, sunshine_h: 0.4, temperature_c: 8.4, humidity_pct: 81, cloud_octas: 5 };
const seen = { lat: 36.12, lon: 137.97, intensity: 4, doubleBow: true, distanceKm: 2.1 };
const sightings = [
  { ...seen, seenAt: new Date("2026-11-23T05:32:00Z"), photo: { id: "of-a-rainbow", width: 2048, height: 1365 } },
];

let browser: Browser;
/** By state and light: weather is kept for a while, and must not be that of the other time. */
const servers: Record<string, PageServer> = {};

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  const mode = { name: "forecast", permit: "気象庁長官許可第999号" } as const;
  for (const [scheme, at] of Object.entries(times)) {
    const now = () => new Date(at);
    const weather = measured(shower, now);
    servers[`weather ${scheme}`] = await servePage({ now, sightings, weather });
    servers[`no-weather ${scheme}`] = await servePage({ now, sightings });
    servers[`no-ml ${scheme}`] = await servePage({ now, sightings, weather, mlUrl: "http://127.0.0.1:1" });
    servers[`permit ${scheme}`] = await servePage({ now, sightings, weather, mode });
  }
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  for (const server of Object.values(servers)) server.close();
});

const screens = { phone, desk };
const languages = { en: "en-GB", ja: "ja-JP" };
const cases = Object.keys(screens).flatMap((screen) =>
  (["light", "dark"] as const).flatMap((scheme) =>
    Object.keys(languages).flatMap((language) =>
      // A permit adds one card, which the phone has under the others.
      ["weather", "no-weather", "no-ml", ...(screen === "phone" ? ["permit"] : [])].map((state) => ({
        screen,
        scheme,
        language,
        state,
      })),
    ),
  ),
);

describe("the page for everyone", () => {
  it.each(cases)("$screen, $scheme, $language, $state", async ({ screen, scheme, language, state }) => {
    const { page, problems, close } = await visit(browser, servers[`${state} ${scheme}`]!.url, {
      viewport: screens[screen as keyof typeof screens],
      locale: languages[language as keyof typeof languages],
      colorScheme: scheme,
      reducedMotion: "reduce",
    });
    try {
      expect(await page.locator("html").getAttribute("lang")).toBe(language);
      await page.locator(".photo img").scrollIntoViewIfNeeded();
      await page.waitForFunction("document.querySelector('.photo img').naturalWidth === 480");
      await page.locator("#map").scrollIntoViewIfNeeded();
      await page.locator("#map[data-state=filled]").waitFor();
      expect.soft(await layoutShift(page), "layout shift").toBe(0);
      expect.soft(await overflow(page), "pixels that the page is wider than the screen").toBe(0);
      expect.soft(await faintTexts(page)).toEqual([]);
      expect.soft(await axeViolations(page)).toEqual([]);
      expect.soft(await keyboardProblems(page)).toEqual([]);
      expect.soft(problems).toEqual([]);
      await page.screenshot({ path: join(folder, `${screen}-${scheme}-${language}-${state}.png`), fullPage: true });
    } finally {
      await close();
    }
  });

  it("stays readable on the smallest screen, and with the text at twice its size", async () => {
    for (const viewport of [
      { width: 320, height: 640 },
      { width: desk.width / 4, height: 400 },
    ]) {
      const { page, close } = await visit(browser, servers["permit light"]!.url, { viewport, locale: "ja-JP" });
      expect(await overflow(page)).toBe(0);
      await close();
    }
  });
});

describe("the checks of it", () => {
  const flawed = `<!doctype html><html><body style="margin:0;background:linear-gradient(#fff,#777)">
    <p style="color:#888">faint</p><p style="color:#000">clear</p><img src="data:,">
    <button style="outline:none">unmarked</button><div style="width:3000px">broad</div></body></html>`;

  it("find what is wrong", async () => {
    // Not in the place of the page, whose policy would hold for it.
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.setContent(flawed);
    expect((await faintTexts(page)).map((text) => text.split(" in ")[0])).toContain('"faint"');
    expect((await faintTexts(page)).join()).not.toContain('"clear"');
    expect((await axeViolations(page)).join()).toContain("image-alt");
    expect((await keyboardProblems(page)).join()).toContain('nothing shows that "unmarked" has the focus');
    expect(await overflow(page)).toBeGreaterThan(1000);
    await page.evaluate("document.body.prepend(Object.assign(document.createElement('p'), { textContent: 'late' }))");
    await expect.poll(() => layoutShift(page)).toBeGreaterThan(0);
    await context.close();
  });
});
