// Global setup of vitest: each run gets a folder for temporary files of its own, and fails if tests leave any in it.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface State {
  users: number;
  folder: string;
  previous: string | undefined;
}

// Several projects in one run share the folder, and vitest loads this module once for each of them.
const shared = globalThis as { rainbowTestFolder?: State };
const state = (shared.rainbowTestFolder ??= { users: 0, folder: "", previous: undefined });

export function setup(): void {
  state.users += 1;
  if (state.users > 1) return;
  state.previous = process.env["TMPDIR"];
  // A short name: PostgreSQL's sockets are below it, and the path of a socket has 107 bytes at most.
  const folder = mkdtempSync(join(tmpdir(), "t-"));
  state.folder = folder;
  // For PostgreSQL's own user.
  chmodSync(folder, 0o755);
  process.env["TMPDIR"] = folder;
}

export function teardown(): void {
  state.users -= 1;
  if (state.users > 0) return;
  const { folder, previous } = state;
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
