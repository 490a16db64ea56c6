// What the jobs of a role call: the iam-policy.json of their actions, with the names of this environment.
import type { TaskDefinition } from "@aws-sdk/client-ecs";
import { listOf, type Policy, type Statement } from "../../../actions/shared/src/iam.ts";
import type { ActionStep, AwsJob } from "../workflows/jobs.ts";
import { servicesOfAction, type Facts } from "./facts.ts";

export interface Needed {
  action: string;
  /** ARNs of which one is needed, or all of the roles that are passed; none: the action has no resources. */
  resources: string[];
  /** Condition keys that the request has. */
  context: Record<string, string>;
  /** Whether all names in the resources are known. */
  isKnown: boolean;
  /** Actions of the toolkit. */
  usedBy: string[];
}

/** Name in the policies → its values here; none: not known. */
type Names = Record<string, string[]>;

export async function neededPermissions(facts: Facts, jobs: AwsJob[]): Promise<Needed[]> {
  const [region, { account }] = await Promise.all([facts.aws.region(), facts.aws.identity()]);
  const partition = jobs[0]?.role?.split(":")[1] ?? "aws";
  const place = { REGION: [region], ACCOUNT: [account] };
  const found = await Promise.all(
    jobs.flatMap(({ actions }) =>
      actions.map(async (step) => {
        const statements = statementsOf(step, facts.dependencies.toolkitFile);
        const all = await Promise.all(servicesOrNone(step).map((key) => namesOf(facts, step, key)));
        return all.flatMap((names) =>
          statements.flatMap((statement) =>
            neededBy(statement, { ...place, ...namesFor(step, statement, names) }, { usedBy: step.name, partition }),
          ),
        );
      }),
    ),
  );
  const merged = new Map<string, Needed>();
  for (const one of found.flat()) {
    const key = JSON.stringify([one.action, one.resources, one.context]);
    merged.set(key, { ...one, usedBy: [...new Set([...(merged.get(key)?.usedBy ?? []), ...one.usedBy])] });
  }
  return [...merged.values()];
}

/** A step without a service needs its permissions, too. */
function servicesOrNone({ inputs }: ActionStep): (string | undefined)[] {
  const services = servicesOfAction(inputs);
  return services.length > 0 ? services : [undefined];
}

/**
 * What is conditional in a policy has a name that says when (Only…), except where an input decides. What nothing here
 * asks for is left out.
 */
export function statementsOf({ name, inputs }: ActionStep, read: (path: string) => string | undefined): Statement[] {
  const text = read(`actions/${name}/iam-policy.json`);
  if (text === undefined) return [];
  return listOf((JSON.parse(text) as Policy).Statement).filter(({ Sid = "" }) => isNeeded(name, Sid, inputs));
}

function isNeeded(action: string, sid: string, inputs: Record<string, string | undefined>): boolean {
  // What is not known before a run may be given.
  const isGiven = (input: string) => input in inputs && inputs[input] !== "" && inputs[input] !== "false";
  if (action === "db-backup") return isNeededForBackup(sid, inputs);
  if (action === "render-task-definition" && sid.startsWith("FindNamed")) return isGiven("secrets");
  if (sid === "OnlyWithCreateRepository") return isGiven("create-repository");
  if (sid === "OnlyWithFailOnSeverity") return isGiven("fail-on-severity");
  if (sid.startsWith("OnlyWithMaintenanceRule")) return isGiven("maintenance-rule-arn");
  if (sid === "RunTasks")
    return (inputs["migration-task-definition"] ?? inputs["run-task-definition"] ?? "unknown") !== "";
  if (sid.startsWith("CodeDeploy")) return isGiven("codedeploy-application");
  return !sid.startsWith("Only");
}

/** Tasks that are run have families, roles and logs of their own, which only a run knows. */
function namesFor({ name }: ActionStep, { Sid }: Statement, names: Names): Names {
  if (name !== "db-backup" && Sid !== "RunTasks") return names;
  return Object.fromEntries(Object.entries(names).filter(([word]) => ["CLUSTER", "SERVICE", "BUCKET"].includes(word)));
}

