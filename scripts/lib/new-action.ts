// The skeleton of an action: what CONTRIBUTING.md's "Adding an action" begins with.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { formatted } from "./markdown.ts";

/**
 * Writes actions/<name> below `root`; returns the paths.
 *
 * @throws Problem for a name that is not free or not in kebab-case
 */
export async function writeNewAction(root: string, name: string): Promise<string[]> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new Problem(`"${name}" is not a name in kebab-case.`, "npm run new-action -- my-action");
  const folder = join("actions", name);
  if (await exists(join(root, folder)))
    throw new Problem(`${folder} exists already.`, "Choose another name, or remove the folder.");
  const files = Object.entries(skeleton(name)).map(([file, text]) => ({ path: join(folder, file), text }));
  for (const { path, text } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), await formatted(path, text));
  }
  return files.map(({ path }) => path);
}

/** Path below the action's folder → text. */
function skeleton(name: string): Record<string, string> {
  const title = name.replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase());
  return {
    "action.yml": actionFile(title),
    "README.md": readme(name, title),
    "iam-policy.json": `${JSON.stringify({ Version: "2012-10-17", Statement: [] }, null, 2)}\n`,
    "src/index.ts": index(name),
    "src/inputs.ts": inputs,
    "src/main.ts": main,
    [`test/${name}.test.ts`]: test(name),
  };
}

const actionFile = (title: string): string => `name: ${title}
description: Greets whoever you name.
author: Rainbow Seeker
branding: { icon: box, color: purple }
inputs:
  who:
    description: Who is greeted.
    default: world
outputs:
  greeting:
    description: The greeting.
runs:
  using: node24
  main: dist/index.js
`;

const readme = (name: string, title: string): string => `# ${name}

Greets whoever you name.

## Example

\`\`\`yaml
name: ${title}
on: workflow_dispatch
permissions: {}
jobs:
  ${name}:
    runs-on: ubuntu-latest
    steps:
      - uses: rainbow-seeker/deploy-toolkit/actions/${name}@v1
        with:
          who: Shiojiri
\`\`\`

## Inputs

<!-- inputs:begin -->
<!-- inputs:end -->

## Outputs

<!-- outputs:begin -->
<!-- outputs:end -->

## Permissions

None ([iam-policy.json](iam-policy.json)).
`;

const index = (name: string): string => `import * as core from "@actions/core";
import { logLine, runAction, setOutputs } from "../../shared/src/report.ts";
import { readInputs } from "./inputs.ts";
import { main } from "./main.ts";

await runAction("${name}", async () => {
  const inputs = readInputs((name) => core.getInput(name, { trimWhitespace: false }));
  await main(inputs, { log: logLine, setOutputs });
});
`;

const inputs = `import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Inputs {
  who: string;
}

/** @throws ConfigurationError with every problem of the inputs */
export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs = { who: read.optional("who") ?? "world" };
  read.finish();
  return inputs;
}
`;

const main = `import type { Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";

/** What comes from outside: clients, clock, log, processes. */
export interface Dependencies {
  log: Log;
  setOutputs: (outputs: Record<string, string>) => void;
}

export async function main({ who }: Inputs, { log, setOutputs }: Dependencies): Promise<void> {
  const greeting = \`Hello, \${who}.\`;
  log(greeting);
  setOutputs({ greeting });
}
`;

const test = (name: string): string => `import { describe, expect, it } from "vitest";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

describe("${name}", () => {
  it("greets in the log and in its output", async () => {
    const lines: string[] = [];
    const outputs: Record<string, string> = {};
    const dependencies = { log: (line: string) => lines.push(line), setOutputs: (all: object) => Object.assign(outputs, all) };
    await main(readInputs(() => "Shiojiri"), dependencies);
    expect(lines).toEqual(["Hello, Shiojiri."]);
    expect(outputs).toEqual({ greeting: "Hello, Shiojiri." });
  });
});
`;
