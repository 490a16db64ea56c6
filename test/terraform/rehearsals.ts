// Plans of changes to what exists: each `run` of a module's rehearsals/*.tftest.hcl, after one that applied.
import { terraformRuns } from "../lib/terraform-test.ts";

interface Change {
  actions: string[];
  after_unknown: unknown;
}

interface Plan {
  resource_changes?: { address: string; mode: string; change: Change }[];
  output_changes?: Record<string, Change>;
}

export interface Rehearsal {
  /** What the plan would touch, by address. A mocked provider plans an update where the real one might replace. */
  touched: string[];
  /** Addresses of values that only the apply would know: resource.attribute, or output.name. */
  unknown: string[];
}

/** By the name of the `run`. */
export async function rehearsalsOf(module: string): Promise<Record<string, Rehearsal>> {
  const runs = await terraformRuns<Plan, never>({ folder: `infra/modules/${module}`, directory: "rehearsals" });
  const rehearsals: Record<string, Rehearsal> = {};
  for (const { name, plan } of runs) {
    if (plan === undefined) continue;
    const changes = (plan.resource_changes ?? []).filter(
      ({ mode, change }) => mode === "managed" && change.actions[0] !== "no-op",
    );
    rehearsals[name] = {
      touched: changes.map(({ address }) => address).toSorted(),
      unknown: [
        ...changes.flatMap(({ address, change }) => unknownIn(change).map((attribute) => `${address}.${attribute}`)),
        ...Object.entries(plan.output_changes ?? {}).flatMap(([output_, change]) =>
          change.after_unknown === true ? [`output.${output_}`] : [],
        ),
      ].toSorted(),
    };
  }
  return rehearsals;
}

const unknownIn = ({ after_unknown: unknown }: Change): string[] =>
  Object.entries(unknown as Record<string, unknown>).flatMap(([attribute, value]) =>
    value === true ? [attribute] : [],
  );
