// build-push with a separate builder, for `npm run test:long`: a real BuildKit daemon as a remote builder, built from
// its Go module.
import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BatchGetImageCommand, CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { debianPlugin } from "../../infra/local/debian-plugin.ts";
import { cacheDir } from "../../infra/local/paths.ts";
import { exists, onPath } from "../../infra/local/prerequisites.ts";
import { Problem } from "../../infra/local/problem.ts";
import { attempt, daemon, run, until } from "../../infra/local/process.ts";
import { stopByPidFile } from "../../infra/local/pid-file.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runBundle, type BundleResult } from "../lib/run-bundle.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";

const buildKitVersion = "0.13.2";

export function ownBuilderCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws(
    { name: "own-builder", note, evaluatesPolicies: false, isPopulated: false },
    async ({ aws, folder }) => {
      const builder = await OwnBuilder.start({
        aws,
        folder,
        program: await buildKit(note),
        buildx: await debianPlugin("docker-buildx", note),
      });
      try {
        return await inTurn(stepsOf(builder), note);
      } finally {
        await builder.stop();
      }
    },
  );
}

/** Path of buildkitd, which is built once. */
async function buildKit(note: (text: string) => void): Promise<string> {
  const folder = join(cacheDir, `buildkit-${buildKitVersion}`);
  const program = join(folder, "buildkitd");
  if (await exists(program)) return program;
  const go = await onPath("go");
  if (!go)
    throw new Problem(
      "This check builds BuildKit, which requires Go.",
      "Install Go 1.22 or newer, or run the other checks by name.",
    );
  note(`building BuildKit ${buildKitVersion}`);
  await run([go, "install", `github.com/moby/buildkit/cmd/buildkitd@v${buildKitVersion}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: "-modcacherw" },
    remedy: "The Go module proxy must be reachable for the first run.",
  });
  return program;
}

class OwnBuilder {
  readonly ecr: ECRClient;
  readonly registry: string;
  readonly context: string;
  private readonly folder: string;
  private readonly endpoint: string;
  private readonly accessKeyId: string;

  private constructor(aws: SmallAws, folder: string) {
    this.ecr = new ECRClient(aws.settings);
    this.registry = aws.registry;
    this.endpoint = aws.settings.endpoint;
    this.accessKeyId = aws.settings.credentials.accessKeyId;
    this.folder = folder;
    this.context = join(folder, "context");
  }

  static async start({
    aws,
    folder,
    program,
    buildx,
  }: {
    aws: SmallAws;
    folder: string;
    program: string;
    buildx: string;
  }): Promise<OwnBuilder> {
    const builder = new OwnBuilder(aws, folder);
    const socket = `unix://${folder}/buildkitd.sock`;
    await writeFile(
      join(folder, "buildkitd.toml"),
      [
        `root = "${folder}/buildkit"`,
        `[grpc]\n  address = ["${socket}"]`,
        `[registry."${aws.registry}"]\n  http = true`,
        "[worker.containerd]\n  enabled = false\n",
      ].join("\n"),
    );
    daemon([program, "--config", join(folder, "buildkitd.toml")], {
      log: join(folder, "buildkitd.log"),
      pidFile: join(folder, "buildkitd.pid"),
      cwd: folder,
      env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, HOME: folder },
    });
    if (!(await until(() => exists(join(folder, "buildkitd.sock")), { seconds: 30 })))
      throw new Problem("BuildKit did not start.", `Its log is in ${folder}/buildkitd.log.`);
    await mkdir(join(builder.config, "cli-plugins"), { recursive: true });
    await symlink(buildx, join(builder.config, "cli-plugins/docker-buildx"));
    await run(["docker", "buildx", "create", "--use", "--name", "own", "--driver", "remote", socket], {
      env: { ...process.env, DOCKER_CONFIG: builder.config },
    });
    await builder.createRepositories();
    await builder.pushBase("FROM scratch\nCOPY Dockerfile /base\n");
    await mkdir(builder.context);
    await builder.write(
      "Dockerfile",
      [
        `FROM ${aws.registry}/base:1`,
        "COPY main.js /main.js",
        "ARG COMMIT",
        "LABEL org.opencontainers.image.revision=$COMMIT\n",
      ].join("\n"),
    );
    await builder.write("main.js", "1\n");
    return builder;
  }

  private get config(): string {
    return join(this.folder, "docker");
  }

  /** Their tags are mutable. */
  private async createRepositories(): Promise<void> {
    for (const repositoryName of ["base", "made"]) await this.ecr.send(new CreateRepositoryCommand({ repositoryName }));
  }

  /** Pushes the base image for two platforms; none of its programs is ever run. */
  async pushBase(dockerfile: string): Promise<void> {
    const folder = join(this.folder, "base");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "Dockerfile"), dockerfile);
    const options = ["--provenance", "false", "--platform", "linux/amd64,linux/arm64", "--push"];
    await run(["docker", "buildx", "build", ...options, "--tag", `${this.registry}/base:1`, folder], {
      env: { ...process.env, DOCKER_CONFIG: this.config },
    });
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.context, name), text);
  }

  async buildPush(inputs: Record<string, string> = {}): Promise<BundleResult> {
    const allInputs = {
      context: this.context,
      repository: "made",
      registry: this.registry,
      provenance: "false",
      sbom: "false",
      platforms: "linux/amd64,linux/arm64",
      ...inputs,
    };
    const environment = {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      DOCKER_CONFIG: this.config,
      RUNNER_TEMP: this.folder,
      GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
    };
    const result = await runBundle("build-push", { inputs: allInputs, environment });
    assert.equal(result.code, 0, result.text);
    return result;
  }

  async manifest(id: { imageTag: string } | { imageDigest: string }): Promise<any> {
    const { images } = await this.ecr.send(new BatchGetImageCommand({ repositoryName: "made", imageIds: [id] }));
    return JSON.parse(images![0]!.imageManifest!);
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

function stepsOf(builder: OwnBuilder): [string, () => Promise<void>][] {
  let first: BundleResult;
  return [
    [
      "two platforms are built and pushed under one digest",
      async () => {
        first = await builder.buildPush({ tags: "v1" });
        assert.match(first.text, /Build with buildx with the remote driver/);
        const { manifests } = await builder.manifest({ imageDigest: first.outputs["digest"]! });
        assert.deepEqual(
          manifests.map(({ platform }: any) => platform.architecture),
          ["amd64", "arm64"],
        );
        assert.deepEqual(Object.keys(JSON.parse(first.outputs["sizes"]!)), ["linux/amd64", "linux/arm64"]);
      },
    ],
    [
      "nothing changed: nothing is built, and the version is read from one of the platforms",
      async () => {
        const { outputs } = await builder.buildPush({ tags: "v1\nv2" });
        assert.deepEqual(
          [outputs["skipped"], outputs["digest"], outputs["version"]],
          ["true", first.outputs["digest"], first.outputs["version"]],
        );
      },
    ],
    [
      "the layer cache is in the registry, in the format that ECR accepts",
      async () => {
        const cache = await builder.manifest({ imageTag: "buildcache" });
        assert.equal(cache.mediaType, "application/vnd.oci.image.manifest.v1+json");
      },
    ],
    [
      "a base image whose tag moved is new content",
      async () => {
        await builder.pushBase("FROM scratch\nCOPY Dockerfile /base\nLABEL moved=1\n");
        const { outputs } = await builder.buildPush();
        assert.equal(outputs["skipped"], "false");
        assert.notEqual(outputs["digest"], first.outputs["digest"]);
      },
    ],
    [
      "with attestations, the digest is that of an index even for one platform",
      async () => {
        const attested = await builder.buildPush({ platforms: "linux/amd64", provenance: "mode=max" });
        const { manifests } = await builder.manifest({ imageDigest: attested.outputs["digest"]! });
        assert.deepEqual(
          manifests.map(({ platform }: any) => platform.os),
          ["linux", "unknown"],
        );
        assert.deepEqual(Object.keys(JSON.parse(attested.outputs["sizes"]!)), ["linux/amd64"]);
      },
    ],
  ];
}
