// Docker Compose v2: the installed plugin, or the one from Debian 13, which is static and works with older engines too.
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

const composeVersion = async (): Promise<string | undefined> => {
  const { code, stdout } = await attempt(["docker", "compose", "version", "--short"]);
  return code === 0 ? stdout.trim().replace(/^v/, "") : undefined;
};

/** Ensures that `docker compose` is installed, for the user's own terminal too; returns its version. */
export async function ensureCompose(note: Note): Promise<string> {
  const found = await composeVersion();
  if (found !== undefined) return found;
  await withLock(cacheDir, { command: "installation of Docker Compose", log: note }, () => install(note));
  const installed = await composeVersion();
  if (installed === undefined)
    throw new Problem(
      "Docker Compose v2 was installed but does not run.",
      "Run docker compose version to see why, or install your distribution's Docker Compose plugin instead.",
    );
  return installed;
}

async function install(note: Note): Promise<void> {
  if ((await composeVersion()) !== undefined) return;
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (/^ID=ubuntu$/m.test(release)) return aptInstall(["docker-compose-v2"], note);
  const cached = await debianPlugin("docker-compose", note);
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(cached, link);
}

/** Removes the symlink created by `ensureCompose`; any other plugin stays. */
export async function removeComposePlugin(): Promise<void> {
  if ((await readlink(link).catch(() => "")) === pluginPath("docker-compose")) await rm(link, { force: true });
}
