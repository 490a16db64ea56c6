// Plans of changes to what exists: each `run` of a module's rehearsals/*.tftest.hcl, after one that applied.
import { join } from "node:path";
import { root, stateDir } from "../../infra/local/paths.ts";
import { terraformBinary, terraformConfiguration } from "../../infra/local/prerequisites.ts";
import { run } from "../../infra/local/process.ts";

interface Change {
  actions: string[];
  after_unknown: unknown;
}

interface Message {
  "@testrun"?: string;
  test_plan?: {
    resource_changes?: { address: string; mode: string; change: Change }[];
    output_changes?: Record<string, Change>;
  };
}

export interface Rehearsal {
  /** What the plan would touch, by address. A mocked provider plans an update where the real one might replace. */
  touched: string[];
  /** Addresses of values that only the apply would know: resource.attribute, or output.name. */
  unknown: string[];
}

/** By the name of the `run`. */
export async function rehearsalsOf(module: string): Promise<Record<string, Rehearsal>> {
  const terraform = await terraformBinary(() => {});
  const cwd = join(root, "infra/modules", module);
  const env = {
    ...process.env,
    AWS_REGION: "ap-northeast-1",
    TF_CLI_CONFIG_FILE: await terraformConfiguration(),
    TF_DATA_DIR: join(stateDir, `terraform-rehearsals-${module}`),
  };
  await run([terraform, "init", "-input=false", "-no-color", "-backend=false"], { cwd, env });
  const output = await run([terraform, "test", "-json", "-verbose", "-test-directory=rehearsals"], {
    cwd,
    env,
    remedy: `terraform test -test-directory=rehearsals, in infra/modules/${module}`,
  });
  const rehearsals: Record<string, Rehearsal> = {};
  for (const line of output.split("\n").filter((text) => text.startsWith("{"))) {
    const { "@testrun": name, test_plan: plan } = JSON.parse(line) as Message;
    if (name === undefined || plan === undefined) continue;
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
