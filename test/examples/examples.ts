// Example repositories as users have them: copied into an empty git repository, with act running their workflows on a
// small local AWS.
import { cp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { root } from "../../infra/local/paths.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { withActHome } from "../../infra/local/temporary.ts";
import { SmallAws, type SmallAwsContext } from "../lib/small-aws.ts";

const role = "arn:aws:iam::123456789012:role/any";
const login = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c";

export interface ActRun {
  code: number;
  text: string;
}

export class Examples {
  readonly ecs: ECSClient;
  readonly context: SmallAwsContext;
  private toolkit: string | undefined;

  constructor(context: SmallAwsContext) {
    this.context = context;
    this.ecs = new ECSClient(context.aws.settings);
  }

  /** Runs the workflow of an example, in a fresh repository. */
  async run(name: string, variables: Record<string, string> = {}): Promise<ActRun> {
    return this.act(await this.copy(name), { variables });
  }

  /** @returns the folder of a git repository that contains the example and nothing else. */
  async copy(name: string): Promise<string> {
    const repository = join(this.context.folder, name);
    await rm(repository, { recursive: true, force: true });
    // What is only different for another way is with the way.
    for (const folder of name === "drop-in" ? [name] : ["consumer", name])
      await cp(join(root, "examples", folder), repository, { recursive: true });
    await run(["git", "init", "-q", repository]);
    await run(["git", "-C", repository, "remote", "add", "origin", "https://github.com/somebody/else.git"]);
    await this.commit(repository);
    return repository;
  }

  /** @returns the commit that everything in the work tree is in now. */
  async commit(repository: string): Promise<string> {
    const git = ["git", "-C", repository, "-c", "user.name=example", "-c", "user.email=example@example.com"];
    await run([...git, "add", "-A"]);
    await run([...git, "commit", "-qm", "change"]);
    return (await run([...git, "rev-parse", "HEAD"])).trim();
  }

  /** A push to main or, with `dispatch`, a workflow that is started by hand: by act. */
  async act(
    repository: string,
    options: {
      variables?: Record<string, string>;
      environment?: Record<string, string>;
      dispatch?: { file: string; inputs: Record<string, string> };
      /** Of the toolkit, besides v1. */
      ref?: string;
    } = {},
  ): Promise<ActRun> {
    const { dispatch } = options;
    const { aws, bin, folder, url } = this.context;
    const event = join(folder, "event.json");
    await writeFile(
      event,
      JSON.stringify({
        ref: "refs/heads/main",
        inputs: dispatch?.inputs,
        repository: { full_name: "somebody/else", default_branch: "main" },
      }),
    );
    const variables = {
      AWS_ROLE: role,
      AWS_BUILD_ROLE: role,
      AWS_DEPLOY_ROLE: role,
      IMAGE: SmallAws.image,
      SECRET_ARN: aws.secretArn,
      SERVICE_URL: url,
      ...options.variables,
    };
    const environment = { AWS_ENDPOINT_URL: aws.settings.endpoint, ...options.environment };
    const toolkit = await this.exportedToolkit();
    const repositories = {
      ...(options.ref ? { [`rainbow-seeker/deploy-toolkit@${options.ref}`]: toolkit } : {}),
      "rainbow-seeker/deploy-toolkit@v1": toolkit,
      "aws-actions/amazon-ecs-render-task-definition@v1": join(toolkit, "actions/render-task-definition"),
      "aws-actions/amazon-ecs-deploy-task-definition@v2": join(toolkit, "actions/deploy"),
      [login]: join(root, "infra/local/act/configure-aws-credentials"),
    };
    const pairs = (option: string, values: Record<string, string>) =>
      Object.entries(values).flatMap(([name, value]) => [option, `${name}=${value}`]);
    const command = [
      join(bin, "act"),
      ...(dispatch ? ["workflow_dispatch", "--workflows", `.github/workflows/${dispatch.file}`] : ["push"]),
      "--platform",
      "ubuntu-latest=-self-hosted",
      "--eventpath",
      event,
      "--no-cache-server",
      "--rm",
      ...pairs("--var", variables),
      ...pairs("--env", environment),
      ...pairs("--local-repository", repositories),
    ];
    const env = {
      PATH: `${dirname(process.execPath)}:${bin}:/usr/local/bin:/usr/bin:/bin`,
      GIT_PAGER: "cat",
      LANG: "C.UTF-8",
    };
    const { code, stdout, stderr } = await withActHome(folder, (home) =>
      attempt(command, { cwd: repository, env: { ...env, HOME: home } }),
    );
    return { code, text: stdout + stderr };
  }

  /** What another repository gets: the committed files alone, as they are in the work tree. */
  private async exportedToolkit(): Promise<string> {
    if (this.toolkit) return this.toolkit;
    this.toolkit = join(this.context.folder, "toolkit");
    for (const path of ["action.yml", "actions", "package.json"])
      await cp(join(root, path), join(this.toolkit, path), { recursive: true });
    // With complete references: act does not support `$/` yet.
    const workflows = "examples/enterprise-server/.github/workflows";
    await cp(join(root, workflows), join(this.toolkit, ".github/workflows"), { recursive: true });
    return this.toolkit;
  }

  /** Keys of the tags of a revision. */
  async tagsOf(arn: string): Promise<string[]> {
    const { tags = [] } = await this.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ["TAGS"] }),
    );
    return tags.map(({ key = "" }) => key);
  }

  /** What a service of the small AWS runs. */
  async running(service: string, cluster = "small"): Promise<{ arn: string; containers: any[]; running: number }> {
    const { services } = await this.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    const arn = services![0]!.taskDefinition!;
    const { taskDefinition } = await this.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
    return { arn, containers: taskDefinition!.containerDefinitions!, running: services![0]!.runningCount! };
  }
}
