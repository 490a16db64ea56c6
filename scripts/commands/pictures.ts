// Renders the pictures in docs/images, and the READMEs as GitHub shows them, for review: artefacts/readme.png and
// readme-ja.png.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { artefactsDir, root } from "../../infra/local/paths.ts";
import { ensureBrowser } from "../../infra/local/prerequisites.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";
import {
  assertSmall,
  failedDeploymentSummary,
  openBrowser,
  pictureOfMarkdown,
  pictureOfPage,
} from "../lib/pictures.ts";

const images = join(root, "docs/images");

await runCommand(async () => {
  const progress = new Progress(6);
  const browser = await openBrowser(await progress.step("Browser", ensureBrowser));
  try {
    await progress.step("docs/images/failed-deployment.png", async () => {
      const target = join(images, "failed-deployment.png");
      const markdown = await failedDeploymentSummary();
      await pictureOfMarkdown(browser, { markdown, path: join(images, "failed-deployment.md") }, target);
      await assertSmall(target);
    });
    for (const [name, locale] of [
      ["page.png", "en-GB"],
      ["page.ja.png", "ja-JP"],
    ] as const) {
      await progress.step(`docs/images/${name}`, async () => {
        const target = join(images, name);
        await pictureOfPage(browser, locale, target);
        await assertSmall(target);
      });
    }
    for (const [name, lang, picture] of [
      ["README.md", "en", "readme.png"],
      ["README.ja.md", "ja", "readme-ja.png"],
    ] as const) {
      await progress.step(name, async () => {
        const path = join(root, name);
        const markdown = await readFile(path, "utf8");
        await pictureOfMarkdown(browser, { markdown, path, lang }, join(artefactsDir, picture));
        return `artefacts/${picture}`;
      });
    }
  } finally {
    await browser.close();
  }
});
