// buildx without docker in front of it, which starts each of its plugins first: 0.07 instead of 0.12 seconds.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ProcessResult, RunProcess } from "../../shared/src/process.ts";

/** Where docker looks for plugins after the user's folder (docker/cli, cli-plugins/manager). */
const systemFolders = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"].map(
  (folder) => `${folder}/docker/cli-plugins`,
);

/**
 * The result of `docker buildx inspect`. What goes wrong without docker is tried with it, so that its own message is
 * reported.
 *
 * @param builder undefined: the current one
 * @param options.folders of plugins besides the user's
 */
export async function inspectBuilder(
  builder: string | undefined,
  { run, env, folders = systemFolders }: { run: RunProcess; env: NodeJS.ProcessEnv; folders?: readonly string[] },
): Promise<ProcessResult> {
  const args = ["inspect", ...(builder ? [builder] : [])];
  const plugin = findPlugin(env, folders);
  // By itself a plugin takes its arguments without its name in front.
  const result = plugin === undefined ? undefined : await run([plugin, ...args], { env }).catch(() => undefined);
  return result?.code === 0 && result.stdout.includes("Driver:") ? result : run(["docker", "buildx", ...args], { env });
}

/** Without waiting for anything, so that the process starts before the context is read. */
function findPlugin(env: NodeJS.ProcessEnv, folders: readonly string[]): string | undefined {
  const user = env["DOCKER_CONFIG"] || join(env["HOME"] ?? homedir(), ".docker");
  const config = textOf(join(user, "config.json"));
  // Other folders come first, and it may be in them.
  if (config.includes('"cliPluginsExtraDirs"')) return undefined;
  return [join(user, "cli-plugins"), ...folders].map((folder) => join(folder, "docker-buildx")).find(existsSync);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
