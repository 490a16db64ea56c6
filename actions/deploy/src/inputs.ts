import type { DeploymentConfiguration } from "@aws-sdk/client-ecs";
import { InputReader, type InputSource } from "../../shared/src/inputs.ts";
import type { Guard } from "../../shared/src/ecs/bake.ts";
import { checkAlarmCount, percent } from "../../shared/src/ecs/guard-inputs.ts";
import { readCodeDeploy, type CodeDeployInputs } from "./codedeploy-inputs.ts";
import { readRunTask, readVolumes, type RunTaskInputs, type ServiceVolumes } from "./run-task-inputs.ts";

export type InFlight = "fail" | "wait" | "replace";
export type OnCancel = "rollback" | "leave";

export interface Inputs {
  cluster: string;
  /** Empty: the definition is only registered. */
  services: string[];
  /** A file, family:revision or ARN. */
  taskDefinition: string;
  /**
   * The one-off task before the deployment: a file, family:revision or ARN, and the container whose exit code decides.
   */
  migration: { taskDefinition: string; container: string | undefined } | undefined;
  /** undefined: the count stays (on a first deployment: the service's tag deploy:initial-count). */
  desiredCount: number | undefined;
  force: boolean;
  wait: boolean;
  waitMinutes: number;
  plan: boolean;
  inFlight: InFlight;
  onCancel: OnCancel;
  preflight: boolean;
  /** PEM; undefined: signatures are not verified. */
  imagePublicKey: string | undefined;
  /** Containers whose images need no signature. */
  unsignedContainers: string[];
  guard: Guard;
  propagateTags: "NONE" | "SERVICE" | "TASK_DEFINITION" | undefined;
  managedTags: boolean | undefined;
  volumes: ServiceVolumes | undefined;
  runTask: RunTaskInputs | undefined;
  codeDeploy: CodeDeployInputs;
}

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const services = read.names("service");
  const migration = read.optional("migration-task-definition");
  const container = read.optional("migration-container");
  const runsTask = read.boolean("run-task", false);
  const managedTags = read.boolean("enable-ecs-managed-tags", undefined);
  const inputs: Inputs = {
    cluster: read.optional("cluster") ?? "default",
    services,
    taskDefinition: read.required("task-definition", "${{ steps.render.outputs.task-definition }}"),
    migration: migration === undefined ? undefined : { taskDefinition: migration, container },
    desiredCount: read.whole("desired-count", undefined, { min: 0, max: 5000 }),
    force: read.boolean("force-new-deployment", false),
    wait: read.boolean("wait-for-service-stability", false),
    waitMinutes: readWaitMinutes(read),
    plan: read.boolean("plan", false),
    inFlight: read.choice("in-flight", ["replace", "wait", "fail"] as const, "replace"),
    onCancel: read.choice("on-cancel", ["leave", "rollback"] as const, "leave"),
    preflight: read.boolean("preflight", true),
    imagePublicKey: read.optional("image-public-key"),
    unsignedContainers: read.names("unsigned-containers"),
    guard: readGuard(read),
    propagateTags: read.choice("propagate-tags", ["NONE", "SERVICE", "TASK_DEFINITION"] as const, undefined),
    managedTags,
    volumes: readVolumes(read, "service-managed-ebs-volume"),
    runTask: readRunTask(read, { enabled: runsTask, managedTags }),
    codeDeploy: readCodeDeploy(read),
  };
  // Taken for the peer's sake: nothing is ever stripped from a definition, calls are repeated until the time limit, and
  // ECS is asked at least every seven seconds, where the peer never asks more often than every fifteen.
  read.optional("keep-null-value-keys");
  read.optional("max-retries");
  read.optional("wait-max-delay-seconds");
  if (
    inputs.imagePublicKey !== undefined &&
    !/^-----BEGIN PUBLIC KEY-----[^]+-----END PUBLIC KEY-----$/.test(inputs.imagePublicKey)
  )
    read.problem("image-public-key: must be an ECDSA P-256 public key in PEM: openssl ec -in private.pem -pubout");
  if (inputs.unsignedContainers.length > 0 && inputs.imagePublicKey === undefined)
    read.problem("unsigned-containers: has no effect without image-public-key");
  if (container !== undefined && migration === undefined)
    read.problem("migration-container: has no effect without migration-task-definition");
  if (services.length === 0 && migration !== undefined)
    read.problem("service: is required with migration-task-definition, which runs in the service's network");
  read.finish();
  return inputs;
}

/** As in the replaced action: 0 is the default of 30, and what is above six hours is six hours. */
const readWaitMinutes = (read: InputReader): number =>
  Math.min(read.number("wait-for-minutes", 30, { min: 0, max: 100_000 }) || 30, 360);

function readGuard(read: InputReader): Guard {
  const guard = {
    alarms: read.names("alarms"),
    bakeMinutes: read.number("bake-minutes", 0, { min: 0, max: 180, unit: "minutes" }),
    max5xxPercent: read.number("max-5xx-percent", undefined, percent),
  };
  checkAlarmCount(read, guard);
  if (guard.bakeMinutes > 0 && guard.alarms.length === 0 && guard.max5xxPercent === undefined)
    read.problem("bake-minutes: there is nothing to watch; give alarms or max-5xx-percent too");
  if (guard.max5xxPercent !== undefined && guard.bakeMinutes === 0)
    read.problem("max-5xx-percent: is looked at during the bake time; give bake-minutes too");
  return guard;
}

/** The service's own configuration with these alarms: UpdateService takes it as a whole. */
export function withAlarms(
  configuration: DeploymentConfiguration | undefined,
  { alarms }: Guard,
): DeploymentConfiguration | undefined {
  if (alarms.length === 0) return undefined;
  const own = configuration?.alarms?.alarmNames ?? [];
  return { ...configuration, alarms: { enable: true, rollback: true, alarmNames: [...new Set([...own, ...alarms])] } };
}
