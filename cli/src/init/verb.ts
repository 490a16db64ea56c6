// The verb, with the effects that it has on this machine.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { runProcess } from "../../../actions/shared/src/process.ts";
import { toolkitCommit } from "../toolkit-commit.ts";
import { toolkitFile } from "../toolkit.ts";
import type { Verb } from "../verb.ts";
import type { ReadFile } from "./detect.ts";
import { initInputs } from "./inputs.ts";
import { main } from "./main.ts";
import { pinsOf } from "./pins.ts";

const reader =
  (folder: string): ReadFile =>
  async (path) =>
    readFile(join(folder, path), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (["ENOENT", "ENOTDIR", "EISDIR"].includes(error.code ?? "")) return undefined;
      throw error;
    });

async function ask(question: string, fallback: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(`${question}${fallback === "" ? "" : ` [${fallback}]`}: `);
  } finally {
    terminal.close();
  }
}

export const initVerb: Verb = {
  name: "init",
  summary: "Writes what a repository with a Dockerfile needs to be deployed: workflows, .dockerignore, Terraform.",
  inputs: initInputs,
  main: undefined,
  run: async (source, { json, log, setOutputs }) => {
    const folder = process.cwd();
    const toolkit = dirname(toolkitFile("package.json"));
    const { repository } = JSON.parse(await readFile(join(toolkit, "package.json"), "utf8")) as { repository: string };
    return main(source, {
      read: reader(folder),
      write: async (path, text) => {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      },
      folder,
      run: runProcess,
      region: process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"],
      toolkit: {
        repository: repository.replace(/^github:/, ""),
        commit: () => toolkitCommit(toolkit, reader(toolkit), runProcess),
        pins: () => pinsOf(reader(toolkit)),
      },
      ask: !json && process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
      log,
      setOutputs,
    });
  },
};
