// The command: loaded when it is called.
import { readFileSync } from "node:fs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { shortRetryClientSettings } from "../../../actions/shared/src/aws.ts";
import { systemClock } from "../../../actions/shared/src/clock.ts";
import { sendHttp } from "../../../actions/shared/src/http.ts";
import type { InputSource } from "../../../actions/shared/src/inputs.ts";
import { runProcess } from "../../../actions/shared/src/process.ts";
import type { Context } from "../context.ts";
import { toolkitFile } from "../toolkit.ts";
import { examine } from "./doctor.ts";
import { readInputs } from "./inputs.ts";
import { counts, table } from "./report.ts";

/** @returns exit code 0 if nothing has to be changed, 1 if something has */
export async function doctor(source: InputSource, context: Context): Promise<number> {
  const inputs = readInputs(source);
  const findings = await examine(inputs, {
    ecs: new ECSClient(shortRetryClientSettings),
    ecr: new ECRClient(shortRetryClientSettings),
    iam: new IAMClient(shortRetryClientSettings),
    sts: new STSClient(shortRetryClientSettings),
    send: sendHttp,
    run: runProcess,
    clock: systemClock,
    log: context.log,
    environment: process.env,
    toolkitFile: readToolkitFile,
  });
  context.setOutputs({ environment: inputs.environment, ...counts(findings), findings });
  if (!context.json) context.log(table(findings));
  return findings.some(({ state }) => state === "change") ? 1 : 0;
}

function readToolkitFile(path: string): string | undefined {
  try {
    return readFileSync(toolkitFile(path), "utf8");
  } catch {
    return undefined;
  }
}
