// Screenshots of the READMEs, the summary of a failed deployment, and the page.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { deploy, stopLast } from "../../actions/deploy/test/deploy-scenario.ts";
import { breakerWithRollback } from "../../actions/deploy/test/scenarios.ts";
import { root, stateDir } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { browserArguments } from "../../test/lib/browser.ts";
import { measured, servePage } from "../../test/lib/page-server.ts";
import { markdownPage, type MarkdownPage } from "./markdown-page.ts";
import { encodePng } from "./png.ts";

/** Width in pixels of a README beside GitHub's sidebar. */
export const readmeWidth = 920;
/** Limit per picture, because every clone downloads them. */
const maximumBytes = 150_000;

export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: browserArguments });

/**
 * @param codeScrolls whether blocks of code may be wider than the window: GitHub scrolls them, and lines of logs are long
 * @throws Problem when something of it is wider than the window, or an image is missing
 */
export async function pictureOfMarkdown(
  browser: Browser,
  page: MarkdownPage,
  target: string,
  { codeScrolls = false } = {},
): Promise<void> {
  const html = join(stateDir, "pictures", `${page.path.split("/").at(-1)}.html`);
  await mkdir(dirname(html), { recursive: true });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(html, markdownPage(page));
  const tab = await browser.newPage({ viewport: { width: readmeWidth, height: 300 }, colorScheme: "light" });
  try {
    await tab.goto(pathToFileURL(html).href, { waitUntil: "load" });
    const flaws = await tab.evaluate<string[]>(`[
      ...[...document.images].filter((image) => image.naturalWidth === 0).map((image) => "missing image " + image.src),
      ...[...document.querySelectorAll(".markdown-body > *${codeScrolls ? ":not(pre)" : ""}")]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map((element) => element.tagName.toLowerCase() + " of " + element.scrollWidth + " pixels, " +
          (element.scrollWidth - element.clientWidth) + " too many: " + element.textContent.trim().slice(0, 60)),
    ]`);
    if (flaws.length > 0)
      throw new Problem(`${page.path} is cut off at ${readmeWidth} pixels:\n${flaws.join("\n")}`, "Make it narrower.");
    await tab.screenshot({ path: target, fullPage: true });
  } finally {
    await tab.close();
  }
}

/** The job summary of a deployment that ECS rolls back, written by the deploy action against a scripted ECS. */
export async function failedDeploymentSummary(): Promise<string> {
  try {
    const { summary } = await deploy({ ...breakerWithRollback.play, records: true });
    return summary;
  } finally {
    await stopLast();
  }
}

/** The page on an afternoon when a shower has just passed and the sun is low enough for a rainbow. */
export async function pictureOfPage(browser: Browser, locale: "en-GB" | "ja-JP", target: string): Promise<void> {
  const now = () => new Date("2026-11-24T14:40:00+09:00");
  const shower = { rain_mm: 0.5, sunshine_h: 0.4, cloud_octas: 5, temperature_c: 8.4, humidity_pct: 81 };
  const seenAt = new Date("2026-11-24T14:32:00+09:00");
  const sightings = [{ lat: 36.12, lon: 137.97, seenAt, intensity: 4, doubleBow: true, distanceKm: 2.1, photo: null }];
  const server = await servePage({ now, weather: measured(shower, now), sightings });
  const tab = await browser.newPage({
    viewport: { width: readmeWidth, height: 900 },
    locale,
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  try {
    await tab.goto(server.url, { waitUntil: "networkidle" });
    // Without what is below: the versions that run are those of this picture's server.
    const cards = await tab.locator(".cards").first().boundingBox();
    const height = Math.ceil((cards?.y ?? 0) + (cards?.height ?? 0)) + 16;
    const clip = { x: 0, y: 0, width: readmeWidth, height };
    await writeFile(target, await withFewerColours(browser, await tab.screenshot({ fullPage: true, clip })));
  } finally {
    await tab.close();
    server.close();
  }
}

/** The browser dithers gradients, which no eye sees and PNG cannot compress: 43 values for each channel are enough. */
async function withFewerColours(browser: Browser, png: Buffer): Promise<Buffer> {
  const tab = await browser.newPage();
  try {
    const { width, height, data } = await tab.evaluate<{ width: number; height: number; data: string }>(`(async () => {
      const source = "data:image/png;base64,${png.toString("base64")}";
      const bitmap = await createImageBitmap(await (await fetch(source)).blob());
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      return { width, height, data: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer).toBase64() };
    })()`);
    const pixels = Buffer.from(data, "base64").map((value) => Math.round(Math.round((value * 42) / 255) * (255 / 42)));
    return encodePng({ width, height, pixels: Buffer.from(pixels) });
  } finally {
    await tab.close();
  }
}

/** @throws Problem if the picture is too large for the repository */
export async function assertSmall(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size > maximumBytes)
    throw new Problem(
      `${path.slice(root.length + 1)} has ${size} bytes, more than ${maximumBytes}.`,
      "Capture less of the page, or reduce the colours.",
    );
}
