// Docker Compose v2: the plugin that is there, or Debian 13's, which is static and works with older engines too.
import { mkdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { debianPlugin, pluginPath } from "./debian-plugin.ts";
import { withLock } from "./lock.mjs";
import { cacheDir } from "./paths.ts";
import { aptInstall } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";

type Note = (text: string) => void;

const link = join(process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "cli-plugins/docker-compose");

const version = async (): Promise<string | undefined> => {
  const { code, stdout } = await attempt(["docker", "compose", "version", "--short"]);
  return code === 0 ? stdout.trim().replace(/^v/, "") : undefined;
};

/** Makes sure that `docker compose` is there, for the user's own terminal too; returns its version. */
export async function ensureCompose(note: Note): Promise<string> {
  const found = await version();
  if (found !== undefined) return found;
  await withLock(cacheDir, { command: "installation of Docker Compose", say: note }, () => install(note));
  const installed = await version();
  if (installed === undefined)
    throw new Problem(
      "Docker Compose v2 was installed and does not answer.",
      "docker compose version says why; install your distribution's docker compose plugin instead.",
    );
  return installed;
}

async function install(note: Note): Promise<void> {
  if ((await version()) !== undefined) return;
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (/^ID=ubuntu$/m.test(release)) return aptInstall(["docker-compose-v2"], note);
  const cached = await debianPlugin("docker-compose", note);
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(cached, link);
}

/** Takes away the link that was made here; a plugin of somebody else's stays. */
export async function removeComposePlugin(): Promise<void> {
  if ((await readlink(link).catch(() => "")) === pluginPath("docker-compose")) await rm(link, { force: true });
}
