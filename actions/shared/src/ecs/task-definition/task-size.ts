// CPU and memory of a task, in each of the ways in which ECS lets them be written.
// Source: ECS API reference, RegisterTaskDefinition, cpu and memory: ECS converts vCPUs and GB into units and MiB when a
// revision is registered.

/** "512", "0.5 vCPU", ".5 vcpu" → CPU units, of which a vCPU has 1024; undefined: no whole number of them. */
export const cpuUnits = (text: string): number | undefined => amount(text, /^vcpus?$/);

/** "512", "0.5 GB", ".5gb" → MiB, of which a GB has 1024; undefined: no whole number of them. */
export const mebibytes = (text: string): number | undefined => amount(text.replace(/\s*mi?b\s*$/i, ""), /^gi?b$/);

function amount(text: string, large: RegExp): number | undefined {
  const [, digits, own = "?"] = /^(\d+\.?\d*|\.\d+)\s*([a-z]*)$/.exec(text.trim().toLowerCase()) ?? [];
  const value = own === "" ? Number(digits) : large.test(own) ? Number(digits) * 1024 : Number.NaN;
  return Number.isInteger(value) ? value : undefined;
}
