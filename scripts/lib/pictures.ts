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
import { servePage } from "../../test/lib/page-server.ts";
import { markdownPage, type MarkdownPage } from "./markdown-page.ts";

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

/** The page on an afternoon with the sun low enough for a rainbow. */
export async function pictureOfPage(browser: Browser, locale: "en-GB" | "ja-JP", target: string): Promise<void> {
  const server = await servePage({ now: () => new Date("2026-11-24T15:00:00+09:00") });
  const tab = await browser.newPage({ viewport: { width: readmeWidth, height: 900 }, locale });
  try {
    await tab.goto(server.url, { waitUntil: "networkidle" });
    await tab.screenshot({ path: target, fullPage: true });
  } finally {
    await tab.close();
    server.close();
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
