// A service for tests, a smoke test that runs against it, and its result.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ECSClient } from "@aws-sdk/client-ecs";
import { sendHttp, type SendHttp } from "../../shared/src/http.ts";
import { ScriptedAws, simulatedClock } from "../../shared/test/scripted-aws.ts";
import type { Lookup } from "../src/addresses.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

export const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** One listener per request, and the last one for all later requests. */
export function inTurn(...listeners: RequestListener[]): RequestListener & { requests: number } {
  const listener: RequestListener & { requests?: number } = (request, response) => {
    const next = listeners[Math.min(listener.requests!, listeners.length - 1)]!;
    listener.requests! += 1;
    next(request, response);
  };
  return Object.assign(listener, { requests: 0 });
}

export class Service {
  readonly requests: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = [];
  private readonly server: Server;

  private constructor(listener: RequestListener) {
    this.server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      this.requests.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      listener(request, response);
    });
  }

  static async start(listener: RequestListener): Promise<Service> {
    const service = new Service(listener);
    await new Promise<void>((resolve) => service.server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export interface TestedRun {
  outputs: {
    passed?: boolean;
    failures: { check: string; problem: string; expected: string; found: string; warning: boolean }[];
  };
  error: (Error & { outcome?: string }) | undefined;
  log: string[];
  annotations: [level: string, title: string, message: string][];
  /** Tags that were set on the revision. */
  tags: Record<string, string> | undefined;
  /** Simulated milliseconds. */
  waited: number;
}

/** Runs a smoke test in simulated time: waits take no real time, requests do. */
export async function smokeTest(
  inputs: Record<string, string>,
  {
    send = sendHttp,
    clock = simulatedClock(),
    lookup,
  }: { send?: SendHttp; clock?: ReturnType<typeof simulatedClock>; lookup?: Lookup } = {},
): Promise<TestedRun> {
  const aws = await ScriptedAws.start({ "ecs:TagResource": () => ({}) });
  const tested: TestedRun = {
    outputs: { failures: [] },
    error: undefined,
    log: [],
    annotations: [],
    tags: undefined,
    waited: 0,
  };
  const startedAt = clock.now();
  const dependencies = {
    ecs: () => new ECSClient(aws.client),
    clock,
    send,
    ...(lookup ? { lookup } : {}),
    log: (line: string) => tested.log.push(line),
    run: { commit: "abc", url: "https://example.com/run/1" },
    setOutputs: ({ passed, failures }: Record<string, string | boolean>) =>
      Object.assign(tested.outputs, { passed, failures: JSON.parse(failures as string) }),
    annotate: (level: string, title: string, message: string) => tested.annotations.push([level, title, message]),
  };
  await main(
    readInputs((name) => inputs[name] ?? ""),
    dependencies,
  ).catch((error: Error) => (tested.error = error));
  const tags = aws.last("ecs:TagResource")?.tags as { key: string; value: string }[] | undefined;
  await aws.stop();
  return {
    ...tested,
    tags: tags && Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    waited: clock.now() - startedAt,
  };
}
