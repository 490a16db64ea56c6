// One folder in which a single run of `terraform test` tries many mutants: a copy of infra/ for each, and a copy of
// the test file whose runs test that copy. Schema and program of the provider are loaded once for all of them.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { nothing } from "../infrastructure/system-test.ts";
import { attributesIn, blocksIn, headOf, parse, valueOf, type Node } from "./hcl.ts";
import { applied, type Mutant } from "./mutants.ts";
import { infra, mutatedFolders, type Target } from "./targets.ts";

/** A mutant with one of its replacements; without a mutant the files as they are. */
export interface Candidate {
  id: string;
  mutant?: Mutant;
  replacement?: string;
  /** Calls that are not frozen, where the others are. */
  live?: readonly string[];
}

const providerBlock = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
`;

const nothingToApply = providerBlock.replace(
  '"hashicorp/aws"',
  '"hashicorp/aws", configuration_aliases = [aws.us_east_1]',
);

export interface Workspace {
  target: Target;
  /** Text of the test file, whose runs test the folder of the target. */
  testOf: (candidate: Candidate) => string;
  /** Changes a candidate's copy of infra/ further. */
  adapt?: (copy: string, candidate: Candidate) => void;
}

export function writeWorkspace(
  folder: string,
  { target, testOf, adapt }: Workspace,
  candidates: readonly Candidate[],
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "tests"), { recursive: true });
  writeFileSync(join(folder, "main.tf"), providerBlock);
  for (const candidate of candidates) {
    const copy = join("m", candidate.id);
    mkdirSync(join(folder, copy), { recursive: true });
    // Roles are made of the policies of actions, which are beside infra/.
    symlinkSync(join(root, "actions"), join(folder, copy, "actions"));
    writeCopy(join(folder, copy, "infra"), candidate);
    adapt?.(join(folder, copy, "infra"), candidate);
    if (target.environment) {
      const empty = join(folder, copy, "infra", target.folder, nothing);
      mkdirSync(empty);
      writeFileSync(join(empty, "main.tf"), nothingToApply);
    }
    writeFileSync(
      join(folder, "tests", `${candidate.id}.tftest.hcl`),
      testOfCopy(testOf(candidate), `./${copy}/infra/${target.folder}`),
    );
  }
}

/** infra/ with one change. */
export function writeCopy(folder: string, { mutant, replacement }: Candidate): void {
  copyInfra(folder);
  if (!mutant || replacement === undefined) return;
  const text = readFileSync(join(infra, mutant.file), "utf8");
  writeFileSync(join(folder, mutant.file), applied(text, mutant, replacement));
}

function copyInfra(folder: string): void {
  for (const each of mutatedFolders())
    cpSync(join(infra, each), join(folder, each), {
      recursive: true,
      filter: (path) => !basename(path).startsWith(".terraform") && !path.endsWith(".tftest.hcl"),
    });
}

/** The test file with runs that test a module in another place, instead of the folder that it is run in. */
export function testOfCopy(test: string, copy: string): string {
  let text = "";
  let done = 0;
  for (const run of blocksIn(parse(test, "the test")).filter((block) => headOf(block)[0] === "run")) {
    const module = blocksIn(run).find((block) => headOf(block)[0] === "module");
    const source = module && valueOf(attributesIn(module).get("source") as Node);
    const [start, end] = source ? [source.startIndex, source.endIndex] : [startOfBody(run), startOfBody(run)];
    const path = source ? `"${copy}/${source.text.slice(1, -1)}"` : `module {\n    source = "${copy}"\n  }\n\n  `;
    text += test.slice(done, start) + path;
    done = end;
  }
  return text + test.slice(done);
}

const startOfBody = (block: Node): number =>
  (block.namedChildren.find(({ type }) => type === "body") as Node).startIndex;
