import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

/** Where to go back to. */
export type Target =
  | { kind: "last-healthy" }
  | { kind: "revision"; name: string }
  | { kind: "number"; revision: number }
  | { kind: "commit"; commit: string };

export interface Inputs {
  cluster: string;
  services: string[];
  to: Target;
  dryRun: boolean;
  /** Goes into the summary and, as a tag, onto the revision that is left. */
  reason: string | undefined;
  /** Goes behind a contracting migration too. */
  force: boolean;
  waitMinutes: number;
}

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs: Inputs = {
    cluster: read.optional("cluster") ?? "default",
    services: read.names("service"),
    to: readTarget(read),
    dryRun: read.boolean("dry-run", false),
    reason: read.optional("reason"),
    force: read.boolean("force", false),
    waitMinutes: read.number("wait-for-minutes", 30, { min: 0.1, max: 360, unit: "minutes" }),
  };
  if (inputs.services.length === 0)
    read.problem("service: is required, for example rainbow-seeker-api; several with commas between");
  if (inputs.to.kind === "revision" && inputs.services.length > 1 && inputs.to.name.includes(":"))
    read.problem(
      "to: names a revision of one family; roll the services back one by one, or to last-healthy or a commit",
    );
  read.finish();
  return inputs;
}

function readTarget(read: InputReader): Target {
  const text = read.optional("to") ?? "last-healthy";
  if (text === "last-healthy") return { kind: "last-healthy" };
  if (/^[1-9]\d{0,5}$/.test(text)) return { kind: "number", revision: Number(text) };
  if (/^arn:[\w-]+:ecs:[\w-]+:\d+:task-definition\/[\w-]+:\d+$/.test(text) || /^[\w-]+:\d+$/.test(text))
    return { kind: "revision", name: text };
  if (/^[0-9a-f]{7,40}$/.test(text)) return { kind: "commit", commit: text };
  read.problem(
    `to: must be last-healthy, a revision (12, family:12 or its ARN) or a commit (7 to 40 digits of it), not "${text}"`,
  );
  return { kind: "last-healthy" };
}
