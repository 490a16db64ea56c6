// What the work needs from outside.
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { RDSClient } from "@aws-sdk/client-rds";
import type { S3Client } from "@aws-sdk/client-s3";
import { type Clock } from "../../shared/src/clock.ts";
import type { LogsClients } from "../../shared/src/ecs/tasks/stopped-task.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import type { Common } from "./input-types.ts";
import { Store } from "./storage/store.ts";

export interface Dependencies {
  s3: (options: { pathStyle: boolean; checksums: boolean }) => S3Client;
  ecs: () => ECSClient;
  logs: LogsClients;
  cloudWatch: () => CloudWatchClient;
  rds: () => RDSClient;
  run: RunProcess;
  clock: Clock;
  log: Log;
  annotate: Annotate;
  setOutputs: (outputs: Record<string, string | number | boolean>) => void;
  /** Name of this run, in letters, digits and dashes: "1234-1". */
  runName: string;
  /** ID of the backup to make, if this is a task: its caller reads the manifest of this ID afterwards. */
  id: string | undefined;
  tool: string;
  signal?: AbortSignal | undefined;
}

export const openStore = (
  { place, kmsKey, pathStyle, checksums, conditionalWrites, partBytes }: Common,
  { s3, clock, log }: Dependencies,
): Store => {
  const client = s3({ pathStyle, checksums });
  return new Store({ s3: client, bucket: place.bucket, kmsKey, checksums, conditionalWrites, partBytes, clock, log });
};
