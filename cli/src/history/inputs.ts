import { InputReader, type InputSource } from "../../../actions/shared/src/inputs.ts";

export const historyInputs = {
  service: { description: "Services, one per line or option. Default: all of the cluster." },
  cluster: { description: "Their cluster. Default: the one that has a service of this name." },
  since: {
    description: "Begin of the window: a number of days such as 30d, or a date such as 2026-11-01. ECS keeps 90 days.",
    default: "90d",
  },
  limit: {
    description: "Deployments shown for each service, newest first; the figures are of the whole window.",
    default: "20",
  },
  environment: { description: "GitHub environment whose deployments say who deployed what.", default: "production" },
  repository: {
    description: "GitHub repository, OWNER/NAME. Default: GITHUB_REPOSITORY, else the remote origin of the folder.",
  },
  folder: { description: "Checkout of that repository, for times and subjects of commits.", default: "." },
};

export interface Inputs {
  services: string[];
  cluster: string | undefined;
  since: Date;
  limit: number;
  environment: string;
  repository: string | undefined;
  folder: string;
}

const day = 86_400_000;

/** @param now milliseconds since the epoch */
export function readInputs(source: InputSource, now: number): Inputs {
  const read = new InputReader(source);
  const since = read.optional("since") ?? "90d";
  const inputs = {
    services: read.names("service"),
    cluster: read.optional("cluster"),
    since: timeOf(since, now),
    limit: read.whole("limit", 20, { min: 1, max: 1000 }),
    environment: read.optional("environment") ?? "production",
    repository: read.optional("repository"),
    folder: read.optional("folder") ?? ".",
  };
  if (Number.isNaN(inputs.since.getTime()) || inputs.since.getTime() >= now)
    read.problem(
      `since: must be a number of days such as 30d, or a date in the past such as 2026-11-01, not "${since}"`,
    );
  if (inputs.services.length === 0 && inputs.cluster === undefined)
    read.problem("service: is required without a cluster, for example rainbow-seeker-api");
  if (inputs.repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(inputs.repository))
    read.problem(`repository: must be OWNER/NAME, not "${inputs.repository}"`);
  read.finish();
  return inputs;
}

function timeOf(text: string, now: number): Date {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now - Number(days) * day);
  return new Date(/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? text : Number.NaN);
}
