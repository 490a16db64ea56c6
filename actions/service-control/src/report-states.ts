// What is reported: a line for each service, the outputs, and a section of the summary.
import type { Outcome } from "../../shared/src/outcome.ts";
import { factTable, inputsBlock, table } from "../../shared/src/summary/blocks.ts";
import { markup } from "../../shared/src/summary/markup.ts";
import type { Status } from "../../shared/src/summary/section.ts";
import { appendSummary } from "../../shared/src/summary/write.ts";
import { markExplained } from "../../shared/src/summary/failure.ts";
import { messageOf } from "../../shared/src/errors.ts";
import type { Run } from "./dependencies.ts";
import type { Mode } from "./inputs.ts";
import type { ServiceState } from "./state.ts";
import { described } from "./stop.ts";

/** How the work on one service ended. */
export interface Ended {
  service: string;
  outcome: Outcome;
  error: unknown;
}

export function describePlan({ inputs, log }: Run, states: ServiceState[]): void {
  const what = inputs.mode === "stop" ? "to be stopped" : "to be resumed";
  log(`${what}, by ${inputs.by}: ${inputs.reason}${inputs.dryRun ? " (dry run: nothing is changed)" : ""}`);
  for (const state of states) log(`  ${lineOf(state)}`);
}

function lineOf(service: ServiceState): string {
  const { name, state, desired, running, record } = service;
  const recorded = record === undefined ? "" : `, ${record.desiredCount ?? "an unknown number of"} tasks recorded`;
  const since = record === undefined ? "" : `; ${described(service)}`;
  const answer = service.maintenance === undefined ? "" : `, maintenance answer ${service.maintenance}`;
  return `${name}: ${state}, desired ${desired}, running ${running}${recorded}${answer}${since}`;
}

/** What who asks the load balancer gets. */
function customersOf({ isBehindLoadBalancer, maintenance, running }: ServiceState): string {
  if (maintenance === "shown") return "get the maintenance answer";
  if (!isBehindLoadBalancer) return "";
  return running > 0 ? "are served" : "get 503 from the load balancer";
}

export async function reportStates(
  run: Run,
  { states, ended }: { states: ServiceState[]; ended: Ended[] },
): Promise<void> {
  const { inputs, log, setOutputs } = run;
  const outcome = worstOf(ended);
  setOutputs({ outcome, services: JSON.stringify(states.map(outputOf)) });
  if (inputs.mode === "status") for (const state of states) log(lineOf(state));
  await appendSummary({
    status: statusOf(inputs.mode, outcome),
    title: titleOf(run, outcome),
    content: [
      factTable({ Cluster: inputs.cluster, Reason: inputs.reason, By: inputs.mode === "status" ? "" : inputs.by }),
      table(
        ["Service", "State", "Customers", "Desired", "Running", "Recorded", "Autoscaling before", "Stopped"],
        states.map((service) => {
          const { name, state, desired, running, record } = service;
          const recorded = record === undefined ? "" : String(record.desiredCount ?? "unknown");
          const since = record === undefined ? "" : described(service);
          const customers = customersOf(service);
          return [name, state, customers, String(desired), String(running), recorded, record?.autoscaling ?? "", since];
        }),
      ),
      ...ended.flatMap(({ error }) => (error === undefined ? [] : [markup`${messageOf(error)}`])),
    ],
    end: inputsBlock({
      mode: inputs.mode,
      cluster: inputs.cluster,
      service: inputs.services,
      "desired-count": inputs.desiredCount,
      "maintenance-rule-arn": inputs.maintenanceRule,
      "dry-run": inputs.dryRun || undefined,
      "wait-for-minutes": inputs.waitMinutes,
    }),
  });
  for (const { error } of ended) if (error instanceof Error) markExplained(error);
}

const outputOf = ({ name, state, desired, running, record, maintenance }: ServiceState): Record<string, unknown> => ({
  service: name,
  state,
  "desired-count": desired,
  "running-count": running,
  ...(maintenance && { "maintenance-answer": maintenance }),
  ...(record && {
    "recorded-count": record.desiredCount,
    autoscaling: record.autoscaling,
    reason: record.reason,
    by: record.by,
    at: record.at,
  }),
});

const severity: (Outcome | "")[] = ["failed", "timed-out", "succeeded", "unchanged"];

const worstOf = (ended: Ended[]): Outcome | "" =>
  ended.length === 0 ? "" : (severity.find((one) => ended.some(({ outcome }) => outcome === one)) ?? "failed");

function statusOf(mode: Mode, outcome: Outcome | ""): Status {
  if (outcome === "") return mode === "status" ? "unchanged" : "planned";
  return outcome;
}

function titleOf({ inputs }: Run, outcome: Outcome | ""): string {
  const names = inputs.services.join(", ");
  if (inputs.mode === "status") return `${names}: state in an emergency`;
  const [done, what] = inputs.mode === "stop" ? ["stopped", "a stop"] : ["resumed", "a resume"];
  if (outcome === "") return `${names}: plan of ${what}, nothing was changed`;
  if (outcome === "succeeded") return `${names}: ${done}`;
  if (outcome === "unchanged") return `${names}: ${inputs.mode === "stop" ? "stopped already" : "nothing to resume"}`;
  return `${names}: not ${done}${outcome === "timed-out" ? " within the time limit" : ""}`;
}
