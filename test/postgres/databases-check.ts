// All example databases, on the PostgreSQL that is installed here, on 17 in a container, and on the newest one.
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { aptInstall, exists } from "../../infra/local/prerequisites.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runVitest, type VitestOptions } from "../../scripts/lib/vitest.ts";
import { wrapInContainer } from "./check.ts";
import { withNewestPostgres } from "./newest-postgres.ts";

type Note = (text: string) => void;

const all = { RAINBOW_DATABASES: "all" };

export async function databasesCheck(note: Note): Promise<Counts> {
  if (!(await exists("/usr/lib/postgresql"))) await aptInstall(["postgresql"], note);
  await ensureEngine(note);
  await ensureBaseImages(note);
  return withNewestPostgres(note, async ({ major, bin }) => {
    const path = `${bin}:${process.env["PATH"] ?? ""}`;
    const servers: [string, VitestOptions][] = [
      ["installed here", { env: all }],
      ["in a container", { wrap: wrapInContainer(all) }],
      [`of the package, ${major}`, { env: { ...all, RAINBOW_POSTGRES: String(major), PATH: path } }],
    ];
    const sum: Counts = { passed: 0, failed: 0 };
    // One after the other: each keeps the processors busy.
    for (const [name, options] of servers) {
      const { passed, failed } = await runVitest("databases", { ...options, onOutput: showLeftOut });
      note(`the PostgreSQL ${name}: ${passed} passed, ${failed} failed`);
      sum.passed += passed;
      sum.failed += failed;
    }
    return sum;
  });
}

/** What a server lacks is not tested there, and said. */
function showLeftOut(output: string): void {
  for (const [line] of output.matchAll(/^left out on .*$/gm)) console.log(line);
}
