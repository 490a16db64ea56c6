import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import { cleanText, clip } from "../../shared/src/summary/markup.ts";

/** One step about one service; what it does not say is undefined. */
export interface ServiceEntry {
  service: string;
  outcome: string | undefined;
  /** family:revision that ran before, and the one that was to run after it. */
  before: string | undefined;
  after: string | undefined;
  /** Of service-control: running, stopped, … */
  state: string | undefined;
  desired: number | undefined;
  running: number | undefined;
}

export interface Inputs {
  logGroup: string | undefined;
  kind: string;
  step: string | undefined;
  environment: string;
  outcome: string;
  reason: string | undefined;
  subject: string | undefined;
  services: ServiceEntry[];
  code: string | undefined;
  explanation: string | undefined;
  by: string | undefined;
}

/** Characters. An event may have 1 MiB; what is longer than this is in the log of the run. */
const longestLine = 1000;
const longestExplanation = 4000;
/** Of one run: a step about each service, and a rollback of each. */
const mostServices = 100;

/** @throws ConfigurationError with every problem of the inputs */
export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs: Inputs = {
    logGroup: read.optional("log-group"),
    kind: word(read, "kind", read.required("kind", "deploy")),
    step: word(read, "step", read.optional("step")),
    environment: oneLine(read.required("environment", "production")),
    outcome: word(read, "outcome", read.required("outcome", "${{ job.status }}")),
    reason: oneLine(read.optional("reason")),
    subject: oneLine(read.optional("subject")),
    services: readServices(read),
    code: oneLine(read.optional("code")),
    explanation: readExplanation(read),
    by: oneLine(read.optional("by")),
  };
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
  if (inputs.logGroup !== undefined && !/^[\w.\-/#]{1,512}$/.test(inputs.logGroup))
    read.problem(
      `log-group: must be the name of a log group, of letters, digits and _ - / . #, not "${inputs.logGroup}"`,
    );
  read.finish();
  return inputs;
}

/** What queries compare: one word in lower case. */
function word<T extends string | undefined>(read: InputReader, name: string, value: T): T {
  if (value !== undefined && value !== "" && !/^[a-z][a-z-]{0,39}$/.test(value))
    read.problem(`${name}: must be one word of lower-case letters and hyphens, not "${value}"`);
  return value;
}

function oneLine(text: string): string;
function oneLine(text: string | undefined): string | undefined;
function oneLine(text: string | undefined): string | undefined {
  return text === undefined ? undefined : clip(cleanText(text).replaceAll(/\s+/g, " ").trim(), longestLine);
}

function readExplanation(read: InputReader): string | undefined {
  const lines = cleanText(read.optional("explanation") ?? "").split("\n");
  const text = lines.filter((line) => line.trim() !== "").join("\n");
  return text === "" ? undefined : clip(text, longestExplanation);
}

function readServices(read: InputReader): ServiceEntry[] {
  const entries = read.lines("services").flatMap((line) => {
    const list = parsed(line);
    if (list === undefined) read.problem(`services: "${clip(line, 60)}" is not the output services of a step`);
    return list ?? [];
  });
  if (entries.length > mostServices) read.problem(`services: ${entries.length} entries are more than ${mostServices}`);
  return entries;
}

function parsed(line: string): ServiceEntry[] | undefined {
  try {
    const list = JSON.parse(line) as unknown;
    return Array.isArray(list) && list.every(isService) ? list.map(entryOf) : undefined;
  } catch {
    return undefined;
  }
}

type Output = { service: string } & Record<string, unknown>;

const isService = (one: unknown): one is Output => typeof (one as Partial<Output> | null)?.service === "string";

function entryOf(output: Output): ServiceEntry {
  const text = (name: string) => {
    const value = output[name];
    return typeof value === "string" && value !== "" ? oneLine(value) : undefined;
  };
  const amount = (name: string) => {
    const value = output[name];
    return typeof value === "number" ? value : undefined;
  };
  const revision = (name: string) => {
    const arn = text(name);
    return arn === undefined ? undefined : shortName(arn);
  };
  return {
    service: oneLine(output.service),
    outcome: text("outcome"),
    before: revision("previous-task-definition-arn"),
    after: revision("task-definition-arn"),
    state: text("state"),
    desired: amount("desired-count"),
    running: amount("running-count"),
  };
}
