// docker with a configuration of our own that is gone afterwards: what is logged in to here stays in no other place.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import { lastLines, type RunProcess } from "../../shared/src/process.ts";

export interface Settings {
  auths?: Record<string, { auth?: string }>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/** Folder of the user's own configuration. */
export const configFolder = (environment: NodeJS.ProcessEnv): string =>
  environment["DOCKER_CONFIG"] ?? join(environment["HOME"] ?? homedir(), ".docker");

export async function readSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  return JSON.parse(
    await readFile(join(configFolder(environment), "config.json"), "utf8").catch(() => "{}"),
  ) as Settings;
}

const prefix = "rainbow-docker-config-";

/** What is left of one that was killed holds a password: the next one removes it. */
async function sweep(folder: string): Promise<void> {
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

/** A password with less left than this is renewed before it is used for a push. Milliseconds. */
const enough = 10 * 60_000;

export class DockerSession {
  readonly env: NodeJS.ProcessEnv;
  private readonly folder: string;
  private readonly expires = new Map<string, number>();
  private readonly dependencies: {
    run: RunProcess;
    clock: Clock;
    passwordOf: (host: string, enough: number) => Promise<Password>;
  };

  private constructor(folder: string, env: NodeJS.ProcessEnv, dependencies: DockerSession["dependencies"]) {
    this.folder = folder;
    this.env = env;
    this.dependencies = dependencies;
  }

  /** @param options.folder where temporary files go: the runner's own folder, which it empties. */
  static async open(
    options: DockerSession["dependencies"] & { folder: string; environment: NodeJS.ProcessEnv },
  ): Promise<DockerSession> {
    const { folder, environment, ...dependencies } = options;
    await sweep(folder);
    const own = await mkdtemp(join(folder, `${prefix}${process.pid}-`));
    const usual = configFolder(environment);
    const { credsStore, credHelpers = {}, auths = {}, ...settings } = await readSettings(environment);
    // A store would keep our password too. Hosts whose password is in it are asked for there, one by one.
    const stored = credsStore
      ? Object.fromEntries(
          Object.entries(auths)
            .filter(([, { auth }]) => !auth)
            .map(([host]) => [host, credsStore]),
        )
      : {};
    const known = Object.fromEntries(Object.entries(auths).filter(([, { auth }]) => auth));
    await writeFile(
      join(own, "config.json"),
      JSON.stringify({ ...settings, auths: known, credHelpers: { ...stored, ...credHelpers } }),
      { mode: 0o600 },
    );
    for (const part of ["cli-plugins", "contexts"]) await symlink(join(usual, part), join(own, part));
    // Builders are remembered beside the configuration; they stay the user's.
    const builders = environment["BUILDX_CONFIG"] ?? join(usual, "buildx");
    await mkdir(builders, { recursive: true }).catch(() => undefined);
    return new DockerSession(own, { ...environment, DOCKER_CONFIG: own, BUILDX_CONFIG: builders }, dependencies);
  }

  /** Logs in to a host, unless the password that is there lasts; `anew` in any case. By standard input: it is on no command line. */
  async logIn(host: string, { anew = false } = {}): Promise<void> {
    if (!anew && (this.expires.get(host) ?? 0) - this.dependencies.clock.now() > enough) return;
    const { user, password, expires } = await this.dependencies.passwordOf(
      host,
      anew ? Number.POSITIVE_INFINITY : enough,
    );
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
