// A BuildKit daemon of its own, as a remote builder: what docker/setup-buildx-action gives a job, without an image for it.
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../infra/local/paths.ts";
import { stopByPidFile } from "../../infra/local/pid-file.ts";
import { exists, onPath } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt, daemon, run, until } from "../../infra/local/process.ts";

const version = "0.13.2";

/** Path of buildkitd, which is built from its Go module once. */
export async function buildKitProgram(note: (text: string) => void): Promise<string> {
  const folder = join(cacheDir, `buildkit-${version}`);
  const program = join(folder, "buildkitd");
  if (await exists(program)) return program;
  const go = await onPath("go");
  if (!go)
    throw new Problem("BuildKit is built for this, which requires Go.", "Install Go 1.22 or newer, or run the others.");
  note(`building BuildKit ${version}`);
  await run([go, "install", `github.com/moby/buildkit/cmd/buildkitd@v${version}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: "-modcacherw" },
    remedy: "The Go module proxy must be reachable for the first run.",
  });
  return program;
}

export class BuildKit {
  /** Of docker, with this builder as the current one. */
  readonly config: string;
  private readonly folder: string;
  private readonly program: string;

  private constructor(folder: string, program: string) {
    this.folder = folder;
    this.program = program;
    this.config = join(folder, "docker");
  }

  /** @param options.registry host of a registry without TLS */
  static async start(options: {
    folder: string;
    registry: string;
    program: string;
    buildx: string;
  }): Promise<BuildKit> {
    const { folder, registry, program, buildx } = options;
    const buildKit = new BuildKit(folder, program);
    await mkdir(join(buildKit.config, "cli-plugins"), { recursive: true });
    await symlink(buildx, join(buildKit.config, "cli-plugins/docker-buildx"));
    await writeFile(
      join(folder, "buildkitd.toml"),
      [
        `root = "${folder}/buildkit"`,
        `[grpc]\n  address = ["${buildKit.socket}"]`,
        `[registry."${registry}"]\n  http = true`,
        "[worker.containerd]\n  enabled = false\n",
      ].join("\n"),
    );
    await buildKit.startDaemon();
    await run(["docker", "buildx", "create", "--use", "--name", "own", "--driver", "remote", buildKit.socket], {
      env: buildKit.environment,
    });
    return buildKit;
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, DOCKER_CONFIG: this.config };
  }

  private get socket(): string {
    return `unix://${this.folder}/buildkitd.sock`;
  }

  private async startDaemon(): Promise<void> {
    const file = (name: string) => join(this.folder, `buildkitd.${name}`);
    await rm(file("sock"), { force: true });
    daemon([this.program, "--config", file("toml")], {
      log: file("log"),
      pidFile: file("pid"),
      cwd: this.folder,
      env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, HOME: this.folder },
    });
    if (!(await until(() => exists(file("sock")), { seconds: 30 })))
      throw new Problem("BuildKit did not start.", `Its log is in ${file("log")}.`);
  }

  /** Starts it again with nothing in it, as on a new runner. */
  async forgetEverything(): Promise<void> {
    await this.stop();
    await this.startDaemon();
  }

  async stop(): Promise<void> {
    await stopByPidFile(join(this.folder, "buildkitd.pid"));
    const mounts = (await attempt(["findmnt", "--noheadings", "--output", "TARGET", "--raw"])).stdout
      .split("\n")
      .filter((target) => target.startsWith(`${this.folder}/`));
    for (const target of mounts.toReversed()) await attempt(["umount", target]);
    await rm(join(this.folder, "buildkit"), { recursive: true, force: true });
  }
}
