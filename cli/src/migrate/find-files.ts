// The files that are looked at: named ones, or the workflows and composite actions of a repository.
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { ConfigurationError, messageOf } from "../../../actions/shared/src/errors.ts";
import type { SourceFile } from "./model.ts";
import { readYaml, YamlError, type YamlNode } from "./yaml-nodes.ts";

export interface FoundFile extends SourceFile {
  /** The file itself, if the path is a symbolic link. */
  target: string;
}

const workflows = join(".github", "workflows");
/** Files that mention neither of the actions have nothing to move; a repository may have thousands of action.yml. */
const mention = /amazon-ecs-(?:render|deploy)-task-definition/i;

/** @throws ConfigurationError which names every file that cannot be read */
export async function findFiles(folder: string, named: string[]): Promise<FoundFile[]> {
  const paths =
    named.length > 0 ? named.map((path) => relative(folder, resolve(folder, path))) : await discovered(folder);
  const results = await Promise.allSettled(
    [...new Set(paths)].map((path) => readSource(folder, path, named.length > 0)),
  );
  const problems = results.flatMap((result) => (result.status === "rejected" ? [messageOf(result.reason)] : []));
  if (problems.length > 0) throw new ConfigurationError(`Nothing was changed.\n${problems.join("\n")}`);
  const files = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  // A link and its file are one: the first path counts.
  return files.filter((file, index) => files.findIndex(({ target }) => target === file.target) === index);
}

async function discovered(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, workflows)).catch(() => undefined);
  const found = (entries ?? []).filter((name) => /\.ya?ml$/.test(name)).map((name) => join(workflows, name));
  const actions: string[] = [];
  for await (const path of actionFiles(folder, ""))
    if (mention.test(await readFile(join(folder, path), "utf8").catch(() => ""))) actions.push(path);
  if (entries === undefined && actions.length === 0)
    throw new ConfigurationError(
      `There is no ${workflows} in ${folder}, and no composite action that uses the AWS actions. ` +
        "Run the command in the root of a repository, or name the files.",
    );
  return [...found, ...actions].toSorted();
}

/** action.yml and action.yaml, without packages, Git's own folder, and what links point to. */
async function* actionFiles(folder: string, inside: string): AsyncGenerator<string> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(inside, entry.name);
    if (entry.isFile() && /^action\.ya?ml$/.test(entry.name)) yield path;
    if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== ".git") yield* actionFiles(folder, path);
  }
}

async function readSource(folder: string, path: string, isNamed: boolean): Promise<FoundFile> {
  const full = join(folder, path);
  if (isOutside(path))
    throw new Error(`${path} is outside of ${folder}: run the command in the folder of its repository.`);
  const entry = await lstat(full).catch(() => undefined);
  if (!entry) throw new Error(`${path} does not exist.`);
  const target = await realpath(full).catch(() => undefined);
  if (target === undefined) throw new Error(`${path} is a symbolic link to a file that does not exist.`);
  const { mode, isFolder } = await stat(target).then((info) => ({ mode: info.mode, isFolder: info.isDirectory() }));
  if (isFolder) throw new Error(`${path} is a folder: name the files in it${isNamed ? "" : ", and rename it"}.`);
  const text = decoded(path, await readFile(target));
  const base = await realpath(folder);
  const locked = isOutside(relative(base, target))
    ? {
        problem: `the file is a symbolic link to ${target}, outside of this folder`,
        remedy: "Run the command in the repository of that file.",
      }
    : (mode & 0o222) === 0
      ? { problem: "the file is read-only", remedy: `Run chmod u+w ${path}, and run the command again.` }
      : undefined;
  return { path, text, documents: parsed(path, text), target, locked };
}

const isOutside = (path: string): boolean => path === ".." || /^\.\.[\\/]/.test(path) || isAbsolute(path);

/** With a byte order mark, if there is one. What is no UTF-8 would not be written as it was. */
function decoded(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Error(`${path} is no text in UTF-8.`, { cause });
  }
}

function parsed(path: string, text: string): YamlNode[] {
  try {
    return readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new Error(`${path}:${error.line}:${error.column}  ${error.message}.`, { cause: error });
  }
}
