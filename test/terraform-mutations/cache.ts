// Verdicts of earlier runs, by all that they depend on: a run that was interrupted goes on where it stopped.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { root } from "../../infra/local/paths.ts";
import { accepted, refused } from "../terraform/input-cases.ts";
import type { Call } from "../terraform/plan-variables.ts";
import type { Verdict } from "./outcomes.ts";
import { closureOf, infra, type Target } from "./targets.ts";
import { terraformFiles } from "./scope.ts";
import type { Candidate } from "./workspace.ts";

/** Verdicts that every checkout has: those of the last run that was told to keep its own. */
export const keptVerdicts = join(root, "test/terraform-mutations/verdicts.jsonl.gz");

export class VerdictCache {
  readonly #path: string;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #used = new Set<string>();

  /** @param path of the verdicts of this checkout, to which new ones are added */
  constructor(path: string, kept = keptVerdicts) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(kept)) this.#read(gunzipSync(readFileSync(kept)).toString());
    const own = existsSync(path) ? readFileSync(path, "utf8") : "";
    this.#read(own);
    if (own !== "" && !own.endsWith("\n")) appendFileSync(path, "\n");
  }

  #read(text: string): void {
    for (const line of text.split("\n")) {
      // The last line of a run that was killed may be cut off.
      if (!line.endsWith("}")) continue;
      const { key, ...verdict } = JSON.parse(line) as Verdict & { key: string };
      this.#verdicts.set(key, verdict);
    }
  }

  get(key: string): Verdict | undefined {
    const verdict = this.#verdicts.get(key);
    if (verdict) this.#used.add(key);
    return verdict;
  }

  set(key: string, verdict: Verdict): void {
    this.#verdicts.set(key, verdict);
    this.#used.add(key);
    appendFileSync(this.#path, `${JSON.stringify({ key, ...verdict })}\n`);
  }

  /** Writes what this run has used; nothing reads what was said about a mutant that was killed. */
  keep(path = keptVerdicts): void {
    const lines = [...this.#used].toSorted().map((key) => {
      const { outcome, message } = this.#verdicts.get(key) as Verdict;
      return `${JSON.stringify({ key, outcome, message: outcome === "killed" ? "" : message })}\n`;
    });
    writeFileSync(path, gzipSync(lines.join(""), { level: 9 }));
  }
}

/** Digest of a test, and of all that it looks at. */
export function digestOf(
  { folder, file, environment, isInput, isFrozen }: Target,
  uses: Map<string, string[]>,
): string {
  const hash = createHash("sha256");
  const addText = (path: string, text: string) => hash.update(path).update("\0").update(text);
  const add = (path: string) => addText(path, readFileSync(join(infra, path), "utf8"));
  if (isInput) {
    for (const path of ["conventions.ts", "plan-variables.ts"]) add(join("../test/terraform", path));
    const ofFolder = ({ module }: Call) => module === folder;
    addText("cases", JSON.stringify([refused.filter(ofFolder), accepted.filter(ofFolder)]));
  } else if (environment) for (const path of filesIn("test/infrastructure")) add(join("..", path));
  else for (const path of [file, ...dataIn(join(infra, folder, "tests"))]) add(join(folder, "tests", path));
  if (isFrozen) hash.update("frozen");
  let hasRolesOfActions = false;
  for (const each of closureOf(folder, uses))
    for (const name of terraformFiles(join(infra, each))) {
      const path = join(each, name);
      const text = readFileSync(join(infra, path), "utf8");
      addText(path, text);
      hasRolesOfActions ||= text.includes("iam-policy.json");
    }
  if (hasRolesOfActions)
    for (const action of readdirSync(join(root, "actions"))) {
      const policy = join("../actions", action, "iam-policy.json");
      if (existsSync(join(infra, policy))) add(policy);
    }
  return hash.digest("hex").slice(0, 24);
}

/** What a test file reads. */
const dataIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted();

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(folder, path))
    .toSorted();

export const keyOf = (digest: string, { mutant, replacement }: Candidate): string =>
  createHash("sha256")
    .update(JSON.stringify([digest, mutant?.file, mutant?.start, mutant?.end, replacement]))
    .digest("hex")
    .slice(0, 24);
