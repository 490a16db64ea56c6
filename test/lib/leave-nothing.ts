// Global setup of vitest: each run gets a folder for temporary files of its own, and fails if tests leave any in it.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Several projects in one run share the folder. */
let users = 0;
let folder = "";
let previous: string | undefined;

export function setup(): void {
  users += 1;
  if (users > 1) return;
  previous = process.env["TMPDIR"];
  // A short name: PostgreSQL's sockets are below it, and the path of a socket has 107 bytes at most.
  folder = mkdtempSync(join(tmpdir(), "t-"));
  // For PostgreSQL's own user.
  chmodSync(folder, 0o755);
  process.env["TMPDIR"] = folder;
}

export function teardown(): void {
  users -= 1;
  if (users > 0) return;
  const left = readdirSync(folder);
  rmSync(folder, { recursive: true, force: true });
  if (previous === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = previous;
  if (left.length > 0)
    throw new Error(
      `Tests left ${left.length} entries in the folder for temporary files: ${left.slice(0, 10).join(", ")}. ` +
        "Make such folders with makeTestFolder (test/lib/test-folder.ts), or remove them in the test.",
    );
}
