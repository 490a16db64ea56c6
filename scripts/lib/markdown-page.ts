// Renders Markdown like GitHub, as an HTML page for screenshots and review.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Marked } from "marked";

const style = readFileSync(createRequire(import.meta.url).resolve("github-markdown-css/github-markdown.css"), "utf8");

export interface MarkdownPage {
  markdown: string;
  /** File of the Markdown, against which relative images and links are resolved. */
  path: string;
  lang?: "en" | "ja";
}

/** A complete HTML page. */
export function markdownPage({ markdown, path, lang = "en" }: MarkdownPage): string {
  const body = new Marked({ gfm: true }).parse(markdown, { async: false });
  return `<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<base href="${pathToFileURL(dirname(path)).href}/">
<title>${relative(process.cwd(), path)}</title>
<style>
${style}
body { margin: 0; }
.markdown-body { box-sizing: border-box; max-width: 1012px; margin: 0 auto; padding: 16px; }
</style>
<article class="markdown-body">
${body}
</article>
</html>
`;
}
