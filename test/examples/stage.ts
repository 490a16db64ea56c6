// Two ECS services with an earlier image, a load balancer for the first, and ECR: what the examples that build an image
// deploy to.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CreateRepositoryCommand, ECRClient, RepositoryAlreadyExistsException } from "@aws-sdk/client-ecr";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { nodeImage } from "../../infra/local/base-images.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { ActRun, Examples } from "./examples.ts";

/** As in the workflow. */
export const cluster = "my-service";
export const service = "my-service";
/** Another one, without a load balancer. */
export const dependency = "my-dependency";
const container = "app";
const port = 8080;
export const baseImage = "node:24-bookworm-slim";
/** What the service ran before it was deployed by the workflow. */
const earlierImage = "rainbow-check/my-service:before";

export interface Stage {
  examples: Examples;
  repository: string;
  /** A push to main. */
  act: () => Promise<ActRun>;
  /** rollback.yml, started by hand. */
  rollBack: (inputs: Record<string, string>) => Promise<ActRun>;
  /** What the service returns at /version. */
  version: () => Promise<string>;
}

async function versionAt(url: string): Promise<string> {
  return ((await (await fetch(`${url}version`)).json()) as { commit: string }).commit;
}

/** A service with an earlier image, a load balancer for it, and ECR under a host that docker uses without TLS. */
export async function onStage(
  examples: Examples,
  example: string,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const { aws } = examples.context;
  const tagged = await tagBaseImage();
  const servers = [createServer((...exchange) => void toTask(examples, ...exchange)), ecrServer(examples)];
  try {
    await buildEarlierImage(examples.context.folder);
    await createEcsServices(examples);
    const [url, ecr] = (await Promise.all(servers.map(listen))) as [string, string];
    const repository = await examples.copy(example);
    const options = { variables: { SERVICE_URL: url }, environment: { AWS_ENDPOINT_URL_ECR: ecr } };
    await work({
      examples,
      repository,
      act: () => examples.act(repository, options),
      rollBack: (inputs) => examples.act(repository, { ...options, dispatch: { file: "rollback.yml", inputs } }),
      version: () => versionAt(url),
    });
  } finally {
    for (const server of servers) server.close();
    for (const name of [service, dependency])
      await examples.ecs.send(new DeleteServiceCommand({ cluster, service: name, force: true })).catch(() => undefined);
    const built = await attempt([
      "docker",
      "images",
      "--format",
      "{{.Repository}}:{{.Tag}}",
      `${aws.registry}/${service}`,
    ]);
    const images = [...built.stdout.split("\n").filter((name) => name !== ""), ...(tagged ? [baseImage] : [])];
    await attempt(["docker", "rmi", "--force", earlierImage, ...images]);
  }
}

export async function edit(repository: string, file: string, change: (text: string) => string): Promise<void> {
  const path = join(repository, file);
  const text = await readFile(path, "utf8");
  const changed = change(text);
  assert.notEqual(changed, text, `${file} does not contain what the test replaces`);
  await writeFile(path, changed);
}

/** The next commit starts and answers, but as another version. */
export async function rollsBackAWrongVersion(
  { examples, repository, act, version }: Stage,
  rolledBack: RegExp,
): Promise<void> {
  const before = await examples.running(service, cluster);
  const answered = await version();
  await edit(repository, "server.mjs", (text) => text.replace("process.env.COMMIT", '"another"'));
  await edit(repository, ".github/workflows/deploy.yml", (text) =>
    text.replace("          url:", "          timeout: 10\n          url:"),
  );
  await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 1, text);
  assert.match(text, /commit is "another" instead of/);
  assert.match(text, rolledBack);
  assert.equal((await examples.running(service, cluster)).containers[0].image, before.containers[0].image);
  assert.equal(await version(), answered);
}

/** Without a reachable registry, the base image exists under another name only. @returns whether the tag is new */
export async function tagBaseImage(): Promise<boolean> {
  if ((await attempt(["docker", "image", "inspect", baseImage])).code === 0) return false;
  await run(["docker", "tag", nodeImage, baseImage]);
  return true;
}

async function buildEarlierImage(folder: string): Promise<void> {
  const context = join(folder, "earlier");
  await mkdir(context, { recursive: true });
  const script = `require("http").createServer((_, response) => response.end("{}")).listen(${port})`;
  const command = JSON.stringify(["node", "-e", script]);
  await writeFile(join(context, "Dockerfile"), `FROM ${nodeImage}\nCMD ${command}\n`);
  await run(["docker", "build", "--quiet", "--tag", earlierImage, context]);
}

/** What Terraform creates. */
async function createEcsServices(examples: Examples): Promise<void> {
  await new ECRClient(examples.context.aws.settings)
    .send(new CreateRepositoryCommand({ repositoryName: service }))
    .catch((error: unknown) => {
      // By the stage of another example.
      if (!(error instanceof RepositoryAlreadyExistsException)) throw error;
    });
  await examples.ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  for (const name of [service, dependency]) await createEcsService(examples, name);
}

async function createEcsService({ ecs, context: { aws } }: Examples, name: string): Promise<void> {
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      cpu: "256",
      memory: "512",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      ...aws.roles,
      containerDefinitions: [
        {
          name: container,
          image: earlierImage,
          portMappings: [{ containerPort: port }],
          logConfiguration: aws.logConfiguration,
        },
      ],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: name,
      taskDefinition: name,
      desiredCount: 1,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    }),
  );
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Hands a request to a task that ECS runs, as a load balancer does. */
async function toTask({ ecs }: Examples, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
  const { tasks = [] } =
    taskArns.length === 0 ? {} : await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  const host = tasks
    .filter(({ lastStatus }) => lastStatus === "RUNNING")
    .flatMap(({ attachments = [] }) => attachments.flatMap(({ details = [] }) => details))
    .find(({ name }) => name === "privateIPv4Address")?.value;
  const fail = (status: number) => response.writeHead(status).end();
  if (host === undefined) return void fail(503);
  sendRequest({ host, port, path: incoming.url }, (upstream) => {
    response.writeHead(upstream.statusCode!, upstream.headers);
    upstream.pipe(response);
  })
    .on("error", () => fail(502))
    .end();
}

/** ECR of the local AWS reports a host that docker cannot reach; here it reports the one that docker can. */
export function ecrServer({ context: { aws } }: Pick<Examples, "context">): Server {
  return createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { host: _host, connection: _connection, "content-length": _length, ...headers } = incoming.headers;
      const upstream = await fetch(aws.settings.endpoint, {
        method: "POST",
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
      });
      const text = (await upstream.text()).replaceAll(/\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com/g, aws.registry);
      response.writeHead(upstream.status, { "content-type": upstream.headers.get("content-type") ?? "" }).end(text);
    })().catch((error: unknown) => response.destroy(error as Error));
  });
}
