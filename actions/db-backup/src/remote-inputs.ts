// The inputs of `network: ecs`: the one-off task, and what it receives.
import type { InputReader, InputSource } from "../../shared/src/inputs.ts";

/** The one-off task that does the work inside a VPC. */
export interface Remote {
  cluster: string;
  taskDefinition: string;
  container: string;
  /** A task definition whose container of the same name has the image to use; undefined: the definition's own. */
  imageFrom: string | undefined;
  /** The service whose network the task uses; subnets and security groups that are given replace the service's. */
  service: string | undefined;
  subnets: string[];
  securityGroups: string[];
  timeoutMinutes: number;
  /** Inputs for the task; none of them is a secret. */
  forwarded: Record<string, string>;
}

/** Inputs that the task receives unchanged. The connection to the database and secrets are in its definition. */
const forwardedInputs = [
  "mode",
  "bucket",
  "prefix",
  "database",
  "kms-key",
  "path-style",
  "checksums",
  "conditional-writes",
  "part-size",
  "timeout-minutes",
  "metrics",
  "format",
  "recipients",
  "allow-empty",
  "connect-timeout",
  "connect-retries",
  "lock-timeout",
  "lock-seconds",
  "max-parts",
  "backup",
  "before",
  "assertions",
  "level",
  "to-database",
  "confirm",
  "owners",
  "accept-unproven",
  "single-transaction",
  "from-database",
  "keep-as",
  "tables",
  "dry-run",
  "create-roles",
  "role",
  "reason",
];

export function readRemote(read: InputReader, source: InputSource): Remote {
  const remote: Remote = {
    cluster: read.optional("cluster") ?? "default",
    taskDefinition: read.required("task-definition", "rainbow-seeker-backup"),
    container: read.optional("container") ?? "backup",
    imageFrom: read.optional("image-from"),
    service: read.optional("service"),
    subnets: read.names("subnets"),
    securityGroups: read.names("security-groups"),
    timeoutMinutes: readTimeout(read),
    forwarded: Object.fromEntries(
      forwardedInputs.map((name) => [name, source(name)] as const).filter(([, value]) => value.trim() !== ""),
    ),
  };
  if (remote.service === undefined && remote.subnets.length === 0)
    read.problem("service: with network: ecs the task needs a network: set service, or subnets and security-groups");
  for (const name of ["password", "identity"])
    if (source(name).trim() !== "")
      read.problem(
        `${name}: cannot be passed to a task, because its overrides are not secret; ` +
          "add it to the secrets of the task definition",
      );
  return remote;
}

/** The input timeout-minutes, in minutes. */
export const readTimeout = (read: InputReader): number =>
  read.number("timeout-minutes", 120, { min: 0.1, max: 720, unit: "minutes" });
