// Rotates a secret of an environment without a failed request: docs/secrets.md.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { RDSClient } from "@aws-sdk/client-rds";
import { SSMClient } from "@aws-sdk/client-ssm";
import { awsClient, awsEnvironment, region, root } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { run } from "../../infra/local/process.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { awsSystem, environments, type EnvironmentName } from "../lib/rotation/aws.ts";
import { rotate, secrets, type Secret } from "../lib/rotation/rotate.ts";

const usage =
  `npm run rotate -- ${environments.join("|")} ${secrets.join("|")}\n` +
  "npm run rotate -- ENVIRONMENT jwt-secret --refuse-old-tokens   (it has leaked: everybody logs in again)";

await runExclusively("npm run rotate", async () => {
  const { environment, secret, refuseOldTokens } = readArguments();
  const isLocal = environment === "local";
  const settings = isLocal ? awsClient : { region: process.env["AWS_REGION"] ?? region };
  const progress = new Progress(1);
  await progress.step(`Rotation of ${secret} of ${environment}`, async (note) => {
    const system = awsSystem(environment, {
      ssm: new SSMClient(settings),
      ecs: new ECSClient(settings),
      elasticache: new ElastiCacheClient(settings),
      rds: new RDSClient(settings),
      rainbowDeploy: async (args) => {
        await run([process.execPath, join(root, "bin/rainbow-deploy"), ...args], {
          env: { AWS_REGION: region, ...process.env, ...(isLocal ? awsEnvironment : {}) },
          onLine: note,
          remedy: "Nothing is lost: both values are valid. Fix what is reported, and start the same rotation again.",
        });
      },
      sleep: (milliseconds) => sleep(milliseconds),
      now: () => new Date(),
      note,
    });
    await rotate(secret, system, { refuseOldTokens });
    return "done";
  });
});

function readArguments(): { environment: EnvironmentName; secret: Secret; refuseOldTokens: boolean } {
  try {
    const { values, positionals } = parseArgs({
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
