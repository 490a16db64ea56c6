// build-push as its entry file runs it: git is real; AWS, the registry and docker are scripted. Importing this module
// sets them up for each test.
import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ECRClient } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach } from "vitest";
import { runProcess, type ProcessOptions, type RunProcess } from "../../shared/src/process.ts";
import type { Log } from "../../shared/src/report.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import type { Dependencies } from "../src/dependencies.ts";
import { readInputs } from "../src/inputs.ts";
import type { BuildResult } from "../src/build-result.ts";
import { main } from "../src/main.ts";
import { Checkout } from "./checkout.ts";
import { ScriptedRegistry } from "./scripted-registry.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

// Replaced before each test of the importing file.
export let checkout: Checkout;
export let registry: ScriptedRegistry;
export let aws: ScriptedAws | undefined;
export let folder: string;

beforeEach(async () => {
  checkout = new Checkout();
  registry = await ScriptedRegistry.start();
  folder = makeTestFolder("build-push-runner-");
});
afterEach(async () => {
  await Promise.all([registry.stop(), aws?.stop()]);
  checkout.remove();
  rmSync(folder, { recursive: true });
});

export interface Call {
  command: string[];
  options: ProcessOptions;
  /** Of a build: the context as docker gets it, and the folder that it leads to. */
  context: { given: string; real: string } | undefined;
  config: { auths: Record<string, { auth: string }>; credHelpers: Record<string, string> };
}

/** Runs git for real; docker is scripted: it records its calls, and pushes into the scripted registry. */
export class Docker {
  readonly calls: Call[] = [];
  /** Verb → exit code and output of its first calls. */
  failures: Record<string, { code: number; stderr: string }[]> = {};
  /** Output of `docker buildx inspect`; undefined: buildx is not installed. */
  buildx: string | undefined;
  labels: Record<string, string> | undefined;

  run: RunProcess = async (command, options = {}) => {
    if (command[0] === "git") return runProcess(command, options);
    const home = options.env?.["DOCKER_CONFIG"];
    const given = command.includes("build") ? command.at(-1) : undefined;
    this.calls.push({
      command,
      options,
      context: given === undefined ? undefined : { given, real: realpathSync(given) },
      config: home ? JSON.parse(readFileSync(join(home, "config.json"), "utf8")) : { auths: {}, credHelpers: {} },
    });
    const verb = command[1] === "buildx" ? `buildx ${command[2]}` : command[1]!;
    const failure = this.failures[verb]?.shift();
    if (failure) {
      for (const line of failure.stderr.split("\n")) options.onLine?.(line);
      return { ...failure, stdout: "" };
    }
    if (verb === "buildx inspect")
      return this.buildx
        ? { code: 0, stdout: this.buildx, stderr: "" }
        : { code: 1, stdout: "", stderr: "docker: unknown command: docker buildx" };
    const tag = /:(content-\w+)/.exec(command.join(" "))?.[1];
    if (verb !== "push" && !command.includes("--push")) return { code: 0, stdout: "", stderr: "" };
    const digest = registry.push(tag!, this.labels ?? { "org.opencontainers.image.revision": "this-build" }, tag);
    const metadata = command[command.indexOf("--metadata-file") + 1];
    if (verb !== "push") writeFileSync(metadata!, JSON.stringify({ "containerimage.digest": digest }));
    return { code: 0, stdout: verb === "push" ? `${tag}: digest: ${digest} size: 123\n` : "", stderr: "" };
  };

  /** Without looks at the builder. */
  verbs(): string[] {
    return this.calls
      .map(({ command }) => (command[1] === "buildx" ? `buildx ${command[2]}` : command[1]!))
      .filter((verb) => !["inspect", "buildx inspect", "info", "version"].includes(verb));
  }

  get build(): string[] {
    return this.calls.find(({ command }) => command.includes("build"))!.command;
  }
}

export const container = "Name:   ci\nDriver: docker-container\n";

export interface Run {
  docker?: Docker;
  handlers?: Handlers;
  environment?: Record<string, string>;
  signal?: AbortSignal;
  /** Instead of those that keep the lines. */
  log?: Log;
  group?: Dependencies["group"];
}

export async function buildPush(
  overrides: Record<string, string> = {},
  { docker = new Docker(), handlers = {}, environment = {}, signal, ...printing }: Run = {},
): Promise<BuildResult & { log: string[] }> {
  await aws?.stop();
  aws = await ScriptedAws.start({ ...registry.handlers, ...handlers });
  const inputs: Record<string, string> = {
    context: checkout.context,
    repository: "api",
    registry: registry.host,
    ...overrides,
  };
  const log: string[] = [];
  const dependencies = {
    ecr: () => new ECRClient(aws!.client),
    run: docker.run,
    clock: simulatedClock(Date.parse("2026-11-25T09:00:00Z")),
    log: (line: string) => log.push(line),
    folder,
    group: <T>(_title: string, work: () => Promise<T>) => work(),
    environment: { HOME: folder, ...environment },
    ...printing,
    ...(signal ? { signal } : {}),
  };
  try {
    return {
      ...(await main(
        readInputs((name) => inputs[name] ?? "", dependencies.environment),
        dependencies,
      )),
      log,
    };
  } catch (error) {
    throw Object.assign(error as Error, { log });
  }
}
