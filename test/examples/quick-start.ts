// The quick start of the README as a new user does it: its workflow in an empty repository, building its own image.
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
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { nodeImage } from "../../infra/local/base-images.ts";
import { attempt, run } from "../../infra/local/process.ts";
import type { ActRun, Examples } from "./examples.ts";

/** As in the workflow. */
const cluster = "my-cluster";
const service = "my-service";
const container = "app";
const port = 8080;
const baseImage = "node:24-bookworm-slim";
/** What the service ran before it was deployed by the workflow. */
const earlierImage = "rainbow-check/my-service:before";

interface Stage {
  examples: Examples;
  repository: string;
  /** A push to main. */
  act: () => Promise<ActRun>;
  /** What the service returns at /version. */
  version: () => Promise<string>;
}

export function quickStart(examples: Examples): [string, () => Promise<void>][] {
  return [
    [
      "the quick start: deployed, then unchanged, then broken",
      () =>
        onStage(examples, async (stage) => {
          await deploys(stage);
          await skipsWhatIsUnchanged(stage);
          await failsWithLogLines(stage);
        }),
    ],
  ];
}

async function deploys({ examples, repository, act, version }: Stage): Promise<void> {
  const commit = (await run(["git", "-C", repository, "rev-parse", "HEAD"])).trim();
  const { code, text } = await act();
  assert.equal(code, 0, text);
  assert.equal(await version(), commit);
  const { containers, running } = await examples.running(service, cluster);
  assert.equal(running, 1);
  assert.match(containers[0].image, /\/my-service@sha256:[0-9a-f]{64}$/);
}

async function skipsWhatIsUnchanged({ examples, repository, act }: Stage): Promise<void> {
  const before = await examples.running(service, cluster);
  await writeFile(join(repository, "README.md"), "# A change that is not part of the image\n");
  await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 0, text);
  assert.match(text, /built before/);
  assert.equal((await examples.running(service, cluster)).arn, before.arn, "an unchanged image was deployed again");
}

async function failsWithLogLines({ examples, repository, act, version }: Stage): Promise<void> {
  const before = await version();
  await breakServer(repository);
  await examples.commit(repository);
  const { code, text } = await act();
  assert.equal(code, 1, text);
  assert.match(text, /DATABASE_URL is not set/);
  assert.equal(await version(), before, "the earlier version does not run again");
}

async function breakServer(repository: string): Promise<void> {
  const path = join(repository, "server.mjs");
  await writeFile(path, `throw new Error("DATABASE_URL is not set");\n${await readFile(path, "utf8")}`);
}

async function versionAt(url: string): Promise<string> {
  return ((await (await fetch(`${url}version`)).json()) as { commit: string }).commit;
}

/** A service with an earlier image, a load balancer for it, and ECR under a host that docker uses without TLS. */
async function onStage(examples: Examples, work: (stage: Stage) => Promise<void>): Promise<void> {
  const { aws } = examples.context;
  const tagged = await tagBaseImage();
  const servers = [createServer((...exchange) => void toTask(examples, ...exchange)), ecrServer(examples)];
  try {
    await buildEarlierImage(examples.context.folder);
    await createEcsService(examples);
    const [url, ecr] = (await Promise.all(servers.map(listen))) as [string, string];
    const repository = await examples.copy("quick-start");
    const act = () =>
      examples.act(repository, { variables: { SERVICE_URL: url }, environment: { AWS_ENDPOINT_URL_ECR: ecr } });
    await work({ examples, repository, act, version: () => versionAt(url) });
  } finally {
    for (const server of servers) server.close();
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

/** Without a reachable registry, the base image exists under another name only. @returns whether the tag is new */
async function tagBaseImage(): Promise<boolean> {
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

async function createEcsService({ ecs, context: { aws } }: Examples): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: service,
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
      serviceName: service,
      taskDefinition: service,
      desiredCount: 1,
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    }),
  );
}

async function listen(server: Server): Promise<string> {
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
function ecrServer({ context: { aws } }: Examples): Server {
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
