// What this task uses of its machine, once a minute, as CloudWatch's embedded metric format on standard output: the log
// driver of ECS takes the line to CloudWatch Logs, which makes metrics of it.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
// Names are those of the CloudWatch agent, which the design document configures. What they mean in a task on Fargate:
// docs/decisions/0017-metrics-and-logs.md.
import { readFile, statfs } from "node:fs/promises";

/** Of the service's settings; without the first two nothing is measured, as outside of ECS. */
export interface MetricsSettings {
  METRICS_NAMESPACE?: string | undefined;
  METRICS_ENVIRONMENT?: string | undefined;
  /** Set by ECS. */
  ECS_CONTAINER_METADATA_URI_V4?: string | undefined;
}

export interface MetricsTarget {
  /** CloudWatch namespace, and both dimensions. */
  namespace: string;
  environment: string;
  service: string;
}

export interface Sources {
  /** Text of a file, undefined where there is none. */
  read: (path: string) => Promise<string | undefined>;
  /** Blocks of the file system that holds the path. */
  blocks: (path: string) => Promise<{ blocks: number; bfree: number; bavail: number }>;
  /** Memory that the task may use, in bytes; undefined: its machine's. */
  memoryLimit: () => Promise<number | undefined>;
}

export const metricNames = [
  "cpu_usage_user",
  "cpu_usage_system",
  "cpu_usage_iowait",
  "cpu_usage_idle",
  "mem_used_percent",
  "disk_used_percent",
] as const;
export type Values = Partial<Record<(typeof metricNames)[number], number>>;

const interval = 60_000;

/** Counters of /proc/stat, of all processors together, in ticks since the machine was started (man 5 proc_stat). */
interface Ticks {
  user: number;
  system: number;
  iowait: number;
  idle: number;
  total: number;
}

export function ticksIn(stat: string): Ticks | undefined {
  const numbers = /^cpu +(.+)$/m.exec(stat)?.[1]?.trim().split(/ +/).map(Number);
  if (numbers === undefined || numbers.length < 8 || numbers.some(Number.isNaN)) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = numbers;
  // Time of guests is part of user and nice already.
  return { user, system, iowait, idle, total: user + nice + system + idle + iowait + irq + softirq + steal };
}

function cpuBetween(before: Ticks | undefined, after: Ticks | undefined): Values {
  if (before === undefined || after === undefined || after.total <= before.total) return {};
  // iowait can go back by a few ticks.
  const share = (name: keyof Ticks) => Math.max(0, (100 * (after[name] - before[name])) / (after.total - before.total));
  return {
    cpu_usage_user: share("user"),
    cpu_usage_system: share("system"),
    cpu_usage_iowait: share("iowait"),
    cpu_usage_idle: share("idle"),
  };
}

const cgroup = "/sys/fs/cgroup";

/** Memory without what the kernel would give up at once, of control groups version 2, or else version 1. */
async function memory({ read, memoryLimit }: Sources): Promise<Values> {
  const number = async (path: string) => Number((await read(path)) ?? Number.NaN);
  const pick = (text: string | undefined, name: RegExp) => Number(name.exec(text ?? "")?.[1] ?? Number.NaN);
  const isNew = (await read(`${cgroup}/memory.current`)) !== undefined;
  const group = isNew ? cgroup : `${cgroup}/memory`;
  const current = await number(`${group}/${isNew ? "memory.current" : "memory.usage_in_bytes"}`);
  const cache = pick(
    await read(`${group}/memory.stat`),
    isNew ? /^inactive_file (\d+)$/m : /^total_inactive_file (\d+)$/m,
  );
  // "max", or a number beyond any machine, where there is no limit.
  const own = await number(`${group}/${isNew ? "memory.max" : "memory.limit_in_bytes"}`);
  const machine = 1024 * pick(await read("/proc/meminfo"), /^MemTotal: +(\d+) kB$/m);
  const limits = [own, machine, (await memoryLimit()) ?? Number.NaN].filter((limit) => limit > 0);
  const used = (100 * (current - cache)) / Math.min(...limits);
  return Number.isFinite(used) ? { mem_used_percent: Math.max(0, used) } : {};
}

async function disk({ blocks }: Sources): Promise<Values> {
  const { blocks: all, bfree, bavail } = await blocks("/");
  const used = all - bfree;
  // As df counts: of what users may fill.
  return used + bavail > 0 ? { disk_used_percent: (100 * used) / (used + bavail) } : {};
}

/** One line of the embedded metric format; what could not be measured is left out. */
export function embeddedMetrics(target: MetricsTarget, values: Values, time: number): string {
  const { namespace, environment, service } = target;
  const Metrics = metricNames.filter((name) => values[name] !== undefined).map((Name) => ({ Name, Unit: "Percent" }));
  const directive = { Namespace: namespace, Dimensions: [["Environment", "Service"]], Metrics };
  const rounded = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Math.round(value * 100) / 100]),
  );
  return JSON.stringify({
    _aws: { Timestamp: time, CloudWatchMetrics: [directive] },
    Environment: environment,
    Service: service,
    ...rounded,
  });
}

/** Measures since the call before; the first call has no processor time to compare with. */
export function createMeter(sources: Sources): () => Promise<Values> {
  let before: Ticks | undefined;
  return async () => {
    const after = ticksIn((await sources.read("/proc/stat")) ?? "");
    const cpu = cpuBetween(before, after);
    before = after;
    const ignored = (): Values => ({});
    return { ...cpu, ...(await memory(sources).catch(ignored)), ...(await disk(sources).catch(ignored)) };
  };
}

/** Writes a line a minute, without keeping the process alive. */
export function reportMetrics(options: {
  service: string;
  settings: MetricsSettings;
  write: (line: string) => void;
  sources?: Sources;
  now?: () => number;
}): void {
  const { service, settings, write, now = Date.now } = options;
  const { METRICS_NAMESPACE: namespace, METRICS_ENVIRONMENT: environment } = settings;
  if (namespace === undefined || environment === undefined) return;
  const measure = createMeter(options.sources ?? machine(settings));
  void measure();
  setInterval(async () => {
    const values = await measure();
    if (Object.keys(values).length > 0)
      write(`${embeddedMetrics({ namespace, environment, service }, values, now())}\n`);
  }, interval).unref();
}

/** This machine, and what ECS knows of the task. */
function machine(settings: MetricsSettings): Sources {
  let limit: Promise<number | undefined> | undefined;
  return {
    read: (path) => readFile(path, "utf8").catch(() => undefined),
    blocks: (path) => statfs(path),
    memoryLimit: () => (limit ??= taskMemory(settings.ECS_CONTAINER_METADATA_URI_V4)),
  };
}

/**
 * The size of the task: on Fargate it is no limit of the container's own control group.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
 */
async function taskMemory(uri: string | undefined): Promise<number | undefined> {
  if (uri === undefined) return undefined;
  const answer = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(2000) })
    .then((response) => response.json() as Promise<{ Limits?: { Memory?: unknown } }>)
    .catch(() => undefined);
  const mebibytes = answer?.Limits?.Memory;
  return typeof mebibytes === "number" ? mebibytes * 1_048_576 : undefined;
}
