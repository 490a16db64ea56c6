// What ECS refuses by its documentation: valid definitions, each made wrong in one way. The documents are named beside
// the rules, in src/ecs/task-definition/checks.
import { containerRefusals } from "./containers.ts";
import type { Refusal } from "./definitions.ts";
import { fargateRefusals } from "./fargate.ts";
import { networkRefusals } from "./network.ts";
import { referenceRefusals } from "./references.ts";
import { taskRefusals } from "./task.ts";

export const refusals: Refusal[] = [
  ...taskRefusals,
  ...containerRefusals,
  ...networkRefusals,
  ...referenceRefusals,
  ...fargateRefusals,
];
