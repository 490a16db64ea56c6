// HAProxy, for tests that need a load balancer which checks health.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, onPath } from "../../infra/local/prerequisites.ts";
import { makeTemporaryFolder } from "../../infra/local/temporary.ts";

/**
 * @param configuration of a folder that is there as long as HAProxy runs; not in the checkout, as the path of a socket has
 *   107 bytes at most
 * @returns what stops it, and that folder
 */
export async function startHaproxy(
  configuration: (folder: string) => string,
  note: (text: string) => void = () => {},
): Promise<{ folder: string; stop: () => Promise<void> }> {
  if (!(await onPath("haproxy"))) await aptInstall(["haproxy"], note);
  const folder = await makeTemporaryFolder();
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, configuration(folder));
  const child = spawn("haproxy", ["-db", "-q", "-f", file], { stdio: "ignore" });
  const exited = once(child, "exit");
  return {
    folder,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
