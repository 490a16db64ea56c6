import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { abandonedFolders, makeTemporaryFolder, removeAbandonedFolders } from "./temporary.ts";

it("removes a temporary folder once its process has exited, and not before", async () => {
  const mine = await makeTemporaryFolder();
  const { pid } = spawnSync("true");
  const abandoned = mkdtempSync(join(tmpdir(), `rainbow-seeker-${pid}-`));
  const others = mkdtempSync(join(tmpdir(), "somebody-elses-"));
  expect(await abandonedFolders()).toContain(abandoned);
  await removeAbandonedFolders();
  expect([mine, abandoned, others].map((folder) => existsSync(folder))).toEqual([true, false, true]);
  for (const folder of [mine, others]) rmSync(folder, { recursive: true });
});
