// Docker Compose v2: the plugin that is there, or Debian 13's, which is static and works with older engines too.
import { copyFile, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { alone } from "./lock.mjs";
import { cacheDir } from "./paths.ts";
import { aptInstall, exists, onPath } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { networkRemedy } from "./proxies.mjs";
import { attempt, run } from "./process.ts";
import { makeTemporaryFolder } from "./temporary.ts";

type Note = (text: string) => void;

const cached = join(cacheDir, "docker-compose");
const link = join(process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "cli-plugins/docker-compose");

const version = async (): Promise<string | undefined> => {
  const { code, stdout } = await attempt(["docker", "compose", "version", "--short"]);
  return code === 0 ? stdout.trim().replace(/^v/, "") : undefined;
};

/** Makes sure that `docker compose` is there, for the user's own terminal too; returns its version. */
export async function ensureCompose(note: Note): Promise<string> {
  const found = await version();
  if (found !== undefined) return found;
  await alone(cacheDir, { command: "installation of Docker Compose", say: note }, () => install(note));
  const installed = await version();
  if (installed === undefined) throw new Problem("Docker Compose v2 was installed and does not answer.", "docker compose version says why; install your distribution's docker compose plugin instead.");
  return installed;
}

async function install(note: Note): Promise<void> {
  if ((await version()) !== undefined) return;
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (/^ID=ubuntu$/m.test(release)) return aptInstall(["docker-compose-v2"], note);
  if (!(await onPath("dpkg-deb"))) throw new Problem("Docker Compose v2 is missing and this is not a Debian system.", "Install your distribution's docker compose plugin.");
  if (!(await exists(cached))) await fetchDebianPlugin(note);
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(cached, link);
}

/** Takes the plugin out of Debian 13's package, without a change to what this machine installs from. */
async function fetchDebianPlugin(note: Note): Promise<void> {
  note("fetching Docker Compose from Debian 13");
  const folder = await makeTemporaryFolder();
  try {
    await Promise.all(["lists/partial", "cache/archives/partial"].map((name) => mkdir(join(folder, name), { recursive: true })));
    const sources = join(folder, "sources.list");
    await writeFile(sources, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await debianMirror()} trixie main\n`);
    const apt = ["-q", "-o", `Dir::Etc::SourceList=${sources}`, "-o", "Dir::Etc::SourceParts=/dev/null", "-o", `Dir::State::Lists=${folder}/lists`, "-o", `Dir::Cache=${folder}/cache`, "-o", "APT::Sandbox::User=root"];
    const remedy = `${networkRemedy("Debian's package mirror")} Or install your distribution's docker compose plugin.`;
    await run(["apt-get", ...apt, "-o", "APT::Update::Error-Mode=any", "update"], { remedy });
    await run(["apt-get", ...apt, "download", "docker-compose"], { cwd: folder, remedy });
    await run(["sh", "-c", "dpkg-deb -x docker-compose_*.deb unpacked"], { cwd: folder });
    await mkdir(cacheDir, { recursive: true });
    await copyFile(join(folder, "unpacked/usr/libexec/docker/cli-plugins/docker-compose"), `${cached}.partial`);
    await rename(`${cached}.partial`, cached);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The mirror that this machine installs Debian's packages from. */
async function debianMirror(): Promise<string> {
  const targets = await attempt(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  return targets.stdout.split("\n").find((uri) => /\/debian\/?$/.test(uri)) ?? "http://deb.debian.org/debian/";
}

/** Takes away the link that was made here; a plugin of somebody else's stays. */
export async function removeComposePlugin(): Promise<void> {
  if ((await readlink(link).catch(() => "")) === cached) await rm(link, { force: true });
}
