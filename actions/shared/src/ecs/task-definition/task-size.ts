// CPU and memory of a task, in each of the ways in which ECS lets them be written.

/**
 * "256", "0.25 vCPU", ".25 vcpu", "1 vCPU" → CPU units, of which a vCPU has 1024.
 * Source: ECS API reference, RegisterTaskDefinition, cpu: ECS converts vCPUs into units when a revision is registered.
 * @returns undefined for what is neither.
 */
export const cpuUnits = (value: unknown): number | undefined => amount(value, "vcpu");

/**
 * "512", "0.5GB", "1 gb" → MiB. Source: the same page, memory.
 * @returns undefined for what is neither.
 */
export const memoryMib = (value: unknown): number | undefined => amount(value, "gb");

function amount(value: unknown, unit: string): number | undefined {
  const [, number, suffix] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*$/i.exec(String(value)) ?? [];
  if (number === undefined || (suffix && suffix.toLowerCase() !== unit)) return undefined;
  return suffix ? Number(number) * 1024 : Number(number);
}
