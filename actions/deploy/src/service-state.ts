// What a service runs, beside what is requested: the same revision, and the same images behind its tags.
import type { Service } from "@aws-sdk/client-ecs";
import { primaryOf } from "../../shared/src/ecs/deployment/completion.ts";
import {
  readRunningRevision,
  type ResolvedTaskDefinition,
  type RunningRevision,
} from "../../shared/src/ecs/task-definition/resolve.ts";
import type { ExistingService } from "../../shared/src/ecs/service.ts";
import { readTags, taggedContainers, type TagState } from "../../shared/src/ecs/tags.ts";
import { differences } from "../../shared/src/ecs/task-definition/differences.ts";
import type { Run } from "./dependencies.ts";

export interface ServiceState {
  running: RunningRevision;
  /** The running revision is the requested one. */
  same: boolean;
  /**
   * Images of that revision whose tags may name another image than the one that runs. ECS takes what a tag names when a
   * deployment starts, so that only a new deployment brings it.
   */
  doubts: TagState[];
}

export async function stateOf(
  run: Run,
  service: ExistingService,
  wanted: ResolvedTaskDefinition,
): Promise<ServiceState> {
  const running = await readRunningRevision(run, service.taskDefinition);
  const same = isSame(wanted, running);
  // What is deployed in any case need not be compared.
  if (!same || run.inputs.force) return { running, same, doubts: [] };
  const { cluster } = run.inputs;
  const target = { cluster, name: service.serviceName, service, arn: running.arn };
  const tags = await readTags(run, target, taggedContainers(wanted.definition));
  return { running, same, doubts: tags.filter(({ state }) => state !== "same") };
}

export const isSame = (wanted: ResolvedTaskDefinition, running: RunningRevision): boolean =>
  wanted.arn === undefined ? changesOf(running, wanted)?.length === 0 : wanted.arn === running.arn;

/** undefined: the role may not read what is running. */
export const changesOf = (running: RunningRevision, wanted: ResolvedTaskDefinition): string[] | undefined =>
  running.definition && differences(running.definition, wanted.definition);

export const isInFlight = (service: Service): boolean => primaryOf(service)?.rolloutState === "IN_PROGRESS";

/** "app: …:latest is sha256:b now, and sha256:a runs; proxy: …" */
export function doubtsText(doubts: TagState[]): string {
  const texts = doubts.map(({ container, text }) => `${container}: ${text}`).join("; ");
  const isUnknown = doubts.some(({ state }) => state === "unknown");
  return isUnknown ? `${texts} (only an image that is named by its digest is known to be the same)` : texts;
}
