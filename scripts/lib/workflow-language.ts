// GitHub's own language service for workflows, which editors use: it follows calls of reusable workflows and of actions
// into other repositories, and compares inputs, secrets and outputs.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as LanguageService from "@actions/languageservice";
import { build } from "esbuild";
import { load } from "js-yaml";
import { TextDocument } from "vscode-languageserver-textdocument";
import { root } from "../../infra/local/paths.ts";

/** OWNER/REPOSITORY in `uses:` that mean this checkout. */
const ours = "rainbow-seeker/deploy-toolkit";

type Config = NonNullable<Parameters<typeof LanguageService.validate>[1]>;
type Fetch = LanguageService.ActionsMetadataProvider["fetchActionMetadata"];
type FileReference = Parameters<NonNullable<Config["fileProvider"]>["getFileContent"]>[0];

/** Its modules import JSON in a way that Node refuses and bundlers take. */
async function languageService(): Promise<typeof LanguageService> {
  const outfile = join(root, "node_modules/.cache/languageservice.cjs");
  const entry = "@actions/languageservice";
  await build({
    stdin: { contents: `export * from "${entry}";`, resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "error",
  });
  return createRequire(import.meta.url)(outfile) as typeof LanguageService;
}

let loaded: Promise<typeof LanguageService> | undefined;

/** A workflow that is called: `./` and `$/` are this repository, as it is now. */
async function getFileContent(reference: FileReference): Promise<{ name: string; content: string }> {
  if ("repository" in reference && `${reference.owner}/${reference.repository}` !== ours)
    throw new Error(`${reference.owner}/${reference.repository} is another repository.`);
  return { name: reference.path, content: await readFile(join(root, reference.path), "utf8") };
}

/** Of other repositories, what was read of the pinned commits. */
const thirdParty = JSON.parse(await readFile(join(import.meta.dirname, "third-party-actions.json"), "utf8")) as Record<
  string,
  { inputs: string[]; required: string[] }
>;

/** The actions that examples/drop-in shows replaced. */
const replaced: Record<string, string> = {
  "aws-actions/amazon-ecs-render-task-definition": "actions/render-task-definition",
  "aws-actions/amazon-ecs-deploy-task-definition": "actions/deploy",
};

const fetchActionMetadata: Fetch = async ({ owner, name, ref, path }) => {
  const repository = `${owner}/${name}`;
  const folder = repository === ours ? (path ?? "") : replaced[repository];
  if (folder !== undefined)
    return load(await readFile(join(root, folder, "action.yml"), "utf8")) as Awaited<ReturnType<Fetch>>;
  const known = thirdParty[`${repository}@${ref}`];
  if (!known) return undefined;
  const inputs = known.inputs.map((input) => [input, { description: "", required: known.required.includes(input) }]);
  return { name: repository, description: "", inputs: Object.fromEntries(inputs) };
};

let documents = 0;

/** What is wrong in a workflow, a line each. */
export async function languageProblems(path: string, text: string): Promise<string[]> {
  const { validate } = await (loaded ??= languageService());
  // It remembers what it has parsed, by the address.
  const document = TextDocument.create(`file:///${(documents += 1)}/${path}`, "yaml", 0, text);
  const found = await validate(document, {
    fileProvider: { getFileContent },
    actionsMetadataProvider: { fetchActionMetadata },
  });
  return found.map(({ range, message }) => `${path}:${range.start.line + 1}: ${message}`);
}
