// Prerequisites on this machine: each function returns at once if the program is installed, and installs it otherwise.
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

/** Installs Debian packages; requires root. */
export async function aptInstall(packages: string[], note: Note): Promise<void> {
  const remedy = `Install ${packages.join(", ")} with your system's package manager, then run the command again.`;
  if (!(await onPath("apt-get")))
    throw new Problem(
      `Missing: ${packages.join(", ")}. They cannot be installed automatically, as this is not a Debian system.`,
      remedy,
    );
  if (process.getuid?.() !== 0)
    throw new Problem(
      `Missing: ${packages.join(", ")}. Installing them requires root.`,
      `${remedy} Or run it as root.`,
    );
  // Without markers, so that a running package manager is never stopped; the next one waits for its lock.
  const env = { ...withoutLockMarkers(process.env), DEBIAN_FRONTEND: "noninteractive" };
  const apt = (args: string[], remedy: string) =>
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
      { env, remedy },
    );
  // flock: APT waits for the dpkg lock, but fails at once on the lock of its package lists.
  await mkdir(cacheDir, { recursive: true });
  if (!listsUpdated) {
    note("apt-get update");
    await apt(["update", "-o", "APT::Update::Error-Mode=any"], networkRemedy("Debian's package mirrors"));
    listsUpdated = true;
  }
  // dpkg refuses to install anything until an installation that a crash interrupted is completed.
  await attempt(["dpkg", "--configure", "-a"], { env });
  note(`apt-get install ${packages.join(" ")}`);
  await apt(["install", "-y", "--no-install-recommends", ...packages], remedy);
  await appendFile(installedPackages, `${packages.join("\n")}\n`);
}

/** File with the Debian packages that were installed here, for users who want to remove them. */
export const installedPackages = join(cacheDir, "debian-packages");

/** Python programs that are installed together: the folder of requirements.txt and constraints.txt, and their names. */
interface PythonPrograms {
  folder: string;
  names: string;
}

const localPrograms: PythonPrograms = {
  folder: join(root, "infra/local"),
  names: "MiniStack, act, zizmor and ruff",
};

/** A Python environment, by default with the local AWS and the workflow runner; returns its bin folder. */
export async function pythonEnvironment(note: Note, programs: PythonPrograms = localPrograms): Promise<string> {
  const { folder } = programs;
  const requirements = createHash("sha256")
    .update(await readFile(join(folder, "requirements.txt")))
    .update(await readFile(join(folder, "constraints.txt")))
    .digest("hex")
    .slice(0, 12);
  const environment = join(cacheDir, `python-${requirements}`);
  const bin = join(environment, "bin");
  const complete = join(environment, "complete");
  if (!(await exists(complete)))
    await withLock(cacheDir, { command: "installation of the Python environment", log: note }, () =>
      createPythonEnvironment(environment, programs, note),
    );
  return bin;
}

async function createPythonEnvironment(
  environment: string,
  { folder, names }: PythonPrograms,
  note: Note,
): Promise<void> {
  // Another checkout may have created it while this one waited for the lock.
  if (await exists(join(environment, "complete"))) return;
  const canCreateVenv = async () =>
    (await attempt(["python3", "-c", "import venv, ensurepip, sys; assert sys.version_info >= (3, 10)"])).code === 0;
  if (!(await canCreateVenv())) await aptInstall(["python3", "python3-venv"], note);
  if (!(await canCreateVenv()))
    throw new Problem("Python 3.10 or newer with venv is needed.", "Install python3 (≥ 3.10) and python3-venv.");
  note(`creating a Python environment with ${names}`);
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

/** Path of a Chromium; if one is installed here, then with Japanese fonts. */
export async function ensureBrowser(note: Note): Promise<string> {
  const find = async () =>
    (await onPath("chromium")) ?? (await onPath("google-chrome")) ?? (await onPath("chromium-browser"));
  const found = await find();
  if (found) return found;
  await aptInstall(["chromium", "fonts-ipafont-gothic"], note);
  return (await find()) ?? "/usr/bin/chromium";
}

/** The public release, used only if the machine has no sufficiently recent Terraform, and the SHA-256 of its binary. */
const terraformRelease = "https://releases.hashicorp.com/terraform/1.11.4/terraform_1.11.4_linux_amd64.zip";
const terraformSha256 = "268000fca5c61021c6396893d9483007ba589ad9d0aaccbd7dfa8c78bf7dbe23";

/** Path of a Terraform binary, 1.11 or newer. */
export async function terraformBinary(note: Note): Promise<string> {
  const cached = join(cacheDir, "terraform-1.11.4/terraform");
  const installed = await onPath("terraform");
  const version = installed && (await terraformVersion(installed));
  if (installed && version && isAtLeast(version, [1, 11])) return installed;
  if (!(await exists(cached))) {
    await withLock(cacheDir, { command: "download of Terraform", log: note }, () =>
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
  const result = await attempt([binary, "version", "-json"], { env: terraformQuietEnvironment() });
  return result.code === 0 ? (JSON.parse(result.stdout) as { terraform_version: string }).terraform_version : undefined;
}

/** Compares the major and minor version. */
export function isAtLeast(version: string, [minimumMajor, minimumMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor);
}

async function downloadTerraform(cached: string, problem: string, note: Note): Promise<void> {
  if (await exists(cached)) return;
  note(`${problem}: downloading 1.11.4`);
  const remedy = "Install terraform ≥ 1.11 and put it on the PATH.";
  await mkdir(dirname(cached), { recursive: true });
  // Python's client honours proxies; Node's fetch does not.
  const fetchFile = "import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1], sys.argv[2])";
  const download = await attempt(["python3", "-c", fetchFile, terraformRelease, `${cached}.zip`], { timeout: 300_000 });
  if (download.code !== 0) {
    const reason = download.stderr.trim().split("\n").at(-1) ?? "";
    throw new Problem(
      `${problem}, and the release cannot be downloaded (${reason}).`,
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
      `The downloaded Terraform has SHA-256 ${sha256}, which does not match the release.`,
      "Something on the network modified the download; install terraform ≥ 1.11 manually.",
    );
  await chmod(`${cached}.new`, 0o755);
  await rename(`${cached}.new`, cached);
}

/**
 * Writes Terraform's CLI configuration, with this machine's mirror of the AWS provider if it has one, and the public
 * registry otherwise. Returns its path. The file is rewritten each time, because a mirror may appear or disappear.
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

/** Environment in which Terraform does not warn about a TF_CLI_CONFIG_FILE that does not exist. */
export function terraformQuietEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" };
}
