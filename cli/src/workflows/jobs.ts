// The jobs that log in to AWS: with which role, from which environment, for which actions. Reusable workflows are followed
// with the inputs of their callers.
import { evaluate, asText, type Lookup, type Value } from "./expression.ts";
import { parseWorkflow, type JobDocument, type StepDocument, type WorkflowDocument } from "./document.ts";
import { checkTimeLimits, type TimeLimit } from "./time-limits.ts";

/** An action of this toolkit that a job runs, with the inputs that are known before a run. */
export interface ActionStep {
  name: string;
  inputs: Record<string, string | undefined>;
}

export interface AwsJob {
  /** "deploy.yml, job deploy" */
  where: string;
  /** Workflow that contains the job, as in the claim job_workflow_ref: OWNER/NAME/.github/workflows/FILE. */
  file: string;
  /** By which the workflow of another repository is called; undefined: the ref of the run. */
  ref: string | undefined;
  /** GitHub environment; undefined: none. */
  environment: string | undefined;
  /** ARN; undefined: not known before a run. */
  role: string | undefined;
  /** The variable that has it, or what the workflow says. */
  roleSource: string;
  /** Of the AWS session. */
  seconds: number | undefined;
  minutes: number | undefined;
  region: string | undefined;
  runsOn: string | undefined;
  actions: ActionStep[];
  timeLimits: TimeLimit[];
}

export interface WorkflowContext {
  /** Workflows of the repository: file name → text. */
  workflows: ReadonlyMap<string, string>;
  /** The repository, OWNER/NAME. */
  repository: string;
  /** The toolkit's own OWNER/NAME. */
  toolkit: string;
  /** Text of a workflow of the toolkit; undefined: it has none of this name. */
  toolkitWorkflow: (file: string) => string | undefined;
  /** The environment that the question is about. */
  environment: string;
  /** undefined: unknown; null: not set. */
  variable: (name: string) => string | null | undefined;
}

const login = /^aws-actions\/configure-aws-credentials(@|$)/;

/** The context, and what was asked for meanwhile: variables, and environments other than the one in question. */
interface Reading extends WorkflowContext {
  asked: string[];
  others: string[];
}

/** Jobs of all workflows that somebody or something can start; the reusable ones are part of these. */
export function awsJobs(given: WorkflowContext): AwsJob[] {
  const asked: string[] = [];
  const context: Reading = {
    ...given,
    asked,
    others: [],
    variable: (name) => {
      asked.push(name);
      return given.variable(name);
    },
  };
  return [...context.workflows].flatMap(([file, text]) => {
    const workflow = parseWorkflow(text);
    if (workflow === undefined || isOnlyCalled(workflow)) return [];
    const place = { file: `${context.repository}/.github/workflows/${file}`, ref: undefined, depth: 0 };
    return jobsOf(workflow, place, lookupOf(workflow, context), context, file);
  });
}

const isOnlyCalled = ({ on }: WorkflowDocument): boolean =>
  typeof on === "object" && on !== null && Object.keys(on).every((event) => event === "workflow_call");

interface Place {
  file: string;
  ref: string | undefined;
  depth: number;
}

function jobsOf(workflow: WorkflowDocument, place: Place, lookup: Lookup, context: Reading, where: string): AwsJob[] {
  return Object.entries(workflow.jobs).flatMap(([id, job]) => {
    const name = place.depth === 0 ? `${where}, job ${id}` : where;
    return job.uses === undefined
      ? ownJob(job, place, lookup, context, name)
      : calledJobs(job, place, lookup, context, name);
  });
}

/** GitHub allows ten levels of reusable workflows: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations */
const deepest = 10;

function calledJobs(job: JobDocument, place: Place, lookup: Lookup, context: Reading, where: string): AwsJob[] {
  const [, owner = "", file = "", ref] = /^(.+?)\/?\.github\/workflows\/([^@]+)(?:@(.+))?$/.exec(job.uses ?? "") ?? [];
  if (file === "" || place.depth >= deepest) return [];
  const isOwn = owner === "$" || owner === ".";
  const text = (isOwn ? context.workflows.get(file) : undefined) ?? context.toolkitWorkflow(file);
  const workflow = text === undefined ? undefined : parseWorkflow(text);
  if (workflow === undefined) return [];
  const repository = isOwn ? place.file.split("/").slice(0, 2).join("/") : owner;
  const called = {
    file: `${repository}/.github/workflows/${file}`,
    ref: isOwn ? place.ref : ref,
    depth: place.depth + 1,
  };
  return jobsOf(workflow, called, calledLookup(workflow, job, lookup), context, where);
}

function ownJob(job: JobDocument, place: Place, lookup: Lookup, context: Reading, where: string): AwsJob[] {
  const steps = job.steps ?? [];
  const loginStep = steps.find(({ uses = "" }) => login.test(uses));
  if (loginStep === undefined) return [];
  const value = (text: unknown): string | undefined => textOf(text, lookup);
  const roleText = String(loginStep.with?.["role-to-assume"] ?? "");
  const [asked, others] = [context.asked.length, context.others.length];
  const role = value(roleText) || undefined;
  if (context.others.length > others) return [];
  const environment = typeof job.environment === "object" ? job.environment.name : job.environment;
  return [
    {
      where,
      file: place.file,
      ref: place.ref,
      environment: environment === undefined ? undefined : value(environment) || undefined,
      role,
      roleSource: context.asked.slice(asked).at(-1) ?? roleText,
      seconds: numberOf(value(loginStep.with?.["role-duration-seconds"] ?? 3600)),
      // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes
      minutes: numberOf(value(job["timeout-minutes"] ?? 360)),
      region: value(loginStep.with?.["aws-region"]) || undefined,
      runsOn: Array.isArray(job["runs-on"]) ? job["runs-on"].map(value).join(", ") : value(job["runs-on"]),
      actions: steps.flatMap((step) => actionOf(step, value, context)),
      timeLimits: steps.flatMap((step) => checkTimeLimits(step, job.env ?? {}, lookup)),
    },
  ];
}

