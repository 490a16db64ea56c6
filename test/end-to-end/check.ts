// The checks that run a system in a copy of this checkout, which they may edit, on a separate port, beside a running one.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { artefactsDir, stateDir } from "../../infra/local/paths.ts";
import { ensureBrowser, exists } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { Problem } from "../../infra/local/problem.ts";
import { withTemporaryFolder } from "../../infra/local/temporary.ts";
import { copyCheckout } from "../lib/copy.ts";
import { portOfCheckout } from "../lib/ports.ts";
import type { Counts } from "../../scripts/lib/counts.ts";

/** @param options.isLong also edits in ml/ and infra/, two starts at once, and starts that are killed. */
export const endToEndCheck =
  ({ isLong }: { isLong: boolean }) =>
  (note: (text: string) => void): Promise<Counts> =>
    // What killed programs leave there is no fault of theirs.
    withTemporaryFolder("e-", (temporary) => inCopy({ entry: "main.ts", isLong, temporary }, note));

/** From a push to production by way of staging, with both environments on one local AWS. */
export const deployChainCheck = (note: (text: string) => void): Promise<Counts> =>
  withTemporaryFolder("c-", (temporary) => inCopy({ entry: "chain-main.ts", isLong: true, temporary }, note));

async function inCopy(
  { entry, isLong, temporary }: { entry: string; isLong: boolean; temporary: string },
  note: (text: string) => void,
): Promise<Counts> {
  const browser = await ensureBrowser(note);
  const folder = join(stateDir, "end-to-end");
  const env = {
    ...process.env,
    RAINBOW_PORT: String(portOfCheckout()),
    RAINBOW_ARTEFACTS: artefactsDir,
    CHROMIUM: browser,
    TMPDIR: temporary,
    ...(isLong ? { RAINBOW_LONG: "1" } : {}),
  };
  const checkout = { cwd: folder, env };
  const stop = async () => {
    if (await exists(folder)) await run([process.execPath, join(folder, "scripts/run.mjs"), "stop"], checkout);
    await rm(folder, { recursive: true, force: true });
  };
  // A previous run may have been interrupted.
  await stop();
  try {
    await copyCheckout(folder);
    const { stdout, stderr } = await attempt([process.execPath, join(folder, "test/end-to-end", entry)], {
      ...checkout,
      onLine: (line) => line.startsWith("· ") && note(line.slice(2)),
    });
    const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
    if (!counts)
      throw new Problem(
        `The end-to-end test did not finish:\n${(stdout + stderr).split("\n").slice(-30).join("\n")}`,
        "Run this check on its own, by its name.",
      );
    const failures = stdout
      .split("\n")
      .filter((line) => !/^(· |\d+ passed)/.test(line))
      .join("\n")
      .trim();
    if (failures !== "") console.log(failures);
    return { passed: Number(counts[1]), failed: Number(counts[2]) };
  } finally {
    await stop();
  }
}
