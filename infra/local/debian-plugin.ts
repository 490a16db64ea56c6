// Plugins of the docker command from Debian 13: they are static, and work with older engines and systems too.
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "./paths.ts";
import { exists, onPath } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { networkRemedy } from "./proxies.mjs";
import { attempt, run } from "./process.ts";
import { makeTemporaryFolder } from "./temporary.ts";

export type Plugin = "docker-compose" | "docker-buildx";

/** Where the plugin lies once it is fetched. */
export const pluginPath = (plugin: Plugin): string => join(cacheDir, plugin);

/** Takes the plugin out of Debian 13's package, once, without a change to what this machine installs from. @returns its path. */
export async function debianPlugin(plugin: Plugin, note: (text: string) => void): Promise<string> {
  const cached = pluginPath(plugin);
  if (await exists(cached)) return cached;
  if (!(await onPath("dpkg-deb")))
    throw new Problem(
      `docker's plugin ${plugin} is missing and this is not a Debian system.`,
      "Install your distribution's package of it.",
    );
  note(`fetching ${plugin} from Debian 13`);
  const folder = await makeTemporaryFolder();
  try {
    await Promise.all(
      ["lists/partial", "cache/archives/partial"].map((name) => mkdir(join(folder, name), { recursive: true })),
    );
    const sources = join(folder, "sources.list");
    await writeFile(
      sources,
      `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await debianMirror()} trixie main\n`,
    );
    const apt = [
      "-q",
      "-o",
      `Dir::Etc::SourceList=${sources}`,
      "-o",
      "Dir::Etc::SourceParts=/dev/null",
      "-o",
      `Dir::State::Lists=${folder}/lists`,
      "-o",
      `Dir::Cache=${folder}/cache`,
      "-o",
      "APT::Sandbox::User=root",
    ];
    const remedy = `${networkRemedy("Debian's package mirror")} Or install your distribution's package of ${plugin}.`;
    await run(["apt-get", ...apt, "-o", "APT::Update::Error-Mode=any", "update"], { remedy });
    await run(["apt-get", ...apt, "download", plugin], { cwd: folder, remedy });
    await run(["sh", "-c", `dpkg-deb -x ${plugin}_*.deb unpacked`], { cwd: folder });
    await mkdir(cacheDir, { recursive: true });
    await copyFile(join(folder, `unpacked/usr/libexec/docker/cli-plugins/${plugin}`), `${cached}.partial`);
    await rename(`${cached}.partial`, cached);
    return cached;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The mirror that this machine installs Debian's packages from. */
async function debianMirror(): Promise<string> {
  const targets = await attempt(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  return targets.stdout.split("\n").find((uri) => /\/debian\/?$/.test(uri)) ?? "http://deb.debian.org/debian/";
}
