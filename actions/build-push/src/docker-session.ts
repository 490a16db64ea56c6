// docker with a temporary configuration of its own, so that no password from this step stays on the runner.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Clock } from "../../shared/src/clock.ts";
import { ConfigurationError, FailedError, messageOf } from "../../shared/src/errors.ts";
import { lastLines, type RunProcess } from "../../shared/src/process.ts";

export interface Settings {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/** Folder of the user's own configuration. */
export const configFolder = (environment: NodeJS.ProcessEnv): string =>
  environment["DOCKER_CONFIG"] ?? join(environment["HOME"] ?? homedir(), ".docker");

export async function readSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const path = join(configFolder(environment), "config.json");
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    return JSON.parse(text) as Settings;
  } catch (cause) {
    throw new ConfigurationError(`${path}: docker's configuration is no JSON: ${messageOf(cause)}`, { cause });
  }
}

const writeSettings = (folder: string, settings: Settings): Promise<void> =>
  writeFile(join(folder, "config.json"), JSON.stringify(settings), { mode: 0o600 });

const prefix = "rainbow-docker-config-";

/** A killed run leaves a configuration with a password; the next run removes it. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = name.startsWith(prefix) ? Number(name.slice(prefix.length).split("-")[0]) : Number.NaN;
    if (!Number.isInteger(owner) || isAlive(owner)) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export interface Password {
  user: string;
  password: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

/** A password that expires sooner than this is renewed before a push. Milliseconds. */
const minimumValidity = 10 * 60_000;

export class DockerSession {
  readonly env: NodeJS.ProcessEnv;
  private readonly folder: string;
  private readonly expires = new Map<string, number>();
  private readonly dependencies: {
    run: RunProcess;
    clock: Clock;
    passwordOf: (host: string, minimumValidity: number) => Promise<Password>;
  };

  private constructor(folder: string, env: NodeJS.ProcessEnv, dependencies: DockerSession["dependencies"]) {
    this.folder = folder;
    this.env = env;
    this.dependencies = dependencies;
  }

  /** @param options.folder for temporary files: the runner's temporary folder, which the runner empties */
  static async open(
    options: DockerSession["dependencies"] & { folder: string; environment: NodeJS.ProcessEnv },
  ): Promise<DockerSession> {
    const { folder, environment, ...dependencies } = options;
    await removeStale(folder);
    const temporary = await mkdtemp(join(folder, `${prefix}${process.pid}-`));
    const userFolder = configFolder(environment);
    await writeSettings(temporary, await readSettings(environment));
    for (const part of ["cli-plugins", "contexts"]) await symlink(join(userFolder, part), join(temporary, part));
    // buildx keeps its builders next to the configuration; the user's stay in use.
    const builders = environment["BUILDX_CONFIG"] ?? join(userFolder, "buildx");
    await mkdir(builders, { recursive: true }).catch(() => undefined);
    const env = { ...environment, DOCKER_CONFIG: temporary, BUILDX_CONFIG: builders };
    return new DockerSession(temporary, env, dependencies);
  }

  /** A path for a temporary file, which the session removes. */
  fileNamed = (name: string): string => join(this.folder, name);

  /**
   * The context under a name that is its content's alone. BuildKit finds the files of earlier builds by the last part of
   * the context's path (buildx: build/opt.go, SharedKey), and takes a file with the same size and time from them without
   * looking into it (fsutil: sameFile). Two contents with one name would share their files; one content may. The client
   * resolves the link before it reads.
   *
   * @returns the path of the link, which the session removes
   */
  async linkContext(context: string, name: string): Promise<string> {
    const link = this.fileNamed(name);
    await symlink(resolve(context), link, "junction");
    return link;
  }

  /**
   * Logs in to a host unless the current password is valid for long enough; with `force` in any case. The password goes
   * through standard input, never on a command line.
   */
  async logIn(host: string, { force = false } = {}): Promise<void> {
    if (!force && (this.expires.get(host) ?? 0) - this.dependencies.clock.now() > minimumValidity) return;
    const { user, password, expires } = await this.dependencies.passwordOf(
      host,
      force ? Number.POSITIVE_INFINITY : minimumValidity,
    );
    // An empty helper: neither a store nor a helper of the user's is given our password, and those for other registries
    // stay in use (docker/cli: getConfiguredCredentialStore).
    const settings = await readSettings(this.env);
    await writeSettings(this.folder, { ...settings, credHelpers: { ...settings.credHelpers, [host]: "" } });
    const result = await this.dependencies.run(["docker", "login", "--username", user, "--password-stdin", host], {
      env: this.env,
      input: password,
    });
    if (result.code !== 0)
      throw new FailedError(
        `docker login to ${host} ended with exit code ${result.code}:\n${lastLines(result.stderr, 3)}`,
      );
    this.expires.set(host, expires);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