/** With network: ecs a task does the work, with a role of its own. */
function isNeededForBackup(sid: string, inputs: Record<string, string | undefined>): boolean {
  const isTask = inputs["network"] === "ecs";
  if (sid === "OnlyToPrune") return inputs["mode"] === "prune";
  if (sid.startsWith("OnlyWithNetworkEcs")) return isTask;
  if (sid.startsWith("Only")) return false;
  // What is done to the database alone, such as protecting it in an emergency, names no bucket.
  if (!("bucket" in inputs) || inputs["bucket"] === "") return false;
  const isWriting = !isTask && (inputs["mode"] ?? "backup") === "backup";
  return isWriting || sid === "ReadBackups" || sid === "FindBackups";
}

function neededBy(statement: Statement, names: Names, asked: { usedBy: string; partition: string }): Needed[] {
  const { Action, Resource, Condition = {} } = statement;
  const texts = listOf(Resource).filter((text) => text !== "*");
  const filled = texts.map((text) => fill(text.replace(/^arn:aws:/, `arn:${asked.partition}:`), names));
  // There is nothing of this kind, such as a secret: nothing has to be found.
  if (texts.length > 0 && filled.every((one) => one.isEmpty)) return [];
  const context = Object.fromEntries(
    Object.values(Condition).flatMap((keys) =>
      Object.entries(keys).flatMap(([key, values]) => {
        const [value] = fill(listOf(values)[0] ?? "", names).texts;
        return value === undefined ? [] : [[key, value] as const];
      }),
    ),
  );
  return listOf(Action).map((action) => ({
    action,
    resources: filled.flatMap((one) => one.texts),
    context,
    isKnown: filled.every((one) => one.isKnown),
    usedBy: [asked.usedBy],
  }));
}

/** One text for each value of the names in it. */
function fill(text: string, names: Names): { texts: string[]; isKnown: boolean; isEmpty: boolean } {
  // A secret is named by its whole ARN.
  if (text.endsWith(":secret:SECRET-*") && names["SECRET"]) return filledBy(names["SECRET"]);
  const roles = /:role\/(TASK|EXECUTION|VOLUME)[-_]ROLE$/.exec(text)?.[1];
  if (roles !== undefined && names[`${roles}-ROLE`]) return filledBy(names[`${roles}-ROLE`] ?? []);
  const words = [...new Set(text.match(/\b[A-Z]{2,}(?:[-_][A-Z]+)*\b/g) ?? [])];
  let texts = [text];
  for (const word of words) {
    const values = names[word.replaceAll("_", "-")];
    if (values === undefined) return { texts: [], isKnown: false, isEmpty: false };
    texts = texts.flatMap((one) =>
      values.map((value) => one.replaceAll(new RegExp(String.raw`\b${word}\b`, "g"), () => value)),
    );
  }
  return { texts, isKnown: true, isEmpty: texts.length === 0 };
}

const filledBy = (texts: string[]) => ({ texts, isKnown: true, isEmpty: texts.length === 0 });

async function namesOf(facts: Facts, { inputs }: ActionStep, key: string | undefined): Promise<Names> {
  const cluster = inputs["cluster"];
  const names: Names = {
    ...(cluster ? { CLUSTER: [cluster] } : {}),
    ...(inputs["repository"] ? { REPOSITORY: [inputs["repository"]] } : {}),
    ...(inputs["bucket"] ? { BUCKET: [inputs["bucket"]] } : {}),
  };
  if (key === undefined) return names;
  const [clusterName = "", service = ""] = key.split("/");
  // A service that cannot be read is another check's matter: its names are not known then.
  const found = await facts.aws.service(key).catch(() => undefined);
  return {
    ...names,
    CLUSTER: [clusterName],
    SERVICE: [service],
    ...(found?.definition ? namesIn(found.definition) : {}),
  };
}

function namesIn({ family = "", taskRoleArn, executionRoleArn, containerDefinitions = [] }: TaskDefinition): Names {
  const secrets = containerDefinitions.flatMap(({ secrets: all = [] }) =>
    all.flatMap(({ valueFrom = "" }) =>
      valueFrom.includes(":secretsmanager:") ? [valueFrom.split(":").slice(0, 7).join(":")] : [],
    ),
  );
  const groups = containerDefinitions.flatMap(
    ({ logConfiguration }) => logConfiguration?.options?.["awslogs-group"] ?? [],
  );
  return {
    FAMILY: [family],
    "TASK-ROLE": taskRoleArn ? [taskRoleArn] : [],
    "EXECUTION-ROLE": executionRoleArn ? [executionRoleArn] : [],
    SECRET: [...new Set(secrets)],
    "LOG-GROUP": [...new Set(groups)],
  };
}
