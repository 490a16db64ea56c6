import type { ECRClient } from "@aws-sdk/client-ecr";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../../../actions/shared/src/clock.ts";
import type { SendHttp } from "../../../actions/shared/src/http.ts";
import type { RunProcess } from "../../../actions/shared/src/process.ts";
import type { Log } from "../../../actions/shared/src/report.ts";

export interface Dependencies {
  ecs: ECSClient;
  ecr: ECRClient;
  iam: IAMClient;
  sts: STSClient;
  send: SendHttp;
  run: RunProcess;
  clock: Clock;
  log: Log;
  environment: NodeJS.ProcessEnv;
  /** Text of a file of the toolkit; undefined: it has none of this name. */
  toolkitFile: (path: string) => string | undefined;
}
