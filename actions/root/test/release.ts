// The root action as its entry file runs it, against a scripted ECS and a real service.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { deployClients } from "../../deploy/src/clients.ts";
import { sendHttp } from "../../shared/src/http.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { ScriptedEcs, type EcsScenario } from "../../shared/test/scripted-ecs.ts";
import { withStepSummary } from "../../shared/test/step-summary.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

export const good: EcsScenario = { steps: [{ at: 2, running: 3, state: "COMPLETED" }] };

let servers: { stop: () => unknown }[] = [];

/** After each test. */
export async function stopAll(): Promise<void> {
  await Promise.all(servers.map((one) => one.stop()));
  servers = [];
}

export interface Release {
  aws: ScriptedAws;
  outputs: Record<string, unknown>;
  lines: string[];
  /** Warnings of the step; those of the smoke test are left out. */
  warnings: string[];
  summary: string;
  error: Error | undefined;
}

export async function release(
  scenario: EcsScenario,
  inputs: Record<string, string> = {},
  more: Handlers | ((handlers: Handlers) => Handlers) = {},
): Promise<Release> {
  const clock = simulatedClock();
  const ecs = new ScriptedEcs(() => clock.now(), scenario);
  const aws = await ScriptedAws.start(typeof more === "function" ? more(ecs.handlers) : { ...ecs.handlers, ...more });
  const web: Server = createServer((_request, response) => response.end('{"commit":"new"}'));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  servers.push(aws, { stop: () => web.close() });
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`;
  const folder = makeTestFolder("root-test-");
  const given: Record<string, string> = {
    service: "api",
    images: "api=new",
    url,
    "expect-version": "new",
    timeout: "3",
    ...inputs,
  };
  const outputs: Record<string, unknown> = {};
  const lines: string[] = [];
  const warnings: string[] = [];
  const dependencies = {
    ...deployClients(aws.client),
    clock,
    folder,
    onStarted: () => undefined,
    send: sendHttp,
    annotate: (level: string, title: string, message: string) => {
      if (level === "warning" && !title.startsWith("Smoke test")) warnings.push(message);
    },
    run: { commit: "abc", url: undefined },
    log: (line: string) => lines.push(line),
    setOutputs: (all: object) => Object.assign(outputs, all),
  };
  const { error, summary } = await withStepSummary(() =>
    main(
      readInputs((name) => given[name] ?? ""),
      dependencies,
    ),
  );
  return { aws, outputs, lines, warnings, error, summary };
}
