// Renders the pictures of docs/images and, for looking at, what GitHub shows of the READMEs (artefacts/readme.png, readme-ja.png)
// and of the step summaries that the unit tests leave in artefacts/summaries.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { artefactsDir, root } from "../../infra/local/paths.ts";
import { aptInstall, ensureBrowser, exists } from "../../infra/local/prerequisites.ts";
import { Progress, runCommand } from "../../infra/local/progress.ts";
import {
  assertSmall,
  failedDeploymentSummary,
  openBrowser,
  pictureOfMarkdown,
  pictureOfPage,
} from "../lib/pictures.ts";

const images = join(root, "docs/images");
const summaries = join(artefactsDir, "summaries");
/** Without it the icons of the summaries are empty boxes. */
const emoji = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";

await runCommand(async () => {
  const progress = new Progress(8);
  await progress.step("Fonts", async (note) => {
    if (!(await exists(emoji))) await aptInstall(["fonts-noto-color-emoji"], note);
  });
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
    await progress.step("Summaries", async () => {
      const files = (await readdir(summaries).catch(() => [])).filter((file) => file.endsWith(".md"));
      for (const file of files) {
        const path = join(summaries, file);
        const page = { markdown: await readFile(path, "utf8"), path };
        await pictureOfMarkdown(browser, page, path.replace(/md$/, "png"), { codeScrolls: true });
      }
      return files.length === 0 ? "none; npm run test:unit writes them" : `${files.length} in artefacts/summaries`;
    });
  } finally {
    await browser.close();
  }
});
