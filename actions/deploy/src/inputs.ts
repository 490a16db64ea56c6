import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Inputs {
  cluster: string;
  service: string;
  /** A file, family:revision or ARN. */
  taskDefinition: string;
  /** A file, family:revision or ARN of the one-off task before the deployment. */
  migration: string | undefined;
  /** undefined: the count stays (on a first deployment: the service's tag deploy:initial-count). */
  desiredCount: number | undefined;
  force: boolean;
  wait: boolean;
  waitMinutes: number;
}

export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs: Inputs = {
    cluster: read.optional("cluster") ?? "default",
    service: read.required("service", "rainbow-seeker-api"),
    taskDefinition: read.required("task-definition", "${{ steps.render.outputs.task-definition }}"),
    migration: read.optional("migration-task-definition"),
    desiredCount: read.optional("desired-count") === undefined ? undefined : read.whole("desired-count", 0, { min: 0, max: 5000 }),
    force: read.boolean("force-new-deployment", false),
    wait: read.boolean("wait-for-service-stability", false),
    waitMinutes: read.number("wait-for-minutes", 30, { min: 0.1, max: 360 }),
  };
  read.finish();
  return inputs;
}
