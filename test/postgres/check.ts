// Backups of an actual PostgreSQL: of the major version that is installed here, and of 17 in a container with the
// programs of 17. Each also connects to the other's server, which is newer or older than its own programs.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../actions/shared/src/clock.ts";
import { runProcess } from "../../actions/shared/src/process.ts";
import { withEphemeralPostgres } from "../../actions/db-backup/src/postgres/ephemeral-postgres.ts";
import { installed } from "../../actions/db-backup/test/postgres/server.ts";
import { ensureBaseImages, postgresImage } from "../../infra/local/base-images.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { root } from "../../infra/local/paths.ts";
import { aptInstall, exists } from "../../infra/local/prerequisites.ts";
import { attempt, run, until } from "../../infra/local/process.ts";
import { makeTemporaryFolder } from "../../infra/local/temporary.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runVitest } from "../../scripts/lib/vitest.ts";

type Note = (text: string) => void;

/** The variable with the folder of the socket of a server of another major version. */
const otherServer = "OTHER_POSTGRES";

/** @param options.isLong full counts, and every fault on both versions. */
export const postgresCheck =
  ({ isLong }: { isLong: boolean }) =>
  async (note: Note): Promise<Counts> => {
    if (!(await exists("/usr/lib/postgresql"))) await aptInstall(["postgresql"], note);
    await ensureEngine(note);
    await ensureBaseImages(note);
    const programs = await installed();
    return withServerInContainer((sockets) =>
      withEphemeralPostgres({ programs, run: runProcess, clock: systemClock }, async (here) => {
        const env: Record<string, string> = isLong ? { RAINBOW_LONG: "1" } : {};
        const runs = await Promise.all([
          runVitest("postgres", {
            env: { ...env, [otherServer]: sockets },
            files: isLong ? [] : ["round-trip", "versions"],
          }),
          runVitest("postgres", { wrap: wrapInContainer(env, here.host) }),
          ...(isLong ? [] : [runVitest("databases")]),
        ]);
        return {
          passed: runs.reduce((sum, { passed }) => sum + passed, 0),
          failed: runs.reduce((sum, { failed }) => sum + failed, 0),
        };
      }),
    );
  };

/**
 * Runs a command of Node in a container that has only this checkout, read-only, and the socket of the other server, if any.
 * SYS_ADMIN is for a test that mounts a small disk.
 */
export const wrapInContainer =
  (env: Record<string, string>, sockets?: string) =>
  ([node = "", ...rest]: string[], folder: string): string[] => [
    "docker",
    "run",
    "--rm",
    "--init",
    "--network",
    "none",
    "--cap-add",
    "SYS_ADMIN",
    "--security-opt",
    "apparmor=unconfined",
    "--volume",
    `${root}:${root}:ro`,
    "--volume",
    `${node}:/usr/local/bin/node:ro`,
    "--volume",
    `${folder}:${folder}`,
    ...(sockets === undefined ? [] : ["--volume", `${sockets}:${sockets}`]),
    "--workdir",
    root,
    ...Object.entries({ ...env, ...(sockets && { [otherServer]: sockets }), NO_COLOR: "1" }).flatMap(
      ([name, value]) => ["--env", `${name}=${value}`],
    ),
    "--entrypoint",
    "node",
    postgresImage,
    ...rest,
  ];

async function withServerInContainer<T>(work: (sockets: string) => Promise<T>): Promise<T> {
  const folder = await makeTemporaryFolder();
  const sockets = join(folder, "sockets");
  await mkdir(sockets);
  const container = (
    await run([
      "docker",
      "run",
      "--detach",
      "--network",
      "none",
      "--env",
      "POSTGRES_PASSWORD=unused-without-network",
      "--volume",
      `${sockets}:/var/run/postgresql`,
      postgresImage,
      "postgres",
    ])
  ).trim();
  try {
    // Its first start creates the data folder; on a busy machine that takes longer than a test file needs to connect.
    const isReady = async () => (await attempt(["docker", "exec", container, "pg_isready"])).code === 0;
    assert.ok(await until(isReady, { seconds: 120 }), "the server in the container did not start");
    return await work(sockets);
  } finally {
    await attempt(["docker", "rm", "--force", "--volumes", container]);
    await attempt(["rm", "-r", folder]);
  }
}
