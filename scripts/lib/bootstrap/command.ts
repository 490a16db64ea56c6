// Command lines of `npm run bootstrap` and `npm run leave`.
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { stateDir } from "../../../infra/local/paths.ts";
import { terraformBinary } from "../../../infra/local/prerequisites.ts";
import { Problem } from "../../../infra/local/problem.ts";
import { Account } from "./account.ts";
import type { Dependencies, Options } from "./bootstrap.ts";
import { WorkFolder } from "./work-folder.ts";

/** @throws Problem with the usage */
export function readOptions(command: string, args: string[]): Options {
  const usage = `npm run ${command} -- [--dry-run] [--yes] [--bucket NAME] [--region REGION] [--no-github]`;
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        region: { type: "string" },
        bucket: { type: "string" },
        github: { type: "boolean", default: true },
        "dry-run": { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
      },
    });
    return {
      region: values.region ?? process.env["AWS_REGION"] ?? "ap-northeast-1",
      bucket: values.bucket,
      github: values.github,
      dryRun: values["dry-run"],
      yes: values.yes,
    };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}

export async function dependenciesFor({ region }: Options): Promise<Dependencies> {
  const log = (text: string) => console.log(text);
  const binary = await terraformBinary((text) => log(`• ${text}`));
  return {
    account: new Account({ region }),
    workFolder: (account, settings) =>
      new WorkFolder({
        binary,
        folder: join(stateDir, "bootstrap", `${account}-${settings.bucket}`),
        env: { ...process.env, AWS_REGION: region, TF_IN_AUTOMATION: "1" },
        settings,
        print: log,
      }),
    log,
    ask,
  };
}

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
