// Docker CLI plugins from Debian 13: they are static, so they work with older engines and distributions too.
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "./paths.ts";
import { exists, onPath } from "./prerequisites.ts";
import { Problem } from "./problem.ts";
import { networkRemedy } from "./proxies.mjs";
import { attempt, run } from "./process.ts";
import { makeTemporaryFolder } from "./temporary.ts";

export type Plugin = "docker-compose" | "docker-buildx";

/** Path of the plugin once it has been fetched. */
export const pluginPath = (plugin: Plugin): string => join(cacheDir, plugin);

/**
 * Extracts the plugin from its Debian 13 package, once, without touching this machine's APT sources.
 *
 * @returns the path of the plugin
 */
export async function debianPlugin(plugin: Plugin, note: (text: string) => void): Promise<string> {
  const cached = pluginPath(plugin);
  if (await exists(cached)) return cached;
  if (!(await onPath("dpkg-deb")))
    throw new Problem(
      `The Docker CLI plugin ${plugin} is missing and this is not a Debian system.`,
      "Install your distribution's package for it.",
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
    const remedy = `${networkRemedy("Debian's package mirror")} Or install your distribution's package for ${plugin}.`;
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

/** The Debian mirror that this machine is configured to use. */
async function debianMirror(): Promise<string> {
  const targets = await attempt(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  return targets.stdout.split("\n").find((uri) => /\/debian\/?$/.test(uri)) ?? "http://deb.debian.org/debian/";
}
