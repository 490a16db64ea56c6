// The document as a page to read: one file without scripts, which loads nothing.
import { createHash } from "node:crypto";
import { problems, type Language } from "../../http/problems.ts";
import type { OpenApiDocument } from "./document.ts";

/** What the page reads of an operation; references are not followed but shown as links. */
interface Operation {
  summary: string;
  description?: string;
  tags: string[];
  "x-access": string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
/** Backquotes mark code in the descriptions. */
const prose = (text: string) => escape(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

const style = `:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 20%,transparent)}
body{font:1rem/1.55 system-ui,sans-serif;max-width:56rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}summary code{font-weight:bold}h3{font-size:1rem;margin:1rem 0 .3rem}
pre{overflow-x:auto;background:color-mix(in srgb,currentColor 7%,transparent);padding:.7rem;border-radius:.4rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0}
th,td{border-bottom:1px solid var(--line)}.access{float:right;opacity:.75}`;

/** No script, nothing from anywhere, and of styles this one. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const table = (head: string[], rows: string[][]) =>
  `<table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join("")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
    .join("")}</tbody></table>`;

/** JSON Schema as it is: it is exact, and those who use an API read it. References lead to the schemas below. */
const schemaBlock = (schema: object) =>
  `<pre><code>${escape(JSON.stringify(schema, null, 2)).replaceAll(
    /#\/components\/schemas\/(\w+)/g,
    '<a href="#schema-$1">$1</a>',
  )}</code></pre>`;

function operationPart(method: string, path: string, operation: Operation): string {
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody?.content["application/json"];
  const answers = Object.entries(operation.responses);
  return `<details id="${method}-${escape(path)}"><summary><span class="access">${escape(operation["x-access"])}</span>
<code>${method.toUpperCase()} ${escape(path)}</code> ${escape(operation.summary)}</summary>
${operation.description ? `<p>${prose(operation.description)}</p>` : ""}
${
  parameters.length > 0
    ? `<h3>Parameters</h3>${table(
        ["Name", "In", "Required", "Schema"],
        parameters.map(({ name, in: place, required, schema, description }) => [
          `<code>${escape(name)}</code>`,
          place,
          required ? "yes" : "no",
          `${prose(description ?? "")}<code>${escape(JSON.stringify(schema))}</code>`,
        ]),
      )}`
    : ""
}
${body ? `<h3>Body</h3>${schemaBlock(body.schema)}` : ""}
<h3>Answers</h3>
${table(
  ["Status", "Description"],
  answers.map(([status, { description }]) => [status, prose(description)]),
)}
${answers
  .filter(([status]) => status.startsWith("2"))
  .flatMap(([, { content }]) =>
    content?.["application/json"] ? [schemaBlock(content["application/json"].schema)] : [],
  )
  .join("")}
</details>`;
}

const words: Record<
  Language,
  Record<"title" | "document" | "problems" | "schemas" | "code" | "status" | "meaning", string>
> = {
  en: {
    title: "Rainbow Seeker API",
    document: "The same for programs",
    problems: "Problems",
    schemas: "Schemas",
    code: "Code",
    status: "Status",
    meaning: "Meaning",
  },
  ja: {
    title: "レインボーシーカー API",
    document: "プログラム向け",
    problems: "エラー",
    schemas: "スキーマ",
    code: "コード",
    status: "ステータス",
    meaning: "意味",
  },
};

export function renderDocs(document: OpenApiDocument, language: Language): string {
  const say = words[language];
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  );
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags[0] ?? "");
  const problemRows = Object.entries(problems).map(([code, { status, title }]) => [
    `<code id="problem-${code}">${code}</code>`,
    String(status),
    prose(title[language]),
  ]);
  const schemas = Object.entries(document.components?.schemas ?? {});
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${say.title}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${say.title}</h1>
<p>${prose(document.info.description ?? "")}</p>
<p>${say.document}: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi})</p></header>
<main>
${[...byTag]
  .map(
    ([tag, members]) =>
      `<h2>${escape(tag)}</h2>\n${members.map(({ method, path, operation }) => operationPart(method, path, operation)).join("\n")}`,
  )
  .join("\n")}
<h2>${say.problems}</h2>
${table([say.code, say.status, say.meaning], problemRows)}
<h2>${say.schemas}</h2>
${schemas
  .map(
    ([name, schema]) =>
      `<details id="schema-${name}"><summary><code>${name}</code></summary>${schemaBlock(schema as object)}</details>`,
  )
  .join("\n")}
</main>
</body>
</html>
`;
}
