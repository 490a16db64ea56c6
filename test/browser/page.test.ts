// The page in a real browser with the real model: by day and by night, on a phone and on a desktop.
import { mkdir, readFile } from "node:fs/promises";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artefactsDir } from "../../infra/local/paths.ts";
import { browserArguments } from "../lib/browser.ts";
import { apiCommit, mlCommit, servePage, type PageServer } from "../lib/page-server.ts";

const artefacts = `${artefactsDir}/`;
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 900 };

let browser: Browser;
let now: Date;
let redis: Promise<void>;
let url: string;
const servers: PageServer[] = [];

async function serve(mlUrl?: string): Promise<string> {
  const server = await servePage({ now: () => now, ping: () => redis, ...(mlUrl === undefined ? {} : { mlUrl }) });
  servers.push(server);
  return server.url;
}

/** Opens the page; fails if it requests another host, writes to the console, or scrolls horizontally. */
async function open(options: { viewport: { width: number; height: number }; locale?: string }): Promise<Page> {
  const page = await browser.newPage({ viewport: options.viewport, locale: options.locale ?? "en-GB" });
  const problems: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith("data:"))
      problems.push(`requests ${request.url()}`);
  });
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(url, { waitUntil: "networkidle" });
  const overflow = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(overflow, "pixels that the page is wider than the screen").toBe(0);
  expect(problems.filter((text) => !text.includes("Cross-Origin-Opener-Policy"))).toEqual([]);
  return page;
}

beforeAll(async () => {
  await mkdir(artefacts, { recursive: true });
  url = await serve();
  redis = Promise.resolve();
  browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: browserArguments,
  });
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) server.close();
});

describe("the page", () => {
  it("shows sun, rainbow, window, chances and versions, on a phone in the afternoon", async () => {
    now = new Date("2026-11-24T15:00:00+09:00");
    const page = await open({ viewport: phone });
    const text = await page.locator("body").innerText();
    for (const expected of [
      "The sun stands 15.4° high in 229°.",
      "Look to 49° (north-east), up to 27° high.",
      "06:54–16:14",
      "1.9 %",
      apiCommit.slice(0, 12),
      mlCommit.slice(0, 12),
      "PostgreSQL",
      "answers",
    ])
      expect(text).toContain(expected);
    expect(Number.parseFloat(await page.locator("#shower").innerText())).toBeGreaterThan(1.9);
    expect(await page.locator("svg .sun").count()).toBe(1);
    expect(await page.locator("svg .bow").count()).toBe(6);
    // The rainbow is above the arrow that shows where to look, and the sun is elsewhere.
    const [bow, arrow, sun] = await Promise.all([
      page.locator("svg .bow").first().boundingBox(),
      page.locator("svg .look").boundingBox(),
      page.locator("svg .sun").boundingBox(),
    ]);
    const middle = (box: typeof bow) => box!.x + box!.width / 2;
    expect(Math.abs(middle(bow) - middle(arrow))).toBeLessThan(2);
    expect(sun!.x > bow!.x + bow!.width || sun!.x + sun!.width < bow!.x).toBe(true);
    await page.screenshot({ path: `${artefacts}page-phone-afternoon.png`, fullPage: true });
    expect((await readFile(`${artefacts}page-phone-afternoon.png`)).length).toBeGreaterThan(20_000);
  });

  it("shows in Japanese that it is night, and when the next window opens", async () => {
    now = new Date("2026-11-24T05:00:00+09:00");
    const page = await open({ viewport: phone, locale: "ja-JP" });
    const text = await page.locator("body").innerText();
    for (const expected of ["塩尻レインボーシーカー", "夜です", "次は 06:54 からです", "0.0 %"])
      expect(text).toContain(expected);
    expect(await page.locator("html").getAttribute("lang")).toBe("ja");
    expect(await page.locator("svg .sun, svg .bow, svg .look").count()).toBe(0);
    await page.screenshot({ path: `${artefacts}page-phone-night-ja.png`, fullPage: true });
  });

  it("shows no rainbow while the sun is too high, on a desktop in June", async () => {
    now = new Date("2026-06-21T12:00:00+09:00");
    const page = await open({ viewport: desktop });
    expect(await page.locator("body").innerText()).toContain("above 42°");
    expect(await page.locator("#windows").innerText()).toMatch(
      /^04:5\d–08:1\d, 15:2\d–18:4\d · The next one opens at 15:2\d\.$/,
    );
    expect(await page.locator("svg .bow").count()).toBe(0);
    expect(await page.locator("svg .window").count()).toBe(2);
    await page.screenshot({ path: `${artefacts}page-desk-june.png`, fullPage: true });
  });

  it("shows which services do not respond, and still renders", async () => {
    now = new Date("2026-11-24T15:00:00+09:00");
    redis = Promise.reject(new Error("connect ECONNREFUSED"));
    redis.catch(() => {});
    url = await serve("http://127.0.0.1:1");
    const page = await open({ viewport: phone });
    expect(await page.locator("body").innerText()).toContain("The prediction service does not answer");
    expect(await page.locator("td.away").allInnerTexts()).toEqual(["does not answer", "does not answer"]);
    expect(await page.locator("svg").count()).toBe(0);
  });
});
