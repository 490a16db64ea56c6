// How long build-push takes when nothing has changed, compared with the usual way: log in, build with a warm cache,
// push; and on a cold builder with a cache in the registry.
// `npm run bench -- build-push`; figures go to docs/performance.md.
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { debianPlugin } from "../infra/local/debian-plugin.ts";
import { root } from "../infra/local/paths.ts";
import { attempt } from "../infra/local/process.ts";
import { runProcess } from "../actions/shared/src/process.ts";
import { benchColdBuilder } from "./cold-builder.ts";
import { spread } from "./figures.ts";
import { timeUsualWay } from "./usual-way.ts";
import { runBundle } from "../test/lib/run-bundle.ts";
import { SmallAws, withSmallAws } from "../test/lib/small-aws.ts";

const rounds = 10;
/** Each starts a builder four times, and builds three times. */
const coldRounds = 5;
const services = ["api", "ml"];

interface Environment {
  aws: SmallAws;
  /** Docker's configuration folder. */
  config: string;
}

async function measureBuildPush(
  { aws, config }: Environment,
  service: string,
): Promise<{ seconds: number; phases: Record<string, number> }> {
  const inputs = {
    context: join(root, service),
    repository: service,
    registry: aws.registry,
    network: "host",
    "build-args": `BASE_IMAGE=${SmallAws.image}`,
  };
  const environment = {
    AWS_ENDPOINT_URL: aws.settings.endpoint,
    AWS_ACCESS_KEY_ID: aws.settings.credentials.accessKeyId,
    DOCKER_CONFIG: config,
  };
  const began = Date.now();
  const { code, text, outputs, ended } = await runBundle("build-push", { inputs, environment });
  if (code !== 0 || outputs["phases"] === undefined) throw new Error(text);
  return { seconds: (ended - began) / 1000, phases: JSON.parse(outputs["phases"]) as Record<string, number> };
}

async function measureUsualWay({ aws, config }: Environment, service: string): Promise<number> {
  const commit = (await runProcess(["git", "-C", root, "rev-parse", "HEAD"])).stdout.trim();
  const reference = `${aws.registry}/${service}:${commit}`;
  const build = [
    ["docker", "buildx", "build", "--load", "--network", "host"],
    ["--build-arg", `BASE_IMAGE=${SmallAws.image}`, "--build-arg", `COMMIT=${commit}`],
    ["--tag", reference, join(root, service)],
  ].flat();
  return timeUsualWay(aws, [build, ["docker", "push", reference]], { ...process.env, DOCKER_CONFIG: config });
}

export function benchBuildPush(note: (text: string) => void): Promise<string> {
  return withSmallAws(
    { name: "bench-build-push", note, evaluatesPolicies: false, isPopulated: false },
    async ({ aws, folder }) => {
      const environment = { aws, config: join(folder, "docker") };
      await mkdir(join(environment.config, "cli-plugins"), { recursive: true });
      await symlink(await debianPlugin("docker-buildx", note), join(environment.config, "cli-plugins/docker-buildx"));
      const rows = [`| Nothing changed, ${rounds} times each | Seconds: median (range) |`, "|---|---|"];
      for (const service of services) {
        await new ECRClient(aws.settings).send(
          new CreateRepositoryCommand({ repositoryName: service, imageTagMutability: "IMMUTABLE" }),
        );
        note(`${service}: first build`);
        await measureBuildPush(environment, service);
        await measureUsualWay(environment, service);
        const times = { buildPush: [] as number[], usualWay: [] as number[] };
        let phases = {};
        for (let round = 1; round <= rounds; round += 1) {
          note(`${service}: round ${round} of ${rounds}`);
          const run = await measureBuildPush(environment, service);
          phases = run.phases;
          times.buildPush.push(run.seconds);
          times.usualWay.push(await measureUsualWay(environment, service));
        }
        rows.push(
          `| ${service}: build-push, start to end of the process | ${spread(times.buildPush, 2)} |`,
          `| ${service}: docker login, build with a warm cache, push | ${spread(times.usualWay, 2)} |`,
        );
        rows.push(
          `| ${service}: phases of the last run | ${Object.entries(phases)
            .map(([phase, seconds]) => `${phase} ${String(seconds)}`)
            .join(", ")} |`,
        );
      }
      const images = (await attempt(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"])).stdout
        .split("\n")
        .filter((name) => services.some((service) => name.startsWith(`${aws.registry}/${service}:`)));
      await attempt(["docker", "rmi", ...images]);
      const cold = join(folder, "cold");
      await mkdir(cold);
      rows.push(...(await benchColdBuilder({ aws, folder: cold, rounds: coldRounds, note })));
      return rows.join("\n");
    },
  );
}
