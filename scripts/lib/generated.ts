// Files generated from other files of the repository: `npm run sync` writes them, `npm test` fails if they are out of
// date.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { actionReadmes } from "./action-readme.ts";
import { consumerFiles } from "./consumer.ts";
import { ecsModel } from "./ecs-model.ts";
import { egressDocument } from "./egress.ts";
import { moduleReadmes } from "./module-readme.ts";
import { generatedWorkflows } from "./workflows.ts";

/** Path, relative to the repository, and expected text of each generated file. */
async function generatedFiles(): Promise<{ path: string; text: string }[]> {
  return (
    await Promise.all([
      generatedWorkflows(),
      actionReadmes(),
      moduleReadmes(),
      certificateCopies(),
      ecsModel(),
      egressDocument(),
      consumerFiles(),
    ])
  ).flat();
}

/** The image of api is built from api/ alone. */
const certificateCopies = async () => [
  {
    path: "api/rds-certificates.pem",
    text: await readFile(join(root, "actions/db-backup/certificates/rds.pem"), "utf8"),
  },
];

async function outdated(): Promise<{ path: string; text: string }[]> {
  const files = await generatedFiles();
  const present = await Promise.all(files.map(({ path }) => readFile(join(root, path), "utf8").catch(() => undefined)));
  return files.filter(({ text }, index) => present[index] !== text);
}

/** Writes the outdated files; returns their paths. */
export async function writeGenerated(): Promise<string[]> {
  const files = await outdated();
  for (const { path, text } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return files.map(({ path }) => path);
}

/** Paths of generated files that are out of date. */
export async function outdatedFiles(): Promise<string[]> {
  return (await outdated()).map(({ path }) => path);
}
