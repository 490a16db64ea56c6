// render-task-definition against a scripted AWS, with the file that it writes read back.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ECSClient } from "@aws-sdk/client-ecs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { ScriptedAws, simulatedClock, type Handlers } from "../../shared/test/scripted-aws.ts";
import { readInputs } from "../src/inputs.ts";
import { main } from "../src/main.ts";

export const inputs = (given: Record<string, string>) => readInputs((name) => given[name] ?? "");

export interface Run {
  changed: boolean;
  path: string;
  definition: any;
  lines: string[];
  calls: ScriptedAws["calls"];
}

export async function render(handlers: Handlers, given: Record<string, string>): Promise<Run> {
  const aws = await ScriptedAws.start(handlers);
  try {
    const lines: string[] = [];
    const { client } = aws;
    const { path, changed } = await main(inputs(given), {
      ssm: () => new SSMClient(client),
      secretsManager: () => new SecretsManagerClient(client),
      ecs: new ECSClient(client),
      clock: simulatedClock(),
      log: (line) => lines.push(line),
      folder: makeTestFolder("render-test-"),
    });
    return { path, changed, lines, calls: aws.calls, definition: JSON.parse(readFileSync(path, "utf8")) };
  } finally {
    await aws.stop();
  }
}

export function fileOf(definition: object): string {
  const path = join(makeTestFolder("render-test-"), "task-definition.json");
  writeFileSync(path, JSON.stringify(definition));
  return path;
}
