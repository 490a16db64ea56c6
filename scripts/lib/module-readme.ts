// Generates each Terraform module's README from its files: header comment of main.tf, usage, variables, outputs,
// resources.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { cell, codeCell, formatted, table } from "./markdown.ts";

/** A top-level block: `variable "name" { … }`. */
export interface Block {
  type: string;
  labels: string[];
  /** Source text of each attribute of the block itself. */
  attributes: Map<string, string>;
}

/**
 * Parses the top-level blocks of a file formatted by `terraform fmt` (checked by `npm test`): blocks begin and end in
 * the first column, their attributes in the third, and lines of an attribute are indented further or close a bracket.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let attribute: string | undefined;
  for (const line of text.split("\n")) {
    const [, type, labels = ""] = /^([a-z_]+)((?: "[^"]*")*) \{/.exec(line) ?? [];
    if (type !== undefined) {
      blocks.push({
        type,
        labels: [...labels.matchAll(/"([^"]*)"/g)].map(([, label = ""]) => label),
        attributes: new Map(),
      });
      attribute = undefined;
      continue;
    }
    const attributes = blocks.at(-1)?.attributes;
    if (!attributes || line === "}") continue;
    const [, name, value = ""] = /^ {2}([a-z_]+) += (.*)$/.exec(line) ?? [];
    if (name !== undefined) attributes.set((attribute = name), value);
    else if (attribute !== undefined && /^ {2}(?: |[\])}])/.test(line))
      attributes.set(attribute, `${attributes.get(attribute)}\n${line.slice(2)}`);
    else attribute = undefined;
  }
  return blocks;
}

/** The header comment of a file, as one paragraph. */
export const headerOf = (text: string): string =>
  text
    .slice(0, text.search(/^(?!#)/m))
    .replaceAll(/^# ?/gm, "")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim();

/**
 * @param files contents of the module's .tf files by name
 * @param example of a call, from examples/infra
 */
export function moduleReadme(name: string, files: Record<string, string>, example?: string): string {
  const blocks = Object.values(files).flatMap(blocksOf);
  const of = (type: string) => blocks.filter((block) => block.type === type);
  const variables = of("variable").toSorted(
    (a, b) => Number(a.attributes.has("default")) - Number(b.attributes.has("default")),
  );
  const managed = of("resource").map(({ labels: [type = ""] }) => type);
  const header = headerOf(files["main.tf"] ?? "");
  if (header === "") throw new Error(`infra/modules/${name}/main.tf needs a header comment that describes the module.`);
  const text = [
    `<!-- Generated from the module's files by \`npm run sync\`: edit those instead. -->`,
    `# ${name}`,
    header,
    "## Usage",
    `\`\`\`hcl\n${example ?? usage(name, variables)}\n\`\`\``,
    ...(variables.length > 0 ? ["## Inputs", inputTable(name, variables)] : []),
    "## Outputs",
    table(
      ["Output", "Description"],
      of("output").map((block) => [`\`${block.labels[0]}\``, cell(descriptionOf(name, block))]),
    ),
    ...(managed.length > 0
      ? [
          "## Resources",
          [...new Set(managed)]
            .toSorted()
            .map((type) => `- \`${type}\``)
            .join("\n"),
        ]
      : []),
  ];
  return `${text.join("\n\n")}\n`;
}

function usage(name: string, variables: Block[]): string {
  const required = variables
    .filter(({ attributes }) => !attributes.has("default"))
    .map(({ labels: [label = ""] }) => label);
  const width = Math.max("source".length, ...required.map((label) => label.length));
  const line = (label: string, value: string) => `  ${label.padEnd(width)} = ${value}`;
  return [
    `module "${name.replaceAll("-", "_")}" {`,
    line("source", `"../../modules/${name}"`),
    ...required.map((label) => line(label, "…")),
    "}",
  ].join("\n");
}

function inputTable(module: string, variables: Block[]): string {
  const rows = variables.map((block) => [
    `\`${block.labels[0]}\``,
    cell(descriptionOf(module, block)),
    codeCell(oneLine(block.attributes.get("type") ?? "any")),
    block.attributes.has("default") ? codeCell(oneLine(block.attributes.get("default") ?? "")) : "required",
  ]);
  return table(["Input", "Description", "Type", "Default"], rows);
}

/** Joins a multi-line Terraform expression into one line. */
const oneLine = (expression: string): string =>
  expression
    .replaceAll(/([{(])\n\s*/g, "$1 ")
    .replaceAll(/\n\s*([})])/g, " $1")
    .replaceAll(/,?\n\s*/g, ", ")
    .replaceAll(/ +/g, " ");

function descriptionOf(module: string, { type, labels, attributes }: Block): string {
  const text = /^"(.*)"$/s.exec(attributes.get("description") ?? "")?.[1];
  if (!text) throw new Error(`infra/modules/${module}: the ${type} ${labels[0]} has no description.`);
  return text.replaceAll('\\"', '"');
}

/** The call of the module in examples/infra, as another repository writes it; undefined if there is no example. */
async function exampleOf(name: string): Promise<string | undefined> {
  const text = await readFile(join(root, "examples/infra", name, "main.tf"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { repository } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { repository: string };
  const source = `github.com/${repository.replace(/^github:/, "")}//infra/modules/${name}?ref=v1`;
  return text.slice(text.indexOf("module ")).trim().replace(`../../../infra/modules/${name}`, source);
}

/** Path and expected text of each module's README. */
export async function moduleReadmes(): Promise<{ path: string; text: string }[]> {
  const names = await readdir(join(root, "infra/modules"));
  return Promise.all(
    names.map(async (name) => {
      const folder = join(root, "infra/modules", name);
      const files = (await readdir(folder)).filter((file) => file.endsWith(".tf")).toSorted();
      const texts = await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), "utf8")]));
      const path = `infra/modules/${name}/README.md`;
      return {
        path,
        text: await formatted(
          path,
          moduleReadme(name, Object.fromEntries(texts) as Record<string, string>, await exampleOf(name)),
        ),
      };
    }),
  );
}
