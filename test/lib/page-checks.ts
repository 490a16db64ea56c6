// What any page of ours must be, found out in a browser: readable, reachable by keyboard, steady, accessible.
import axe from "axe-core";
import type { Page } from "playwright-core";

interface TextBox {
  text: string;
  /** As CSS writes it. */
  colour: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Every piece of text that is seen, with its colour: run in the page. */
const textBoxes = `(() => {
  const boxes = [];
  // Chromium gives text in a group of SVG that is not displayed a box all the same.
  const isShown = (element) => !element || (getComputedStyle(element).display !== "none" && isShown(element.parentElement));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element)) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest("title, desc, script, style")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const style = getComputedStyle(element);
    for (const { x, y, width, height } of range.getClientRects())
      if (width > 1 && height > 1 && x >= 0)
        boxes.push({ text: node.data.trim(), colour: element.closest("svg") ? style.fill : style.color,
          x: x + scrollX, y: y + scrollY, width, height });
  }
  return boxes;
})()`;

/** A sheet of the CSSOM, as the page's policy lets no other style in. */
const hideText = `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*,::marker{color:transparent!important;text-decoration-color:transparent!important}svg text{fill:transparent!important}");
  document.adoptedStyleSheets = [sheet];
})()`;
const showText = "document.adoptedStyleSheets = []";

/** The worst contrast of a colour with the pixels behind it (WCAG 2.2, relative luminance): run in an empty page. */
const worstContrasts = `(async ([image, boxes]) => {
  const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + image)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (r, g, b) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  return boxes.map(({ colour, x, y, width, height }) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    const front = luminance(r, g, b);
    const { data } = context.getImageData(Math.round(x), Math.round(y), Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
    let worst = 21;
    for (let at = 0; at < data.length; at += 4) {
      const back = luminance(data[at], data[at + 1], data[at + 2]);
      worst = Math.min(worst, (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05));
    }
    return worst;
  });
})`;

/**
 * Text with less contrast than `least` (4.5 is WCAG AA), measured against the pixels that are really behind it, be they
 * of a gradient or a picture; a half-transparent front would need another measure, and there is none.
 */
export async function faintTexts(page: Page, least = 4.5): Promise<string[]> {
  const boxes = await page.evaluate<TextBox[]>(textBoxes);
  await page.evaluate(hideText);
  const image = (await page.screenshot({ fullPage: true, animations: "disabled" })).toString("base64");
  await page.evaluate(showText);
  const bench = await page.context().newPage();
  try {
    const argument = JSON.stringify([image, boxes]);
    const contrasts = await bench.evaluate<number[]>(`${worstContrasts}(${argument})`);
    return boxes.flatMap(({ text, colour }, index) => {
      const contrast = contrasts[index] ?? 0;
      return contrast < least ? [`"${text}" in ${colour}: ${contrast.toFixed(2)}`] : [];
    });
  } finally {
    await bench.close();
  }
}

/** What Tab comes to, one after the other, and what it should come to but does not, or without showing it. */
export async function keyboardProblems(page: Page): Promise<string[]> {
  const expected = await page.evaluate<number>(`(() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter((element) => element.checkVisibility());
    all.forEach((element, index) => { element.dataset.stop = String(index); });
    document.activeElement?.blur();
    return all.length;
  })()`);
  const reached: string[] = [];
  const problems: string[] = [];
  for (let press = 0; press < expected; press += 1) {
    await page.keyboard.press("Tab");
    const { stop, name, isShown } = await page.evaluate<{ stop?: string; name: string; isShown: boolean }>(`(() => {
      const element = document.activeElement, { x, y, width } = element.getBoundingClientRect();
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { stop: element.dataset.stop, name: element.textContent.trim(),
        isShown: outlineStyle !== "none" && parseFloat(outlineWidth) > 1 && x >= 0 && y >= 0 && width > 0 };
    })()`);
    if (stop === undefined) continue;
    reached.push(stop);
    if (!isShown) problems.push(`nothing shows that "${name}" has the focus`);
  }
  if (reached.join() !== Array.from({ length: expected }, (_, index) => index).join())
    problems.push(`Tab comes to ${reached.join(", ")} of ${expected}`);
  return problems;
}

/** What moved after it had been shown (Cumulative Layout Shift). */
export const layoutShift = (page: Page): Promise<number> =>
  page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
      .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
  })`);

/** By axe-core's rules for WCAG 2.2 A and AA, and its best practices. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

/** How many pixels the page is wider than the screen. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
