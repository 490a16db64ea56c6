// docker build and push, with a configuration of our own that is gone afterwards.
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { FailedError } from "../../shared/src/errors.ts";
import { mustRun, type RunProcess } from "../../shared/src/process.ts";
import type { Log } from "../../shared/src/report.ts";
import type { Inputs } from "./inputs.ts";
import type { Repository } from "./registry.ts";

export interface Docker {
  run: RunProcess;
  log: Log;
}

const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/**
 * Proxies of the environment reach the build by name alone: docker takes their values, which may hold a password, from its
 * environment. They are no part of the image, so they are no part of its content either.
 */
export function buildCommand(inputs: Inputs, build: { reference: string; commit: string; builtAt: string }, environment = process.env): string[] {
  const args = [...inputs.buildArgs, ["COMMIT", build.commit] as const, ["BUILT_AT", build.builtAt] as const];
  return [
    "docker", "build",
    "--file", inputs.dockerfile,
    "--tag", build.reference,
    ...(inputs.network ? ["--network", inputs.network] : []),
    ...args.flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...proxyVariables.flatMap((name) => (environment[name] ? ["--build-arg", name] : [])),
    inputs.context,
  ];
}

export async function build(command: string[], { run, log }: Docker): Promise<void> {
  await mustRun(run, command, { onLine: log });
}

/**
 * The password goes into a file that only we can read and that is removed afterwards: it is on no command line,
 * and it does not stay in the runner's own configuration. Plugins and proxies of that configuration stay in force.
 */
export async function push(reference: string, repository: Repository, { run, log }: Docker): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "docker-config-"));
  try {
    const own = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
    const { credsStore: _store, auths, ...settings } = JSON.parse(await readFile(join(own, "config.json"), "utf8").catch(() => "{}")) as Record<string, unknown>;
    const config = { ...settings, auths: { ...(auths as object | undefined), [repository.host]: { auth: repository.authorization } } };
    await writeFile(join(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
    await symlink(join(own, "cli-plugins"), join(folder, "cli-plugins"));
    const result = await run(["docker", "push", reference], { env: { ...process.env, DOCKER_CONFIG: folder }, onLine: log });
    if (result.code !== 0) throw new FailedError(`docker push ended with exit code ${result.code}:\n${result.stderr.trim().split("\n").slice(-5).join("\n")}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