/** $/actions/NAME, ./actions/NAME, TOOLKIT/actions/NAME@REF, and TOOLKIT@REF. */
function actionOf(
  { uses = "", with: given = {} }: StepDocument,
  value: (text: unknown) => string | undefined,
  { toolkit }: WorkflowContext,
): ActionStep[] {
  const path = uses.replace(/@.*$/, "");
  const [, name] = /^(?:\$|\.|[\w.-]+\/[\w.-]+)\/actions\/([\w-]+)$/.exec(path) ?? [];
  const found = name ?? (path.toLowerCase() === toolkit.toLowerCase() ? "root" : undefined);
  if (found === undefined) return [];
  return [
    { name: found, inputs: Object.fromEntries(Object.entries(given).map(([input, text]) => [input, value(text)])) },
  ];
}

function textOf(text: unknown, lookup: Lookup): string | undefined {
  if (typeof text === "string") {
    const value = evaluate(text, lookup);
    return value === undefined ? undefined : asText(value);
  }
  return text === undefined || text === null ? undefined : String(text);
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** What is known of the contexts of a workflow that is started: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts */
function lookupOf(workflow: WorkflowDocument, context: Reading): Lookup {
  const inputs = (typeof workflow.on === "object" && workflow.on?.workflow_dispatch?.inputs) || {};
  const lookup: Lookup = ([name, first = "", second = "", third = ""]) => {
    if (name === "vars") return context.variable(first);
    if (name === "needs" && second === "outputs") return outputOf(workflow.jobs[first], third, context, lookup);
    if (name === "env") return known(workflow.env?.[first]);
    if (name !== "inputs") return undefined;
    return first === "environment" && first in inputs ? context.environment : known(inputs[first]?.default);
  };
  return lookup;
}

/** An input that is not given and has no default is empty. */
function calledLookup(workflow: WorkflowDocument, caller: JobDocument, lookup: Lookup): Lookup {
  const inputs = (typeof workflow.on === "object" && workflow.on?.workflow_call?.inputs) || {};
  return ([name, first = ""]) => {
    if (name !== "inputs") return undefined;
    const given = caller.with?.[first];
    if (given === undefined) return known(inputs[first]?.default);
    return typeof given === "string" ? evaluate(given, lookup) : known(given);
  };
}

const known = (value: unknown): Value =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;

/** Outputs of resolve-environment.yml; those of other jobs are known when they have run. */
function outputOf(job: JobDocument | undefined, output: string, context: Reading, lookup: Lookup): Value {
  if (!/\/resolve-environment\.yml(@|$)/.test(job?.uses ?? "")) return undefined;
  const environment = textOf(job?.with?.["environment"], lookup) || context.environment;
  if (environment !== context.environment) context.others.push(environment);
  if (output === "environment") return environment;
  if (output === "suffix") return environment === "production" ? "" : `-${environment}`;
  const name = variablesOfEnvironment({ ...context, environment }).get(output);
  return name === undefined ? undefined : context.variable(name);
}

/**
 * Output of resolve-environment.yml → the repository variable that it has for the environment: its step reads them as
 * PRODUCTION_DEPLOY_ROLE and the like.
 */
export function variablesOfEnvironment({ workflows, environment }: WorkflowContext): Map<string, string> {
  const workflow = parseWorkflow(workflows.get("resolve-environment.yml") ?? "");
  const steps = Object.values(workflow?.jobs ?? {}).flatMap(({ steps: all = [] }) => all);
  const prefix = `${environment.toUpperCase()}_`;
  return new Map(
    steps.flatMap(({ env = {} }) =>
      Object.entries(env).flatMap(([name, text]) => {
        const variable = /^\$\{\{\s*vars\.(\w+)\s*\}\}$/.exec(String(text))?.[1];
        if (!name.startsWith(prefix) || variable === undefined) return [];
        return [[name.slice(prefix.length).toLowerCase().replaceAll("_", "-"), variable] as const];
      }),
    ),
  );
}

/** Variables without which a workflow stops: those that callers of resolve-environment.yml require, and roles. */
export function requiredVariables(context: WorkflowContext): Map<string, string> {
  const ofEnvironment = variablesOfEnvironment(context);
  const required = new Map<string, string>();
  for (const [file, text] of context.workflows)
    for (const job of Object.values(parseWorkflow(text)?.jobs ?? {})) {
      const outputs = /\/resolve-environment\.yml(@|$)/.test(job.uses ?? "")
        ? String(job.with?.["required"] ?? "")
        : "";
      for (const output of outputs.split(/\s+/)) {
        const name = ofEnvironment.get(output);
        if (name !== undefined && !required.has(name)) required.set(name, file);
      }
      for (const given of [job.with, ...(job.steps ?? []).map((step) => step.with)]) {
        const name = /^\$\{\{\s*vars\.(\w+)\s*\}\}$/.exec(String(given?.["role-to-assume"] ?? ""))?.[1];
        if (name !== undefined && !required.has(name)) required.set(name, file);
      }
    }
  return required;
}
