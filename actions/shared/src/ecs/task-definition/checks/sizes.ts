// CPU and memory of the task and of its containers.
import { cpuUnits, mebibytes } from "../task-size.ts";
import type { Rule, Task } from "./task.ts";

export const sizeRules: Rule[] = [taskSize, containerSizes, sums, someMemory];

const cpuForms = 'CPU units such as "256", or vCPUs such as "0.25 vCPU"';
const memoryForms = 'MiB such as "512", or GB such as "0.5 GB"';

/** API reference, RegisterTaskDefinition, cpu (128 to 196608 units) and memory. */
function taskSize({ definition: { cpu, memory }, fargate }: Task): string[] {
  const units = cpu === undefined ? undefined : cpuUnits(cpu);
  const problems: string[] = [];
  if (cpu !== undefined && units === undefined) problems.push(`cpu: ${JSON.stringify(cpu)} must be ${cpuForms}`);
  // Fargate has sizes of its own.
  if (units !== undefined && !fargate && (units < 128 || units > 196_608))
    problems.push(`cpu: must be 128 to 196608 CPU units, not ${units}`);
  if (memory !== undefined && !mebibytes(memory))
    problems.push(`memory: ${JSON.stringify(memory)} must be ${memoryForms}`);
  return problems;
}

/** API reference, ContainerDefinition, memory and memoryReservation. */
function containerSizes({ definition, containers }: Task): string[] {
  const most = mebibytes(definition.memory ?? "");
  return containers.flatMap(({ container: { cpu = 0, memory, memoryReservation }, path }) => [
    ...(cpu < 0 ? [`${path}.cpu: must not be negative`] : []),
    ...[{ memory }, { memoryReservation }].flatMap((size) =>
      Object.entries(size).flatMap(([key, value]) => {
        if (value !== undefined && value < 0) return [`${path}.${key}: must not be negative`];
        return most !== undefined && value !== undefined && value > most
          ? [`${path}.${key}: is ${value} MiB, more than the ${most} of the task`]
          : [];
      }),
    ),
    ...(memory && memoryReservation && memoryReservation > memory
      ? [`${path}.memoryReservation: is ${memoryReservation} MiB, more than memory, which is ${memory}`]
      : []),
  ]);
}

/** What all containers reserve together: memoryReservation where there is one (API reference, ContainerDefinition). */
function sums({ definition, containers }: Task): string[] {
  const limits = { cpu: cpuUnits(definition.cpu ?? ""), memory: mebibytes(definition.memory ?? "") };
  const cpu = containers.reduce((sum, { container }) => sum + (container.cpu ?? 0), 0);
  const reserved = containers.reduce(
    (sum, { container }) => sum + (container.memoryReservation || container.memory || 0),
    0,
  );
  // One container above the task has been named by itself.
  const several = containers.length > 1;
  return [
    ...(limits.cpu !== undefined && cpu > limits.cpu
      ? [`cpu: the containers ask for ${cpu} CPU units together, the task has ${limits.cpu}`]
      : []),
    ...(several && limits.memory !== undefined && reserved > limits.memory
      ? [`memory: the containers ask for ${reserved} MiB together, the task has ${limits.memory}`]
      : []),
  ];
}

/** Without memory of the task each container needs its own (API reference, ContainerDefinition, memory). */
function someMemory({ definition, containers, fargate }: Task): string[] {
  // Fargate requires it for the task, which is a problem of its own.
  if (definition.memory !== undefined || fargate) return [];
  return containers
    .filter(({ container }) => !container.memory && !container.memoryReservation)
    .map(
      ({ container, path }) =>
        `${path}.memory: is missing; ${container.name ?? "the container"} needs memory or memoryReservation, or the task memory`,
    );
}
