// What a plan changes, from Terraform's JSON: https://developer.hashicorp.com/terraform/internals/json-format
import { createHash } from "node:crypto";
import { ConfigurationError, messageOf } from "../../shared/src/errors.ts";
import { withoutSecrets } from "../../shared/src/secrets.ts";

interface Change {
  actions: string[];
  before?: unknown;
  after?: unknown;
  after_unknown?: unknown;
  before_sensitive?: unknown;
  after_sensitive?: unknown;
  importing?: unknown;
}

interface ResourceChange {
  address: string;
  previous_address?: string;
  deposed?: string;
  mode?: string;
  change: Change;
}

interface PlanJson {
  format_version: string;
  terraform_version: string;
  resource_changes?: ResourceChange[];
  output_changes?: Record<string, Change>;
  errored?: boolean;
  variables?: Record<string, { value?: unknown }>;
  configuration?: { root_module?: { variables?: Record<string, { sensitive?: boolean }> } };
}

export type Action = "destroy" | "replace" | "change" | "add" | "forget" | "move" | "import";

export interface Item {
  action: Action;
  address: string;
}

export interface Plan {
  /** Resources that change, those first whose loss cannot be undone. */
  items: Item[];
  /** Names of outputs that change. */
  outputs: string[];
  digest: string;
}

/**
 * What is read of a file of `terraform show -json`.
 *
 * @param hide is told every sensitive value, before anything is shown: Terraform shows it where a provider has copied it
 *   into another attribute
 * @throws ConfigurationError if it is no plan
 */
export function readPlan(text: string, { path, hide }: { path: string; hide: (secret: string) => void }): Plan {
  const plan = parsed(text, path);
  if (plan.errored === true)
    throw new ConfigurationError(`${path} is of a plan that failed: fix what terraform plan reports.`);
  for (const value of sensitiveValues(plan)) hide(value);
  const resources = (plan.resource_changes ?? []).flatMap((resource) => {
    const action = actionOf(resource);
    return action === undefined ? [] : [{ action, resource }];
  });
  const outputs = Object.entries(plan.output_changes ?? {}).filter(([, { actions }]) => !isNothing(actions));
  const changed = {
    terraform: plan.terraform_version,
    resources: resources
      .map(({ action, resource }) => ({
        action,
        address: resource.address,
        from: resource.previous_address,
        deposed: resource.deposed,
        ...withoutSensitive(resource.change),
      }))
      .toSorted((a, b) => compare(a.address, b.address) || compare(a.deposed ?? "", b.deposed ?? "")),
    outputs: Object.fromEntries(outputs.map(([name, change]) => [name, withoutSensitive(change)])),
  };
  return {
    items: resources
      .map(({ action, resource: { address } }) => ({ action, address }))
      .toSorted((a, b) => order.indexOf(a.action) - order.indexOf(b.action) || compare(a.address, b.address)),
    outputs: outputs.map(([name]) => name).toSorted(),
    digest: `sha256:${createHash("sha256").update(canonical(changed)).digest("hex")}`,
  };
}

function parsed(text: string, path: string): PlanJson {
  let plan: Partial<PlanJson> | null;
  try {
    plan = JSON.parse(text) as Partial<PlanJson> | null;
  } catch (error) {
    throw new ConfigurationError(`${path} is no JSON: write it with terraform show -json. ${messageOf(error)}`);
  }
  if (typeof plan?.terraform_version !== "string" || typeof plan.format_version !== "string")
    throw new ConfigurationError(`${path} is no plan: write it with terraform show -json PLAN.`);
  // "Increments of the major version are not backward-compatible", as its documentation says.
  if (!plan.format_version.startsWith("1."))
    throw new ConfigurationError(
      `${path} has the format ${plan.format_version}, and this action reads 1: use a newer version of the toolkit.`,
    );
  return plan as PlanJson;
}

const order: Action[] = ["destroy", "replace", "forget", "change", "add", "import", "move"];

/** undefined: it stays as it is, or is only read. */
function actionOf({ change, mode, previous_address: from }: ResourceChange): Action | undefined {
  const { actions } = change;
  if (mode === "data") return undefined;
  if (actions.includes("forget")) return "forget";
  if (actions.includes("create")) return actions.includes("delete") ? "replace" : "add";
  if (actions.includes("delete")) return "destroy";
  if (actions.includes("update")) return "change";
  if (change.importing) return "import";
  return from === undefined ? undefined : "move";
}

const isNothing = (actions: string[]): boolean => actions.every((action) => action === "no-op" || action === "read");

const hidden = "(sensitive)";

/** Values before and after, with what Terraform calls sensitive left out: the digest is shown, and could be guessed from. */
const withoutSensitive = (change: Change) => ({
  actions: change.actions,
  before: masked(change.before, change.before_sensitive),
  after: masked(change.after, change.after_sensitive),
  unknown: change.after_unknown,
});

/** Characters: a shorter text is in many others, which nobody could read any more. */
const shortestHidden = 8;

/** Of variables, resources and outputs, whether they change or not. */
function sensitiveValues(plan: PlanJson): Set<string> {
  const found: unknown[] = [];
  const declared = plan.configuration?.root_module?.variables ?? {};
  for (const [name, { value }] of Object.entries(plan.variables ?? {}))
    if (declared[name]?.sensitive === true) found.push(value);
  const changes = [
    ...(plan.resource_changes ?? []).map(({ change }) => change),
    ...Object.values(plan.output_changes ?? {}),
  ];
  for (const change of changes)
    found.push(marked(change.before, change.before_sensitive), marked(change.after, change.after_sensitive));
  return new Set(found.flatMap(textsIn).filter((text) => text.length >= shortestHidden));
}

/** The parts of a value that are sensitive. */
function marked(value: unknown, sensitive: unknown): unknown {
  if (sensitive === true) return value;
  if (typeof sensitive !== "object" || sensitive === null || typeof value !== "object" || value === null) return [];
  const members = value as Record<string, unknown>;
  return Object.entries(sensitive).map(([name, inner]) => marked(members[name], inner));
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

/** @param sensitive true for a value that is, or an object or list with the same for its members. */
function masked(value: unknown, sensitive: unknown): unknown {
  if (sensitive === true) return hidden;
  if (typeof value === "string") return withoutSecrets(value);
  if (typeof value !== "object" || value === null) return value;
  const marks = (typeof sensitive === "object" ? (sensitive ?? {}) : {}) as Record<string, unknown>;
  if (Array.isArray(value)) return value.map((one, index) => masked(one, marks[index]));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one, marks[name])]));
}

/** JSON whose keys are in order, so that the same plan has the same text. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => compare(a, b)))
      : one,
  );

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** "2 to add, 1 to change, 0 to destroy": a replacement is an addition and a destruction, as Terraform counts. */
export function changesOf({ items, outputs }: Plan): string {
  if (items.length + outputs.length === 0) return "";
  const numberOf = (...actions: Action[]) => items.filter(({ action }) => actions.includes(action)).length;
  const others = (["forget", "import", "move"] as const).flatMap((action) =>
    numberOf(action) === 0 ? [] : [`${numberOf(action)} to ${action}`],
  );
  const counts = [
    `${numberOf("add", "replace")} to add`,
    `${numberOf("change")} to change`,
    `${numberOf("destroy", "replace")} to destroy`,
    ...others,
  ];
  return [...counts, ...(outputs.length === 0 ? [] : [`outputs: ${outputs.join(", ")}`])].join(", ");
}
