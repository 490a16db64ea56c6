import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Inputs {
  /** Folder of the sources. */
  context: string;
  dockerfile: string;
  /** Name of the ECR repository, without host. */
  repository: string;
  /** Host in the place of the one that ECR reports. */
  registry: string | undefined;
  buildArgs: Map<string, string>;
  /** Network of build steps, as docker build knows it. */
  network: string | undefined;
}

/** Given by the action itself; as an input they would make every commit another content. */
const reserved = ["COMMIT", "BUILT_AT"];

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const context = read.required("context", "api");
  const dockerfile = read.optional("dockerfile") ?? join(context, "Dockerfile");
  const buildArgs = read.pairs("build-args", "a line NAME=value");
  const repository = read.required("repository", "rainbow-seeker-api");
  const registry = read.optional("registry");
  if (context !== "" && !existsSync(context)) read.problem(`context: there is no folder ${context}; is the checkout step before this one?`);
  else if (context !== "" && !existsSync(dockerfile)) read.problem(`dockerfile: there is no file ${dockerfile}`);
  for (const name of reserved) if (buildArgs.has(name)) read.problem(`build-args: ${name} is set by the action itself`);
  if (/[:@]/.test(repository)) read.problem(`repository: must be a name without host, tag or digest, not "${repository}"`);
  if (registry !== undefined && !/^[\w.-]+(:\d+)?$/.test(registry)) read.problem(`registry: must be a host or host:port, not "${registry}"`);
  read.finish();
  return { context, dockerfile, repository, registry, buildArgs, network: read.optional("network") };
}
