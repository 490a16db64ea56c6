// A checkout to build from, and build-push's bundle to build it with.
import assert from "node:assert/strict";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { attempt, run } from "../../infra/local/process.ts";
import { runBundle, type BundleResult, type BundleRun } from "../lib/run-bundle.ts";
import { SmallAws } from "../lib/small-aws.ts";

const dockerfile = `FROM ${SmallAws.image} AS build
COPY . /app
RUN node -e "require('fs').writeFileSync('/app/built', String(6 * 7))"
FROM ${SmallAws.image}
COPY --from=build /app /app
ARG COMMIT
LABEL org.opencontainers.image.revision=$COMMIT
`;

export class Workbench {
  readonly ecr: ECRClient;
  readonly context: string;
  readonly registry: string;
  private readonly settings: SmallAws["settings"];
  readonly folder: string;
  /** docker's configuration folder with buildx, and one without. */
  readonly configs: Record<"buildx" | "classic", string>;

  private constructor(aws: SmallAws, folder: string) {
    this.settings = aws.settings;
    this.folder = folder;
    this.ecr = new ECRClient(aws.settings);
    this.registry = aws.registry;
    this.context = join(folder, "checkout/service");
    this.configs = { buildx: join(folder, "with-buildx"), classic: join(folder, "without-buildx") };
  }

  static async make(aws: SmallAws, folder: string, buildx: string): Promise<Workbench> {
    const bench = new Workbench(aws, folder);
    await mkdir(join(bench.configs.buildx, "cli-plugins"), { recursive: true });
    await symlink(buildx, join(bench.configs.buildx, "cli-plugins/docker-buildx"));
    await mkdir(bench.configs.classic, { recursive: true });
    await mkdir(bench.context, { recursive: true });
    await run(["git", "init", "-q", dirname(bench.context)]);
    await bench.write("Dockerfile", dockerfile);
    await bench.write(".dockerignore", "node_modules\n*.md\n");
    await bench.write("main.js", "console.log(1)\n");
    await bench.commit();
    for (const repositoryName of ["service", "slow"])
      await bench.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    return bench;
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.context, name), text);
  }

  /** docker's configuration, with buildx. */
  configure(settings: object): Promise<void> {
    return writeFile(join(this.configs.buildx, "config.json"), JSON.stringify(settings));
  }

  async commit(): Promise<string> {
    const git = ["git", "-C", dirname(this.context)];
    await run([...git, "add", "-A"]);
    await run([...git, "-c", "user.name=check", "-c", "user.email=check@example.com", "commit", "-qm", "change"]);
    return (await run([...git, "rev-parse", "HEAD"])).trim();
  }

  buildPush(
    inputs: Record<string, string> = {},
    { builder = "buildx", onOutput }: { builder?: "buildx" | "classic"; onOutput?: BundleRun["onOutput"] } = {},
  ): Promise<BundleResult> {
    const allInputs = {
      context: this.context,
      repository: "service",
      registry: this.registry,
      network: "host",
      provenance: "false",
      sbom: "false",
      ...inputs,
    };
    const environment = {
      AWS_ENDPOINT_URL: this.settings.endpoint,
      AWS_ACCESS_KEY_ID: this.settings.credentials.accessKeyId,
      DOCKER_CONFIG: this.configs[builder],
      RUNNER_TEMP: this.folder,
    };
    return runBundle("build-push", { inputs: allInputs, environment, ...(onOutput ? { onOutput } : {}) });
  }

  /** Runs the action and asserts its exit code. */
  async expectExit(code: number, ...args: Parameters<Workbench["buildPush"]>): Promise<BundleResult> {
    const result = await this.buildPush(...args);
    assert.equal(result.code, code, result.text);
    return result;
  }

  async tags(repositoryName = "service"): Promise<Record<string, string[]>> {
    const { imageDetails = [] } = await this.ecr.send(new DescribeImagesCommand({ repositoryName }));
    return Object.fromEntries(imageDetails.map(({ imageDigest, imageTags }) => [imageDigest!, imageTags ?? []]));
  }

  /** Temporary docker configurations, which hold a password. */
  async configurations(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.startsWith("rainbow-docker-config-"));
  }

  async removeImages(): Promise<void> {
    const { stdout } = await attempt(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]);
    const images = stdout.split("\n").filter((name) => /^(localhost:\d+\/(service|slow)|rainbow-check):/.test(name));
    if (images.length > 0) await attempt(["docker", "rmi", "--force", ...images]);
    await attempt(["docker", "image", "prune", "--force", "--filter", "label=rainbow-check"]);
  }
}
