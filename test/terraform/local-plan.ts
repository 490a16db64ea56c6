// Plans of the local environment, as it was last applied by this checkout.
import { bridgeGateway } from "../../infra/local/engine.ts";
import { terraformBinary } from "../../infra/local/prerequisites.ts";
import { attempt, run } from "../../infra/local/process.ts";
import { endpointVariable, initialize } from "../../infra/local/terraform.ts";

interface Message {
  type: string;
  change?: { action: string; resource: { addr: string } };
  diagnostic?: { severity: string; summary: string; detail: string };
}

/**
 * What an apply would do now: `update module.…`, `replace module.…`; empty if there is nothing to do.
 *
 * @throws Error with what Terraform refuses
 */
export async function plannedChanges(): Promise<string[]> {
  const terraform = await terraformBinary(() => {});
  const { code, stdout, stderr } = await attempt(
    [terraform, "plan", "-input=false", "-json", "-parallelism=30", endpointVariable(await bridgeGateway())],
    await initialize(terraform),
  );
  const messages = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Message);
  if (code !== 0) {
    const errors = messages.flatMap(({ diagnostic }) => (diagnostic?.severity === "error" ? [diagnostic] : []));
    throw new Error(errors.map(({ summary, detail }) => `${summary}: ${detail}`).join("\n") || stderr);
  }
  return messages
    .flatMap(({ type, change }) => (type === "planned_change" && change ? [change] : []))
    .map(({ action, resource }) => `${action} ${resource.addr}`)
    .toSorted();
}

export async function destroyAll(): Promise<void> {
  const terraform = await terraformBinary(() => {});
  await run(
    [
      terraform,
      "destroy",
      "-auto-approve",
      "-input=false",
      "-no-color",
      "-parallelism=30",
      endpointVariable(await bridgeGateway()),
    ],
    await initialize(terraform),
  );
}
