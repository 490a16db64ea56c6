// Everything that the checks ask for.
import type { AwsJob, WorkflowContext } from "../workflows/jobs.ts";
import type { AwsFacts } from "./aws-facts.ts";
import type { Dependencies } from "./dependencies.ts";
import type { GitHubFacts } from "./github-facts.ts";
import type { Inputs } from "./inputs.ts";
import type { Claims } from "./token.ts";

export interface Facts {
  inputs: Inputs;
  dependencies: Dependencies;
  github: GitHubFacts;
  aws: AwsFacts;
  /** OWNER/NAME; undefined: not known. */
  repository: string | undefined;
  workflows: WorkflowContext;
  /** Of the environment that is asked about. */
  jobs: AwsJob[];
  /** Of the job that this runs in; undefined: in a terminal, or in a job without id-token: write. */
  token: Claims | undefined;
  /** Why variables of the repository are not known; undefined: they are. */
  variablesUnknown: unknown;
}

/** "CLUSTER/SERVICE" of all services: those that are given, or those that the workflows name. */
export function servicesOf({ inputs, jobs }: Pick<Facts, "inputs" | "jobs">): string[] {
  if (inputs.services.length > 0) return inputs.services.map((service) => `${inputs.cluster}/${service}`);
  const named = jobs.flatMap(({ actions }) =>
    actions.flatMap((action) => servicesOfAction(action.inputs, inputs.cluster)),
  );
  return [...new Set(named)];
}

export function servicesOfAction(
  { cluster, service }: Record<string, string | undefined>,
  fallback?: string | undefined,
): string[] {
  const name = cluster || fallback;
  if (!name || !service) return [];
  return service
    .split(/[\s,]+/)
    .filter((one) => one !== "")
    .map((one) => `${name}/${one}`);
}
