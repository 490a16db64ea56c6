// What `npm run rotate` is given.
import { parseArgs } from "node:util";
import { Problem } from "../../../infra/local/problem.ts";
import { environments, type EnvironmentName } from "./aws.ts";
import { secrets, type Secret } from "./rotate.ts";

const usage =
  `npm run rotate -- ${environments.join("|")} ${secrets.join("|")}\n` +
  "npm run rotate -- ENVIRONMENT jwt-secret --refuse-old-tokens   (it has leaked: everybody logs in again)";

export function readArguments(args: string[]): {
  environment: EnvironmentName;
  secret: Secret;
  refuseOldTokens: boolean;
} {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { "refuse-old-tokens": { type: "boolean", default: false } },
    });
    const [first, second, ...others] = positionals;
    const environment = environments.find((name) => name === first);
    const secret = secrets.find((name) => name === second);
    if (!environment)
      throw new Error(`The environment must be ${environments.join(", ")}, not ${first ?? "left out"}.`);
    if (!secret) throw new Error(`The secret must be one of ${secrets.join(", ")}, not ${second ?? "left out"}.`);
    if (others.length > 0) throw new Error(`Too much: ${others.join(" ")}.`);
    if (values["refuse-old-tokens"] && secret !== "jwt-secret")
      throw new Error("--refuse-old-tokens is for jwt-secret only.");
    return { environment, secret, refuseOldTokens: values["refuse-old-tokens"] };
  } catch (cause) {
    throw new Problem((cause as Error).message, usage, { cause });
  }
}
