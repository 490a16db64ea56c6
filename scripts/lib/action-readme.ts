// Generates the tables of inputs and outputs in each action's README from its action.yml.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { root } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { cell, codeCell, formatted, replaceSection, table } from "./markdown.ts";

interface Field {
  description?: string;
}

interface Input extends Field {
  default?: string;
  required?: boolean;
}

export interface ActionFile {
  inputs?: Record<string, Input>;
  outputs?: Record<string, Field>;
}

/** The table of inputs, each row with the anchor `input-<name>`. @throws Error for an input without a description */
export function inputTable({ inputs = {} }: ActionFile, file: string): string {
  const rows = Object.entries(inputs).map(([name, { description, default: fallback = "", required = false }]) => [
    anchor("input", name),
    cell(descriptionOf({ kind: "input", name, description, file })),
    fallback === "" ? "" : codeCell(fallback),
    required ? "yes" : "",
  ]);
  return table(["Input", "Description", "Default", "Required"], rows);
}

/** The table of outputs, each row with the anchor `output-<name>`. @throws Error for an output without a description */
export function outputTable({ outputs = {} }: ActionFile, file: string): string {
  const rows = Object.entries(outputs).map(([name, { description }]) => [
    anchor("output", name),
    cell(descriptionOf({ kind: "output", name, description, file })),
  ]);
  return table(["Output", "Description"], rows);
}

const anchor = (kind: string, name: string): string => `<a id="${kind}-${name}"></a>\`${name}\``;

function descriptionOf(of: { kind: string; name: string; description: string | undefined; file: string }): string {
  if (!of.description?.trim()) throw new Error(`${of.file}: the ${of.kind} ${of.name} has no description.`);
  return of.description;
}

/** Path and expected text of each action's README. */
export async function actionReadmes(): Promise<{ path: string; text: string }[]> {
  const names = await readdir(join(root, "actions"));
  const files = await Promise.all(
    names.map(async (name) => {
      const file = name === "root" ? "action.yml" : `actions/${name}/action.yml`;
      return (await exists(join(root, file))) ? [{ file, path: `actions/${name}/README.md` }] : [];
    }),
  );
  return Promise.all(files.flat().map(async ({ file, path }) => ({ path, text: await readmeOf(file, path) })));
}

async function readmeOf(file: string, path: string): Promise<string> {
  const action = load(await readFile(join(root, file), "utf8")) as ActionFile;
  const text = await readFile(join(root, path), "utf8");
  const inputs = replaceSection(text, { name: "inputs", content: inputTable(action, file), file: path });
  return formatted(path, replaceSection(inputs, { name: "outputs", content: outputTable(action, file), file: path }));
}
