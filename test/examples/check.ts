// The repositories in examples/, each as somebody else's: their workflows run with act, unchanged, on a small local AWS.
import assert from "node:assert/strict";
import { cp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { root } from "../../infra/local/paths.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { Counts } from "../../scripts/lib/counts.ts";
import { inTurn, SmallAws, withSmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

const login = "aws-actions/configure-aws-credentials@a03048d87541d1d9fcf2ecf528a4a65ba9bd7838";

export function examplesCheck(note: (text: string) => void): Promise<Counts> {
  return withSmallAws({ name: "examples", note, evaluatesPolicies: false }, (surroundings) => {
    const examples = new Examples(surroundings);
    const steps: [string, () => Promise<void>][] = [
      ["one step from another repository", () => oneStep(examples)],
      ["the same with a version that does not answer", () => oneStepBack(examples)],
      ["workflows of the replaced actions", () => dropIn(examples)],
    ];
    return inTurn(steps, note);
  });
}

class Examples {
  readonly ecs: ECSClient;
  private readonly surroundings: SmallAwsContext;
  private toolkit: string | undefined;

  constructor(surroundings: SmallAwsContext) {
    this.surroundings = surroundings;
    this.ecs = new ECSClient(surroundings.aws.settings);
  }

  /** Runs the workflow of an example, in a repository of its own, with act. */
  async run(name: string, variables: Record<string, string> = {}): Promise<{ code: number; text: string }> {
    const { aws, bin, folder, url } = this.surroundings;
    const repository = join(folder, name);
    await rm(repository, { recursive: true, force: true });
    await cp(join(root, "examples", name), repository, { recursive: true });
    for (const command of [
      ["init", "-q"],
      ["remote", "add", "origin", "https://github.com/somebody/else.git"],
      ["add", "-A"],
      ["-c", "user.name=example", "-c", "user.email=example@example.com", "commit", "-qm", "start"],
    ])
      await run(["git", "-C", repository, ...command]);
    const event = join(folder, "event.json");
    await writeFile(
      event,
      JSON.stringify({ ref: "refs/heads/main", repository: { full_name: "somebody/else", default_branch: "main" } }),
    );
    const given = {
      AWS_ROLE: "arn:aws:iam::123456789012:role/any",
      IMAGE: SmallAws.image,
      SECRET_ARN: aws.secretArn,
      SERVICE_URL: url,
      VERSION: "new",
      ...variables,
    };
    const toolkit = await this.exportedToolkit();
    const repositories = {
      "rainbow-seeker/deploy-toolkit@v1": toolkit,
      "aws-actions/amazon-ecs-render-task-definition@v1": join(toolkit, "actions/render-task-definition"),
      "aws-actions/amazon-ecs-deploy-task-definition@v2": join(toolkit, "actions/deploy"),
      [login]: join(root, "infra/local/act/configure-aws-credentials"),
    };
    const command = [
      join(bin, "act"),
      "push",
      "--platform",
      "ubuntu-latest=-self-hosted",
      "--eventpath",
      event,
      "--no-cache-server",
      "--rm",
      ...Object.entries(given).flatMap(([variable, value]) => ["--var", `${variable}=${value}`]),
      "--env",
      `AWS_ENDPOINT_URL=${aws.settings.endpoint}`,
      ...Object.entries(repositories).flatMap(([reference, place]) => ["--local-repository", `${reference}=${place}`]),
    ];
    const env = {
      PATH: `${dirname(process.execPath)}:${bin}:/usr/local/bin:/usr/bin:/bin`,
      HOME: folder,
      GIT_PAGER: "cat",
      LANG: "C.UTF-8",
    };
    const { code, stdout, stderr } = await attempt(command, { cwd: repository, env });
    return { code, text: stdout + stderr };
  }

  /** What another repository gets: the committed files alone, as they are in the work tree. */
  private async exportedToolkit(): Promise<string> {
    if (this.toolkit) return this.toolkit;
    this.toolkit = join(this.surroundings.folder, "toolkit");
    for (const path of ["action.yml", "actions", "package.json"])
      await cp(join(root, path), join(this.toolkit, path), { recursive: true });
    return this.toolkit;
  }

  async runs(service: string): Promise<{ arn: string; containers: any[]; running: number }> {
    const { services } = await this.ecs.send(new DescribeServicesCommand({ cluster: "small", services: [service] }));
    const arn = services![0]!.taskDefinition!;
    const { taskDefinition } = await this.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
    return { arn, containers: taskDefinition!.containerDefinitions!, running: services![0]!.runningCount! };
  }
}

async function oneStep(examples: Examples): Promise<void> {
  const { code, text } = await examples.run("one-step");
  assert.equal(code, 0, text);
  assert.match(text, /outcome=succeeded revision=arn:aws:ecs/);
  const { containers } = await examples.runs("api");
  assert.deepEqual(containers[0].environment, [{ name: "GREETING", value: "from somebody/else" }]);
}

async function oneStepBack(examples: Examples): Promise<void> {
  const before = await examples.runs("api");
  const { code, text } = await examples.run("one-step", { VERSION: "another", IMAGE: SmallAws.otherImage });
  assert.equal(code, 1, text);
  assert.match(text, /commit is "new" instead of "another"/);
  assert.match(text, /api was rolled back to/);
  assert.equal((await examples.runs("api")).arn, before.arn);
}

async function dropIn(examples: Examples): Promise<void> {
  const { code, text } = await examples.run("drop-in");
  assert.equal(code, 0, text);
  assert.match(text, /deployed arn:aws:ecs:.*web:1/);
  assert.match(text, /ran once/);
  assert.match(text, /ran \["arn:aws:ecs:.*task\//);
  const { containers, running } = await examples.runs("web");
  const [web, proxy] = containers;
  assert.equal(running, 1);
  assert.deepEqual(web.environment.map(({ name, value }: Record<string, string>) => `${name}=${value}`).toSorted(), [
    "ENVIRONMENT=prod",
    "LOG_LEVEL=info",
    "QUERY=a=b&c==",
  ]);
  assert.deepEqual(
    [web.image, proxy.image, web.command, web.dockerLabels],
    [SmallAws.image, SmallAws.image, ["node", "-e", "setInterval(console.log,60000)"], { team: "rainbow" }],
  );
}
