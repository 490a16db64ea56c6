// The long check "killed at every step": a fresh checkout with an empty cache, cut off again and again on its way up.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { imagePrefix } from "../../infra/local/base-images.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { port, stateDir } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { copyCheckout } from "../lib/copy.ts";
import { killStart, type Kill } from "./kill.ts";

/** Each start comes past the place where the one before was killed. */
const kills: [RegExp, Kill["how"]][] = [
  [/installing packages of the toolkit/, "alone"],
  [/installing packages of ml/, "with its programs"],
  [/creating a Python environment/, "alone"],
  [/building redis/, "alone"],
  [/building postgres/, "with its programs"],
  [/starting MiniStack/, "alone"],
  [/terraform init/, "with its programs"],
  [/20 resources done/, "alone"],
  [/60 resources done/, "with its programs"],
  [/Infrastructure: \d+ added/, "alone"],
  [/Build api: Build and push/, "alone"],
  [/rainbow-seeker-ml-local: Deploy/, "with its programs"],
  [/Render the migration/, "alone"],
  [/rainbow-seeker-api-local: Deploy/, "alone"],
  [/Smoke test of ml/, "with its programs"],
  [/\] Demonstration/, "with its programs"],
];

export async function everyStepCheck(note: (text: string) => void): Promise<Counts> {
  const checkout = join(stateDir, "every-step");
  const cache = join(stateDir, "every-step-cache");
  const env = { ...process.env, RAINBOW_PORT: String(port + 3000), RAINBOW_CACHE: cache };
  const command = (...args: string[]) => [process.execPath, join(checkout, "scripts/run.mjs"), ...args];
  const clear = async () => {
    if (await exists(join(checkout, "node_modules/.installed-lock")))
      await run(command("stop"), { cwd: checkout, env });
    for (const folder of [checkout, cache]) await rm(folder, { recursive: true, force: true });
  };
  await clear();
  await ensureEngine(note);
  try {
    await copyCheckout(checkout, { packages: "none" });
    // They are built anew: two of the kills come while they are.
    await attempt([
      "docker",
      "rmi",
      ...["node:24", "postgres:17-alpine", "redis:7-alpine"].map((name) => `${imagePrefix}/${name}`),
    ]);
    for (const [sign, how] of kills) {
      note(`killed at ${sign}, ${how}`);
      await killStart({ checkout, sign, how, env });
    }
    note("the last start, not killed");
    assert.match(await run(command("start"), { cwd: checkout, env }), /chance of a rainbow/);
    const status = await attempt(command("status", "--json"), { cwd: checkout, env });
    assert.equal(status.code, 0, status.stdout);
    return { passed: kills.length + 1, failed: 0 };
  } finally {
    await clear();
  }
}
