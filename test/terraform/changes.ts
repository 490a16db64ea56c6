// Changes of what exists, planned by the real provider without an AWS account: from a state that is written here, without
// a refresh. What the provider would replace is only known to itself.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

/** A resource that exists, as `terraform state` has it: its address in the module, and what AWS returned. */
export interface Existing {
  type: string;
  name: string;
  /** Of the provider's schema of the type; default: 0. */
  schemaVersion?: number;
  attributes: Record<string, unknown>;
}

export interface Change {
  /** For example ["update"]; ["delete", "create"] is a replacement. */
  actions: string[];
  /** Attributes that differ. */
  attributes: string[];
}

const provider = {
  region: "ap-northeast-1",
  access_key: "test",
  secret_key: "test",
  skip_credentials_validation: true,
  skip_metadata_api_check: true,
  skip_requesting_account_id: true,
};

/** A module with its inputs, over what exists. */
export interface Rehearsal {
  module: string;
  inputs: Record<string, unknown>;
  existing: Existing[];
}

/**
 * Plans all in one configuration: starting the provider takes longest.
 *
 * @param folder an empty folder to plan in
 * @returns for each, in the same order, its changes by address in the module, without those that change nothing
 */
export async function planChanges(rehearsals: Rehearsal[], folder: string): Promise<Record<string, Change>[]> {
  const terraform = await terraformBinary(() => {});
  const name = (index: number) => `rehearsal-${index}`;
  const calls = rehearsals.map(({ module, inputs }, index) => [
    name(index),
    { source: join(root, "infra", module), ...inputs },
  ]);
  const configuration = { provider: { aws: provider }, module: Object.fromEntries(calls) };
  await writeFile(join(folder, "main.tf.json"), JSON.stringify(configuration));
  const resources = rehearsals.flatMap(({ existing }, index) =>
    existing.map(({ type, name: label, schemaVersion = 0, attributes }) => ({
      module: `module.${name(index)}`,
      mode: "managed",
      type,
      name: label,
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [{ schema_version: schemaVersion, attributes }],
    })),
  );
  const state = { version: 4, terraform_version: "1.11.0", serial: 1, lineage: "rehearsal", outputs: {}, resources };
  await writeFile(join(folder, "terraform.tfstate"), JSON.stringify(state));
  const inFolder = { cwd: folder, env: { ...process.env, TF_CLI_CONFIG_FILE: await terraformConfiguration() } };
  await run([terraform, "init", "-input=false", "-no-color"], inFolder);
  await run([terraform, "plan", "-input=false", "-no-color", "-refresh=false", "-out=plan"], inFolder);
  const plan = JSON.parse(await run([terraform, "show", "-json", "plan"], inFolder)) as Plan;
  return rehearsals.map((_, index) => changesIn(plan, `module.${name(index)}`));
}

function changesIn(plan: Plan, module: string): Record<string, Change> {
  const changes = plan.resource_changes
    .filter(({ module_address }) => module_address === module)
    .map(({ type, name, change: { actions, before, after } }) => {
      const attributes = Object.keys({ ...before, ...after });
      const differs = (key: string) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]);
      return [`${type}.${name}`, { actions, attributes: attributes.filter(differs).toSorted() }] as const;
    });
  // An update of nothing: what is not set is null in a plan, and may be empty in a state.
  return Object.fromEntries(changes.filter(([, { attributes }]) => attributes.length > 0));
}

interface Plan {
  resource_changes: {
    module_address: string;
    type: string;
    name: string;
    change: {
      actions: string[];
      before: Record<string, unknown> | null;
      after: Record<string, unknown> | null;
    };
  }[];
}
