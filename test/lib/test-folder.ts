// Folders of tests in the folder for temporary files, removed when the test file has ended: test/lib/leave-nothing.ts
// calls this, and fails a run that leaves anything behind.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** @param prefix of its name, for whoever looks at the folder of a run that was killed */
export function makeTestFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.add(folder);
  return folder;
}

export function removeTestFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

// For benchmarks and checks, which are no test files.
process.on("exit", removeTestFolders);
