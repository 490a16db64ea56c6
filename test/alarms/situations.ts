// What CloudWatch gets from an environment, minute by minute: from a situation that a scenario describes.
import type { Metric, Samples } from "./evaluator.ts";

interface Tasks {
  desired: number;
  running: number;
  /** Percent of what the tasks have paid for. */
  cpu: number;
  memory: number;
}

/** One minute. */
export interface Situation {
  requests: number;
  /** Of one request in ten. The others take 40 ms. */
  slowSeconds: number;
  /** Requests that api, and that the load balancer, answers with 5xx. */
  apiErrors: number;
  balancerErrors: number;
  /** undefined: the target group has no targets, and reports nothing. */
  healthy: number | undefined;
  api: Tasks;
  ml: Tasks;
  /** undefined: the instance is restarted, and reports nothing. */
  database: { connections: number; freeGib: number; cpu: number; diskCredits: number } | undefined;
  /** Of the busiest node. */
  cache: { memory: number; evictions: number; cpu: number };
  backup: boolean;
}

export interface Environment {
  suffix: string;
  /** Of api and ml. */
  tasks: readonly [number, number];
  requestsByDay: number;
  requestsByNight: number;
  cacheNodes: readonly string[];
  /** Hour and minute of the nightly backup in Japan. */
  backupAt: readonly [hour: number, minute: number];
}

const node = (id: string) => `rainbow-seeker-redis${id}`;

export const environments: Record<"production" | "staging", Environment> = {
  production: {
    suffix: "",
    tasks: [3, 2],
    requestsByDay: 600,
    requestsByNight: 6,
    cacheNodes: ["-0001-001", "-0001-002", "-0002-001", "-0002-002"].map(node),
    backupAt: [2, 7],
  },
  staging: {
    suffix: "-staging",
    tasks: [1, 1],
    requestsByDay: 2,
    requestsByNight: 0,
    cacheNodes: ["-staging-001"].map(node),
    backupAt: [2, 34],
  },
};

/** Minute 0 is Friday at noon in Japan. */
export const at = (day: "Friday" | "Saturday" | "Sunday", hour: number, minute = 0): number =>
  ({ Friday: 0, Saturday: 1440, Sunday: 2880 })[day] + (hour - 12) * 60 + minute;

export function ordinary(environment: Environment, minute: number): Situation {
  const ofDay = (((minute + 720) % 1440) + 1440) % 1440;
  const isDay = ofDay >= 360 && ofDay < 1380;
  const [api, ml] = environment.tasks;
  const tasks = (count: number): Tasks => ({ desired: count, running: count, cpu: isDay ? 45 : 3, memory: 60 });
  const [hour, past] = environment.backupAt;
  return {
    requests: isDay ? environment.requestsByDay : environment.requestsByNight,
    slowSeconds: 0.3,
    // Something always fails now and then.
    apiErrors: minute % 60 === 17 && isDay ? 1 : 0,
    balancerErrors: 0,
    healthy: api,
    api: tasks(api),
    ml: tasks(ml),
    database: { connections: 8 * api, freeGib: 12, cpu: isDay ? 30 : 4, diskCredits: 99 },
    cache: { memory: 20, evictions: 0, cpu: 5 },
    backup: ofDay === hour * 60 + past,
  };
}

/** Metrics exist only where and while AWS, or a backup, publishes them. */
export function samplesOf(
  { suffix, cacheNodes }: Environment,
  ids: { balancer: string; group: string },
  situationAt: (minute: number) => Situation,
): Samples {
  const cluster = `rainbow-seeker-cluster${suffix}`;
  const tasks = (service: "api" | "ml", situation: Situation): Published[] => {
    const dimensions = { ClusterName: cluster, ServiceName: `rainbow-seeker-${service}${suffix}` };
    const { desired, running, cpu, memory } = situation[service];
    return [
      ["ECS/ContainerInsights", "DesiredTaskCount", dimensions, [desired]],
      ["ECS/ContainerInsights", "RunningTaskCount", dimensions, [running]],
      ["AWS/ECS", "CPUUtilization", dimensions, Array<number>(running).fill(cpu)],
      ["AWS/ECS", "MemoryUtilization", dimensions, Array<number>(running).fill(memory)],
    ];
  };
  const published = (situation: Situation): Published[] => {
    const { requests, apiErrors, balancerErrors, slowSeconds, healthy, database, cache } = situation;
    const balancer = { LoadBalancer: ids.balancer };
    const answered = Math.max(0, requests - balancerErrors);
    const rds = { DBInstanceIdentifier: `rainbow-seeker-db${suffix}` };
    return [
      ...tasks("api", situation),
      ...tasks("ml", situation),
      // These two are reported only where there is something to count.
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, apiErrors === 0 ? [] : [apiErrors]],
      ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer, balancerErrors === 0 ? [] : [balancerErrors]],
      [
        "AWS/ApplicationELB",
        "TargetResponseTime",
        balancer,
        Array.from({ length: Math.min(20, answered) }, (_, index) => (index % 10 === 0 ? slowSeconds : 0.04)),
      ],
      [
        "AWS/ApplicationELB",
        "HealthyHostCount",
        { ...balancer, TargetGroup: ids.group },
        healthy === undefined ? [] : [healthy, healthy],
      ],
      ["AWS/RDS", "DatabaseConnections", rds, database ? [database.connections] : []],
      ["AWS/RDS", "FreeStorageSpace", rds, database ? [database.freeGib * 1_073_741_824] : []],
      ["AWS/RDS", "CPUUtilization", rds, database ? [database.cpu] : []],
      ["AWS/RDS", "EBSIOBalance%", rds, database ? [database.diskCredits] : []],
      // One node is busy, the others are not.
      ...cacheNodes.flatMap((id, index): Published[] => {
        const dimensions = { CacheClusterId: id, CacheNodeId: "0001" };
        const share = index === cacheNodes.length - 1 ? 1 : 0.2;
        return [
          ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", dimensions, [cache.memory * share]],
          ["AWS/ElastiCache", "Evictions", dimensions, [cache.evictions * share]],
          ["AWS/ElastiCache", "EngineCPUUtilization", dimensions, [cache.cpu * share]],
        ];
      }),
      [`RainbowSeeker${suffix}`, "BackupSuccess", { Database: "shiojiri_rainbow" }, situation.backup ? [1] : []],
    ];
  };

  const minutes = new Map<number, Map<string, number[]>>();
  return (metric, minute) => {
    const found =
      minutes.get(minute) ??
      new Map(
        published(situationAt(minute)).map(([namespace, name, dimensions, samples]) => [
          keyOf({ namespace, name, dimensions }),
          samples,
        ]),
      );
    minutes.set(minute, found);
    return found.get(keyOf(metric));
  };
}

type Published = [namespace: string, name: string, dimensions: Record<string, string>, samples: number[]];

const keyOf = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
