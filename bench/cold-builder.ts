// Building on a builder that has nothing yet, as on a new GitHub runner, with a layer cache in the registry: build-push
// compared with the usual way. The builder is started before each measurement, and its start is not measured.
import { appendFile, cp, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { randomBytes } from "node:crypto";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { debianPlugin } from "../infra/local/debian-plugin.ts";
import { root } from "../infra/local/paths.ts";
import { run } from "../infra/local/process.ts";
import { BuildKit, buildKitProgram } from "../test/build-push/buildkit.ts";
import { runBundle } from "../test/lib/run-bundle.ts";
import { SmallAws } from "../test/lib/small-aws.ts";
import { spread } from "./figures.ts";
import { timeUsualWay } from "./usual-way.ts";

const ways = ["build-push", "docker login, build and push with a registry cache"];
const cases = ["another commit", "one file changed"].flatMap((change) => ways.map((way) => `${change}: ${way}`));

interface Options {
  aws: SmallAws;
  /** An empty folder. */
  folder: string;
  /** Of each measurement. */
  rounds: number;
  note: (text: string) => void;
}

/** @returns rows of a table: what was measured, seconds */
export async function benchColdBuilder({ aws, folder, rounds, note }: Options): Promise<string[]> {
  const [program, buildx] = [await buildKitProgram(note), await debianPlugin("docker-buildx", note)];
  const buildKit = await BuildKit.start({ folder, registry: aws.registry, program, buildx });
  try {
    const service = await Service.make({ aws, folder, buildKit });
    const times = Object.fromEntries(cases.map((name) => [name, [] as number[]]));
    note("cold builder: first build");
    await service.build();
    await service.buildUsually();
    for (let round = 1; round <= rounds; round += 1) {
      note(`cold builder: round ${round} of ${rounds}`);
      for (const change of ["another commit", "one file changed"] as const) {
        await (change === "another commit" ? service.commit() : service.change(round));
        // In turns, so that neither way always finds the other's files in memory.
        for (const way of round % 2 === 0 ? ways.toReversed() : ways)
          times[`${change}: ${way}`]?.push(await (way === "build-push" ? service.build() : service.buildUsually()));
      }
    }
    return cases.map((name) => `| api, cold builder, ${name} | ${spread(times[name] ?? [], 2)} |`);
  } finally {
    await buildKit.stop();
  }
}

/** A checkout with a copy of `api`, and a repository for each way: their caches must not help each other. */
class Service {
  private readonly aws: SmallAws;
  private readonly buildKit: BuildKit;
  private readonly checkout: string;
  private readonly baseImage: string;

  private constructor({ aws, folder, buildKit }: { aws: SmallAws; folder: string; buildKit: BuildKit }) {
    this.aws = aws;
    this.buildKit = buildKit;
    this.checkout = join(folder, "checkout");
    this.baseImage = `${aws.registry}/base:1`;
  }

  static async make(options: { aws: SmallAws; folder: string; buildKit: BuildKit }): Promise<Service> {
    const service = new Service(options);
    const ecr = new ECRClient(options.aws.settings);
    for (const repositoryName of ["base", "cold", "cold-usual"])
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    await run(["docker", "tag", SmallAws.image, service.baseImage]);
    await run(["docker", "push", service.baseImage]);
    await run(["docker", "rmi", service.baseImage]);
    const filter = (path: string) => basename(path) !== "node_modules";
    await cp(join(root, "api"), service.context, { recursive: true, filter });
    await run(["git", "init", "-q", service.checkout]);
    await service.commit();
    return service;
  }

  private get context(): string {
    return join(this.checkout, "api");
  }

  /** Changes nothing that the image is made from. */
  async commit(): Promise<void> {
    await writeFile(join(this.checkout, "README.md"), randomBytes(8).toString("hex"));
    await this.git("add", "-A");
    await this.git("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "change");
  }

  async change(round: number): Promise<void> {
    await appendFile(join(this.context, "src/main.ts"), `// ${round}\n`);
    await this.commit();
  }

  private git = (...args: string[]): Promise<string> => run(["git", "-C", this.checkout, ...args]);

  /** @returns seconds */
  async build(): Promise<number> {
    await this.buildKit.forgetEverything();
    const inputs = {
      context: this.context,
      repository: "cold",
      registry: this.aws.registry,
      "build-args": `BASE_IMAGE=${this.baseImage}`,
    };
    const environment = {
      AWS_ENDPOINT_URL: this.aws.settings.endpoint,
      AWS_ACCESS_KEY_ID: this.aws.settings.credentials.accessKeyId,
      DOCKER_CONFIG: this.buildKit.config,
    };
    const began = Date.now();
    const { code, text, ended } = await runBundle("build-push", { inputs, environment });
    if (code !== 0) throw new Error(text);
    return (ended - began) / 1000;
  }

  /** @returns seconds */
  async buildUsually(): Promise<number> {
    await this.buildKit.forgetEverything();
    const commit = (await this.git("rev-parse", "HEAD")).trim();
    const repository = `${this.aws.registry}/cold-usual`;
    const cache = `type=registry,ref=${repository}:buildcache`;
    const build = [
      ["docker", "buildx", "build", "--push", "--provenance", "false"],
      ["--cache-from", cache, "--cache-to", `${cache},mode=max,image-manifest=true,oci-mediatypes=true`],
      ["--build-arg", `BASE_IMAGE=${this.baseImage}`, "--build-arg", `COMMIT=${commit}`],
      ["--tag", `${repository}:${commit}`, this.context],
    ].flat();
    return timeUsualWay(this.aws, [build], this.buildKit.environment);
  }
}
