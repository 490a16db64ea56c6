import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

const modes = ["stop", "resume", "status"] as const;
export type Mode = (typeof modes)[number];

export interface Inputs {
  mode: Mode;
  cluster: string;
  services: string[];
  /** Empty with status only. */
  reason: string;
  by: string;
  /** With resume: instead of what was recorded. */
  desiredCount: number | undefined;
  /** The rule with the maintenance answer before the first service; undefined: what a stop has recorded, or none. */
  maintenanceRule: string | undefined;
  waitMinutes: number;
  dryRun: boolean;
}

/**
 * @param user who started the run, if that is known.
 * @throws ConfigurationError with every problem of the inputs.
 */
export function readInputs(source: InputSource, user: string | undefined): Inputs {
  const read = new InputReader(source);
  const inputs: Inputs = {
    mode: readMode(read),
    cluster: read.optional("cluster") ?? "default",
    services: read.names("service"),
    reason: read.optional("reason") ?? "",
    by: read.optional("by") ?? user ?? "unknown",
    desiredCount: read.whole("desired-count", undefined, { min: 1, max: 5000 }),
    maintenanceRule: readMaintenanceRule(read),
    waitMinutes: read.number("wait-for-minutes", 10, { min: 0.1, max: 360, unit: "minutes" }),
    dryRun: read.boolean("dry-run", false),
  };
  if (inputs.services.length === 0)
    read.problem("service: is required, for example rainbow-seeker-api; several with commas between");
  if (inputs.mode !== "status" && inputs.reason === "")
    read.problem(`reason: is required with mode ${inputs.mode}, for example "database is being restored"`);
  if (inputs.mode !== "resume" && inputs.desiredCount !== undefined)
    read.problem("desired-count: belongs to mode resume; stop scales to 0 and records the number of tasks");
  read.finish();
  return inputs;
}

function readMaintenanceRule(read: InputReader): string | undefined {
  const arn = read.optional("maintenance-rule-arn");
  if (arn !== undefined && !/^arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:listener-rule\/app\/[\w/-]+$/.test(arn))
    read.problem(
      `maintenance-rule-arn: "${arn}" is not the ARN of a rule of an application load balancer, arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener-rule/app/…`,
    );
  return arn;
}

function readMode(read: InputReader): Mode {
  if (read.optional("mode") === undefined) read.problem("mode: is required: stop, resume or status");
  return read.choice("mode", modes, "status");
}
