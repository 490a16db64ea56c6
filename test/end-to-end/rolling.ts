// A deployment under load: through a proxy that follows the target group and checks health, like AWS's load balancer,
// and through the local AWS's own load balancer, which picks any registered target without a health check.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { awsClient, serviceUrl } from "../../infra/local/paths.ts";
import { until } from "../../infra/local/process.ts";
import { startHaproxy } from "../lib/haproxy.ts";
import { freePorts } from "../lib/ports.ts";
import { edit, npm, service } from "./commands.ts";

const slots = 12;
const cluster = "rainbow-seeker-cluster-local";
/** As the target group: modules/load-balancer. */
const healthPath = "/ready";

export async function losesNothing(): Promise<string> {
  const proxy = await startProxy();
  try {
    assert.ok(
      await until(async () => (await fetch(`${proxy.url}version`)).ok, { seconds: 30 }),
      "the proxy finds no healthy task",
    );
    const onlyCurrent = async () => (await tasks()).length === 3;
    assert.ok(await until(onlyCurrent, { seconds: 60 }), "tasks of an earlier deployment are not stopped");
    const before = (await service("api")).version;
    const loads = [new Load(`${proxy.url}version`), new Load(`${serviceUrl}version`)] as const;
    await edit("api/src/features/operations/routes.ts", (text) =>
      text.replace(/status: "ok"[^}]*/, `status: "ok", edited: ${Date.now()} `),
    );
    await npm("start");
    // The previous revision's tasks are drained for some seconds after the new ones have taken over.
    const after = (await service("api")).version;
    assert.ok(await until(onlyCurrent, { seconds: 60 }), "the old tasks are not stopped");
    const [proxied, direct] = await Promise.all([loads[0].stop(), loads[1].stop()]);
    assert.deepEqual(proxied.versions, [before, after], "the proxy has not seen both versions");
    assert.ok(proxied.requests > 500, `only ${proxied.requests} requests`);
    assert.deepEqual(proxied.failures, [], `${proxied.failures.length} of ${proxied.requests} requests were lost`);
    return (
      `0 of ${proxied.requests} requests lost through the proxy, ` +
      `${direct.failures.length} of ${direct.requests} through MiniStack's own load balancer`
    );
  } finally {
    await proxy.stop();
  }
}

/** Sends requests continuously, two at a time: a constant load, not a stress test. */
class Load {
  private running = true;
  private readonly result = { requests: 0, failures: [] as string[], versions: [] as string[] };
  private readonly workers: Promise<void>[];

  constructor(url: string) {
    this.workers = Array.from({ length: 2 }, () => this.sendRequests(url));
  }

  private async sendRequests(url: string): Promise<void> {
    while (this.running) {
      this.result.requests += 1;
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
        const text = await response.text();
        if (response.ok) this.recordVersion((JSON.parse(text) as { commit: string }).commit);
        else this.result.failures.push(`${response.status} ${text.slice(0, 100)}`);
      } catch (error) {
        this.result.failures.push(String((error as Error).cause ?? error));
      }
      await sleep(10);
    }
  }

  private recordVersion(version: string): void {
    if (!this.result.versions.includes(version)) this.result.versions.push(version);
  }

  async stop(): Promise<typeof this.result> {
    this.running = false;
    await Promise.all(this.workers);
    return this.result;
  }
}

const ecs = new ECSClient(awsClient);

interface Task {
  address: string;
  /** Being stopped: a load balancer sends it no new requests. */
  draining: boolean;
}

/** Tasks of api with their IP addresses; ECS deregisters a task from the load balancer before it stops it. */
async function tasks(): Promise<Task[]> {
  const lists = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map((desiredStatus) =>
      ecs.send(new ListTasksCommand({ cluster, serviceName: "rainbow-seeker-api-local", desiredStatus })),
    ),
  );
  const arns = lists.flatMap(({ taskArns = [] }) => taskArns);
  if (arns.length === 0) return [];
  const { tasks: described = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns }));
  // The local AWS reports STOPPED as soon as it starts to stop a task, which then has five seconds.
  const isRecent = (date: Date | undefined) => date !== undefined && Date.now() - date.getTime() < 5000;
  const running = described.filter(({ lastStatus, stoppedAt }) => lastStatus === "RUNNING" || isRecent(stoppedAt));
  return running.flatMap(({ attachments, desiredStatus }) => {
    const address = attachments?.[0]?.details?.find(({ name }) => name === "privateIPv4Address")?.value;
    return address ? [{ address, draining: desiredStatus !== "RUNNING" }] : [];
  });
}

const socketIn = (folder: string) => join(folder, "haproxy.sock");

/** Starts HAProxy and keeps its servers in sync with the tasks that ECS runs. */
async function startProxy(): Promise<{ url: string; stop: () => Promise<void> }> {
  const [port] = await freePorts(1);
  const { folder, stop } = await startHaproxy(
    (folder) => `global
  stats socket ${socketIn(folder)} mode 600 level admin
defaults
  mode http
  timeout connect 5s
  # A machine that builds answers late; without this, a check may take no longer than the time between two.
  timeout check 5s
  timeout client 30s
  timeout server 30s
  option redispatch 1
frontend public
  bind 127.0.0.1:${port}
  # Like AWS's load balancer: if no target is healthy, requests go to all of them.
  use_backend everyone if { nbsrv(api) eq 0 }
  default_backend api
backend everyone
  balance roundrobin
  server-template task 1-${slots} 192.0.2.1:3000 disabled
backend api
  balance roundrobin
  option httpchk GET ${healthPath}
  server-template task 1-${slots} 192.0.2.1:3000 check inter 200ms fall 1 rise 1 disabled
`,
  );
  const socket = socketIn(folder);
  assert.ok(
    await until(async () => (await command(socket, "show info")) !== "", { seconds: 20 }),
    "HAProxy does not start",
  );
  const controller = new AbortController();
  const synchronisation = followTasks(socket, controller.signal);
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      controller.abort();
      await synchronisation;
      await stop();
    },
  };
}

async function followTasks(socket: string, signal: AbortSignal): Promise<void> {
  const slotOf = new Map<string, number>();
  while (!signal.aborted) {
    // If the local AWS is too busy to respond, the servers are left unchanged.
    const current = await tasks().catch(() => undefined);
    for (const { address } of current ?? []) {
      if (slotOf.has(address)) continue;
      const used = new Set(slotOf.values());
      const slot = Array.from({ length: slots }, (_, index) => index + 1).find((number) => !used.has(number));
      if (slot === undefined) throw new Error(`more than ${slots} tasks at once`);
      slotOf.set(address, slot);
      for (const backend of ["api", "everyone"])
        await command(
          socket,
          `set server ${backend}/task${slot} addr ${address} port 3000; set server ${backend}/task${slot} state ready`,
        );
    }
    if (current) {
      for (const [address, slot] of slotOf) {
        const task = current.find((one) => one.address === address);
        if (task?.draining) await command(socket, `set server api/task${slot} state drain`);
        if (task) continue;
        for (const backend of ["api", "everyone"])
          await command(socket, `set server ${backend}/task${slot} state maint`);
        slotOf.delete(address);
      }
    }
    await sleep(100);
  }
}

/** Sends one line to HAProxy's runtime API; an empty response if HAProxy does not listen. */
function command(socket: string, line: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const connection = connect(socket, () => connection.end(`${line}\n`));
    connection.on("data", (chunk) => (text += chunk.toString()));
    connection.on("error", () => resolve(""));
    connection.on("close", () => resolve(text));
  });
}
