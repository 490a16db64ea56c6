// Rotates a secret of an environment without a failed request: docs/secrets.md.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { RDSClient } from "@aws-sdk/client-rds";
import { SSMClient } from "@aws-sdk/client-ssm";
import { awsClient, awsEnvironment, region, root } from "../../infra/local/paths.ts";
import { run } from "../../infra/local/process.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";
import { readArguments } from "../lib/rotation/arguments.ts";
import { awsSystem } from "../lib/rotation/aws.ts";
import { rotate } from "../lib/rotation/rotate.ts";

await runExclusively("npm run rotate", async () => {
  const { environment, secret, refuseOldTokens } = readArguments(process.argv.slice(2));
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
