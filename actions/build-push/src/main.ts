import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Clock } from "../../shared/src/clock.ts";
import { FailedError } from "../../shared/src/errors.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import { appendSummary, factTable, type Log } from "../../shared/src/report.ts";
import { contentOf } from "./content.ts";
import { build, buildCommand, push } from "./docker.ts";
import type { Inputs } from "./inputs.ts";
import { digestOf, openRepository, revisionOf } from "./registry.ts";

export interface Tools {
  ecr: ECRClient;
  run: RunProcess;
  clock: Clock;
  log: Log;
}

export interface Built {
  /** repository@sha256:… */
  image: string;
  /** The commit that first built this content. */
  version: string;
  skipped: boolean;
}

export async function main(inputs: Inputs, tools: Tools): Promise<Built> {
  const { ecr, log } = tools;
  const content = await contentOf(inputs, tools.run);
  const tag = `content-${content.hash}`;
  log(`${content.files} files in ${inputs.context}: ${tag}`);

  const repository = await openRepository(ecr, inputs.repository, inputs.registry);
  const builtBefore = async (digest: string): Promise<Built> => {
    const version = await revisionOf(ecr, repository, digest);
    log(`this content was built before, from ${version}: nothing to build`);
    return tell(inputs, { image: `${repository.reference}@${digest}`, version, skipped: true });
  };
  const there = await digestOf(ecr, inputs.repository, tag);
  if (there) return builtBefore(there);

  const reference = `${repository.reference}:${tag}`;
  await build(buildCommand(inputs, { reference, commit: content.version, builtAt: new Date(tools.clock.now()).toISOString() }), tools);
  const refusal = await push(reference, repository, tools).then(() => undefined, (error: unknown) => error);
  const digest = await digestOf(ecr, inputs.repository, tag);
  // Tags never move: where another run has pushed the same content meanwhile, ours is refused, and theirs is as good.
  if (refusal && digest) return builtBefore(digest);
  if (refusal) throw refusal;
  if (!digest) throw new FailedError(`docker push said it was done, but ${inputs.repository} has no image ${tag}. Does registry name the same registry as AWS does?`);
  return tell(inputs, { image: `${repository.reference}@${digest}`, version: content.version, skipped: false });
}

async function tell(inputs: Inputs, built: Built): Promise<Built> {
  const title = `### ${inputs.repository}: ${built.skipped ? "already built" : "built and pushed"}`;
  await appendSummary(`${title}\n\n${factTable({ Image: `\`${built.image}\``, Version: `\`${built.version}\`` })}`);
  return built;
}
