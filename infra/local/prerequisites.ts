// What must be on the machine. Each function returns quickly when the thing is there, and installs it otherwise.
import { access, appendFile, chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { withLock, withoutLockMarkers } from "./lock.mjs";
import { cacheDir, root } from "./paths.ts";
import { Problem } from "./problem.ts";
import { networkRemedy } from "./proxies.mjs";
import { attempt, run } from "./process.ts";

type Note = (text: string) => void;

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(":")) {
    const candidate = join(folder, program);
    if (folder && (await exists(candidate))) return candidate;
  }
  return undefined;
}

let listsUpdated = false;

/** Installs Debian packages. Needs root. */
export async function aptInstall(packages: string[], note: Note): Promise<void> {
  const remedy = `Install ${packages.join(", ")} with your system's package manager, then run the command again.`;
  if (!(await onPath("apt-get")))
    throw new Problem(`${packages.join(", ")} is missing and this is not a Debian system.`, remedy);
  if (process.getuid?.() !== 0)
    throw new Problem(
      `${packages.join(", ")} is missing and installing it needs root.`,
      `${remedy} Or run it as root.`,
    );
  // Without marks: a package manager that was begun is better left to its end; the next one waits for its lock.
  const env = { ...withoutLockMarkers(process.env), DEBIAN_FRONTEND: "noninteractive" };
  const apt = (args: string[], mend: string) =>
    run(
      [
        "flock",
        join(cacheDir, "apt.lock"),
        "apt-get",
        "-q",
        "-o",
        "DPkg::Lock::Timeout=300",
        "-o",
        "Acquire::Retries=3",
        ...args,
      ],
      { env, remedy: mend },
    );
  // apt waits for dpkg's lock, and fails at once on that of its package lists.
  await mkdir(cacheDir, { recursive: true });
  if (!listsUpdated) {
    note("apt-get update");
    await apt(["update", "-o", "APT::Update::Error-Mode=any"], networkRemedy("Debian's package mirrors"));
    listsUpdated = true;
  }
  // A machine that went down during an installation refuses the next one until that is finished.
  await attempt(["dpkg", "--configure", "-a"], { env });
  note(`apt-get install ${packages.join(" ")}`);
  await apt(["install", "-y", "--no-install-recommends", ...packages], remedy);
  await appendFile(installedPackages, `${packages.join("\n")}\n`);
}

/** Debian packages that were installed here, for whoever wants to be rid of them again. */
export const installedPackages = join(cacheDir, "debian-packages");

/** A Python environment with the local AWS and the workflow runner; returns its bin folder. */
export async function pythonEnvironment(note: Note): Promise<string> {
  const folder = join(root, "infra/local");
  const wanted = createHash("sha256")
    .update(await readFile(join(folder, "requirements.txt")))
    .update(await readFile(join(folder, "constraints.txt")))
    .digest("hex")
    .slice(0, 12);
  const environment = join(cacheDir, `python-${wanted}`);
  const bin = join(environment, "bin");
  const complete = join(environment, "complete");
  if (!(await exists(complete)))
    await withLock(cacheDir, { command: "installation of the Python environment", say: note }, () =>
      createPythonEnvironment(environment, note),
    );
  return bin;
}

async function createPythonEnvironment(environment: string, note: Note): Promise<void> {
  // Another checkout may have made it while we waited for our turn.
  if (await exists(join(environment, "complete"))) return;
  const folder = join(root, "infra/local");
  const canMakeOne = async () =>
    (await attempt(["python3", "-c", "import venv, ensurepip, sys; assert sys.version_info >= (3, 10)"])).code === 0;
  if (!(await canMakeOne())) await aptInstall(["python3", "python3-venv"], note);
  if (!(await canMakeOne()))
    throw new Problem("Python 3.10 or newer with venv is needed.", "Install python3 (≥ 3.10) and python3-venv.");
  note("creating a Python environment with MiniStack, act, zizmor and ruff");
  await mkdir(cacheDir, { recursive: true });
  await run(["python3", "-m", "venv", "--clear", environment]);
  await run(
    [
      join(environment, "bin/python"),
      "-m",
      "pip",
      "install",
      "-q",
      "--no-input",
      "-r",
      join(folder, "requirements.txt"),
      "-c",
      join(folder, "constraints.txt"),
    ],
    { remedy: networkRemedy("The Python package index") },
  );
  await writeFile(join(environment, "complete"), "");
}

/** Path of a Chromium, with letters for Japanese. */
export async function ensureBrowser(note: Note): Promise<string> {
  const find = async () =>
    (await onPath("chromium")) ?? (await onPath("google-chrome")) ?? (await onPath("chromium-browser"));
  const found = await find();
  if (found) return found;
  await aptInstall(["chromium", "fonts-ipafont-gothic"], note);
  return (await find()) ?? "/usr/bin/chromium";
}

