// Visitors of the page in a real browser: what it must not do in front of any of them is noticed.
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { browserArguments } from "./browser.ts";

export const phone = { width: 390, height: 844 };
export const desk = { width: 1440, height: 900 };

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: browserArguments });

export interface Visit {
  page: Page;
  /** Requests of other hosts, and everything that was written to the console. */
  problems: string[];
  /** Addresses that were asked for. */
  requests: string[];
  close: () => Promise<void>;
}

export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { permissions?: string[]; prepare?: (page: Page) => Promise<unknown> } = {},
): Promise<Visit> {
  const { prepare, ...rest } = options;
  const context = await browser.newContext({ viewport: phone, locale: "en-GB", ...rest });
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith("data:")) return;
    requests.push(request.url());
    if (new URL(request.url()).origin !== new URL(url).origin) problems.push(`requests ${request.url()}`);
  });
  page.on("console", (message) => {
    // Of http: the header is for https, which this server is not.
    if (!message.text().includes("Cross-Origin-Opener-Policy")) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await prepare?.(page);
  await page.goto(url, { waitUntil: "networkidle" });
  return { page, problems, requests, close: () => context.close() };
}
