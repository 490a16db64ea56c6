// The long check "changes of the infrastructure": runs local-changes.ts in a copy of this checkout, on a separate port.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { stateDir } from "../../infra/local/paths.ts";
import { exists } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { copyCheckout } from "../lib/copy.ts";
import { portOfCheckout } from "../lib/ports.ts";

export async function infrastructureChangesCheck(note: (text: string) => void): Promise<Counts> {
  const folder = join(stateDir, "infrastructure-changes");
  const checkout = { cwd: folder, env: { ...process.env, RAINBOW_PORT: String(portOfCheckout()) } };
  const stop = async () => {
    if (await exists(folder)) await run([process.execPath, join(folder, "scripts/run.mjs"), "stop"], checkout);
    await rm(folder, { recursive: true, force: true });
  };
  // A previous run may have been interrupted.
  await stop();
  try {
    await copyCheckout(folder);
    const output = await run([process.execPath, join(folder, "test/terraform/local-changes.ts")], {
      ...checkout,
      onLine: (line) => line.startsWith("· ") && note(line.slice(2)),
      remedy: 'Run it on its own: npm run test:long -- "changes of the infrastructure"',
    });
    return { passed: Number(/^(\d+) passed$/m.exec(output)?.[1] ?? 0), failed: 0 };
  } finally {
    await stop();
  }
}
