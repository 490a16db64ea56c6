// The long check "killed at every step": npm start in a fresh checkout with an empty cache, killed at one step after
// another.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { imagePrefix } from "../../infra/local/base-images.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { copyCheckout } from "../lib/copy.ts";
import { portOfCheckout } from "../lib/ports.ts";
import { killStart, type Kill } from "./kill.ts";

/** Output at which each start is killed; each one gets further than the one before. */
const kills: [RegExp, Kill["scope"]][] = [
  [/installing packages of the toolkit/, "command only"],
  [/installing packages of ml/, "all processes"],
  [/creating a Python environment/, "command only"],
  [/building redis/, "command only"],
  [/building postgres/, "all processes"],
  [/starting MiniStack/, "command only"],
  [/terraform init/, "all processes"],
  [/20 resources done/, "command only"],
  [/60 resources done/, "all processes"],
  [/Infrastructure: \d+ added/, "command only"],
  [/Build api: Build and push/, "command only"],
  [/rainbow-seeker-ml-local: Deploy/, "all processes"],
  [/Render the migration/, "command only"],
  [/rainbow-seeker-api-local: Deploy/, "command only"],
  [/Smoke test of ml/, "all processes"],
  [/\] Demonstration/, "all processes"],
];

export async function everyStepCheck(note: (text: string) => void): Promise<Counts> {
  const checkout = join(stateDir, "every-step");
  const cache = join(stateDir, "every-step-cache");
  const env = { ...process.env, RAINBOW_PORT: String(portOfCheckout()), RAINBOW_CACHE: cache };
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
    // Removed, so that they are built again: two of the kills happen during that.
    await attempt([
      "docker",
      "rmi",
      ...["node:24", "postgres:17-alpine", "redis:7-alpine"].map((name) => `${imagePrefix}/${name}`),
    ]);
    for (const [output, scope] of kills) {
      note(`killed at ${output}, ${scope}`);
      await killStart({ checkout, output, scope, env });
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
