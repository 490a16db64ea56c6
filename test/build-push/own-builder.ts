// build-push with a separate builder, for `npm run test:long`: a real BuildKit daemon as a remote builder, built from
// its Go module.
import assert from "node:assert/strict";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BatchGetImageCommand, CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { debianPlugin } from "../../infra/local/debian-plugin.ts";
import { run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { runBundle, type BundleResult } from "../lib/run-bundle.ts";
import { inTurn, SmallAws, withSmallAws } from "../lib/small-aws.ts";
import { BuildKit, buildKitProgram } from "./buildkit.ts";

export function ownBuilderCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws(
    { name: "own-builder", note, evaluatesPolicies: false, isPopulated: false },
    async ({ aws, folder }) => {
      const builder = await OwnBuilder.start({
        aws,
        folder,
        program: await buildKitProgram(note),
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

class OwnBuilder {
  readonly ecr: ECRClient;
  readonly registry: string;
  readonly context: string;
  private readonly folder: string;
  private readonly buildKit: BuildKit;
  private readonly endpoint: string;
  private readonly accessKeyId: string;

  private constructor(aws: SmallAws, folder: string, buildKit: BuildKit) {
    this.buildKit = buildKit;
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
    const buildKit = await BuildKit.start({ folder, registry: aws.registry, program, buildx });
    const builder = new OwnBuilder(aws, folder, buildKit);
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
      env: this.buildKit.environment,
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
      DOCKER_CONFIG: this.buildKit.config,
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

  /** Names of the files in a layer. */
  async filesIn(digest: string): Promise<string[]> {
    const layer = await fetch(`http://${this.registry}/v2/made/blobs/${digest}`);
    const file = join(this.folder, "layer.tar.gz");
    await writeFile(file, Buffer.from(await layer.arrayBuffer()));
    const names = (await run(["tar", "--list", "--gzip", "--file", file])).trim().split("\n");
    return names.filter((name) => !name.endsWith("/")).toSorted();
  }

  stop(): Promise<void> {
    return this.buildKit.stop();
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
    [
      "annotations of docker/metadata-action are in the image, and a named context is in it and counts",
      async () => {
        const shared = join(builder.context, "../shared");
        await mkdir(shared);
        for (const [name, text] of Object.entries({ "shared.txt": "1", "README.md": "1", ".dockerignore": "*.md" }))
          await writeFile(join(shared, name), text);
        await builder.write(
          "Named",
          `FROM base\nCOPY --from=shared . /\nARG COMMIT\nLABEL org.opencontainers.image.revision=$COMMIT\n`,
        );
        const inputs = {
          file: join(builder.context, "Named"),
          platforms: "linux/amd64",
          annotations: "manifest:org.opencontainers.image.title=made, by hand\nother=x",
          "build-contexts": `shared=${shared}\nbase=docker-image://${builder.registry}/base:1`,
        };
        const { outputs, text } = await builder.buildPush(inputs);
        const { annotations, layers } = await builder.manifest({ imageDigest: outputs["digest"]! });
        assert.deepEqual(annotations, { "org.opencontainers.image.title": "made, by hand", other: "x" });
        assert.equal(layers.length, 2, text);
        // Its .dockerignore holds for what is copied, and for what counts.
        assert.deepEqual(await builder.filesIn(layers.at(-1).digest), [".dockerignore", "shared.txt"]);
        await writeFile(join(shared, "README.md"), "2");
        assert.equal((await builder.buildPush(inputs)).outputs["skipped"], "true");
        await writeFile(join(shared, "shared.txt"), "2");
        assert.equal((await builder.buildPush(inputs)).outputs["skipped"], "false");
      },
    ],
    [
      "a file of the same size and time is not taken from an earlier build",
      async () => {
        const time = new Date("2020-01-01T00:00:00Z");
        const layers = new Set<string>();
        for (const text of ["a", "b", "c"]) {
          await builder.write("main.js", text);
          await utimes(join(builder.context, "main.js"), time, time);
          const { outputs } = await builder.buildPush({ platforms: "linux/amd64" });
          const manifest = await builder.manifest({ imageDigest: outputs["digest"]! });
          layers.add(manifest.layers.at(-1).digest);
        }
        assert.equal(layers.size, 3);
      },
    ],
  ];
}
