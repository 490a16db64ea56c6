import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { abandonedFolders, makeTemporaryFolder, removeAbandonedFolders, withActHome } from "./temporary.ts";

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

it("gives act a home whose path has no white space, and removes the one that it made", async () => {
  const folder = makeTestFolder("act-home-test-");
  const used = (path: string) => withActHome(path, async (home) => ({ home, isThere: existsSync(home) }));
  expect(await used(join(folder, "plain"))).toEqual({ home: join(folder, "plain"), isThere: true });
  const { home, isThere } = await used(join(folder, "a clone"));
  expect(home).not.toMatch(/\s/);
  expect([isThere, existsSync(home)]).toEqual([true, false]);
});