/** The public release, used only where the machine has no Terraform that is new enough, and the SHA-256 of the binary in it. */
const terraformRelease = "https://releases.hashicorp.com/terraform/1.11.4/terraform_1.11.4_linux_amd64.zip";
const terraformSha256 = "268000fca5c61021c6396893d9483007ba589ad9d0aaccbd7dfa8c78bf7dbe23";

/** Path of a Terraform binary, 1.11 or newer. */
export async function terraformBinary(note: Note): Promise<string> {
  const cached = join(cacheDir, "terraform-1.11.4/terraform");
  const installed = await onPath("terraform");
  const version = installed && (await terraformVersion(installed));
  if (installed && version && isAtLeast(version, [1, 11])) return installed;
  if (!(await exists(cached))) {
    await withLock(cacheDir, { command: "download of Terraform", say: note }, () =>
      downloadTerraform(
        cached,
        version ? `Terraform on the PATH is ${version}; 1.11 or newer is needed` : "Terraform 1.11 or newer is missing",
        note,
      ),
    );
  }
  return cached;
}

async function terraformVersion(binary: string): Promise<string | undefined> {
  const answer = await attempt([binary, "version", "-json"], { env: terraformQuietEnvironment() });
  return answer.code === 0 ? (JSON.parse(answer.stdout) as { terraform_version: string }).terraform_version : undefined;
}

/** By major and minor number. */
export function isAtLeast(version: string, [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

async function downloadTerraform(cached: string, why: string, note: Note): Promise<void> {
  if (await exists(cached)) return;
  note(`${why}: downloading 1.11.4`);
  const remedy = "Install terraform ≥ 1.11 and put it on the PATH.";
  await mkdir(dirname(cached), { recursive: true });
  // Python's client honours proxies; Node's fetch does not.
  const fetchFile = "import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1], sys.argv[2])";
  const download = await attempt(["python3", "-c", fetchFile, terraformRelease, `${cached}.zip`], { timeout: 300_000 });
  if (download.code !== 0) {
    const reason = download.stderr.trim().split("\n").at(-1) ?? "";
    throw new Problem(
      `${why}, and its release cannot be downloaded (${reason}).`,
      `${remedy} Or: ${networkRemedy("its release page")}`,
    );
  }
  const extract = "import sys, zipfile; open(sys.argv[2], 'wb').write(zipfile.ZipFile(sys.argv[1]).read('terraform'))";
  await run(["python3", "-c", extract, `${cached}.zip`, `${cached}.new`]);
  const sha256 = createHash("sha256")
    .update(await readFile(`${cached}.new`))
    .digest("hex");
  if (sha256 !== terraformSha256)
    throw new Problem(
      `The downloaded Terraform has SHA-256 ${sha256}, not that of the release.`,
      "Something between here and the release changes it; install terraform ≥ 1.11 yourself.",
    );
  await chmod(`${cached}.new`, 0o755);
  await rename(`${cached}.new`, cached);
}

/**
 * Terraform's CLI configuration: a mirror of the AWS provider where this machine has one, the public registry otherwise.
 * Returns the path of the file, written anew because mirrors come and go.
 */
export async function terraformConfiguration(): Promise<string> {
  const mirror = await providerMirror();
  const file = join(cacheDir, "terraform.rc");
  await mkdir(join(cacheDir, "terraform-plugins"), { recursive: true });
  const lines = ["disable_checkpoint = true", `plugin_cache_dir = "${join(cacheDir, "terraform-plugins")}"`];
  if (mirror)
    lines.push(
      "provider_installation {",
      `  filesystem_mirror { path = "${mirror}" }`,
      '  direct { exclude = ["hashicorp/aws"] }',
      "}",
    );
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

async function providerMirror(): Promise<string | undefined> {
  const roots = [
    "/opt",
    "/usr/share",
    "/usr/local/share",
    "/var/lib",
    join(process.env["HOME"] ?? "/root", ".terraform.d"),
  ];
  const found = await attempt([
    "find",
    ...roots,
    "-maxdepth",
    "5",
    "-type",
    "d",
    "-path",
    "*/registry.terraform.io/hashicorp/aws",
  ]);
  const folder = found.stdout.split("\n").find((line) => line !== "");
  return folder?.replace(/\/registry\.terraform\.io\/hashicorp\/aws$/, "");
}

/** The environment for Terraform: without it, a configuration file that is named but not there makes it warn each time. */
export function terraformQuietEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" };
}
