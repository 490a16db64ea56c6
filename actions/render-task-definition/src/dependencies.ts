import type { ECSClient } from "@aws-sdk/client-ecs";
import type { Clock } from "../../shared/src/clock.ts";
import type { Origin } from "../../shared/src/ecs/task-definition/check-definition.ts";
import type { TaskDefinitionInput } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { MissingPermissions } from "../../shared/src/permissions.ts";
import type { Annotate, Log } from "../../shared/src/report.ts";
import type { SecretStores } from "./secrets.ts";

export interface Dependencies extends SecretStores {
  ecs: ECSClient;
  clock: Clock;
  log: Log;
  /** Folder of the rendered file. */
  folder: string;
  /** undefined: warnings are lines of the log. */
  annotate?: Annotate | undefined;
  /** Of a release that rendering is a part of. */
  missing?: MissingPermissions | undefined;
}

/** The definition to start from, and the one to compare with. */
export interface Loaded {
  base: TaskDefinitionInput;
  before: TaskDefinitionInput;
  origin: Origin;
}

export interface Rendered {
  path: string;
  changed: boolean;
  definition: TaskDefinitionInput;
}
